"""What a walk passes on stands in its answer byte for byte: rows, and what Plivo's first reply has around them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blocks.pagination import HUGE
from tests.support.desk import in_place_of_plivo, sender_to
from tests.support.patience import patient
from tests.support.plivo_lists import walk_with

ODD = [
    b'{"price": 0.00500, "count": 12345678901234567890123}',
    b'{"most": 1e400, "least": -1E+400, "zero": -0.0}',
    b'{"text": "cut \\ud83d", "next": "\\u00e9"}',
    b'{ "b" : 1 ,\n\t"a": [ ] }',
    b'{"a": 1, "a": 2}',
    b'{"deep": ' + b"[" * 700 + b"]" * 700 + b"}",
    b'"bare"',
    b"17",
    b"null",
    b"{}",
    '{"text": "ß 🙂"}'.encode(),
]
"""Rows that would come out of a parser in another way."""


def walked(block: str, answer: Callable[[int], bytes], **raw: Any) -> bytes:
    """Walk a list whose page at an offset a test gives, and return the answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answer(int(request.url.params.get("offset", 0))))

    sender = sender_to(in_place_of_plivo(handle))
    return asyncio.run(walk_with(block, sender, **{"returnAll": True, **raw})).content


def pages_of(rows: list[bytes], size: int, around: bytes = b'{"objects":[%b],"meta":%b}') -> Callable[[int], bytes]:
    def answer(offset: int) -> bytes:
        following = b'"/?offset=%d"' % (offset + size) if offset + size < len(rows) else b"null"
        meta = b'{"next":%b,"total_count":%d}' % (following, len(rows))
        return around % (b" ,\n".join(rows[offset : offset + size]), meta)

    return answer


@pytest.mark.parametrize("size", [1, 4, 20])
def test_rows_are_passed_on_as_they_came(size: int) -> None:
    """In any order, so that those which the quick cutter refuses stand beside all others."""
    for rows in (ODD, ODD[::-1]):
        content = walked("getApplications", pages_of(rows, size), limit=size)
        assert content == b'{"objects":[%b],"meta":{"count":%d,"more":false}}' % (b",".join(rows), len(rows))


@patient
@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.none())
        .map(lambda row: json.dumps(row, ensure_ascii="é" in row).encode(errors="replace"))
        .filter(lambda row: json.loads(row) is not None),
        max_size=15,
        unique=True,
    ),
    st.integers(1, 20),
)
def test_any_rows_are_passed_on_as_they_came(rows: list[bytes], size: int) -> None:
    content = walked("getApplications", pages_of(rows, size), limit=size)
    assert content == b'{"objects":[%b],"meta":{"count":%d,"more":false}}' % (b",".join(rows), len(rows))


def test_what_stands_around_the_rows_is_passed_on_too() -> None:
    """Of the first reply, in its order; meta alone is another, and stands where it stood."""
    around = b'{"api_id" : "a-1","big":12345678901234567890123,"meta":%b,"objects":[%b],"p":0.00500,"\\ud83d":[ 1 ]}'
    whole = pages_of(ODD, 3)

    def answer(offset: int) -> bytes:
        page = whole(offset)
        rows, meta = page.removeprefix(b'{"objects":[').removesuffix(b"}").split(b'],"meta":')
        return around % (meta, rows)

    assert walked("getApplications", answer, limit=3) == around.replace(b" : ", b":") % (
        b'{"count":%d,"more":false}' % len(ODD),
        b",".join(ODD),
    )


def test_rows_inside_another_object() -> None:
    around = b'{"api_id":"a-1","response":{"first":0.10,"objects":[%b],"meta":%b,"last":1e400},"after":[1.0]}'
    rows = [row for row in ODD if row.startswith(b"{")]
    content = walked("getMaskingSessions", pages_of(rows, 4, around), limit=4)
    assert content == around % (b",".join(rows), b'{"count":%d,"more":false}' % len(rows))


def test_a_list_without_meta_gets_one() -> None:
    assert walked("getLiveCalls", lambda _: b'{"calls": ["c1", "c2"], "api_id": "a-1"}') == (
        b'{"calls":["c1","c2"],"api_id":"a-1","meta":{"count":2,"more":false}}'
    )


@pytest.mark.parametrize("meta", [b"[]", b"5", b'"x"', b"null", b'{"next": ' + b"9" * 5000 + b"}"])
def test_a_meta_that_says_nothing(meta: bytes) -> None:
    assert walked("getApplications", lambda _: b'{"meta":%b,"objects":[{"a":1.10}]}' % meta) == (
        b'{"meta":{"count":1,"more":false},"objects":[{"a":1.10}]}'
    )


def test_rows_are_the_same_only_if_their_bytes_are() -> None:
    """What another writer would call the same may be two rows; nothing is dropped on a guess."""
    rows = [b'{"a": 1}', b'{"a":1}', b'{"a":1.0}', b'{"a": 1}']
    assert walked("getApplications", lambda _: b'{"objects":[%b]}' % b",".join(rows)) == (
        b'{"objects":[{"a": 1},{"a":1},{"a":1.0}],"meta":{"count":3,"more":false}}'
    )


@pytest.mark.parametrize("text", [b'"plain"', b'"cut \\ud83d"'])
def test_a_huge_page(text: bytes) -> None:
    """It is cut in a thread, by either cutter."""
    rows = [b'{"id": %d, "text": %b, "price": 0.10}' % (number, text) for number in range(40_000)]
    page = b'{"objects":[%b]}' % b",".join(rows)
    assert len(page) > HUGE
    content = walked("getApplications", lambda offset: page if not offset else b'{"objects":[]}')
    assert content == b'{"objects":[%b],"meta":{"count":40000,"more":false}}' % b",".join(rows)
