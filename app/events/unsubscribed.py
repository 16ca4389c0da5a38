"""Events of those who have no subscription: read and verified, and not kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import SignatureRejected
from app.events.normalise import Normaliser
from app.events.receive import Incoming, params_of, xml_answer
from app.protocol.signatures import Accepted, Rejected, verify
from app.protocol.signed_text import Request

Listener = Mapping[str, Any]


class Reader:
    """Says what a request of Plivo's tells, and who may know.

    Args:
        normaliser: makes events of requests.
        verifies: only those whose token has signed it may.
    """

    def __init__(self, normaliser: Normaliser, *, verifies: bool) -> None:
        self._normaliser = normaliser
        self._verifies = verifies

    def read(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Mapping[str, Any],
        listeners: Sequence[Listener],
        now: float,
    ) -> tuple[dict[str, Any], bytes, list[Listener]]:
        """Return the event, the XML that Plivo is answered with (empty for none), and who may know of it.

        Args:
            method: the request's.
            url: the whole of it, as Plivo was told it.
            headers: names in small letters.
            body: as it came, or its parameters.
            listeners: each with the ``authId`` and ``authToken`` of whoever asked to be told.
            now: seconds since 1970.

        Raises:
            SignatureRejected: nobody's token has signed it.
        """
        request = Request(method, url, body, headers.get("content-type", ""))
        verdicts = [
            (listener, verify(request, headers, [str(listener.get("authToken") or "")])) for listener in listeners
        ]
        accepted = [(listener, verdict) for listener, verdict in verdicts if isinstance(verdict, Accepted)]
        if self._verifies and not accepted:
            rejections = [verdict.reason for _, verdict in verdicts if isinstance(verdict, Rejected)]
            raise SignatureRejected(
                rejections[0] if rejections else "no authToken is given, nor a listener with one in params"
            )
        account = str(accepted[0][0].get("authId") or "") if accepted else ""
        nonce = accepted[0][1].nonce if accepted else ""
        query = url.partition("?")[2].partition("#")[0]
        if isinstance(body, bytes):
            params = params_of(Incoming(method, f"?{query}", headers, body))
        else:
            params = {**params_of(Incoming("GET", f"?{query}", headers, b"")), **body}
        event = self._normaliser.read(params, subscription="", account=account, nonce=nonce, now=now)
        shown = {"id": event.id, **event.content, "subscription": None, "sequence": None}
        return (
            shown,
            xml_answer(event),
            [listener for listener, _ in accepted] if self._verifies else [*listeners],
        )
