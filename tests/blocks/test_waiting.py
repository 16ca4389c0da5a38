"""Waiting for what becomes of a message or a call."""

import json
from typing import Any

import httpx
import pytest

from app.blocks import waiting
from tests.support.in_process import CREDENTIALS, App, error_in

MESSAGE = {**CREDENTIALS, "src": "14155550100", "destination": "14155550123", "text": "Hi"}
CALL = {**CREDENTIALS, "callFrom": "14155550100", "callTo": "14155550123"}
URL = "https://connector.example"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again without a pause."""
    monkeypatch.setattr(waiting, "INTERVAL", 0.0)
    monkeypatch.setattr(waiting.Waiting.__init__, "__kwdefaults__", {"interval": 0.0})


class Plivo:
    """Takes messages and calls, and shows records that change each time they are asked for."""

    def __init__(self, *records: httpx.Response) -> None:
        self._records = iter(records)
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            ids = ["m-1", "m-2"] if b"<" in request.content else ["m-1"]
            is_call = request.url.path.endswith("/Call/")
            told: dict[str, Any] = {"request_uuid": "c-1"} if is_call else {"message_uuid": ids}
            return httpx.Response(202, json={"api_id": "a", "message": "taken", **told})
        self.asked.append(request.url.path.rstrip("/").rpartition("/")[2])
        return next(self._records)


def record(**fields: object) -> httpx.Response:
    return httpx.Response(200, json={"api_id": "b", **fields})


GONE = httpx.Response(404, json={"error": "not found"})


@pytest.mark.parametrize("final", ["delivered", "undelivered", "failed", "rejected", "read"])
def test_a_message_is_waited_for_until_its_state_is_final(final: str) -> None:
    plivo = Plivo(
        GONE, record(message_state="queued"), record(message_state="sent"), record(message_state=final, units=2)
    )
    with App(plivo) as app:
        reply = app.call("sendMessage", **MESSAGE, waitSeconds=50).json()["contextWrites"]["to"]
        assert json.loads(app.sent[0].content).keys() == {"src", "dst", "text"}
    assert reply == {
        "api_id": "a",
        "message": "taken",
        "message_uuid": ["m-1"],
        "outcome": {"state": final, "units": 2},
    }
    assert plivo.asked == ["m-1"] * 4


def test_several_messages_are_waited_for_side_by_side() -> None:
    plivo = Plivo(record(message_state="delivered"), record(message_state="failed"))
    with App(plivo) as app:
        args = {**MESSAGE, "destination": "14155550123,14155550124"}
        reply = app.call("sendMessage", **args, waitSeconds="50").json()["contextWrites"]["to"]
    assert sorted(plivo.asked) == ["m-1", "m-2"]
    assert reply["outcome"] == reply["outcomes"][0]
    assert sorted(outcome["state"] for outcome in reply["outcomes"]) == ["delivered", "failed"]


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"answer_time": "2026-01-01", "hangup_cause_code": 4000}, "completed"),
        ({"hangup_cause_code": 3010}, "busy"),
        ({"hangup_cause_code": "3000"}, "no-answer"),
        ({"hangup_cause_code": 6010}, "timeout"),
        ({"hangup_cause_code": None}, "failed"),
    ],
)
def test_a_call_is_waited_for_until_its_record_is_there(fields: dict[str, Any], state: str) -> None:
    ended = record(end_time="2026-01-01", call_duration=7, hangup_cause_name="Why", **fields)
    with App(Plivo(GONE, GONE, ended)) as app:
        reply = app.call("makeCall", **CALL, answerUrl="https://example.com/", waitSeconds=50).json()
    assert reply["contextWrites"]["to"]["outcome"] == {"state": state, "duration": 7, "hangup_cause": "Why"}


def test_what_a_hosted_answer_hears_is_part_of_the_outcome() -> None:
    app: App

    def plivo(request: httpx.Request) -> Any:
        if request.method == "POST":
            return httpx.Response(201, json={"request_uuid": "c-1"})

        async def press() -> httpx.Response:
            transport = httpx.ASGITransport(app.asgi)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as phone:
                page = await phone.post(json.loads(app.sent[0].content)["answer_url"], data={"CallUUID": "c-1"})
                action = page.text.partition('action="')[2].partition('"')[0]
                await phone.post(action, data={"CallUUID": "c-1", "Digits": "7"})
            return record(end_time="now", answer_time="then", call_duration=9)

        return press()

    answer = [{"gather": [{"speak": "Press"}], "name": "choice", "branches": {"7": [{"hangup": True}]}}]
    with App(plivo, public_url=URL) as app:
        told = app.call("makeCall", **CALL, answer=answer, waitSeconds=50).json()["contextWrites"]["to"]["outcome"]
    assert told == {"state": "completed", "digits": {"choice": "7"}, "duration": 9}


def test_when_the_time_is_over_it_is_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting.Waiting.__init__, "__kwdefaults__", {"interval": 60.0})
    with App(Plivo(record(message_state="queued"))) as app:
        reply = app.call("sendMessage", **MESSAGE, waitSeconds=1).json()["contextWrites"]["to"]
    assert reply["outcome"] == {"state": "pending"}


@pytest.mark.parametrize("seconds", [0, 51, "soon", -1])
def test_how_long_is_bounded(seconds: object) -> None:
    with App(Plivo()) as app:
        assert error_in(app.call("sendMessage", **MESSAGE, waitSeconds=seconds))["fields"] == ["waitSeconds"]
        assert app.sent == []
