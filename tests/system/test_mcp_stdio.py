"""``python -m app mcp``: AI agents over standard input and output, by the SDK's own client."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, ElicitResult

from app.settings import Settings
from tests.support.mcp_client import ERAS, Person, connect, text_of
from tests.support.process import ROOT, Process
from tests.support.recorder import Recorder

TOKEN = "s3cret7890"
MESSAGE = {"src": "14155550100", "destination": "14155550123", "text": "a text of ours"}

every_era = pytest.mark.parametrize("era", ERAS)


def environment(directory: Path, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return {**inherited, "PYTHONPATH": str(ROOT), "STORE_URL": f"sqlite:///{directory}/keys.db", **settings}


def call(
    directory: Path, era: str, *calls: tuple[str, dict[str, Any]], person: Person | None = None, **settings: str
) -> tuple[list[CallToolResult], str]:
    """Make calls over one connection; return the results, and all that the process wrote to standard error."""
    log = directory / "log"

    async def work() -> list[CallToolResult]:
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "app", "mcp"], env=environment(directory, **settings), cwd=directory
        )
        with log.open("w") as errors:
            async with Client(
                stdio_client(parameters, errlog=errors),
                mode=era,
                elicitation_callback=person,
            ) as client:
                return [await client.call_tool(name, arguments) for name, arguments in calls]

    results = run(work())
    return results, log.read_text()


def run(work: Coroutine[Any, Any, list[CallToolResult]]) -> list[CallToolResult]:
    return asyncio.run(work)


@every_era
def test_the_sandbox_works_without_credentials(era: str, tmp_path: Path) -> None:
    (result,), log = call(tmp_path, era, ("read_block", {"name": "getAccountDetails"}), SANDBOX="true")
    assert result.structured_content["auth_id"] == "MASANDBOX00000000000"
    assert "Sandbox" in log


HOSTED = {"callFrom": "14155550100", "callTo": "14155550123", "answer": [{"speak": "Hello"}]}


@pytest.mark.parametrize("settings", [{}, {"PUBLIC_URL": "https://connector.example.com"}])
@pytest.mark.parametrize(
    "wish",
    [{"name": "createSubscription", "args": {}}, {"name": "makeCall", "args": HOSTED}],
    ids=lambda wish: wish["name"],
)
def test_the_sandbox_is_given_no_address_where_nothing_listens(
    wish: dict[str, Any], settings: dict[str, str], tmp_path: Path
) -> None:
    person = Person(ElicitResult(action="accept", content={"confirm": True}))
    (refused,), _ = call(tmp_path, "auto", ("write_block", wish), person=person, SANDBOX="true", **settings)
    assert refused.is_error
    assert "NOT_CONFIGURED" in text_of(refused)
    assert "start the service with SANDBOX=true" in text_of(refused)


@every_era
def test_credentials_come_from_the_environment_and_go_nowhere_else(
    era: str, tmp_path: Path, recorder: Recorder
) -> None:
    (read, refused), log = call(
        tmp_path,
        era,
        ("read_block", {"name": "getAccountDetails"}),
        ("getMessages", {"authToken": TOKEN}),
        PLIVO_API_URL=recorder.url,
        PLIVO_AUTH_ID="MAXXXXXXXXXXXXXXXXXX",
        PLIVO_AUTH_TOKEN=TOKEN,
        LOG_LEVEL="debug",
    )
    assert not read.is_error
    assert recorder.only.header("authorization")
    assert refused.is_error
    assert TOKEN not in log + read.model_dump_json() + refused.model_dump_json()
    assert "block=getAccountDetails" in log


@every_era
def test_what_costs_money_is_shown_first(era: str, tmp_path: Path, recorder: Recorder) -> None:
    (shown,), log = call(
        tmp_path, era, ("sendMessage", MESSAGE), PLIVO_API_URL=recorder.url, PLIVO_AUTH_ID="MAX", PLIVO_AUTH_TOKEN=TOKEN
    )
    assert shown.structured_content.keys() == {"confirm", "preview"}
    assert recorder.requests == []
    assert MESSAGE["text"] not in log


def test_a_person_who_can_be_asked_is_asked(tmp_path: Path, recorder: Recorder) -> None:
    person = Person(ElicitResult(action="accept", content={"confirm": True}))
    (sent,), _ = call(
        tmp_path,
        "auto",
        ("sendMessage", MESSAGE),
        person=person,
        PLIVO_API_URL=recorder.url,
        PLIVO_AUTH_ID="MAX",
        PLIVO_AUTH_TOKEN=TOKEN,
    )
    assert not sent.is_error
    assert len(person.asked) == len(recorder.requests) == 1


def test_without_credentials_a_call_says_where_they_belong(tmp_path: Path, recorder: Recorder) -> None:
    (result,), _ = call(tmp_path, "auto", ("getMessages", {}), PLIVO_API_URL=recorder.url)
    assert result.is_error
    assert "PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN" in text_of(result)
    assert recorder.requests == []


@pytest.mark.parametrize("command", ["mcp", "serve"])
def test_a_wrong_group_is_told_at_start(command: str, tmp_path: Path) -> None:
    ended = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "app", command],
        cwd=tmp_path,
        env=environment(tmp_path, MCP_GROUPS="Calls,Nope", PORT="0"),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "MCP_GROUPS: 1 of these names are not groups; the groups are 10DLC, " in ended.stderr


def test_over_http_the_log_tells_of_the_block_and_never_of_its_values(tmp_path: Path, recorder: Recorder) -> None:
    settings = {"PLIVO_API_URL": recorder.url, "LOG_LEVEL": "debug", "STORE_URL": "memory:"}

    async def work(url: str) -> list[CallToolResult]:
        async with connect(url, credentials=("MAXXXXXXXXXXXXXXXXXX", TOKEN)) as client:
            shown = await client.call_tool("sendMessage", MESSAGE)
            confirm = shown.structured_content["confirm"]
            return [shown, await client.call_tool("sendMessage", {**MESSAGE, "confirm": confirm})]

    with Process(tmp_path, **settings) as connector:
        shown, sent = run(work(f"http://127.0.0.1:{connector.port}"))
        lines = connector.wait_for(
            lambda: [line for line in connector.output.splitlines() if "block=sendMessage" in line]
        )
    assert not sent.is_error
    assert "outcome=success" in lines[-1]
    for secret in (TOKEN, MESSAGE["text"], shown.structured_content["confirm"]):
        assert secret not in connector.output
