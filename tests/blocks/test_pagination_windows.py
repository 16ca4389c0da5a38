"""Lists that Plivo shows a few days of: any range is walked window by window, newest first, each moment once."""

from datetime import timedelta
from http import HTTPStatus
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidFields
from tests.support.plivo_lists import CALL_WINDOW, NOW, PlivoList, manifest, rows, text, timed, walked

DAY = timedelta(days=1)
SUFFIXES = ("Gt", "Gte", "Lt", "Lte")
DATED = ("getTollfreeVerifications",)
"""Lists that are filtered by dates without times."""

WINDOWED = [name for name, block in manifest().items() if block.listing and block.listing.window]

Window = tuple[str, str]


def calls(number: int = 120, every: timedelta = DAY, **facts: Any) -> PlivoList:
    return PlivoList(timed(number, every), window=CALL_WINDOW, **facts)


def windows(upstream: PlivoList) -> list[Window]:
    """Return the range of every request, older end first, in the order asked."""
    found = []
    for query in upstream.requests:
        ends = {name.partition("__")[2]: value for name, value in query.items() if name.startswith("end_time__")}
        assert len(ends) == 2
        found.append((ends.get("gt") or ends["gte"], ends.get("lt") or ends["lte"]))
    return found


def days_back(days: float) -> str:
    return text(NOW - timedelta(days=days))


def test_without_a_filter_the_last_week_is_walked() -> None:
    """As Plivo does, but with both ends fixed."""
    upstream = calls()
    assert walked("getCallsDetails", upstream)["objects"] == upstream.rows[:8]
    assert windows(upstream) == [(days_back(7), text(NOW))]


@pytest.mark.parametrize("block", ["getCallsDetails", "getRecordings", "getMaskingSessions", *DATED])
def test_the_lists_that_show_a_week_and_take_thirty_days(block: str) -> None:
    """As Plivo's documentation says of these."""
    listing = manifest()[block].listing
    assert listing
    assert listing.window
    assert (listing.window.days, listing.window.widest) == (7, 30)


@pytest.mark.parametrize("block", WINDOWED)
def test_every_list_with_a_window_is_walked(block: str) -> None:
    """Each has all the filters that fix the ends of a range."""
    listing = manifest()[block].listing
    assert listing
    assert listing.window
    window = (listing.window.field, listing.window.days, listing.window.widest)
    found = timed(30, timedelta(minutes=1), name=window[0])
    upstream = PlivoList(found, items=listing.items, window=window)
    node: Any = walked(block, upstream)
    for key in listing.items.split("."):
        node = node[key]
    assert node == found
    upper = text(NOW + DAY)[:10] if block in DATED else text(NOW)
    assert all(query[f"{window[0]}__lte"] == upper for query in upstream.requests)


def dated(number: int, *, with_time: bool) -> PlivoList:
    """Return a list that is filtered by dates, which Plivo may take for days or for their first moments."""
    found = timed(number, timedelta(hours=7), name="created")
    shown = found if with_time else [{**row, "created": row["created"][:10]} for row in found]
    return PlivoList(shown, window=("created", 7, 30))


@pytest.mark.parametrize("with_time", [True, False])
def test_a_list_that_is_filtered_by_dates(with_time: bool) -> None:  # noqa: FBT001  # a table
    """The windows share no day; the last week begins with the whole of its first day and ends with today's end."""
    upstream = dated(400, with_time=with_time)
    week = walked("getTollfreeVerifications", upstream)["objects"]
    assert week == [row for row in upstream.rows if row["created"] >= "2027-01-08"]
    assert {query["created__gte"] for query in upstream.requests} == {"2027-01-08"}
    upstream.requests.clear()
    since = walked("getTollfreeVerifications", upstream, createdGte="2026-10-01")["objects"]
    assert since == [row for row in upstream.rows if row["created"] >= "2026-10-01"]
    ends = (tuple(query.get(f"created__{suffix}") for suffix in ("gte", "lt", "lte")) for query in upstream.requests)
    assert list(dict.fromkeys(ends)) == [
        ("2026-12-18", None, "2027-01-16"),
        ("2026-11-19", "2026-12-18", None),
        ("2026-10-21", "2026-11-19", None),
        ("2026-10-01", "2026-10-21", None),
    ]


