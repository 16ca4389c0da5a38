"""Going on with a walk: ``meta.continue`` leads to the very next row, and belongs to one request only."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidFields
from tests.support.plivo_lists import CALL_WINDOW, CREDENTIALS, NOW, PlivoList, Row, rows, text, timed, walk_on, walked


@settings(deadline=None, max_examples=60)
@given(number=st.integers(0, 70), limit=st.integers(1, 20), most=st.integers(1, 75), style=st.sampled_from("ocn"))
def test_going_on_from_where_it_stopped_gives_the_same_rows(number: int, limit: int, most: int, style: str) -> None:
    """By offset, by cursor, and where nothing says what comes next."""
    block = "getCallsDetails" if style == "c" else "getLiveCalls"
    key = "objects" if style == "c" else "calls"
    meta = () if style == "n" else ("next",)
    upstream = PlivoList(timed(number, timedelta(hours=1)), items=key, meta=meta, cursors=style == "c")
    replies = list(asyncio.run(walk_on(block, upstream, most, limit=limit)))
    assert [row for reply in replies for row in reply[key]] == walked(block, upstream)[key] == upstream.rows
    assert [reply["meta"]["count"] for reply in replies] == [len(reply[key]) for reply in replies]
    assert all(reply["meta"]["count"] == most for reply in replies[:-1])
    assert set(replies[-1]["meta"]) == {"count", "more"}


@settings(deadline=None, max_examples=60)
@given(number=st.integers(0, 50), limits=st.lists(st.integers(1, 20), min_size=2, max_size=6), cursors=st.booleans())
def test_the_page_size_may_change_when_going_on(number: int, limits: list[int], *, cursors: bool) -> None:
    upstream = PlivoList(rows(number), cursors=cursors)
    got: list[Row] = []
    going_on: dict[str, str] = {}
    for limit in [*limits, *[20] * 10]:
        reply = walked("getEndpoints", upstream, maxItems=7, limit=limit, **going_on)
        got += reply["objects"]
        if not reply["meta"]["more"]:
            break
        going_on = {"continueFrom": reply["meta"]["continue"]}
    assert got == rows(number)


def token_of(block: str = "getRentedNumbers", **raw: Any) -> str:
    """Begin a walk that stops in the middle and return what leads on."""
    upstream = PlivoList(timed(45, timedelta(hours=1)), window=CALL_WINDOW if block == "getCallsDetails" else None)
    token = walked(block, upstream, maxItems=30, **raw)["meta"]["continue"]
    assert isinstance(token, str)
    return token


def refused(block: str = "getRentedNumbers", **raw: Any) -> str:
    """Return the reason for which a token is refused; nothing must be asked of Plivo."""
    upstream = PlivoList(rows(45))
    with pytest.raises(InvalidFields) as raised:
        walked(block, upstream, **raw)
    assert upstream.requests == []
    assert raised.value.details["fields"] == ["continueFrom"]
    errors = raised.value.details["errors"]
    assert isinstance(errors, dict)
    return str(errors["continueFrom"])


FILTERS: dict[str, Any] = {"type": "local", "services": ["sms", "voice"], "additionalFields": {"a": 1, "b": {"c": 2}}}


def test_a_token_leads_on_without_any_other_wish() -> None:
    """It alone asks for all the rest, from JSON or a form, with the filters in any order."""
    token = token_of(**FILTERS)
    same = {"services": "sms,voice", "additionalFields": '{"b": {"c": 2}, "a": 1}', "type": "LOCAL", "limit": "20"}
    reply = walked("getRentedNumbers", PlivoList(rows(45)), returnAll="", continueFrom=token, **same)
    assert reply["objects"] == rows(15, first=30)


@pytest.mark.parametrize(
    "other",
    [
        {"type": "tollfree"},
        {"type": ""},
        {"subaccount": "SAXXXX"},
        {"services": ["voice", "sms"]},
        {"additionalFields": {"a": 2, "b": {"c": 2}}},
        {"additionalFields": ""},
        {"authId": "MAYYYYYYYYYYYYYYYYYY"},
    ],
)
def test_a_token_of_another_request_is_refused(other: dict[str, Any]) -> None:
    """Another account or other filters would give rows of another list."""
    assert "belongs to another" in refused(continueFrom=token_of(**FILTERS), **{**FILTERS, **other})


def test_a_token_of_another_block_is_refused() -> None:
    assert "belongs to another" in refused("getApplications", continueFrom=token_of("getEndpoints"))


def test_another_token_of_the_same_account_may_go_on() -> None:
    """The auth token is renewed now and then; the account is the same."""
    token = token_of()
    reply = walked("getRentedNumbers", PlivoList(rows(45)), continueFrom=token, authToken="renewed")
    assert reply["objects"] == rows(15, first=30)


def test_a_token_holds_no_credential() -> None:
    """Neither in clear text nor encoded, nor do filters' values."""
    token = token_of("getCallsDetails", fromNumber="14155550123")
    told = token + urlsafe_b64decode(token).decode()
    for secret in (*CREDENTIALS.values(), "14155550123"):
        assert secret not in told
        assert urlsafe_b64encode(secret.encode()).decode().rstrip("=")[:-1] not in told


@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        "not a token",
        "ü",
        "e30=",
        "W10=",
        "WzEsMl0=",
        "eyJhIjoxLCJiIjoyfQ==",
        "bnVsbA==",
        "/w==",
        "W1tbW1s=",
        "A" * 3000,
        "0",
        "true",
    ],
)
def test_garbage_is_refused(garbage: str) -> None:
    refused(continueFrom=garbage)
    refused("getCallsDetails", continueFrom=garbage)


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_any_text_is_refused(garbage: str) -> None:
    if garbage:
        refused(continueFrom=garbage)


@pytest.mark.parametrize(
    "forged",
    [
        {"offset": -1},
        {"offset": "many"},
        {"offset": 1.5},
        {"skip": -3},
        {"cursor": 5},
        {"upper": ["lte", "yesterday"]},
        {"upper": ["lte", "2027-01-15T08:00:00+05:30"]},
        {"upper": ["ne", "2027-01-15 08:00:00"]},
        {"upper": ["lte"]},
        {"upper": "lte"},
        {"lower": 7},
    ],
)
def test_a_forged_token_is_refused(forged: dict[str, Any]) -> None:
    """Whoever takes one apart and puts something else in does not break anything."""
    fingerprint, state = json.loads(urlsafe_b64decode(token_of("getCallsDetails")))
    assert set(forged) <= set(state)
    token = urlsafe_b64encode(json.dumps([fingerprint, {**state, **forged}]).encode()).decode()
    refused("getCallsDetails", continueFrom=token)


def test_a_token_cut_short_is_refused() -> None:
    token = token_of()
    for length in range(1, len(token)):
        refused(continueFrom=token[:length])


def test_the_range_of_a_walk_goes_on_with_it() -> None:
    """A week later, the last week still is that of the day when the walk began."""
    upstream = PlivoList(timed(45, timedelta(hours=1)), window=CALL_WINDOW)
    token = walked("getCallsDetails", upstream, maxItems=30)["meta"]["continue"]
    later = walked("getCallsDetails", upstream, continueFrom=token, now=NOW + timedelta(days=7))
    assert later["objects"] == upstream.rows[30:]
    assert {query["end_time__lte"] for query in upstream.requests} == {text(NOW)}
