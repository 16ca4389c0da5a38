"""The MCP SDK's own client, as hosts of AI agents use it, in both eras of the protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp.client.client import Client
from mcp.client.context import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

ERAS = ("auto", "legacy")
"""How a client negotiates: the newest that both know (2026-07-28), or the handshake of 2025-11-25 and before."""

SANDBOX = ("MASANDBOX00000000000", "sandbox")


class Person:
    """Sits before the client and answers what is asked.

    Args:
        answer: the answer to every question.
    """

    def __init__(self, answer: ElicitResult) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002  # as the SDK calls it
        """Answer a question (the SDK's callback)."""
        self.asked.append(params.message)
        return self.answer


@asynccontextmanager
async def connect(
    url: str,
    era: str = "auto",
    *,
    credentials: tuple[str, str] | None = SANDBOX,
    person: Person | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Client]:
    """Connect to a service.

    Args:
        url: the service's.
        era: see ERAS.
        credentials: authId and authToken, sent as HTTP Basic; None sends none.
        person: answers questions; None offers no elicitation.
        headers: sent with every request.
    """
    auth = httpx2.BasicAuth(*credentials) if credentials else None
    async with (
        httpx2.AsyncClient(auth=auth, headers=headers, timeout=60, trust_env=False) as http,
        Client(
            streamable_http_client(f"{url}/mcp", http_client=http),
            mode=era,
            elicitation_callback=person,
        ) as client,
    ):
        yield client


def text_of(result: CallToolResult) -> str:
    """Return what a model reads of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text
