"""Walks over the sandbox: thousands of rows through the service, and weeks of calls in windows."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.desk import sender_to
from tests.support.in_process import App
from tests.support.patience import PATIENCE
from tests.support.plivo_lists import text, walk_with
from tests.support.sandbox_driver import AUTH, Driver

SANDBOX = {"authId": AUTH[0], "authToken": AUTH[1]}
DAYS = 80
"""The sandbox, as Plivo, shows calls of 90 days."""


def walked(sandbox: Driver, block: str, **raw: Any) -> dict[str, Any]:
    """Walk a list block over a sandbox, at the sandbox's own time."""
    sender = sender_to(httpx.ASGITransport(sandbox.app), timeout=PATIENCE)
    now = datetime.fromtimestamp(sandbox.now, UTC)
    reply = asyncio.run(walk_with(block, sender, now=now, **{**SANDBOX, "returnAll": True, **raw}))
    content: dict[str, Any] = json.loads(reply.content)
    return content


def in_parts(sandbox: Driver, block: str, most: int, **raw: Any) -> list[dict[str, Any]]:
    """Walk a part at a time, an hour and a new call or message between two of them."""
    rows: list[dict[str, Any]] = []
    going_on: dict[str, Any] = {}
    while True:
        reply = walked(sandbox, block, maxItems=most, **raw, **going_on)
        rows += reply["objects"]
        if not reply["meta"]["more"]:
            return rows
        going_on = {"continueFrom": reply["meta"]["continue"]}
        sandbox.wait(3600)
        sandbox.post("Message/", {"src": "14155550100", "dst": "14155550199", "text": "later"})
        sandbox.post("Call/", {"from": "14155550100", "to": "14155550199", "answer_url": "https://example.com/"})


def numbers(count: int) -> str:
    """Return destinations as Plivo joins them; a request takes up to a thousand."""
    return "<".join(str(14155000000 + position) for position in range(count))


@pytest.fixture(scope="module")
def messages() -> tuple[Driver, list[str]]:
    """A sandbox with two thousand messages, and their ids."""
    sandbox = Driver()
    sent: list[str] = []
    for _ in range(2):
        body = {"src": "14155550100", "dst": numbers(1000), "text": "Hi"}
        sent += sandbox.post("Message/", body)["message_uuid"]
        sandbox.wait(60)
    return sandbox, sent


@pytest.fixture(scope="module")
def calls() -> tuple[Driver, list[str]]:
    """A sandbox with five calls a day for weeks, and their ids, newest day first."""
    sandbox = Driver()
    made: list[list[str]] = []
    for _ in range(DAYS):
        body = {"from": "14155550100", "to": numbers(5), "answer_url": "https://example.com/", "time_limit": 60}
        made.insert(0, sandbox.post("Call/", body)["request_uuid"])
        sandbox.wait(24 * 3600)
    return sandbox, [uuid for day in made for uuid in sorted(day)]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """Return the ids of calls in the order of their days, or of messages."""
    key = "call_uuid" if "call_uuid" in rows[0] else "message_uuid"
    days = list(dict.fromkeys(str(row.get("end_time"))[:10] for row in rows))
    return [uuid for day in days for uuid in sorted(row[key] for row in rows if str(row.get("end_time"))[:10] == day)]


def test_thousands_of_rows_through_the_service() -> None:
    with App(None, sandbox=True, plivo_rate_limit=False, plivo_timeout=600) as app:
        message = {"src": "14155550100", "destination": numbers(1000), "text": "Hi"}
        sent = [app.call("sendMessage", **SANDBOX, **message).json() for _ in range(2)]
        listed = app.call("getMessages", **SANDBOX, returnAll=True, fromNumber="14155550100").json()
    rows = listed["contextWrites"]["to"]
    assert sorted(ids(rows["objects"])) == sorted(
        uuid for reply in sent for uuid in reply["contextWrites"]["to"]["message_uuid"]
    )
    assert rows["meta"] == {"count": 2000, "more": False}


def test_thousands_of_rows_come_back_once_each(messages: tuple[Driver, list[str]]) -> None:
    sandbox, sent = messages
    reply = walked(sandbox, "getMessages")
    assert sorted(ids(reply["objects"])) == sorted(sent)
    assert reply["meta"] == {"count": len(sent), "more": False}


def test_the_last_week_of_calls(calls: tuple[Driver, list[str]]) -> None:
    sandbox, made = calls
    assert ids(walked(sandbox, "getCallsDetails")["objects"]) == made[: 5 * 7]


def test_weeks_of_calls_are_walked_in_windows(calls: tuple[Driver, list[str]]) -> None:
    """The sandbox refuses more than 30 days at once, as Plivo does."""
    sandbox, made = calls
    begin = datetime.fromtimestamp(sandbox.now, UTC) - timedelta(days=75)
    bounds = {"end_time__gte": text(begin), "end_time__lte": text(begin + timedelta(days=75))}
    assert sandbox.send("GET", "Call/", params=bounds).status_code == 400
    reply = walked(sandbox, "getCallsDetails", endTimeGte=text(begin))
    assert ids(reply["objects"]) == made[: 5 * 75]


def test_in_parts_they_are_the_same(messages: tuple[Driver, list[str]], calls: tuple[Driver, list[str]]) -> None:
    """Though new ones come in between, and time goes by: the upper end was fixed when the walk began."""
    sandbox, sent = messages
    assert sorted(ids(in_parts(sandbox, "getMessages", 730))) == sorted(sent)
    sandbox, made = calls
    begin = datetime.fromtimestamp(sandbox.now, UTC) - timedelta(days=70)
    assert ids(in_parts(sandbox, "getCallsDetails", 97, endTimeGte=text(begin))) == made[: 5 * 70]
