"""Walks that something goes wrong with: a failing page, the deadline, a Plivo that lies about what comes next."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from app.errors import ApiBadReply, ApiError, ApiUnreachable, RateLimited
from app.plivo import UpstreamReply
from tests.support import virtual_time
from tests.support.plivo_lists import CREDENTIALS, PlivoList, rows, walk, walk_with, walked


def failing(status: int = 503, **body: Any) -> Any:
    async def fail(_: PlivoList) -> httpx.Response:
        return httpx.Response(status, json=body or {"api_id": "failed", "error": "come back later"})

    return fail


def test_a_page_that_fails_ends_the_walk_but_loses_nothing() -> None:
    upstream = PlivoList(rows(60), before={3: failing()})
    reply = walked("getApplications", upstream)
    assert reply["objects"] == rows(40)
    meta = reply["meta"]
    assert (meta["count"], meta["more"]) == (40, True)
    assert meta["error"] == {
        "status_code": "API_ERROR",
        "status_msg": "come back later",
        "http_status": 503,
        "api_id": "failed",
        "retryable": True,
    }
    rest = walked("getApplications", upstream, continueFrom=meta["continue"])
    assert rest["objects"] == rows(20, first=40)
    assert rest["meta"] == {"count": 20, "more": False}


@pytest.mark.parametrize("body", [[], {"meta": {}}, {"objects": {"0": {}}}, {"objects": "none"}, "text"])
def test_items_that_are_no_list(body: Any) -> None:
    """On the first page that is an error, on a later one the end of the walk."""
    with pytest.raises(ApiBadReply) as raised:
        walked("getApplications", answering(body))
    assert raised.value.details["retryable"] is False
    assert raised.value.tries == 1

    async def lie(_: PlivoList) -> httpx.Response:
        return httpx.Response(200, json=body)

    reply = walked("getApplications", PlivoList(rows(45), before={2: lie}))
    assert reply["objects"] == rows(20)
    assert reply["meta"]["error"]["status_code"] == "API_BAD_REPLY"
    assert walked("getApplications", PlivoList(rows(45)), continueFrom=reply["meta"]["continue"])["meta"]["count"] == 25


def test_a_first_page_that_fails_is_the_error() -> None:
    with pytest.raises(ApiError) as raised:
        walked("getApplications", PlivoList(rows(60), before={1: failing(404, error="no such account")}))
    assert raised.value.message == "no such account"


class Impatient:
    """Sends two pages, each at the second try; the third one's turn comes too late."""

    timeout = 20.0

    def __init__(self, end: Exception) -> None:
        self._end = end
        self._sent = 0

    async def send(self, *_: object, **__: object) -> UpstreamReply:
        self._sent += 1
        if self._sent > 2:
            raise self._end
        following = f"?offset={self._sent * 20}"
        body = json.dumps({"objects": rows(20, first=20 * self._sent), "meta": {"next": following}})
        return UpstreamReply(200, body.encode(), None, tries=2)


def test_a_turn_that_comes_too_late_ends_the_walk_but_loses_nothing() -> None:
    reply = asyncio.run(walk_with("getApplications", Impatient(RateLimited(4.0)), returnAll=True))
    meta = json.loads(reply.content)["meta"]
    assert (meta["count"], meta["more"]) == (40, True)
    assert (meta["error"]["status_code"], meta["error"]["retry_after"]) == ("RATE_LIMITED", 4.0)


def test_all_tries_are_counted() -> None:
    """Those of the page that failed at last too: the log line says what was sent."""
    error = ApiUnreachable("nobody is there")
    error.tries = 3
    assert asyncio.run(walk_with("getApplications", Impatient(error), returnAll=True)).tries == 7


def test_the_deadline_bounds_the_walk() -> None:
    """A page that never comes ends it; going on brings the rest."""

    async def never(_: PlivoList) -> None:
        await asyncio.sleep(60)

    upstream = PlivoList(rows(60), before={3: never})
    reply = virtual_time.run(walk("getApplications", upstream, returnAll=True, timeout=20))
    assert reply["objects"] == rows(40)
    assert reply["meta"]["more"] is True
    assert walked("getApplications", upstream, continueFrom=reply["meta"]["continue"])["objects"] == rows(20, first=40)


def test_the_deadline_bounds_a_list_without_end() -> None:
    """Also where Plivo answers at once, so that no single page is late."""

    def endless(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        page = rows(20, first=offset)
        return httpx.Response(200, json={"objects": page, "meta": {"next": f"?offset={offset + 20}"}})

    reply = walked("getApplications", endless, timeout=1)
    assert reply["meta"]["more"] is True
    assert reply["objects"] == rows(reply["meta"]["count"])


def answering(body: Any) -> Any:
    return lambda _: httpx.Response(200, content=json.dumps(body))


def page_with(following: Any) -> Any:
    return answering({"objects": rows(20), "meta": {"next": following}})


@pytest.mark.parametrize(
    "following",
    [
        "?offset=0",
        "?offset=-20",
        "?offset=later",
        "?offset=" + "9" * 5000,
        "?cursor=again",
        "http://[",
        "",
        False,
        7,
        ["?offset=20"],
        {"offset": 20},
        "no query",
        "#?",
    ],
)
def test_a_next_that_leads_nowhere(following: Any) -> None:
    """The walk ends, with each row once."""
    reply = walked("getApplications", page_with(following))
    assert reply["objects"] == rows(20)


def test_cursors_that_go_in_circles() -> None:
    def circle(request: httpx.Request) -> httpx.Response:
        position = int(request.url.params.get("cursor", 0))
        page = rows(5, first=position * 5)
        return httpx.Response(200, json={"objects": page, "meta": {"next": f"/?cursor={(position + 1) % 3}"}})

    assert walked("getApplications", circle)["objects"] == rows(15)


def test_a_cursor_is_followed_over_an_empty_page() -> None:
    """Where Plivo filters after it has taken a page, a page may be empty in the middle of a list."""

    def gap(request: httpx.Request) -> httpx.Response:
        at = request.url.params.get("cursor", "a")
        page, following = {"a": (rows(3), "b"), "b": ([], "c"), "c": (rows(3, first=3), "")}[at]
        return httpx.Response(200, json={"objects": page, "meta": {"next": f"/?cursor={following}"}})

    assert walked("getApplications", gap)["objects"] == rows(6)


def test_a_next_at_another_host_is_asked_for_at_plivo() -> None:
    """The credentials go nowhere else."""
    hosts = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        hosts.append((request.url.scheme, request.url.host, request.url.path))
        offset = int(request.url.params.get("offset", 0))
        following = "https://evil.example/v1/?offset=20" if not offset else None
        return httpx.Response(200, json={"objects": rows(20, first=offset), "meta": {"next": following}})

    assert walked("getApplications", elsewhere)["objects"] == rows(40)
    assert hosts == [("https", "api.plivo.com", f"/v1/Account/{CREDENTIALS['authId']}/Application/")] * 2


def test_a_list_that_takes_no_offset_is_not_walked_forever() -> None:
    """Live calls carry no meta; whether Plivo pages them is not documented."""
    asked = []

    def same(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"calls": rows(50)})

    reply = walked("getLiveCalls", same)
    assert reply["calls"] == rows(50)
    assert reply["meta"]["more"] is False
    assert len(asked) == 2
