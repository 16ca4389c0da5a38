"""From the caller's bytes to Plivo's: no number loses a digit, no destination becomes another."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.in_process import CALL, CREDENTIALS, App, error_in

MESSAGE = {**CREDENTIALS, "src": "14155550100", "text": "Hello"}


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """One service for all tests here; each looks at the last request, or that there is no further one."""
    with App() as running:
        yield running


def sent_body(app: App, block: str, members: str, common: dict[str, Any]) -> str:
    """Call a block with members written as JSON text, and return the body that went to Plivo."""
    answer = app.post(block, f"{json.dumps(common)[:-1]}, {members}}}".encode())
    assert answer.json()["callback"] == "success", answer.text
    return app.sent[-1].content.decode()


@pytest.mark.parametrize(
    "number", ["0.00500", "123456789012345678901234567890", "18446744073709551616", "-0.10", "1E5", "1.0", "1e-400"]
)
def test_a_number_inside_of_json_goes_to_plivo_as_the_caller_wrote_it(app: App, number: str) -> None:
    extra = f'{{"extra":{{"n":{number},"none":null,"text":""}}}}'
    for value in (extra, json.dumps(extra)):
        body = sent_body(app, "makeCall", f'"additionalFields": {value}', CALL)
        assert extra[1:-1] in body


@pytest.mark.parametrize("number", ["1e400", "[-1e400]"])
def test_a_number_without_bounds_is_refused(app: App, number: str) -> None:
    before = len(app.sent)
    answer = app.post("makeCall", f'{json.dumps(CALL)[:-1]}, "additionalFields": {{"n": {number}}}}}'.encode())
    assert error_in(answer)["errors"] == {"additionalFields": "holds a number that is too large"}
    assert len(app.sent) == before


@pytest.mark.parametrize(
    ("written", "dst"),
    [
        ('"14155550101, +1 415 555 0102; 0014155550101"', "14155550101<14155550102"),
        ("14155550101", "14155550101"),
        ('["+44 (0)20 7946 0958", 442079460958, 14155550101]', "442079460958<14155550101"),
    ],
)
def test_each_destination_goes_out_once(app: App, written: str, dst: str) -> None:
    assert json.loads(sent_body(app, "sendMessage", f'"destination": {written}', MESSAGE))["dst"] == dst


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('"14155550101.0"', 'item 1 "14155550101.0": is not a phone number, it has a decimal fraction'),
        ("14155550101.0", 'item 1 "14155550101.0": is not a phone number, it has a decimal fraction'),
        ('"14155550101, 0171 1234567"', 'item 2 "0171 1234567": is a national number'),
        ('"1.41556E+10"', 'item 1 "1.41556E+10": is not a phone number, it was shortened by a spreadsheet'),
    ],
)
def test_what_could_be_another_number_is_refused(app: App, written: str, reason: str) -> None:
    before = len(app.sent)
    error = error_in(app.post("sendMessage", f'{json.dumps(MESSAGE)[:-1]}, "destination": {written}}}'.encode()))
    assert error["errors"]["destination"].startswith(reason)
    assert len(app.sent) == before


def test_default_country_reads_national_numbers() -> None:
    with App(default_country="GB") as app:
        body = sent_body(
            app, "sendMessage", '"destination": ["020 7946 0958", "+442079460958", "0049 171 1234567"]', MESSAGE
        )
        assert json.loads(body)["dst"] == "442079460958<491711234567"


def test_a_huge_destination_is_answered_shortly(app: App) -> None:
    before = len(app.sent)
    for destination in ("x" * 1_000_000, ",".join(["nobody"] * 100_000), ["1"] * 200_000):
        answer = app.call("sendMessage", **MESSAGE, destination=destination)
        assert error_in(answer)["fields"] == ["destination"]
        assert len(answer.content) < 3000
    assert len(app.sent) == before
