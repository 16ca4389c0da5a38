"""Walking a list: every row of it exactly once, whatever way Plivo pages it."""

from datetime import timedelta

import httpx
import pytest

from tests.support.plivo_lists import CALL_WINDOW, NOW, PlivoList, rows, timed, walked


def offsets(upstream: PlivoList) -> list[str]:
    return [query.get("offset", "0") for query in upstream.requests]


@pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 40, 45])
def test_an_offset_list(number: int) -> None:
    upstream = PlivoList(rows(number))
    reply = walked("getApplications", upstream)
    assert reply["objects"] == rows(number)
    assert reply["meta"] == {"count": number, "more": False}
    assert reply["api_id"] == "request-1"
    assert offsets(upstream) == [str(20 * page) for page in range(max(1, -(-number // 20)))]


def test_a_cursor_list_is_walked_by_cursor_alone() -> None:
    found = timed(45, timedelta(hours=1))
    upstream = PlivoList(found, cursors=True, window=CALL_WINDOW)
    assert walked("getCallsDetails", upstream)["objects"] == found
    assert [query.get("cursor") for query in upstream.requests] == [None, "after/row-19", "after/row-39"]
    assert not any("offset" in query for query in upstream.requests)


def test_a_list_without_a_total() -> None:
    upstream = PlivoList(rows(45), items="profiles", meta=("limit", "next", "offset"))
    assert walked("getProfiles", upstream)["profiles"] == rows(45)


@pytest.mark.parametrize("meta", [(), ("count",)])
@pytest.mark.parametrize("number", [0, 5, 20, 45])
def test_a_list_that_does_not_say_what_comes_next(meta: tuple[str, ...], number: int) -> None:
    """It ends with a page that is not full."""
    upstream = PlivoList(rows(number), items="calls", meta=meta)
    assert walked("getLiveCalls", upstream) == {
        "api_id": "request-1",
        "calls": rows(number),
        "meta": {"count": number, "more": False},
    }


def test_a_list_inside_another_object() -> None:
    """The meta of the answer stands beside the items, as Plivo's does."""
    found = timed(30, timedelta(hours=1), name="created_time")
    upstream = PlivoList(found, items="response.objects", window=("created_time", 7, 30))
    assert walked("getMaskingSessions", upstream) == {
        "api_id": "request-1",
        "response": {"objects": found, "meta": {"count": 30, "more": False}},
    }


def test_a_list_without_pages_is_asked_for_once() -> None:
    upstream = PlivoList(rows(12), items="conferences", meta=())
    assert walked("getConferences", upstream)["conferences"] == rows(12)
    assert upstream.requests == [{}]


def test_a_list_without_paging_args_is_followed_where_plivo_pages_it() -> None:
    upstream = PlivoList(rows(45), meta=("count", "next"))
    assert walked("getStreams", upstream, callUuid="c-1")["objects"] == rows(45)


def test_an_empty_list_may_be_null() -> None:
    nothing = httpx.Response(200, json={"objects": None, "meta": {"next": None}})
    reply = walked("getApplications", lambda _: nothing)
    assert reply == {"objects": [], "meta": {"count": 0, "more": False}}


@pytest.mark.parametrize(("block", "largest"), [("getApplications", 20), ("getNumberCompliances", 100)])
def test_pages_are_as_large_as_plivo_makes_them(block: str, largest: int) -> None:
    """The reference names 20 for most lists and 100 for this one; a limit of the caller's is kept."""
    items = "compliances" if largest == 100 else "objects"
    upstream = PlivoList(rows(30), items=items, largest=largest)
    walked(block, upstream)
    assert {query["limit"] for query in upstream.requests} == {str(largest)}
    upstream.requests.clear()
    assert walked(block, upstream, limit=7)[items] == rows(30)
    assert {query["limit"] for query in upstream.requests} == {"7"}


def test_filters_and_additional_fields_go_with_every_page() -> None:
    upstream = PlivoList(rows(45))
    walked("getRentedNumbers", upstream, type="local", additionalFields={"new_filter": "x"})
    assert len(upstream.requests) == 3
    assert all(query["type"] == "local" and query["new_filter"] == "x" for query in upstream.requests)


def test_a_walk_begins_where_the_caller_says() -> None:
    assert walked("getApplications", PlivoList(rows(45)), offset=13)["objects"] == rows(32, first=13)
    found = timed(45, timedelta(hours=1))
    upstream = PlivoList(found, cursors=True, window=CALL_WINDOW)
    assert walked("getCallsDetails", upstream, cursor="after/row-9")["objects"] == found[10:]


@pytest.mark.parametrize(("most", "pages"), [(1, 1), (19, 1), (20, 1), (21, 2), (44, 3), (45, 3), (46, 3), (999, 3)])
def test_max_items(most: int, pages: int) -> None:
    """No page is fetched beyond those that it takes."""
    upstream = PlivoList(rows(45))
    reply = walked("getApplications", upstream, maxItems=most)
    assert reply["objects"] == rows(45)[:most]
    assert reply["meta"]["count"] == min(most, 45)
    assert reply["meta"]["more"] is (most < 45)
    assert ("continue" in reply["meta"]) is (most < 45)
    assert len(upstream.requests) == pages


@pytest.mark.parametrize("arriving", [1, 3, 5, 12])
@pytest.mark.parametrize("limit", [1, 5, 20])
def test_rows_that_arrive_meanwhile(limit: int, arriving: int) -> None:
    """Nothing comes twice and nothing is lost, however many rows push the others on."""

    async def arrive(upstream: PlivoList) -> None:
        upstream.rows[:0] = rows(arriving, first=1000 + len(upstream.requests) * 100)

    upstream = PlivoList(rows(45), before=dict.fromkeys((2, 3, 4), arrive))
    got = [row["id"] for row in walked("getApplications", upstream, limit=limit)["objects"]]
    assert len(got) == len(set(got))
    assert [row for row in got if int(row.removeprefix("row-")) < 1000] == [row["id"] for row in rows(45)]


def test_the_upper_end_of_a_range_is_fixed_when_the_walk_begins() -> None:
    """What arrives later is not part of the walk, nor of going on with it an hour later."""
    found = timed(60, timedelta(hours=1))

    async def arrive(upstream: PlivoList) -> None:
        later = NOW + timedelta(seconds=len(upstream.requests))
        upstream.rows[:0] = timed(30, timedelta(0), newest=later)

    upstream = PlivoList(list(found), window=CALL_WINDOW, before={2: arrive, 3: arrive, 4: arrive})
    begun = walked("getCallsDetails", upstream, maxItems=30)
    going_on = {"continueFrom": begun["meta"]["continue"], "now": NOW + timedelta(hours=1)}
    rest = walked("getCallsDetails", upstream, **going_on)
    assert begun["objects"] + rest["objects"] == found
