"""The one shape of every answer: ``{"callback": …, "contextWrites": {<to>: …}}``.

Nothing else in the connector knows it. A reply of Plivo's stands in it byte for byte: it was checked
to be JSON, and is not decoded and encoded again.
"""

from dataclasses import dataclass
from typing import Literal

from app import json_text
from app.errors import ConnectorError, describe
from app.plivo import UpstreamReply

DEFAULT_KEY = "to"


# Not frozen, like everything that each request makes: freezing would cost a twentieth of a request.
@dataclass(slots=True)
class Envelope:
    """One answer, and what the log line says about it.

    Attributes:
        callback: whether the block did what was asked.
        key: the key under ``contextWrites``.
        result: JSON text: Plivo's reply, or the error.
        status: the HTTP status of the answer when failures mirror theirs.
        keeps_status: the status is used even where failures are answered with 200.
        status_code: the error's code; None in a success.
        http_status: Plivo's HTTP status, where it answered.
        api_id: Plivo's id of the request, where it gave one.
        tries: requests made to Plivo.
        replayed: it repeats an earlier answer; nothing was sent.
    """

    callback: Literal["success", "error"]
    key: str
    result: bytes
    status: int
    keeps_status: bool
    status_code: str | None
    http_status: int | None
    api_id: str | None
    tries: int
    replayed: bool = False

    def status_for(self, *, mirror: bool) -> int:
        """Return the HTTP status: 200 for failures too, as marketplaces expect, unless they mirror their own."""
        return self.status if mirror or self.keeps_status else 200

    def body(self) -> bytes:
        """Return the envelope as JSON text."""
        key = b'"to"' if self.key == DEFAULT_KEY else json_text.render(self.key)
        return b'{"callback":"%b","contextWrites":{%b:%b}}' % (self.callback.encode(), key, self.result)


def success(reply: UpstreamReply, key: str) -> Envelope:
    """Wrap Plivo's reply."""
    return Envelope(
        callback="success",
        key=key,
        result=reply.body,
        status=200,
        keeps_status=False,
        status_code=None,
        http_status=reply.status,
        api_id=reply.api_id,
        tries=reply.tries,
        replayed=reply.replayed,
    )


def failure(error: ConnectorError, key: str = DEFAULT_KEY) -> Envelope:
    """Wrap an error."""
    return Envelope(
        callback="error",
        key=key,
        result=json_text.render(describe(error)),
        status=error.status,
        keeps_status=error.keeps_status,
        status_code=error.code,
        http_status=error.http_status,
        api_id=error.api_id,
        tries=error.tries,
    )