def test_a_wide_range_is_walked_in_windows_newest_first() -> None:
    upstream = calls(limit := 100)
    reply = walked("getCallsDetails", upstream, endTimeGte=days_back(99), endTimeLte=text(NOW))
    assert reply["objects"] == upstream.rows[:limit]
    assert reply["meta"] == {"count": 100, "more": False}
    seen = list(dict.fromkeys(windows(upstream)))
    assert seen == [
        (days_back(30), text(NOW)),
        (days_back(60), days_back(30)),
        (days_back(90), days_back(60)),
        (days_back(99), days_back(90)),
    ]


def test_the_windows_share_no_moment() -> None:
    """A row on the very seam is in the newer window only."""
    upstream = calls()
    walked("getCallsDetails", upstream, endTimeGt=days_back(70), endTimeLt=text(NOW))
    bounds = [{name for name in query if name.startswith("end_time__")} for query in upstream.requests]
    assert bounds[0] == {"end_time__gte", "end_time__lt"}
    assert bounds[-1] == {"end_time__gt", "end_time__lt"}
    asked = windows(upstream)
    assert all(newer == older or newer[0] == older[1] for newer, older in pairwise(asked))


@settings(deadline=None, max_examples=60)
@given(
    width=st.integers(0, 120 * 24 * 60),
    every=st.integers(60, 60 * 24 * 5),
    ends=st.tuples(st.sampled_from(SUFFIXES[:2]), st.sampled_from(SUFFIXES[2:])),
    fractions=st.tuples(*[st.sampled_from(["", ".300000", ".999999"])] * 2),
    cursors=st.booleans(),
    most=st.none() | st.integers(1, 60),
)
def test_any_range_gives_its_rows_once(
    width: int, every: int, ends: tuple[str, str], fractions: tuple[str, str], most: int | None, *, cursors: bool
) -> None:
    """Whatever its width in minutes and a fraction of a second, by offset and by cursor, at once or in parts."""
    upstream = calls(200, timedelta(minutes=every), cursors=cursors)
    low, high = text(NOW - timedelta(minutes=width)) + fractions[0], text(NOW) + fractions[1]
    asked = {f"endTime{ends[0]}": low, f"endTime{ends[1]}": high}
    got: list[Any] = []
    going_on: dict[str, Any] = {"maxItems": most or ""}
    while going_on:
        reply = walked("getCallsDetails", upstream, **asked, **going_on)
        got += reply["objects"]
        going_on = {**going_on, "continueFrom": reply["meta"]["continue"]} if reply["meta"]["more"] else {}
    expected = [
        row
        for row in upstream.rows
        if (row["end_time"] > low or (row["end_time"] == low and ends[0] == "Gte"))
        and (row["end_time"] < high or (row["end_time"] == high and ends[1] == "Lte"))
    ]
    assert got == expected


def test_thirty_days_are_one_window() -> None:
    upstream = calls()
    walked("getCallsDetails", upstream, endTimeGte=days_back(30), endTimeLte=text(NOW))
    assert set(windows(upstream)) == {(days_back(30), text(NOW))}


def test_what_happened_in_this_very_second_is_there() -> None:
    """Filters are written in whole seconds, Plivo's times are finer; so is what happened in the second a week ago."""
    latest = {"id": "latest", "end_time": f"{text(NOW)}.300000"}
    upstream = calls()
    upstream.rows.insert(0, latest)
    reply = walked("getCallsDetails", upstream, now=NOW + timedelta(milliseconds=301))
    assert reply["objects"] == upstream.rows[:9]


