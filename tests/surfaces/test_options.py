"""Choices for a field: from the account, from the manifest, in the envelope that every block answers with."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from app.datatypes.readers import reader_for
from app.manifest import METADATA, load_manifest
from app.manifest.model import Arg, Block
from tests.support.in_process import App, error_in
from tests.support.plivo_lists import PlivoList

BLOCKS: Mapping[str, Block] = load_manifest(METADATA).blocks
SANDBOX = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "t0ken"}
SOURCED = [(block, arg) for block in BLOCKS.values() for arg in block.args if arg.options_from]
STATIC = [(block, arg) for block in BLOCKS.values() for arg in block.args if arg.options and not arg.options_from]

Choices = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[App]:
    with App(None, sandbox=True) as running:
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[App]:
    """The service in front of a Plivo that each test puts in place."""
    with App() as running:
        yield running


@pytest.fixture
def account(service: App) -> tuple[App, PlivoList]:
    """The service in front of an account with 45 applications."""
    upstream = PlivoList([{"app_id": f"{number}", "app_name": f"Shop {number}"} for number in range(45)])
    service.plivo = upstream.page
    service.sent.clear()
    return service, upstream


def ask(app: App, block: str, arg: str, **args: Any) -> httpx.Response:
    return app.request("POST", f"/api/Plivo/{block}/options/{arg}", json=args)


def choices(response: httpx.Response, key: str = "to") -> Choices:
    """Return the choices in an envelope, each with exactly a value and a label."""
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    envelope = response.json()
    assert envelope.keys() == {"callback", "contextWrites"}
    assert envelope["callback"] == "success", envelope
    assert envelope["contextWrites"].keys() == {key}
    found: Choices = envelope["contextWrites"][key]
    assert all(choice.keys() == {"value", "label"} for choice in found)
    return found


def applications(numbers: range) -> Choices:
    return [{"value": f"{number}", "label": f"Shop {number}"} for number in numbers]


def source_of(arg: Arg) -> Block:
    assert arg.options_from
    return BLOCKS[arg.options_from.block]


def required_of(block: Block) -> dict[str, Any]:
    return {arg.name: arg.example for arg in block.args if arg.required}


@pytest.mark.parametrize(("block", "arg"), SOURCED, ids=[f"{block.name}.{arg.name}" for block, arg in SOURCED])
def test_every_source_resolves(sandbox: App, block: Block, arg: Arg) -> None:
    """Over the sandbox; the choices are texts that the field itself takes."""
    needed = required_of(source_of(arg))
    answer = ask(sandbox, block.name, arg.name, **SANDBOX, **needed)
    if answer.json()["callback"] == "error":
        # The example of a call or a conference names one that is not there.
        assert needed
        assert error_in(answer)["http_status"] == 404
        return
    for choice in choices(answer):
        assert choice["label"]
        assert isinstance(choice["label"], str)
        reader_for(arg)(choice["value"])


def test_most_sources_have_something_in_the_sandbox(sandbox: App) -> None:
    """What the sweep above is worth."""
    one_of_each = {source_of(arg).name: (block, arg) for block, arg in SOURCED}
    filled = 0
    for block, arg in one_of_each.values():
        answer = ask(sandbox, block.name, arg.name, **SANDBOX, **required_of(source_of(arg)))
        filled += bool(answer.json()["callback"] == "success" and choices(answer))
    assert filled > len(one_of_each) / 2


def test_what_a_source_needs_stands_in_the_same_form() -> None:
    """Numbers of a pool need the pool: a platform sends along what the form holds."""
    for block, arg in SOURCED:
        others = {other.name for other in block.args} - {arg.name}
        assert required_of(source_of(arg)).keys() <= others, (block.name, arg.name)


def test_every_static_list_is_given_without_credentials(sandbox: App) -> None:
    assert len(STATIC) > 100
    for block, arg in STATIC:
        found = choices(ask(sandbox, block.name, arg.name, limit=1000))
        assert found == [{"value": option, "label": arg.option_labels.get(option, option)} for option in arg.options]


def test_choices_are_those_of_the_account(account: tuple[App, PlivoList]) -> None:
    app, upstream = account
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS)) == applications(range(45))
    assert len(upstream.requests) == 3
    assert {request.url.path for request in app.sent} == {f"/v1/Account/{CREDENTIALS['authId']}/Application/"}
    basic = httpx.BasicAuth(CREDENTIALS["authId"], CREDENTIALS["authToken"])._auth_header
    assert {request.headers["authorization"] for request in app.sent} == {basic}


@pytest.mark.parametrize(
    ("query", "expected", "requests"),
    [
        ({"limit": 1}, range(1), 1),
        ({"limit": "20"}, range(20), 1),
        ({"limit": 21}, range(21), 2),
        ({"offset": 15, "limit": 10}, range(15, 25), 2),
        ({"offset": "40"}, range(40, 45), 3),
        ({"offset": 45}, range(0), 3),
        ({"offset": 1000}, range(0), 3),
        ({"limit": "", "offset": None, "search": ""}, range(45), 3),
    ],
)
def test_paging(account: tuple[App, PlivoList], query: dict[str, Any], expected: range, requests: int) -> None:
    """No more is asked of Plivo than it takes."""
    app, upstream = account
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS, **query)) == applications(expected)
    assert len(upstream.requests) == requests


def test_a_hundred_choices_are_given_unless_more_are_asked_for(account: tuple[App, PlivoList]) -> None:
    app, upstream = account
    upstream.rows = [{"app_id": f"{number}", "app_name": f"Shop {number}"} for number in range(130)]
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS)) == applications(range(100))
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS, limit=130)) == applications(range(130))


@pytest.mark.parametrize(
    ("search", "numbers"), [("shop 4", [4, 40, 41, 42, 43, 44]), ("SHOP 7", [7]), ("12", [12]), ("x", [])]
)
def test_search(account: tuple[App, PlivoList], search: str, numbers: list[int]) -> None:
    """In labels and values, whatever the case, beyond the first page."""
    app, _ = account
    found = choices(ask(app, "createEndpoint", "appId", **CREDENTIALS, search=search))
    assert [int(choice["value"]) for choice in found] == numbers
    paged = choices(ask(app, "createEndpoint", "appId", **CREDENTIALS, search=search, offset=1, limit=2))
    assert paged == found[1:3]


def test_search_in_a_static_list(sandbox: App) -> None:
    found = choices(ask(sandbox, "makeCall", "answerMethod", search="pos"))
    assert found == [{"value": "POST", "label": "POST"}]


def test_a_country_is_found_by_its_name(sandbox: App) -> None:
    found = choices(ask(sandbox, "searchNewNumbers", "countryIso", search="germ"))
    assert found == [{"value": "DE", "label": "Germany"}]


@pytest.mark.parametrize("label", [None, ""])
def test_what_has_no_label_is_shown_by_its_value(account: tuple[App, PlivoList], label: object) -> None:
    app, upstream = account
    upstream.rows = [{"app_id": "7", "app_name": label}]
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS)) == [{"value": "7", "label": "7"}]


def test_what_has_no_value_is_no_choice(account: tuple[App, PlivoList]) -> None:
    app, upstream = account
    upstream.rows = [{"app_name": "Shop"}, {"app_id": None, "app_name": "Shop"}, {"app_id": "7", "app_name": "Shop 7"}]
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS)) == applications(range(7, 8))


def test_a_list_of_texts(service: App) -> None:
    live = json.dumps({"api_id": "a", "calls": ["c-1", "c-2"]}).encode()
    service.plivo = lambda _: httpx.Response(200, content=live)
    found = choices(ask(service, "hangupSingleCall", "callUuid", **CREDENTIALS, callUuid="half typed"))
    assert found == [{"value": "c-1", "label": "c-1"}, {"value": "c-2", "label": "c-2"}]


def test_a_dependent_list_asks_with_what_the_form_holds(account: tuple[App, PlivoList]) -> None:
    """Streams are those of a call; other fields of the form are not passed on."""
    app, upstream = account
    upstream.rows = [{"stream_id": "s-1", "service_url": "wss://example.com/audio"}]
    form = {**CREDENTIALS, "callUuid": "c/1", "streamId": "old", "note": "x"}
    found = choices(ask(app, "stopStream", "streamId", **form))
    stream_path = f"/v1/Account/{CREDENTIALS['authId']}/Call/c%2F1/Stream/"
    assert [request.url.raw_path for request in app.sent] == [stream_path.encode()]
    error = error_in(ask(app, "stopStream", "streamId", **CREDENTIALS))
    assert found == [{"value": "s-1", "label": "wss://example.com/audio"}]
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["callUuid"])


def test_the_key_of_the_answer_is_the_callers(account: tuple[App, PlivoList]) -> None:
    app, _ = account
    assert choices(ask(app, "createEndpoint", "appId", **CREDENTIALS, to="list", limit=1), "list") == applications(
        range(1)
    )
    assert error_in(ask(app, "createEndpoint", "appId", to="list"), "list")["fields"] == ["authId", "authToken"]


def test_a_form_and_args_are_read_as_for_a_block(account: tuple[App, PlivoList]) -> None:
    app, _ = account
    path = "/api/Plivo/createEndpoint/options/appId"
    for sent in (
        {"data": {**CREDENTIALS, "limit": "2"}},
        {"data": {f"args[{name}]": value for name, value in {**CREDENTIALS, "limit": "2"}.items()}},
        {"json": {"args": {**CREDENTIALS, " limit ": 2}}},
        {"files": {name: (None, value) for name, value in {**CREDENTIALS, "limit": "2"}.items()}},
    ):
        assert choices(app.request("POST", path, **sent)) == applications(range(2))


def test_values_are_given_as_plivo_wrote_them(service: App) -> None:
    """A choice goes back to Plivo when it is made: no digit may be lost. Labels are texts, whatever Plivo gives."""
    rows = [
        b'{"app_id": 12345678901234567890123, "app_name": "long"}',
        b'{"app_id": 0.00500, "app_name": 1.10}',
        b'{"app_id": "cut \\ud83d", "app_name": "\\ud83d"}',
        b'{"app_id": "\\u00e9", "app_name": ""}',
        b'{"app_id": "no name", "app_name": null}',
        b'{"app_name": "no id"}',
        b'{"app_id": null, "app_name": "null"}',
        b'"bare"',
    ]
    service.plivo = lambda _: httpx.Response(200, content=b'{"objects": [%b]}' % b",".join(rows))
    answer = ask(service, "createEndpoint", "appId", **CREDENTIALS)
    assert answer.content == (
        b'{"callback":"success","contextWrites":{"to":['
        b'{"value":12345678901234567890123,"label":"long"},'
        b'{"value":0.00500,"label":"1.10"},'
        b'{"value":"cut \\ud83d","label":"\\ud83d"},'
        b'{"value":"\\u00e9","label":"\xc3\xa9"},'
        b'{"value":"no name","label":"no name"},'
        b'{"value":"bare","label":"bare"}]}}'
    )
    found = choices(ask(service, "createEndpoint", "appId", **CREDENTIALS, search="LONG"))
    assert found == [{"value": 12345678901234567890123, "label": "long"}]
    assert [
        choice["label"] for choice in choices(ask(service, "createEndpoint", "appId", **CREDENTIALS, search="0.005"))
    ] == ["1.10"]
