"""The recipes for platforms do what they say: each command, request and script is run on the service with the sandbox.

Of platforms that cannot be had, what the guide gives them is run: the request, the expression, the script.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.node import binary
from tests.support.patience import PATIENCE
from tests.support.process import Process

GUIDES = Path(__file__).parent.parent / "docs" / "guides"
ACCOUNT = ("MASANDBOX00000000000", "sandbox")
LOCAL = "http://localhost:8080"
PUBLIC = "https://connector.example.com"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MEASURED = {"rate", "secondsLeft"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    """The service, new for each guide: keys of one are none of another's."""
    with Process(tmp_path, SANDBOX="true") as process:
        yield process


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.name)
def test_the_links_of_a_guide_lead_somewhere(guide: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", guide.read_text())
    assert [target for target in targets if not (GUIDES / target).resolve().exists()] == []


def test_every_guide_is_in_the_index() -> None:
    index = (GUIDES / "README.md").read_text()
    assert [
        path.name for path in GUIDES.glob("*.md") if path.name != "README.md" and f"({path.name})" not in index
    ] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("name", ["bulk.md", "script.md"])
def test_what_a_guide_shows_is_what_is_answered(name: str, service: Process) -> None:
    """Ids are others each time, but what is one id in the guide is one id in the answers."""
    blocks = _BLOCK.findall((GUIDES / name).read_text())
    shown_of: dict[str, str] = {}
    compared = 0
    for (language, command), (answer_language, answer) in pairwise(blocks):
        if language != "sh" or not command.startswith("curl"):
            continue
        told = subprocess.run(  # noqa: S603  # the guide's own words
            ["/bin/bash", "-c", command.replace(LOCAL, f"http://127.0.0.1:{service.port}")],
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=PATIENCE,
        ).stdout
        expected, found = _values(answer, answer_language), _values(told, answer_language)
        for expected_id, found_id in zip(_ids(expected), _ids(found), strict=True):
            assert shown_of.setdefault(found_id, expected_id) == expected_id
        assert _without_ids(found) == _without_ids(expected)
        compared += 1
    assert compared == sum(language == "sh" and command.startswith("curl") for language, command in blocks) > 1
    assert len(set(shown_of.values())) == len(shown_of)


def test_the_script_sends_a_csv_once(service: Process, tmp_path: Path) -> None:
    table = tmp_path / "guests.csv"
    given, shown = (text for language, text in _BLOCK.findall((GUIDES / "script.md").read_text()) if language == "csv")
    table.write_text(given)
    first = _send_csv(service, table)
    assert _ID.sub("id", shown) == _ID.sub("id", first)
    table.write_text(table.read_text().replace("Ada,", "Alan,14155550100,14155550125,Hello\nAda,"))
    alan, *rest = list(csv.reader(_send_csv(service, table).splitlines()))[1:]
    assert alan[:2] == ["Alan", "success"]
    assert rest == list(csv.reader(first.splitlines()))[1:]
    listed = service.http.post("/api/Plivo/getMessages", json={}, auth=ACCOUNT).json()
    assert {one["to_number"] for one in listed["contextWrites"]["to"]["objects"]} >= {"14155550123", "14155550125"}


def test_the_script_says_why_it_cannot_send(service: Process, tmp_path: Path) -> None:
    table = tmp_path / "guests.csv"
    table.write_text("src,text\n14155550100,Hello\n")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _send_csv(service, table)
    assert '"destination"' in failed.value.stderr


@pytest.mark.parametrize(
    ("name", "sent"), [("n8n-message.json", "message(s) queued"), ("n8n-bulk.json", ["success", "success"])]
)
def test_an_n8n_workflow_asks_for_what_it_says(name: str, sent: Any, service: Process, node: None) -> None:
    """Its nodes are linked, and its expressions, which are JavaScript, make a request that is accepted."""
    del node
    workflow = json.loads((GUIDES / name).read_text())
    nodes = {one["name"]: one for one in workflow["nodes"]}
    assert workflow["connections"].keys() < nodes.keys()
    linked = [link["node"] for way in workflow["connections"].values() for links in way["main"] for link in links]
    assert {*linked, "Start"} == nodes.keys()
    (code,) = [one["parameters"]["jsCode"] for one in nodes.values() if one["type"].endswith(".code")]
    (request,) = [one["parameters"] for one in nodes.values() if one["type"].endswith(".httpRequest")]
    (header,) = request["headerParameters"]["parameters"]
    made = _in_node(
        f"const rows = (() => {{ {code} }})();"
        "const $json = rows[0].json; const $input = { all: () => rows };"
        f"return [{_expression(request['jsonBody'])}, {_expression(header['value'])}];"
    )
    answer = service.http.request(
        request["method"],
        request["url"].removeprefix(LOCAL),
        content=made[0],
        headers={"Content-Type": "application/json", header["name"]: made[1]},
        auth=ACCOUNT,
    )
    content = _succeeded(answer)
    assert content.get("message") == sent or [one["callback"] for one in content["results"]] == sent


def test_the_request_of_the_make_blueprint_is_accepted(service: Process) -> None:
    (module,) = json.loads((GUIDES / "make.json").read_text())["flow"]
    request = module["mapper"]
    headers = {header["name"]: header["value"] for header in request["headers"]}
    answer = service.http.request(
        request["method"].upper(),
        request["url"].removeprefix(PUBLIC),
        content=request["data"],
        headers={**headers, "Content-Type": request["contentType"]},
        auth=ACCOUNT,
    )
    assert _succeeded(answer)["message"] == "message(s) queued"


def test_the_request_of_the_power_automate_action_is_accepted(service: Process) -> None:
    request = json.loads((GUIDES / "power-automate.json").read_text())["Send_message"]["inputs"]
    answer = service.http.request(
        request["method"],
        request["uri"].removeprefix(PUBLIC),
        json=request["body"],
        headers=request["headers"],
        auth=(request["authentication"]["username"], request["authentication"]["password"]),
    )
    assert _succeeded(answer)["message"] == "message(s) queued"


@pytest.mark.parametrize("text", ['Hello "Ada",\nwelcome', ""])
def test_the_code_for_zapier_sends_or_fails(text: str, service: Process, node: None) -> None:
    del node
    given = {
        "url": f"http://127.0.0.1:{service.port}",
        "authId": ACCOUNT[0],
        "authToken": ACCOUNT[1],
        "key": "order-1001",
        "src": "14155550100",
        "destination": "14155550123",
        "text": text,
    }
    code = (GUIDES / "zapier.js").read_text()
    script = f"const inputData = {json.dumps(given)}; let output; {code}; return output;"
    if text:
        assert _ID.fullmatch(_in_node(script)["messageUuid"])
    else:
        with pytest.raises(subprocess.CalledProcessError) as failed:
            _in_node(script)
        assert "REQUIRED_FIELDS" in failed.value.stderr


def test_the_scripts_for_retool_send_the_rows_that_are_selected(service: Process, node: None) -> None:
    del node
    rows = [{"id": 7, "phone": "14155550123"}, {"id": 8, "phone": "letters"}]
    body = _in_node(
        f"const table1 = {json.dumps({'selectedRows': rows})};"
        "const batchName = { value: 'May' }, messageText = { value: 'Hello' };"
        f"return {(GUIDES / 'retool-body.js').read_text()}"
    )
    answer = service.http.post("/api/Plivo/sendMessage/bulk", json=body, auth=ACCOUNT)
    _succeeded(answer)
    transformer = (GUIDES / "retool-transformer.js").read_text()
    first, second = _in_node(f"const data = {answer.text}; {transformer}")
    assert first == {"id": "7", "sent": True, "reason": ""}
    assert (second["id"], second["sent"]) == ("8", False)
    assert "destination" in second["reason"]


def _values(text: str, language: str) -> list[Any]:
    """Read an answer; results that stream come in any order, so they are sorted."""
    lines = [json.loads(line) for line in text.splitlines()] if language == "ndjson" else [json.loads(text)]
    for line in lines:
        for name in _MEASURED & line.keys():
            del line[name]
    return sorted(lines, key=lambda line: line.get("index", len(lines)))


def _ids(value: object) -> list[str]:
    return _ID.findall(json.dumps(value, sort_keys=True))


def _without_ids(value: object) -> str:
    return _ID.sub("id", json.dumps(value, sort_keys=True))


def _send_csv(service: Process, table: Path) -> str:
    account = {"PLIVO_AUTH_ID": ACCOUNT[0], "PLIVO_AUTH_TOKEN": ACCOUNT[1]}
    address = {"CONNECTOR_URL": f"http://127.0.0.1:{service.port}"}
    return subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(GUIDES / "send_csv.py"), str(table), "reminders"],
        env={**os.environ, **account, **address},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=PATIENCE,
    ).stdout


def _in_node(body: str) -> Any:
    """Run the body of an asynchronous function in Node and return what it returns."""
    script = f"(async () => {{ {body}\n}})().then((value) => console.log(JSON.stringify(value)));"
    ended = subprocess.run(  # noqa: S603  # the guide's own words
        [binary(), "-e", script], capture_output=True, encoding="utf-8", check=True, timeout=PATIENCE
    )
    return json.loads(ended.stdout)


def _expression(text: str) -> str:
    """Return the JavaScript of an n8n parameter: an expression if it begins with =, else a text."""
    found = re.fullmatch(r"=\{\{(.*)\}\}", text, re.DOTALL)
    return f"({found.group(1)})" if found else json.dumps(text)


def _succeeded(answer: httpx.Response) -> dict[str, Any]:
    envelope = answer.json()
    assert envelope["callback"] == "success", envelope
    content: dict[str, Any] = envelope["contextWrites"]["to"]
    return content
