"""A request with a key is sent once: what repeats get, with either store."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.datatypes.files import Upload
from app.errors import ApiUnreachable, ConnectorError, IdempotencyConflict, OutcomeUnknown, RateLimited
from app.idempotency import Row
from tests.support.keyed import (
    ACCOUNT,
    KEY,
    REPEATED,
    REPLY,
    REQUEST,
    TOKEN,
    Sender,
    api_error,
    bad_reply,
    disconnected,
    process,
    timeout,
)
from tests.support.stores import TTL, Place, in_loop


@in_loop
async def test_a_repeat_gets_the_reply_of_the_first(place: Place) -> None:
    send = Sender()
    async with process(place) as first:
        assert await first.ask(send) == REPLY
        assert await first.ask(send) == REPEATED
    async with process(place) as after_restart:
        assert await after_restart.ask(send) == REPEATED
    assert send.sent == 1


@pytest.mark.parametrize(
    "reply",
    [
        replace(REPLY, body=b'{"text":"\xf0\x9f\x98\x80 caf\\u00e9 \\ud83d"}', api_id=None),
        replace(REPLY, status=200, body=b'["line\\n"]\n\n {"a":1}'),
        replace(REPLY, body=b"[" + b"0," * 500_000 + b"0]", tries=3),
    ],
    ids=["texts", "lines", "large"],
)
@in_loop
async def test_the_stored_reply_is_the_same_byte_for_byte(place: Place, reply: object) -> None:
    send = Sender(reply)  # type: ignore[arg-type]  # parametrize knows no types
    async with process(place) as one, process(place) as other:
        first, second = await one.ask(send), await other.ask(send)
    assert first == reply
    assert second == replace(first, tries=0, replayed=True)


FILE = Upload("logo.png", "image/png", b"one content")
DIFFERENT = [
    {"json": {**(REQUEST.json or {}), "text": "Your code is 9999"}},
    {"json": {**(REQUEST.json or {}), "log": True}},
    {"json": None},
    {"json": {}},
    {"method": "DELETE"},
    {"path": REQUEST.path + "x/"},
    {"host": "lookup.plivo.com"},
    {"query": "a=1"},
    {"parts": ()},
    {"token": TOKEN + "x"},
]


@pytest.mark.parametrize("changes", DIFFERENT, ids=str)
@in_loop
async def test_the_same_key_for_another_request_is_a_conflict(place: Place, changes: dict[str, Any]) -> None:
    """Other arguments or another token: nothing is sent, and nothing of the first reply is shown."""
    send, other = Sender(), Sender()
    async with process(place) as one:
        await one.ask(send)
        with pytest.raises(IdempotencyConflict) as raised:
            await one.ask(other, **changes)
        assert "uuid-1" not in str(raised.value.message)
        assert await one.ask(send) == REPEATED
    assert (send.sent, other.sent) == (1, 0)


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ({"parts": (("logo", FILE),)}, {"parts": (("logo", replace(FILE, content=b"two content")),)}),
        ({"parts": (("logo", FILE),)}, {"parts": (("logo", replace(FILE, name="other.png")),)}),
        ({"parts": (("a", "1"), ("a", "2"))}, {"parts": (("a", "2"), ("a", "1"))}),
        ({"query": "a=1&a=2"}, {"query": "a=2&a=1"}),
        ({"json": {"a": 1}}, {"json": {"a": "1"}}),
        ({"json": {"a": [1, 2]}}, {"json": {"a": [2, 1]}}),
        ({"json": {"a": "\ud83d"}}, {"json": {"a": "\ud83e"}}),
    ],
)
@in_loop
async def test_what_makes_two_requests_different(place: Place, given: dict[str, Any], other: dict[str, Any]) -> None:
    send = Sender()
    async with process(place) as one:
        await one.ask(send, **given)
        assert await one.ask(send, **given) == REPEATED
        with pytest.raises(IdempotencyConflict):
            await one.ask(send, **other)
    assert send.sent == 1


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ({"json": {"a": {"b": 1, "c": 2}, "d": 3}}, {"json": {"d": 3, "a": {"c": 2, "b": 1}}}),
        ({"query": "a=1&b=2&a=3"}, {"query": "b=2&a=1&a=3"}),
        ({"parts": (("a", "1"), ("logo", FILE))}, {"parts": (("logo", FILE), ("a", "1"))}),
    ],
)
@in_loop
async def test_the_order_of_fields_makes_no_difference(
    place: Place, given: dict[str, Any], same: dict[str, Any]
) -> None:
    send = Sender()
    async with process(place) as one:
        await one.ask(send, **given)
        assert await one.ask(send, **same) == REPEATED
    assert send.sent == 1


@pytest.mark.parametrize("scope", [{"key": "order-4712"}, {"block": "makeCall"}, {"account": "MAOTHER"}], ids=str)
@in_loop
async def test_a_key_belongs_to_one_account_and_block(place: Place, scope: dict[str, Any]) -> None:
    send = Sender()
    async with process(place) as one:
        await one.ask(send)
        assert await one.ask(send, **scope) == REPLY
    assert send.sent == 2


@in_loop
async def test_parts_of_a_name_cannot_be_mistaken_for_one_another(place: Place) -> None:
    send = Sender()
    async with process(place) as one:
        for block, key in (("a", 'b","c'), ('a","b', "c"), ("ab", "c"), ("a", "bc"), ("a", "\ud83d"), ("a", "\0")):
            assert await one.ask(send, block=block, key=key) == REPLY
    assert send.sent == 6


@pytest.mark.parametrize(
    "error",
    [api_error(400), api_error(401), api_error(404), api_error(429), api_error(499), ApiUnreachable("refused")],
    ids=repr,
)
@in_loop
async def test_what_plivo_refused_or_never_got_leaves_the_key_free(place: Place, error: Exception) -> None:
    """Another request may have it then, too."""
    send = Sender(error, REPLY)
    async with process(place) as one, process(place) as other:
        with pytest.raises(ConnectorError) as raised:
            await one.ask(send)
        assert raised.value is error
        assert await other.ask(send, json={"text": "mended"}) == REPLY
    assert send.sent == 2


@pytest.mark.parametrize(
    "error",
    [api_error(500), api_error(503), api_error(302), bad_reply(), timeout(), disconnected(), ZeroDivisionError()],
    ids=repr,
)
@in_loop
async def test_what_may_have_been_acted_on_is_never_sent_again(place: Place, error: Exception) -> None:
    """The first hears what happened, repeats where to look."""
    send = Sender(error, REPLY)
    async with process(place) as one, process(place) as other:
        with pytest.raises(type(error)) as raised:
            await one.ask(send)
        assert raised.value is error
        for each in (one, other):
            with pytest.raises(OutcomeUnknown) as unknown:
                await each.ask(send)
            assert unknown.value.details["look_in"] == "listMessages"
        with pytest.raises(IdempotencyConflict):
            await one.ask(send, json={"text": "another"})
    assert send.sent == 1


@pytest.mark.parametrize("error", [RateLimited(3), ZeroDivisionError()], ids=repr)
@in_loop
async def test_what_fails_before_sending_leaves_the_key_free(place: Place, error: Exception) -> None:
    send = Sender()
    send.before = error
    async with process(place) as one, process(place) as other:
        with pytest.raises(type(error)):
            await one.ask(send)
        send.before = None
        assert await other.ask(send) == REPLY
    assert send.sent == 1


@in_loop
async def test_a_key_is_new_again_when_its_time_is_over(place: Place) -> None:
    send = Sender()
    async with process(place) as one:
        await one.ask(send)
        place.let_pass(TTL - 60)
        assert await one.ask(send) == REPEATED
        place.let_pass(61)
        assert await one.ask(send, json={"text": "another"}) == REPLY
    assert send.sent == 2


@pytest.mark.parametrize("outcome", [REPLY, timeout()], ids=["done", "unknown"])
@in_loop
async def test_the_store_learns_nothing_in_the_clear(place: Place, outcome: object) -> None:
    send = Sender(outcome)  # type: ignore[arg-type]  # parametrize knows no types
    async with process(place) as one:
        await asyncio.gather(one.ask(send), return_exceptions=True)
        kept = place.contents()
    assert len(kept) > 100
    for secret in (TOKEN, ACCOUNT, KEY, "uuid-1", "id-1", "14155550123", "1234"):
        assert secret.encode() not in kept


@in_loop
async def test_a_stored_reply_that_was_tampered_with_is_not_shown(place: Place) -> None:
    """It is known that it was sent, so it is not sent again."""

    def tamper(result: Any) -> Any:
        if isinstance(result, Row) and result.reply:
            return replace(result, reply=result.reply[:-1] + bytes([result.reply[-1] ^ 1]))
        return result

    send = Sender()
    async with process(place, alter=tamper) as one:
        assert await one.ask(send) == REPLY
        with pytest.raises(OutcomeUnknown):
            await one.ask(send)
    assert send.sent == 1


@in_loop
async def test_one_rows_reply_does_not_fit_another_row(place: Place) -> None:
    """Neither does the same reply look the same twice."""
    replies: list[bytes] = []

    def swap(result: Any) -> Any:
        if isinstance(result, Row) and result.reply:
            replies.append(result.reply)
            return replace(result, reply=replies[0])
        return result

    send = Sender()
    async with process(place, alter=swap) as one:
        for key in ("a", "b"):
            await one.ask(send, key=key)
        assert await one.ask(send, key="a") == REPEATED
        with pytest.raises(OutcomeUnknown):
            await one.ask(send, key="b")
    assert replies[0] != replies[1]


@in_loop
async def test_no_two_replies_are_encrypted_with_the_same_nonce(place: Place) -> None:
    """Also where a key is used again after its time, and so has the same row and secret."""
    nonces: list[bytes] = []

    def note(result: Any) -> Any:
        if isinstance(result, Row) and result.reply:
            nonces.append(result.reply[:12])
        return result

    async with process(place, alter=note) as one:
        for _ in range(2):
            await one.ask(Sender())
            await one.ask(Sender())
            place.let_pass(TTL + 1)
    assert len(nonces) == 2
    assert nonces[0] != nonces[1]


@in_loop
async def test_one_request_with_two_keys_looks_like_two_in_the_store(place: Place) -> None:
    fingerprints: set[bytes] = set()

    def note(result: Any) -> Any:
        if isinstance(result, Row):
            fingerprints.add(result.fingerprint)
        return result

    async with process(place, alter=note) as one:
        for key in ("a", "b"):
            await one.ask(Sender(), key=key)
            assert await one.ask(Sender(), key=key) == REPEATED
    assert len(fingerprints) == 2
