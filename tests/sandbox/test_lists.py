"""The sandbox's lists: time windows, and thousands of records."""

import time

import pytest

from app.sandbox.state import INNER_SHELF_SIZE, INNER_SHELVES, SHELF_SIZE, Stored, World
from tests.support.sandbox_driver import AUTH, Driver

ANSWER = "https://example.com/answer"
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
    assert plivo.get(path, 400, **wide)["error"] == f"{field} parameter is invalid: the range may be 30 days at most"


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


def test_records_of_the_examples_are_too_old_for_lists() -> None:
    """What the manifest's examples name can be shown, but no list shows it."""
    plivo = Driver()
    for path, item in (
        ("Call/", "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21"),
        ("Message/", "5b0e0000-0000-4000-8000-000000000001"),
        ("Recording/", "0d8f4b1e-0000-4000-8000-000000000001"),
    ):
        plivo.get(f"{path}{item}/")
    assert plivo.get("Message/", message_time__lt="2030-01-01 00:00:00")["objects"] == []
    assert plivo.get("")["cash_credits"] == "100.00000"


def test_thousands() -> None:
    """A collection holds ten thousand records, and a page of so many comes at once."""
    plivo = Driver()
    everybody = "<".join(str(14155560000 + position) for position in range(500))
    for _ in range(SHELF_SIZE // 500 + 1):
        plivo.post("Message/", {"src": "14155550100", "dst": everybody, "text": "hi"})
    started = time.perf_counter()
    last = plivo.get("Message/", offset=SHELF_SIZE - 1)
    assert time.perf_counter() - started < 1
    assert (last["meta"]["total_count"], last["meta"]["next"], len(last["objects"])) == (SHELF_SIZE, None, 1)


def test_collections_inside_resources_are_bounded() -> None:
    """There is an end to the collections inside resources too, and to each of them."""
    world = World(1, lambda: 0)
    for position in range(INNER_SHELVES + 1):
        world.shelf(f"NumberPool/{position}/Number", Stored, inner=True).put("1", Stored(AUTH[0], {}))
    assert world.holder("NumberPool/0/Number", "1") is None
    last = world.shelf(f"NumberPool/{INNER_SHELVES}/Number", Stored, inner=True)
    for position in range(INNER_SHELF_SIZE + 1):
        last.put(str(position), Stored(AUTH[0], {}))
    assert len(list(last.newest_first())) == INNER_SHELF_SIZE
