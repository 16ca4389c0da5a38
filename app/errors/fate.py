"""What every error says: whether Plivo may have acted on the request, and what the caller is told."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar


class Fate(Enum):
    """What became of a request that failed: whether Plivo may have acted on it."""

    NOT_SENT = "nothing left for Plivo"
    REFUSED = "Plivo answered that it did not do it"
    UNKNOWN = "Plivo may have acted on it"


class ConnectorError(Exception):
    """An error in the one shape that callers get.

    Attributes:
        fate: whether Plivo may have acted on the request.
        code: the envelope's ``status_code``.
        status: HTTP status when failures mirror it.
        keeps_status: the status is used even where failures are answered with 200.
        message: the envelope's ``status_msg``: a text, or Plivo's own object.
        details: further keys of the envelope; those that are None are left out.
        tries: requests made to Plivo, 0 when none was.
        http_status: Plivo's status, where Plivo answered.
        api_id: Plivo's id of the request, where it gave one.
        headers: HTTP headers that an answer with it has.
    """

    fate: Fate = Fate.UNKNOWN
    code: ClassVar[str]
    status: int
    keeps_status: ClassVar[bool] = False
    tries: int = 0
    http_status: int | None = None
    api_id: str | None = None
    headers: Sequence[tuple[bytes, bytes]] = ()

    def __init__(self, message: object, **details: object) -> None:
        super().__init__(self.code)
        self.message = message
        self.details = {key: value for key, value in details.items() if value is not None}


class InternalPackageError(ConnectorError):
    """Our own fault (the marketplace format's INTERNAL_PACKAGE_ERROR); says nothing of the inside."""

    code = "INTERNAL_PACKAGE_ERROR"
    status = 500

    def __init__(self, request_id: str) -> None:
        super().__init__("Something went wrong inside the package.", request_id=request_id)


def describe(error: ConnectorError) -> dict[str, Any]:
    """Return the error as it stands in an envelope."""
    return {"status_code": error.code, "status_msg": error.message, **error.details}


def where_to_look(look_in: str | None) -> str:
    """Say where somebody finds out whether Plivo acted.

    Args:
        look_in: name of the list block that shows it; None where there is none.
    """
    return f"Look in {look_in}" if look_in else "Look at Plivo"
