"""Hand-written requests: what must arrive on Plivo's socket for given args, to the byte of the request line.

The cases in ``translations/*.json`` were written from Plivo's documentation and the design, none was recorded.
Only the order of a query's parameters or a form's parts and the spelling of a body's JSON are free.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.manifest import METADATA, load_manifest
from tests.evidence.sdk_calls import NOT_IN_SDK, ROWS
from tests.support.multipart import Part, file, parts_of, text
from tests.support.recorder import Recorder
from tests.support.service import Service

BLOCKS = load_manifest(METADATA).blocks
TOKEN = "5ecretT0ken"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parent / "translations").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]


def with_sorted_query(line: str) -> tuple[str, str, list[str], str]:
    method, target, version = line.split(" ")
    path, _, query = target.partition("?")
    return method, path, sorted(query.split("&")), version


def send(case: dict[str, Any], connector: Service) -> httpx.Response:
    """Call the block with JSON, or with a form where the case has files: [name, media type, content] by arg."""
    args = {"authId": "MA1", "authToken": TOKEN, **case["args"]}
    if "files" not in case:
        return connector.post(case["block"], args)
    files = {arg: (name, content, media_type) for arg, (name, media_type, content) in case["files"].items()}
    return connector.http.post(f"/api/Plivo/{case['block']}", data=args, files=files)


def part(wanted: list[str]) -> Part:
    """Return the part that a [name, text] or a [name, file name, media type, content] stands for."""
    name, *about, content = wanted
    if not about:
        return text(name, content)
    file_name, media_type = about
    return file(name, file_name, media_type, content.encode())


def in_order(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (part.headers["content-disposition"], part.content))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['block']}: {case['case']}")
def test_translation(case: dict[str, Any], connector: Service, recorder: Recorder) -> None:
    response = send(case, connector)
    assert response.json()["callback"] == "success", response.text
    request = recorder.only
    assert BLOCKS[case["block"]].request.host == case.get("host", "api.plivo.com")
    assert with_sorted_query(request.line.decode("ascii")) == with_sorted_query(case["line"])
    assert TOKEN.encode() not in request.line + request.body
    assert request.header("Transfer-Encoding") is None
    if "parts" in case:
        assert in_order(parts_of(request)) == in_order([part(wanted) for wanted in case["parts"]])
    elif "body" not in case:
        assert request.body == b""
        assert request.header("Content-Type") is None
        assert request.header("Content-Length") in (None, "0")
    else:
        assert json.dumps(request.json, sort_keys=True) == json.dumps(case["body"], sort_keys=True)
        assert request.header("Content-Type") == "application/json"


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "one dot": ("getSingleConference", {"conferenceName": "."}, "conferenceName"),
    "two dots": ("hangupSingleConference", {"conferenceName": ".."}, "conferenceName"),
    "dots of a list": ("kickMember", {"conferenceName": "daily", "memberId": [".."]}, "memberId"),
    "no digit": ("unrentNumber", {"number": "../../Call"}, "number"),
    "another account's path": ("getAccountDetails", {"authId": "MA1/Call"}, "authId"),
    "half a character in a path": ("getSingleConference", {"conferenceName": "\ud83d"}, "conferenceName"),
    "a line break in the token": ("getAccountDetails", {"authToken": "a\r\nX-Injected: b"}, "authToken"),
    "a path value beside its arg": (
        "hangupSingleCall",
        {"callUuid": "c1", "additionalFields": {"call_uuid": "c2"}},
        "additionalFields",
    ),
    "the account beside the credentials": (
        "hangupCalls",
        {"additionalFields": {"auth_id": "MA2"}},
        "additionalFields",
    ),
    "a constant parameter": ("getLiveCalls", {"additionalFields": {"status": "queued"}}, "additionalFields"),
    "an arg twice": ("createSubaccount", {"name": "a", "additionalFields": {"name": "b"}}, "additionalFields"),
}


@pytest.mark.parametrize(("block", "args", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_nothing_is_sent(block: str, args: dict[str, Any], field: str, connector: Service, recorder: Recorder) -> None:
    """No value reaches another resource, another account or another header."""
    response = connector.post(block, {"authId": "MA1", "authToken": TOKEN, **args})
    error = response.json()["contextWrites"]["to"]
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["fields"] == [field]
    assert recorder.requests == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['block']}: {case['case']}")
def test_case_is_well_formed(case: dict[str, Any]) -> None:
    """A misspelt key would weaken a case without a word."""
    assert case.keys() - {"host", "body", "files", "parts"} == {"case", "block", "args", "line"}


def test_what_the_sdk_does_not_know_is_shown_here() -> None:
    """Every arg has evidence from outside the manifest: the SDK's requests, or a case of this directory."""
    shown = {(case["block"], arg.strip()) for case in CASES for arg in case["args"] | case.get("files", {})}
    blocks = {case["block"] for case in CASES}
    wanted = {(row.block, arg) for row in ROWS for arg in row.not_in_sdk}
    wanted |= {(block, arg.name) for block in NOT_IN_SDK for arg in BLOCKS[block].args}
    assert not wanted - shown
    assert not NOT_IN_SDK - blocks
