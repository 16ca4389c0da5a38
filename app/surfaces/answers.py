"""What Plivo fetches to know what a call shall do: ``/answer/{token}``, and the schema of its XML, ``/plivo.xsd``."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from app.answers.host import AnswerHost
from app.errors import ConnectorError
from app.protocol.xml.document import Element, render
from app.protocol.xml.schema import schema
from app.storage import StoreError
from app.web.body import ClientDisconnectedError, SizeLimit, read_body
from app.web.envelope import Envelopes

_XML = "application/xml"
_MOST = SizeLimit(64 * 1024, None)
_MOST_FIELDS = 200

SORRY = render(
    Element(
        "Response",
        content=[
            Element("Speak", content="We are sorry, this call cannot be taken at the moment. Goodbye."),
            Element("Hangup"),
        ],
    )
)
"""What a caller hears where there is no answer any more."""


def create_answers(host: AnswerHost, envelopes: Envelopes) -> APIRouter:
    """Return the routes that Plivo fetches pages from."""
    router = APIRouter()

    @router.api_route("/answer/{token}", methods=["GET", "POST"])
    async def read_page(request: Request) -> Response:
        try:
            body = await read_body(request.receive, _MOST)
            fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
            page = await host.page_at(request.path_params["token"], {**dict(request.query_params), **dict(fields)})
        except ConnectorError as error:
            return envelopes.refusal(error)
        except ClientDisconnectedError:
            return Response()
        except (StoreError, ValueError):
            # Plivo cannot come again: somebody is on the line.
            return Response(SORRY, media_type=_XML)
        if page is None:
            return Response(SORRY, 404, media_type=_XML)
        return Response(page, media_type=_XML)

    xsd = schema().encode()

    @router.api_route("/plivo.xsd", methods=["GET", "HEAD"])
    async def read_schema() -> Response:
        return Response(xsd, media_type=_XML)

    return router
