"""AI agents at ``POST /mcp``, by the SDK's own client in both eras of the protocol."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp.types import CallToolResult, ElicitResult

from app.manifest import METADATA, load_manifest
from app.manifest.schema import example_request
from app.mcp import needs_confirmation
from tests.support.answers import Reply
from tests.support.in_process import error_in
from tests.support.mcp_client import ERAS, SANDBOX, Person, connect, text_of
from tests.support.patience import PATIENCE
from tests.support.recorder import Recorder
from tests.support.service import Service

BLOCKS = load_manifest(METADATA).blocks
MESSAGE = {"src": "14155550100", "destination": ["14155550123"], "text": "Hi"}
YES = ElicitResult(action="accept", content={"confirm": True})
NOT_YES = [
    ElicitResult(action="decline"),
    ElicitResult(action="cancel"),
    ElicitResult(action="accept"),
    ElicitResult(action="accept", content={"confirm": False}),
    ElicitResult(action="accept", content={"confirm": "yes"}),
]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}

T = TypeVar("T")

every_era = pytest.mark.parametrize("era", ERAS)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Service]:
    with Service(sandbox=True) as service:
        yield service


def call(url: str, tool: str, arguments: dict[str, Any], era: str = "auto", **options: Any) -> CallToolResult:
    """Call one tool over a connection of its own; options are those of ``connect``."""

    async def work() -> CallToolResult:
        async with connect(url, era, **options) as client:
            return await client.call_tool(tool, arguments)

    return run(work())


def content_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    content: dict[str, Any] = result.structured_content
    return content


def error_of(result: CallToolResult) -> dict[str, Any]:
    assert result.is_error
    error: dict[str, Any] = result.structured_content
    assert text_of(result).startswith(f"{error['status_code']}: ")
    return error


@every_era
def test_an_agent_finds_reads_and_writes(era: str, sandbox: Service) -> None:
    async def work() -> None:
        async with connect(sandbox.url, era) as client:
            assert len((await client.list_tools()).tools) == 14
            found = await client.call_tool("search_blocks", {"query": "create an application", "limit": 5})
            assert "createApplication" in [block["name"] for block in content_of(found)["blocks"]]
            described = content_of(await client.call_tool("describe_block", {"name": "createApplication"}))
            assert described["callWith"] == "write_block"
            args = {"appName": f"agents-{era}", "answerUrl": "https://example.com/answer"}
            made = await client.call_tool("write_block", {"name": "createApplication", "args": args})
            app_id = content_of(made)["app_id"]
            read = await client.call_tool("read_block", {"name": "getSingleApplication", "args": {"appId": app_id}})
            assert content_of(read)["app_name"] == f"agents-{era}"
            assert json.loads(text_of(read))["app_name"] == f"agents-{era}"

    run(work())


@every_era
def test_a_preview_and_its_token_send_once(era: str, recorder: Recorder, connector: Service) -> None:
    async def work() -> None:
        async with connect(connector.url, era) as client:
            shown = await client.call_tool("sendMessage", MESSAGE)
            preview = content_of(shown)
            assert preview.keys() == {"confirm", "preview"}
            assert preview["preview"]["request"]["body"]["text"] == "Hi"
            assert preview["confirm"] in text_of(shown)
            assert recorder.requests == []
            for _ in range(2):
                sent = await client.call_tool("sendMessage", {**MESSAGE, "confirm": preview["confirm"]})
                assert not sent.is_error

    run(work())
    assert len(recorder.requests) == 1


@every_era
def test_a_call_with_its_answer_needs_no_server(era: str, sandbox: Service) -> None:
    arguments = {"callFrom": "14155550100", "callTo": ["14155550123"], "answer": [{"speak": f"Hello {era}"}]}

    async def work() -> list[dict[str, Any]]:
        async with connect(sandbox.url, era) as client:
            confirm = content_of(await client.call_tool("makeCall", arguments))["confirm"]
            confirmed = {**arguments, "confirm": confirm}
            return [content_of(await client.call_tool("makeCall", confirmed)) for _ in range(2)]

    first, again = run(work())
    assert first["request_uuid"]
    assert first == again


def test_a_client_that_can_ask_asks_the_person_and_the_model_gets_no_token(
    recorder: Recorder, connector: Service
) -> None:
    person = Person(YES)
    result = call(connector.url, "sendMessage", MESSAGE, person=person)
    assert content_of(result).keys() & {"confirm", "preview"} == set()
    (question,) = person.asked
    assert question.startswith("Send message? This costs money.")
    assert "text: Hi" in question
    assert len(recorder.requests) == 1


@pytest.mark.parametrize("answer", NOT_YES, ids=lambda answer: f"{answer.action} {answer.content}")
def test_without_a_clear_yes_nothing_is_done(answer: ElicitResult, recorder: Recorder, connector: Service) -> None:
    refused = call(connector.url, "sendMessage", MESSAGE, person=Person(answer))
    assert "the user does not want this" in error_of(refused)["errors"]["confirm"]
    assert text_of(refused).endswith("do not try again unless they ask")
    assert recorder.requests == []


@every_era
def test_nothing_that_costs_or_destroys_ever_runs_unconfirmed(era: str, recorder: Recorder, connector: Service) -> None:
    """Every such block, as its own tool and by the general ones; with no token, a made-up one, one of another call."""
    names = [block.name for block in BLOCKS.values() if needs_confirmation(block)]
    assert len(names) > 60

    async def work() -> None:
        async with connect(connector.url, era) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            other = content_of(await client.call_tool("sendMessage", MESSAGE))["confirm"]
            for name in names:
                request = example_request(BLOCKS[name])
                args = {key: value for key, value in request.items() if key not in ("authId", "authToken")}
                for confirm in ({}, {"confirm": True}, {"confirm": "yes"}, {"confirm": other}):
                    general = await client.call_tool("write_block", {"name": name, "args": args, **confirm})
                    assert bool(confirm) == bool(general.is_error), text_of(general)
                    if name in tools:
                        assert (await client.call_tool(name, {**args, **confirm})).is_error == bool(confirm)
                assert (await client.call_tool("read_block", {"name": name, "args": args})).is_error

    run(work())
    assert recorder.requests == []


def test_a_dry_run_needs_no_confirmation(recorder: Recorder, connector: Service) -> None:
    shown = content_of(call(connector.url, "sendMessage", {**MESSAGE, "dryRun": "true"}))
    assert shown["dryRun"] is True
    assert recorder.requests == []


def test_a_token_confirms_where_a_key_is_required(shared_recorder: Recorder) -> None:
    shared_recorder.reset()
    with Service(plivo_api_url=shared_recorder.url, require_idempotency_key=True, store_url="memory:") as service:
        token = content_of(call(service.url, "sendMessage", MESSAGE))["confirm"]
        assert not call(service.url, "sendMessage", {**MESSAGE, "confirm": token}).is_error
    assert len(shared_recorder.requests) == 1


def test_the_segments_of_a_text_are_counted_before_it_is_sent(sandbox: Service) -> None:
    assert content_of(call(sandbox.url, "previewMessage", {"text": "x" * 161}))["segments"] == 2


@every_era
def test_errors_say_what_is_wrong_and_what_to_do(era: str, sandbox: Service) -> None:
    wrong = call(sandbox.url, "read_block", {"name": "getMessages", "args": {"colour": 1}}, era)
    assert error_of(wrong)["errors"] == {"colour": "is not a field of this block"}
    assert "describe_block getMessages" in text_of(wrong)
    missing = call(sandbox.url, "sendMessage", {"text": "Hi"}, era)
    assert error_of(missing)["fields"] == ["destination", "src", "powerpackUuid"]
    unknown = call(sandbox.url, "describe_block", {"name": "hang up a call"}, era)
    assert error_of(unknown)["status_code"] == "UNKNOWN_BLOCK"
    assert "hangupSingleCall" in text_of(unknown)
    elsewhere = call(sandbox.url, "getAccountDetails", {}, era)
    assert "read_block" in error_of(elsewhere)["status_msg"]
    gone = call(sandbox.url, "read_block", {"name": "getSingleMessage", "args": {"messageUuid": "nope"}}, era)
    assert error_of(gone)["http_status"] == 404


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("search_blocks", {}, "query"),
        ("search_blocks", {"query": "call", "limit": 0}, "limit"),
        ("search_blocks", {"query": "call", "limit": True}, "limit"),
        ("search_blocks", {"query": "call", "group": "Nope"}, "group"),
        ("describe_block", {}, "name"),
        ("read_block", {"name": "getMessages", "args": "[]"}, "args"),
        ("read_block", {"name": "getMessages", "args": "{"}, "args"),
        ("read_block", {"name": "createApplication", "args": {}}, "name"),
    ],
)
def test_arguments_that_do_not_fit_are_named(
    tool: str, arguments: dict[str, Any], field: str, sandbox: Service
) -> None:
    error = error_of(call(sandbox.url, tool, arguments))
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["fields"] == [field]


def test_args_may_come_as_the_text_of_their_json(sandbox: Service) -> None:
    assert "objects" in content_of(call(sandbox.url, "read_block", {"name": "getMessages", "args": '{"limit": 1}'}))


@every_era
def test_credentials_belong_to_the_connection(era: str, recorder: Recorder, connector: Service) -> None:
    missing = call(connector.url, "read_block", {"name": "getAccountDetails"}, era, credentials=None)
    assert error_of(missing)["fields"] == ["authId", "authToken"]
    assert "Authorization" in text_of(missing)
    wrong = call(
        connector.url, "getMessages", {}, era, credentials=None, headers={"Authorization": "Bearer s3cret7890"}
    )
    assert error_of(wrong)["fields"] == ["Authorization"]
    assert "s3cret7890" not in wrong.model_dump_json()
    arguments = {"name": "getAccountDetails", "args": {" authToken ": "s3cret7890"}}
    given = call(connector.url, "read_block", arguments, era)
    assert error_of(given)["fields"] == ["authToken"]
    assert "s3cret7890" not in given.model_dump_json()
    assert recorder.requests == []


def test_the_credentials_of_the_header_reach_plivo_and_nothing_else(recorder: Recorder, connector: Service) -> None:
    result = call(connector.url, "read_block", {"name": "getAccountDetails"}, credentials=("MAX", "s3cret7890"))
    assert not result.is_error
    assert "s3cret7890" not in result.model_dump_json()
    assert len(recorder.requests) == 1


@every_era
def test_headers_narrow_what_is_listed_and_what_can_be_reached(era: str, sandbox: Service) -> None:
    headers = {"X-MCP-Groups": "messages", "X-MCP-Readonly": "true"}

    async def work() -> None:
        async with connect(sandbox.url, era, headers=headers) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert "getMessages" in names
            assert not {"sendMessage", "makeCall", "write_block"} & {*names}
            for tool in ("sendMessage", "write_block"):
                arguments = MESSAGE if tool == "sendMessage" else {"name": "sendMessage", "args": MESSAGE}
                assert (await client.call_tool(tool, arguments)).is_error
            outside = await client.call_tool("read_block", {"name": "getRentedNumbers"})
            assert "out of reach" in error_of(outside)["errors"]["name"]
            found = content_of(await client.call_tool("search_blocks", {"query": "send a message", "limit": 50}))
            assert {(block["group"], block["costs"]) for block in found["blocks"]} == {("Messages", False)}

    run(work())


def test_a_header_that_cannot_be_read_is_refused(sandbox: Service) -> None:
    response = sandbox.http.post("/mcp", json=INITIALIZE, headers={**ACCEPT, "X-MCP-Readonly": "perhaps"})
    assert response.status_code == 422
    assert error_in(response)["fields"] == ["X-MCP-Readonly"]


@pytest.mark.parametrize(
    ("name", "values"), [("X-MCP-Readonly", ["false", "true"]), ("X-MCP-Groups", ["Calls", "Messages"])]
)
def test_a_limit_that_is_given_twice_differently_is_refused(name: str, values: list[str], sandbox: Service) -> None:
    response = sandbox.http.post(
        "/mcp", json=INITIALIZE, headers=[*ACCEPT.items(), *((name, value) for value in values)]
    )
    assert response.status_code == 422
    assert error_in(response)["fields"] == [name]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_session_to_read_or_end(method: str, sandbox: Service) -> None:
    response = sandbox.http.request(method, "/mcp", headers=ACCEPT)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert error_in(response)["status_code"] == "METHOD_NOT_ALLOWED"


def test_a_slash_at_the_end_changes_nothing(sandbox: Service) -> None:
    response = sandbox.http.post("/mcp/", json=INITIALIZE, headers=ACCEPT)
    assert response.json()["result"]["serverInfo"]["name"] == "plivo-connector"


def test_a_body_is_bounded_like_all_others(shared_recorder: Recorder) -> None:
    with Service(plivo_api_url=shared_recorder.url, max_body_bytes=2048) as service:
        response = service.http.post("/mcp", content=b" " * 2049, headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert error_in(response)["status_code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    ("settings", "host", "origin", "status"),
    [
        ({}, "evil.example", None, 421),
        ({}, "localhost:8080", "http://evil.example", 403),
        ({}, "localhost:8080", "http://localhost:6274", 200),
        ({"public_url": "https://c.example.com/plivo"}, "c.example.com", "https://c.example.com", 200),
        ({"public_url": "https://c.example.com/plivo"}, "evil.example", None, 421),
        ({"host": "0.0.0.0"}, "connector:8080", None, 200),  # noqa: S104  # as in a container
        ({"host": "0.0.0.0", "public_url": "https://c.example.com"}, "connector:8080", None, 421),  # noqa: S104  # as above
    ],
)
def test_the_service_is_called_by_its_own_names_only(
    settings: dict[str, str], host: str, origin: str | None, status: int
) -> None:
    """A page that points its own name at this machine gets nothing (DNS rebinding)."""
    headers = {**ACCEPT, "Host": host} | ({"Origin": origin} if origin else {})
    with Service(sandbox=True, **settings) as service:
        assert service.http.post("/mcp", json=INITIALIZE, headers=headers).status_code == status


@every_era
def test_half_a_character_reaches_no_client(era: str, recorder: Recorder, connector: Service) -> None:
    """An SMS may be cut inside an emoji; UTF-8 cannot say half of one."""
    recorder.script(Reply(body=b'{"text": "cut \\ud83d", "whole": "\\ud83d\\ude00"}'))
    read = content_of(call(connector.url, "read_block", {"name": "getAccountDetails"}, era))
    assert read == {"text": "cut \ufffd", "whole": "\U0001f600"}


def test_a_reply_too_long_to_read_says_so(recorder: Recorder, connector: Service) -> None:
    recorder.script(Reply(body=b'{"text": "%b"}' % (b"x" * 300_000)))
    error = error_of(call(connector.url, "read_block", {"name": "getAccountDetails"}))
    assert "too many to read" in error["errors"]["limit"]


def test_many_agents_at_once_are_answered_each_for_itself(sandbox: Service) -> None:
    """The first requests find nothing imported yet."""

    async def ask() -> int:
        async with connect(sandbox.url, credentials=SANDBOX) as client:
            return len((await client.list_tools()).tools)

    async def work() -> list[int]:
        return await asyncio.gather(*(ask() for _ in range(10)))

    assert run(work()) == [14] * 10


def test_unknown_methods_get_the_protocols_own_error(sandbox: Service) -> None:
    response = sandbox.http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, headers=ACCEPT)
    assert response.json()["error"]["code"] == -32601


def test_a_client_that_goes_away_cancels_no_write(recorder: Recorder, connector: Service) -> None:
    """The request is with Plivo already: its outcome is kept under its key, and nothing is sent again."""
    recorder.script(Reply(delay=PATIENCE))
    args = {"name": "createApplication", "args": {"appName": "x", "idempotencyKey": f"gone {time.time()}"}}

    async def leave() -> None:
        async with connect(connector.url) as client:
            calling = asyncio.create_task(client.call_tool("write_block", args))
            await asyncio.to_thread(recorder.wait_for_requests, 1)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling

    run(leave())
    recorder.release()
    assert content_of(call(connector.url, "write_block", args)) == {"api_id": "recorded"}
    assert len(recorder.requests) == 1


def test_any_worker_takes_a_token_of_another(shared_recorder: Recorder, tmp_path: Path) -> None:
    shared_recorder.reset()
    settings = {"plivo_api_url": shared_recorder.url, "store_url": f"sqlite:///{tmp_path}/connector.db", "workers": 2}
    with Service(**settings) as one, Service(**settings) as other:
        token = content_of(call(one.url, "sendMessage", MESSAGE))["confirm"]
        for service in (other, one):
            assert not call(service.url, "sendMessage", {**MESSAGE, "confirm": token}).is_error
    assert len(shared_recorder.requests) == 1
