"""Running a block. Read :mod:`app.blocks.dispatch` first.

Here is what a block call is made of on its way: the clean args, the prepared call, and the result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.datatypes.credentials import Credentials
from app.errors import ConnectorError
from app.manifest.model import Block
from app.plivo import UpstreamReply, UpstreamRequest
from app.ratelimit.quotas import Route


@dataclass(frozen=True, slots=True)
class Walk:
    """A wish for many pages of a list.

    Attributes:
        max_items: where to stop; None: at the end of the list.
        continue_from: ``meta.continue`` of an earlier reply, to go on where it stopped.
    """

    max_items: int | None
    continue_from: str | None


# Not frozen, like everything that each request makes: freezing would cost a twentieth of a request.
@dataclass(slots=True)
class CleanArgs:
    """What a request asks for, in the values that go on the wire.

    Attributes:
        values: value by arg name, only of args that were given.
        additional: parameters under Plivo's own names, sent as given.
        walk: set when more than one page of a list is wanted.
        idempotency_key: the caller's name for this request, so that it is never sent twice.
        dry_run: show the request instead of sending it.
        ref: the caller's name for an item of a bulk.
        bulk_key: the idempotency key of the bulk that it is an item of, from which its own was made.
    """

    credentials: Credentials
    values: dict[str, Any]
    additional: dict[str, Any]
    walk: Walk | None = None
    idempotency_key: str | None = None
    dry_run: bool = False
    ref: str | None = None
    bulk_key: str | None = None


RequestBuilder = Callable[[CleanArgs], UpstreamRequest]
"""Clean values → the request to make."""


@dataclass(slots=True)
class Prepared:
    """A block call that was read and checked; nothing has happened yet.

    Attributes:
        block: what is called.
        args: what it asks for.
        request: the request that it makes; of a walk, the plain one for a single page.
        route: what it counts as under Plivo's limits.
        look_in: name of the list block that shows what it did.
    """

    block: Block
    args: CleanArgs
    request: UpstreamRequest
    route: Route
    look_in: str | None

    @property
    def is_sent(self) -> bool:
        """Whether it takes a request to Plivo, rather than being answered here."""
        return not (self.block.local or self.args.dry_run)


@dataclass(slots=True)
class Result:
    """What became of a block call.

    Attributes:
        content: JSON text: Plivo's reply byte for byte, or what was answered here; empty for an error.
        error: why there is no content.
        http_status: Plivo's HTTP status, where it answered.
        api_id: Plivo's id of the request, where it gave one.
        tries: requests made to Plivo.
        replayed: it repeats an earlier reply; nothing was sent.
    """

    content: bytes
    error: ConnectorError | None = None
    http_status: int | None = None
    api_id: str | None = None
    tries: int = 0
    replayed: bool = False

    @classmethod
    def of_reply(cls, reply: UpstreamReply) -> "Result":
        """Return the result of a call that Plivo answered."""
        return cls(reply.body, None, reply.status, reply.api_id, reply.tries, reply.replayed)

    @classmethod
    def of_error(cls, error: ConnectorError) -> "Result":
        """Return the result of a call that failed."""
        return cls(b"", error, error.http_status, error.api_id, error.tries)
