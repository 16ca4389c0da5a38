"""The usual way: FastAPI, pydantic models, and the official SDK in the thread pool. ``python -m bench.sdk``.

Kind to it: no access log, and every thread keeps one client for all accounts, whose connections stay open.
"""

import os
import threading
from datetime import datetime
from typing import Any, Literal

import plivo
import plivo.rest.client
import uvicorn
from fastapi import FastAPI
from plivo.base import ResponseObject
from pydantic import BaseModel, HttpUrl


class _OfThread(threading.local):
    """Every thread's own, since a client changes while it is used."""

    def __init__(self) -> None:
        self.client = plivo.RestClient("MAXXXXXXXXXXXXXXXXXX", "token")


_of_thread = _OfThread()


class MakeCall(BaseModel):
    """The args of makeCall that are measured."""

    authId: str  # noqa: N815  # the marketplace's name, as all below
    authToken: str  # noqa: N815  # as above
    callFrom: str  # noqa: N815  # as above
    callTo: str  # noqa: N815  # as above
    answerUrl: HttpUrl  # noqa: N815  # as above
    answerMethod: Literal["GET", "POST"] = "POST"  # noqa: N815  # as above
    hangupUrl: HttpUrl | None = None  # noqa: N815  # as above
    timeLimit: int | None = None  # noqa: N815  # as above


class ListCalls(BaseModel):
    """The args of getCallsDetails that are measured."""

    authId: str  # noqa: N815  # as above
    authToken: str  # noqa: N815  # as above
    callDirection: Literal["inbound", "outbound"] | None = None  # noqa: N815  # as above
    endTimeGte: datetime | None = None  # noqa: N815  # as above
    limit: int = 20
    offset: int = 0


class MakeCallBody(BaseModel):
    """The body of makeCall."""

    args: MakeCall


class ListCallsBody(BaseModel):
    """The body of getCallsDetails."""

    args: ListCalls


app = FastAPI()


@app.post("/api/Plivo/makeCall")
def make_call(body: MakeCallBody) -> dict[str, Any]:
    """Make a call."""
    args = body.args
    reply = _client(args.authId, args.authToken).calls.create(
        from_=args.callFrom,
        to_=args.callTo,
        answer_url=str(args.answerUrl),
        answer_method=args.answerMethod,
        hangup_url=str(args.hangupUrl) if args.hangupUrl else None,
        time_limit=args.timeLimit,
    )
    return {"callback": "success", "contextWrites": {"to": _plain(reply)}}


@app.post("/api/Plivo/getCallsDetails")
def list_calls(body: ListCallsBody) -> dict[str, Any]:
    """List calls."""
    args = body.args
    reply = _client(args.authId, args.authToken).calls.list(
        call_direction=args.callDirection,
        end_time__gte=args.endTimeGte.isoformat(sep=" ") if args.endTimeGte else None,
        limit=args.limit,
        offset=args.offset,
    )
    return {"callback": "success", "contextWrites": {"to": _plain(reply)}}


def _client(auth_id: str, auth_token: str) -> Any:
    client = _of_thread.client
    client.session.auth = (auth_id, auth_token)
    return client


def _plain(reply: Any) -> Any:
    if isinstance(reply, list):
        return [_plain(item) for item in reply]
    if isinstance(reply, ResponseObject):
        return {name: _plain(value) for name, value in vars(reply).items() if name != "client"}
    return reply


if __name__ == "__main__":
    plivo.rest.client.API_VOICE_BASE_URI = f"{os.environ['UPSTREAM']}/v1/Account"
    uvicorn.run(app, port=int(os.environ["PORT"]), log_config=None, access_log=False)
