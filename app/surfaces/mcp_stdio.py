"""The door for AI agents on this machine: MCP over standard input and output, ``python -m app mcp``."""

import asyncio
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING

from app.blocks import Result
from app.mcp import Caller, Reach
from app.telemetry import Observer, RequestRecord
from app.web.middleware import note

if TYPE_CHECKING:
    from app.mcp.agent import Agent
    from app.mcp.server import Context

_MISSING = (
    "Credentials are not arguments. Ask the user to set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN in the environment that "
    "this server is started with."
)


async def serve_stdio(
    agent: "Agent", observer: Observer, reach: Reach, *, auth_id: str | None, auth_token: str | None
) -> None:
    """Serve until standard input ends.

    Args:
        agent: runs the tools.
        observer: is told of every block that was run. What it writes goes to standard error: the SDK turns the
            descriptor of standard output there and keeps the real one for the protocol.
        reach: what can be reached.
        auth_id: PLIVO_AUTH_ID.
        auth_token: PLIVO_AUTH_TOKEN.
    """
    from mcp.server.stdio import stdio_server  # noqa: PLC0415  # the SDK takes 0.6 s to load

    from app.mcp.server import create_server  # noqa: PLC0415  # it imports the SDK

    credentials = {"authId": auth_id, "authToken": auth_token} if auth_id and auth_token else {}

    def caller_of(_: "Context") -> Caller:
        started = perf_counter()

        def told(block: str, result: Result) -> None:
            record = RequestRecord(token_hex(16), "MCP", "", block=block)
            note(record, result)
            record.seconds = perf_counter() - started
            observer.request_ended(record)

        return Caller(credentials, _MISSING, reach, told=told)

    def broke(_: "Context", error: Exception) -> str:
        record = RequestRecord(token_hex(16), "MCP", "")
        observer.request_broke(record, error)
        return record.request_id

    server = create_server(agent, caller_of, broke)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
    await asyncio.shield(agent.aclose())