def test_an_older_end_alone_reaches_up_to_now() -> None:
    upstream = calls()
    reply = walked("getCallsDetails", upstream, endTimeGte=days_back(75))
    assert reply["objects"] == upstream.rows[:76]
    assert windows(upstream)[0] == (days_back(30), text(NOW))


def test_a_newer_end_alone_reaches_back_thirty_days() -> None:
    """As Plivo does with one bound."""
    upstream = calls()
    reply = walked("getCallsDetails", upstream, endTimeLt=days_back(20))
    assert reply["objects"] == upstream.rows[21:51]
    assert set(windows(upstream)) == {(days_back(50), days_back(20))}


def test_a_list_that_has_no_widest_range_is_asked_for_all_of_it() -> None:
    found = timed(100, DAY, name="message_time")
    upstream = PlivoList(found, window=("message_time", 1, None))
    reply = walked("getMessages", upstream, messageTimeGte=days_back(80))
    assert reply["objects"] == found[:81]
    assert {query["message_time__gte"] for query in upstream.requests} == {days_back(80)}


def test_an_exact_moment_needs_no_range() -> None:
    upstream = PlivoList(rows(25))
    assert walked("getCallsDetails", upstream, endTime=days_back(50))["objects"] == rows(25)
    assert [name for query in upstream.requests for name in query if "__" in name] == []
    assert {query["end_time"] for query in upstream.requests} == {days_back(50)}


def test_of_two_bounds_on_one_end_the_tighter_counts() -> None:
    upstream = calls()
    asked = {
        "endTimeLt": days_back(1),
        "endTimeLte": days_back(3),
        "endTimeGt": days_back(9),
        "endTimeGte": days_back(12),
    }
    assert walked("getCallsDetails", upstream, **asked)["objects"] == upstream.rows[3:9]


def test_moments_with_an_offset_are_compared_in_utc() -> None:
    upstream = calls(48, timedelta(hours=1))
    reply = walked(
        "getCallsDetails", upstream, endTimeGte="2027-01-15T05:30:00+05:30", endTimeLte="2027-01-15T04:00:00Z"
    )
    assert [row["end_time"] for row in reply["objects"]] == [f"2027-01-15 0{hour}:00:00" for hour in (4, 3, 2, 1, 0)]


def test_a_range_the_wrong_way_round_is_plivos_to_judge() -> None:
    upstream = calls()
    assert walked("getCallsDetails", upstream, endTimeGte=text(NOW), endTimeLte=days_back(3))["objects"] == []
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-15 00:00:00"])
def test_the_beginning_of_time(moment: str) -> None:
    """There are no thirty days before it."""
    assert walked("getCallsDetails", calls(), endTimeLte=moment)["objects"] == []


def test_the_page_size_and_other_filters_stay_in_every_window() -> None:
    upstream = calls()
    walked("getCallsDetails", upstream, endTimeGte=days_back(75), limit=11, callDirection="inbound")
    assert {(query["limit"], query["call_direction"]) for query in upstream.requests} == {("11", "inbound")}


def test_plivo_refuses_the_same_range_in_one_piece() -> None:
    """What the stand-in for Plivo is worth: without windows it refuses, as the documentation says."""
    query = {"end_time__gte": days_back(75), "end_time__lte": text(NOW)}
    assert (
        calls().page(httpx.Request("GET", "https://api.plivo.com/", params=query)).status_code == HTTPStatus.BAD_REQUEST
    )


@pytest.mark.parametrize("name", ["limit", "offset", "cursor", "end_time", "end_time__gte", "end_time__lte"])
def test_what_a_walk_sets_itself_is_no_additional_field(name: str) -> None:
    """It would be overwritten, or move an end of the range that is walked without the walk's knowledge."""
    upstream = calls()
    with pytest.raises(InvalidFields) as refused:
        walked("getCallsDetails", upstream, additionalFields={name: "1"})
    assert f"{name} is set by the walk: give " in str(refused.value.message)
    assert upstream.requests == []
