"""A dry run shows the very request that would be made, and a text is counted as it would be billed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.manifest.schema import example_request
from tests.support.in_process import App, error_in

BLOCKS: Mapping[str, Block] = load_manifest(METADATA).blocks
CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "s3cret-t0ken"}
SMS = {**CREDENTIALS, "src": "14155550100", "destination": "14155550123", "text": "Hi"}
PNG = b"\x89PNG\x00\xff"
NEEDS_FILE = {name for name, block in BLOCKS.items() if any(arg.type == "File" and arg.required for arg in block.args)}


@pytest.fixture(scope="module")
def service() -> Iterator[App]:
    with App(plivo_rate_limit=False) as running:
        yield running


@pytest.fixture
def app(service: App) -> App:
    """The service, nothing sent yet."""
    service.sent.clear()
    return service


def called(app: App, block: str, **args: Any) -> dict[str, Any]:
    answer = app.call(block, **args).json()
    assert answer["callback"] == "success", answer
    content: dict[str, Any] = answer["contextWrites"]["to"]
    return content


def preview_of(app: App, **args: Any) -> dict[str, Any] | None:
    reply = called(app, "sendMessage", **{**SMS, **args}, dryRun=True)
    assert app.sent == []
    found: dict[str, Any] | None = reply.get("preview")
    return found


@pytest.mark.parametrize("name", [name for name, block in BLOCKS.items() if not block.local and name not in NEEDS_FILE])
def test_a_dry_run_shows_what_is_then_sent(app: App, name: str) -> None:
    """Of every block, down to the last byte of the URL; but for secrets, which are nowhere."""
    args = {**example_request(BLOCKS[name]), **CREDENTIALS}
    answer = app.call(name, **args, dryRun=True)
    assert app.sent == []
    assert CREDENTIALS["authToken"] not in answer.text
    shown = answer.json()["contextWrites"]["to"]
    assert shown["dryRun"] is True
    called(app, name, **args)
    (sent,) = app.sent
    request = shown["request"]
    assert (request["method"], request["url"]) == (sent.method, str(sent.url))
    assert request["headers"] == {"Authorization": "Basic (hidden)"}
    if BLOCKS[name].request.body == "multipart":
        assert request.keys() == {"method", "url", "headers", "parts"}
        for part in request["parts"]:
            assert f'name="{part["name"]}"\r\n\r\n{part["value"]}\r\n'.encode() in sent.read()
    else:
        body: Any = json.loads(sent.read()) if sent.read() else None
        for arg in BLOCKS[name].args:
            if arg.format == "secret" and arg.name in args:
                assert body[arg.wire_name] == args[arg.name]
                assert args[arg.name] not in answer.text
                body[arg.wire_name] = "(hidden)"
        assert request.get("body") == body


def test_a_password_is_hidden_under_plivos_own_name_too(app: App) -> None:
    given = {"additionalFields": {"password": "s3cret-pass", "colour": "red"}}
    shown = called(app, "updateEndpoint", **CREDENTIALS, endpointId="1", **given, dryRun=True)
    assert shown["request"]["body"] == {"password": "(hidden)", "colour": "red"}


def test_where_a_request_goes(app: App) -> None:
    """To the operation's own host, or where PLIVO_API_URL says."""
    lookup = called(app, "lookupNumber", **CREDENTIALS, number="+1 415 555 0100", dryRun=True)
    assert lookup["request"]["url"].startswith("https://lookup.plivo.com/v1/Number/14155550100")
    with App(plivo_api_url="http://127.0.0.1:9/prefix/") as other:
        account = called(other, "getAccountDetails", **CREDENTIALS, dryRun=True)
    assert account["request"]["url"] == f"http://127.0.0.1:9/prefix/v1/Account/{CREDENTIALS['authId']}/"


def test_files_are_shown_by_name_and_size(app: App) -> None:
    form = {**CREDENTIALS, "alias": "Passport", "dryRun": "true"}
    files = {"file": ("passport.png", PNG, "image/png")}
    answer = app.request("POST", "/api/Plivo/createComplianceDocument", data=form, files=files)
    assert app.sent == []
    assert answer.json()["contextWrites"]["to"]["request"]["parts"] == [
        {"name": "alias", "value": "Passport"},
        {"name": "file", "value": "passport.png (image/png, 6 bytes)"},
    ]


@pytest.mark.parametrize("wish", [True, "true", "True", 1, "1"])
def test_a_dry_run_is_wished_for_as_any_boolean(app: App, wish: object) -> None:
    assert called(app, "getAccountDetails", **CREDENTIALS, dryRun=wish)["dryRun"] is True
    assert app.sent == []


