"""What Plivo sends: ``GET`` and ``POST /events/{subscription}``.

Plivo goes by the HTTP status of the answer, whatever ERROR_STATUS says.
"""

from fastapi import APIRouter, Request, Response

from app.errors import ConnectorError, NotConfigured
from app.events.receive import Incoming, Receiver
from app.outcomes.receive import OutcomeReceiver
from app.outcomes.watch import PREFIX as WATCHES
from app.web.body import ClientDisconnectedError, SizeLimit, read_body
from app.web.envelope import Envelopes

_PREFIX = b"/events/"


def create_events(
    receiver: Receiver | None, outcomes: OutcomeReceiver | None, envelopes: Envelopes, *, max_body: SizeLimit
) -> APIRouter:
    """Return the route that takes events.

    Args:
        receiver: takes them; None where PUBLIC_URL is not set.
        outcomes: takes those that tell an outcome that somebody wants to be told; None as above.
        envelopes: says what is wrong.
        max_body: largest body.
    """
    router = APIRouter()

    @router.api_route("/events/{subscription}", methods=["GET", "POST"])
    async def receive(request: Request) -> Response:
        subscription = request.path_params["subscription"]
        try:
            if receiver is None or outcomes is None:
                raise NotConfigured("Events are not taken: set PUBLIC_URL to where Plivo can reach this service.")
            incoming = await _incoming(request, max_body)
            if subscription.startswith(WATCHES):
                await outcomes.receive(subscription, incoming)
                return Response()
            answer = await receiver.receive(subscription, incoming)
        except ConnectorError as error:
            return envelopes.refusal(error, mirror=True)
        except ClientDisconnectedError:
            return Response()
        return Response(answer, media_type="application/xml") if answer else Response()

    return router


async def _incoming(request: Request, max_body: SizeLimit) -> Incoming:
    headers = dict(reversed(request.headers.items()))  # of a repeated one the first counts
    body = await read_body(request.receive, max_body)
    # As it was written: a proxy in front may have added or taken away what stands before it.
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    tail = path.partition(b"?")[0]
    written = tail.partition(_PREFIX)[2].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return Incoming(request.method, f"{written}?{query}" if query else written, headers, body)
