"""Time windows of lists."""

from unittest.mock import Mock

import pytest

from app.sandbox.engine.tables import TABLE_SIZE
from app.sandbox.products import messages
from tests.support.sandbox_driver import ANSWER, Driver

DAY = 24 * 3600


@pytest.fixture
def plivo() -> Driver:
    """A sandbox with one call of a minute and its recording, each day for forty days."""
    driver = Driver()
    for _ in range(40):
        body = {"from": "14155550100", "to": "14155550123", "answer_url": ANSWER, "time_limit": 60}
        uuid = driver.post("Call/", body)["request_uuid"]
        driver.wait(5)
        driver.post(f"Call/{uuid}/Record/", {"time_limit": 10})
        driver.wait(DAY - 5)
    return driver


# The clock stands at 2027-02-24 08:00:00; the last call was a day ago.


@pytest.mark.parametrize(("path", "field"), [("Call/", "end_time"), ("Recording/", "add_time")])
def test_windows(plivo: Driver, path: str, field: str) -> None:
    """Seven days are listed, or thirty from one bound, or the range asked for up to thirty days."""

    def count(**filters: object) -> int:
        return int(plivo.get(path, **filters)["meta"]["total_count"])

    assert count() == 7
    assert count(**{f"{field}__gte": "2027-01-15 00:00:00"}) == 30
    assert count(**{f"{field}__lt": "2027-02-20 00:00:00"}) == 30
    assert count(**{f"{field}__gt": "2027-01-20 00:00:00", f"{field}__lte": "2027-01-30 00:00:00"}) == 10
    assert count(**{f"{field}__gt": "2026-01-01 00:00:00"}) == 0
    wide = {f"{field}__gte": "2027-01-01 00:00:00", f"{field}__lte": "2027-02-20 00:00:00"}
    assert plivo.get(path, 400, **wide)["error"] == f"{field} parameter is invalid. The range may be 30 days at most"


def test_one_moment(plivo: Driver) -> None:
    """A time without a comparison finds what happened in that second, however long ago."""
    (call,) = plivo.get("Call/", end_time="2027-01-15 08:01:03")["objects"]
    assert call["end_time"] == "2027-01-15 08:01:03+00:00"


def test_messages_of_a_day() -> None:
    """Without a filter messages of the last day are listed, with one any."""
    plivo = Driver()
    for _ in range(3):
        plivo.post("Message/", {"src": "14155550100", "dst": "14155550123", "text": "hi"})
        plivo.wait(DAY)
    assert plivo.get("Message/")["meta"]["total_count"] == 1
    assert plivo.get("Message/", message_time__gt="2027-01-01 00:00:00")["meta"]["total_count"] == 3


def test_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection holds ten thousand records, and a page of so many looks only at its own."""
    plivo = Driver()
    view = Mock(wraps=messages._view)
    monkeypatch.setattr(messages, "_view", view)
    everybody = "<".join(str(14155560000 + position) for position in range(500))
    for _ in range(TABLE_SIZE // 500 + 1):
        plivo.post("Message/", {"src": "14155550100", "dst": everybody, "text": "hi"})
    total = plivo.get("Message/", limit=1)["meta"]["total_count"]
    assert TABLE_SIZE - 10 < total <= TABLE_SIZE  # a few are there from the start, too old for the list
    view.reset_mock()
    last = plivo.get("Message/", offset=total - 1)
    assert view.call_count == 1
    assert (last["meta"]["next"], len(last["objects"])) == (None, 1)