@pytest.mark.parametrize("wish", [False, "false", 0, "0", "", None])
def test_without_the_wish_it_is_sent(app: App, wish: object) -> None:
    assert "dryRun" not in called(app, "getAccountDetails", **CREDENTIALS, dryRun=wish)
    assert len(app.sent) == 1


def test_a_wish_that_cannot_be_read_sends_nothing(app: App) -> None:
    assert error_in(app.call("getAccountDetails", **CREDENTIALS, dryRun="perhaps"))["fields"] == ["dryRun"]
    assert app.sent == []


def test_a_dry_run_tells_all_problems(app: App) -> None:
    """It is as strict as the request itself."""
    error = error_in(app.call("makeCall", **CREDENTIALS, callFrom="14155550100", timeLimit="x", dryRun=True))
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["callTo", "answerUrl", "answer"])
    assert error["errors"].keys() == {"timeLimit"}


def test_a_list_is_not_walked(app: App) -> None:
    shown = called(app, "getApplications", **CREDENTIALS, returnAll=True, dryRun=True)
    assert app.sent == []
    assert shown["request"]["method"] == "GET"


def test_additional_fields_are_shown(app: App) -> None:
    shown = called(app, "sendMessage", **SMS, additionalFields={"new": {"a": [1]}}, dryRun=True)
    assert shown["request"]["body"] == {"src": "14155550100", "dst": "14155550123", "text": "Hi", "new": {"a": [1]}}


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "units", "segments"),
    [
        ("Hi", "GSM-7", 2, 2, 1),
        ("a" * 160, "GSM-7", 160, 160, 1),
        ("a" * 161, "GSM-7", 161, 161, 2),
        ("a" * 306, "GSM-7", 306, 306, 2),
        ("a" * 307, "GSM-7", 307, 307, 3),
        ("€" * 80, "GSM-7", 80, 160, 1),
        ("€" * 81, "GSM-7", 81, 162, 2),
        ("ü" * 70, "GSM-7", 70, 70, 1),
        ("я" * 70, "UCS-2", 70, 70, 1),
        ("я" * 71, "UCS-2", 71, 71, 2),
        ("\N{PARTY POPPER}" * 35, "UCS-2", 35, 70, 1),
        ("\N{PARTY POPPER}" * 36, "UCS-2", 36, 72, 2),
    ],
)
def test_a_text_is_counted(app: App, text: str, encoding: str, characters: int, units: int, segments: int) -> None:
    """By 3GPP TS 23.038: 160 or 153 places in GSM-7, 70 or 67 in UCS-2; the same in both blocks."""
    count = called(app, "previewMessage", **CREDENTIALS, text=text)
    assert count == preview_of(app, text=text)
    expected = {"encoding": encoding, "characters": characters, "units": units, "segments": segments}
    assert {name: count[name] for name in expected} == expected
    assert (count["destinations"], count["messages"]) == (1, segments)
    assert app.sent == []


@pytest.mark.parametrize("destination", [["14155550123", "14155550124"], "14155550123<14155550124"])
def test_every_destination_is_billed(app: App, destination: object) -> None:
    count = called(app, "previewMessage", **CREDENTIALS, text="a" * 161, destination=destination)
    assert (count["destinations"], count["segments"], count["messages"]) == (2, 2, 4)
    assert preview_of(app, text="a" * 161, destination=destination) == count


def test_what_makes_a_text_long_is_named(app: App) -> None:
    count = called(app, "previewMessage", **CREDENTIALS, text="„Grüße“ и “„")
    assert count["not_gsm"] == "„“и"


@pytest.mark.parametrize(
    "args", [{"type": "mms"}, {"type": "whatsapp"}, {"type": "mms", "mediaUrls": ["https://example.com/a.png"]}]
)
def test_only_sms_are_counted(app: App, args: dict[str, Any]) -> None:
    assert preview_of(app, **args) is None


def test_what_sends_no_text_is_not_counted(app: App) -> None:
    assert "preview" not in called(app, "getAccountDetails", **CREDENTIALS, dryRun=True)


def test_a_preview_asks_nobody() -> None:
    """Also not for a dry run of it, nor where Plivo is down; it takes only what it knows."""

    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    with App(broken) as app:
        assert called(app, "previewMessage", **CREDENTIALS, text="Hi", dryRun=True)["segments"] == 1
        assert error_in(app.call("previewMessage", **CREDENTIALS))["fields"] == ["text"]
        assert error_in(app.call("previewMessage", **CREDENTIALS, text="Hi", src="1"))["fields"] == ["src"]
        assert app.sent == []
