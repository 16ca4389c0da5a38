"""What is told about requests while the service runs: one typed record each, for whoever observes.

Logs hang on it; so do metrics and traces. Surfaces fill the record in, and know none of them.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class RequestRecord:
    """What is known of one request when it is over.

    Attributes:
        request_id: its id, the caller's or a new one.
        method: its HTTP method.
        path: its path.
        block: the block that was called; only names that exist.
        outcome: ``success`` or ``error``, of a block call.
        status: HTTP status of the answer; 0 where there was none.
        status_code: the error's code, like ``INVALID_FIELDS``.
        http_status: Plivo's HTTP status, where it answered.
        api_id: Plivo's id of the request, where it gave one.
        tries: requests made to Plivo.
        seconds: from the first byte of the head to the last of the answer.
    """

    request_id: str
    method: str
    path: str
    block: str | None = None
    outcome: str | None = None
    status: int = 0
    status_code: str | None = None
    http_status: int | None = None
    api_id: str | None = None
    tries: int | None = None
    seconds: float = 0.0


class Observer(Protocol):
    """Is told of requests. It never fails one."""

    def request_ended(self, record: RequestRecord) -> None:
        """Take note of a request that was answered, or given up."""

    def request_broke(self, record: RequestRecord, error: BaseException) -> None:
        """Take note of a defect of ours that a request met."""
