"""Where a walk over a list stands, and what callers are given to go on from there."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from app import json_text
from app.blocks import CleanArgs
from app.blocks.windows import Bound, moment_of
from app.errors import InvalidFields


@dataclass(frozen=True, slots=True)
class Position:
    """Where a walk is.

    Attributes:
        lower: the older end of the range that is still to walk; None for none.
        upper: the newer end; None where the list has no time window.
        offset: offset of the next page in the newest window of the range.
        cursor: cursor of the next page, instead of the offset.
        skip: items at the beginning of the next page that were taken already.
    """

    lower: Bound | None = None
    upper: Bound | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    cursor: str | None = None
    skip: Annotated[int, Field(ge=0)] = 0


_POSITION = TypeAdapter(Position)


class Checkpoints:
    """Writes positions as tokens that belong to one block, account and set of filters.

    Args:
        block: name of the list block.
        passing: args that may be others when a walk goes on.
    """

    def __init__(self, block: str, passing: Collection[str]) -> None:
        self._block = block
        self._passing = passing

    def write(self, args: CleanArgs, position: Position) -> str:
        """Return what a caller passes back as ``continueFrom``."""
        return urlsafe_b64encode(json_text.render([self._fingerprint(args), asdict(position)])).decode()

    def read(self, args: CleanArgs, token: str) -> Position:
        """Return the position that a token is for.

        Raises:
            InvalidFields: it is none, or belongs to another request.
        """
        try:
            fingerprint, state = json_text.parse(urlsafe_b64decode(token))
            position = _POSITION.validate_python(state)
            for bound in filter(None, (position.lower, position.upper)):
                moment_of(bound)
        except (ValueError, TypeError, ValidationError):
            raise InvalidFields({"continueFrom": "is not what meta.continue of an earlier reply was"}) from None
        if fingerprint != self._fingerprint(args):
            raise InvalidFields({"continueFrom": "belongs to another block, account or other filters"})
        return position

    def _fingerprint(self, args: CleanArgs) -> str:
        filters = [(name, value) for name, value in sorted(args.values.items()) if name not in self._passing]
        text = json_text.render([self._block, args.credentials.auth_id, filters, sorted(args.additional.items())])
        return sha256(text).hexdigest()[:16]
