"""What this service asks of a call besides what its block does."""

from collections.abc import Callable, Sequence

from app.blocks import Prepared
from app.errors import RequiredFields
from app.manifest.model import Block

Condition = Callable[[Prepared], None]
"""Lets a call pass that may be run; raises RequestError."""


class Conditions:
    """Knows what is asked of the calls of a block.

    Args:
        requires_key: what costs money needs an idempotency key.
        check_result_url: raises InvalidFields for an address that no outcome may be posted to.
        require_public_url: raises NotConfigured where Plivo could not reach what is to be hosted.
    """

    def __init__(
        self,
        *,
        requires_key: bool,
        check_result_url: Callable[[str], None],
        require_public_url: Callable[[], None],
    ) -> None:
        self._requires_key = requires_key
        self._check_result_url = check_result_url
        self._require_public_url = require_public_url

    def of(self, block: Block) -> Sequence[Condition]:
        """Return those of a block, in the order in which they are looked at."""
        conditions: list[Condition] = []
        if self._requires_key and block.costs:
            conditions.append(_has_key)
        if any(arg.name == "resultUrl" for arg in block.args):
            conditions.append(self._can_be_told)
        if any(arg.hosted_as for arg in block.args):
            conditions.append(self._can_be_hosted)
        return conditions

    def _can_be_told(self, call: Prepared) -> None:
        if "resultUrl" in call.args.values:
            self._check_result_url(call.args.values["resultUrl"])

    def _can_be_hosted(self, call: Prepared) -> None:
        if call.request.hosted and not call.args.dry_run:
            self._require_public_url()


def _has_key(call: Prepared) -> None:
    if not call.args.idempotency_key and not call.args.dry_run:
        raise RequiredFields(
            ["idempotencyKey"], {}, hint="This service wants an idempotencyKey with everything that costs money."
        )
