"""The Model Context Protocol, spoken by the low-level server of its official SDK, in both of its eras.

The only module that imports the SDK; it is imported when first needed.
"""

import logging
from collections.abc import Callable
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import is_version_at_least

from app import __version__
from app.mcp import Caller
from app.mcp.agent import Agent, Consent
from app.mcp.replies import Answer, Question

Context = ServerRequestContext[Any, Any]

_ASKS_SINCE = "2026-07-28"
"""The protocol version from which a call can ask the person and go on."""

_QUESTION = "confirm"
_LIST_IS_FRESH = 3600 * 1000

_INSTRUCTIONS = (
    "Plivo: messages, calls, phone numbers, verification codes and everything else of the account that this connection "
    "belongs to. The tools named after a task do what most people want; search_blocks finds all other operations, "
    "describe_block tells their args, read_block and write_block run them. Phone numbers have a country code, such as "
    "14155550123. Look at the text with previewMessage before sending it. What costs money or destroys is confirmed "
    "by the user first; never confirm in their place. Credentials belong to the connection: never ask for them, never "
    "pass them."
)


def create_server(
    agent: Agent, caller_of: Callable[[Context], Caller], broke: Callable[[Context, Exception], str]
) -> Server[Any]:
    """Return the server.

    Args:
        agent: runs the tool calls.
        caller_of: who calls, by the context of the request.
        broke: is told of a defect of ours, and returns the id under which it is found.
    """

    async def list_tools(context: Context, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        caller = caller_of(context)
        return types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in agent.tools(caller.reach)])

    async def call_tool(
        context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        try:
            answer = await agent.call(
                params.name,
                params.arguments or {},
                caller_of(context),
                can_ask=_can_ask(context),
                consent=_consent(params),
            )
        except Exception as error:  # noqa: BLE001  # the SDK would show its text to the client
            raise MCPError(
                types.INTERNAL_ERROR, f"Something went wrong inside the connector (request {broke(context, error)})."
            ) from None
        return _asked(answer) if isinstance(answer, Question) else _answered(answer)

    server: Server[Any] = Server(
        "plivo-connector",
        version=__version__,
        title="Plivo",
        instructions=_INSTRUCTIONS,
        # What is listed depends on the headers of the request.
        cache_hints={"tools/list": CacheHint(ttl_ms=_LIST_IS_FRESH, scope="private")},
        # No tool takes an argument from a header of its own, so that nothing has to be looked up before a call.
        get_tool_input_schema=lambda _: None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    # Lines of less weight may repeat what clients sent.
    logging.getLogger("mcp").setLevel(logging.WARNING)
    # Telemetry is decided by this service, not by whether a library is installed.
    server.middleware.clear()
    return server


def _can_ask(context: Context) -> bool:
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    # `elicitation: {}` was all there was before it had modes: it means forms.
    offers_forms = elicitation is not None and (elicitation.form is not None or elicitation.url is None)
    return offers_forms and is_version_at_least(context.protocol_version, _ASKS_SINCE)


def _consent(params: types.CallToolRequestParams) -> Consent | None:
    if params.request_state is None:
        return None
    answer = (params.input_responses or {}).get(_QUESTION)
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept" or answer.content is None:
        return Consent(params.request_state, given=False)
    return Consent(params.request_state, given=answer.content.get(_QUESTION) is True)


def _asked(question: Question) -> types.InputRequiredResult:
    schema = {
        "type": "object",
        "properties": {_QUESTION: {"type": "boolean", "title": "Do it", "description": "Yes, do what is shown above."}},
        "required": [_QUESTION],
    }
    request = types.ElicitRequest(
        params=types.ElicitRequestFormParams(message=_whole(question.message), requested_schema=schema)
    )
    return types.InputRequiredResult(input_requests={_QUESTION: request}, request_state=question.state)


def _answered(answer: Answer) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(text=_whole(answer.text))],
        structured_content=_whole(answer.content),
        is_error=answer.is_error,
    )


def _whole(value: Any) -> Any:
    """Replace halves of characters (an SMS may be cut inside an emoji), which the SDK cannot write."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_whole(name): _whole(item) for name, item in value.items()}
        case list():
            return [_whole(item) for item in value]
    return value
