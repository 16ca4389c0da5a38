"""The floor: the least that a service in this language can do for a block call. ``python -m bench.floor``.

A bare ASGI app on the same server with the same HTTP client: no validation, no errors, no request id,
no log. What the connector costs above it is what its promises cost.
"""

import gc
import os
from base64 import b64encode

import aiohttp
import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

_WIRE_NAMES = {
    "callFrom": "from",
    "callTo": "to",
    "answerUrl": "answer_url",
    "answerMethod": "answer_method",
    "hangupUrl": "hangup_url",
    "timeLimit": "time_limit",
    "callDirection": "call_direction",
    "endTimeGte": "end_time__gte",
    "limit": "limit",
    "offset": "offset",
}


class Floor:
    """Passes a block call on and wraps the reply."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        args = orjson.loads(body)["args"]
        auth_id, auth_token = args.pop("authId"), args.pop("authToken")
        values = {_WIRE_NAMES[name]: value for name, value in args.items()}
        url = f"{self._upstream}/v1/Account/{auth_id}/Call/"
        headers = {"Authorization": "Basic " + b64encode(f"{auth_id}:{auth_token}".encode()).decode()}
        if scope["path"].endswith("makeCall"):
            headers["Content-Type"] = "application/json"
            request = self._session.post(url, data=orjson.dumps(values), headers=headers)
        else:
            request = self._session.get(url, params=values, headers=headers)
        async with request as reply:
            answer = b'{"callback":"success","contextWrites":{"to":%b}}' % await reply.read()
        length = str(len(answer)).encode()
        answer_headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": answer_headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        connector = aiohttp.TCPConnector(limit=1000)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._session.close()
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    app = Floor(os.environ["UPSTREAM"])
    # The collector's settings are the connector's own.
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    uvicorn.run(app, port=int(os.environ["PORT"]), loop="uvloop", http="httptools", log_config=None, access_log=False)
