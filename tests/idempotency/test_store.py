"""What every store promises, asked of each kind: a SQLite file, and a real Redis server."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from app.idempotency import KeyName, KeyStore, Row
from app.storage import StoreError
from tests.support.stores import TTL, Place, in_loop, opened

KEY = KeyName("a" * 64, "token", is_proven=True)
ANOTHER_KEY = KEY._replace(name="b" * 64)
FINGERPRINT = bytes(range(32))
OTHER = b"\xff\x00" * 16
REPLY = bytes(range(256)) * 10
LEASE = 30.0


async def claim(
    store: KeyStore, owner: str = "first", fingerprint: bytes = FINGERPRINT, key: KeyName = KEY
) -> Row | None:
    return await store.claim(key, fingerprint, owner, LEASE)


async def bring_to(store: KeyStore, state: str) -> None:
    """Bring the key into a state, for the owner ``first``."""
    assert await claim(store) is None
    if state != "claimed":
        assert await store.begin_sending(KEY, "first")
    if state == "done":
        await store.finish(KEY, "first", REPLY)
    if state == "unknown":
        await store.set_unknown(KEY, "first")


async def state_of(store: KeyStore, key: KeyName = KEY) -> str | None:
    row = await store.read(key)
    return row.state if row else None


@in_loop
async def test_a_new_key_is_claimed(place: Place) -> None:
    async with opened(place) as store:
        assert await store.read(KEY) is None
        assert await claim(store) is None
        row = await store.read(KEY)
        assert row is not None
        assert (row.state, row.fingerprint, row.reply, row.lease) == ("claimed", FINGERPRINT, None, LEASE)
        assert 0 <= row.age < LEASE


@pytest.mark.parametrize("reply", [b"{}", REPLY, REPLY * 2000], ids=len)
@in_loop
async def test_the_way_of_a_request_that_succeeds(place: Place, reply: bytes) -> None:
    async with opened(place) as store:
        assert await claim(store) is None
        assert await store.begin_sending(KEY, "first") is True
        assert await state_of(store) == "sending"
        await store.finish(KEY, "first", reply)
        row = await store.read(KEY)
        assert row is not None
        assert (row.state, row.fingerprint, row.reply) == ("done", FINGERPRINT, reply)


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER], ids=["same", "other"])
@pytest.mark.parametrize("state", ["claimed", "sending", "done", "unknown"])
@in_loop
async def test_a_row_in_the_way_is_returned_and_stays_as_it_is(place: Place, state: str, fingerprint: bytes) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        row = await claim(store, "second", fingerprint)
        assert row is not None
        assert (row.state, row.fingerprint) == (state, FINGERPRINT)
        assert row.reply == (REPLY if state == "done" else None)
        assert not await store.begin_sending(KEY, "second")
        assert await state_of(store) == state


@in_loop
async def test_keys_do_not_touch_each_other(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "done")
        assert await claim(store, "second", key=ANOTHER_KEY) is None
        await store.free(ANOTHER_KEY, "second")
        assert await state_of(store) == "done"


@pytest.mark.parametrize("state", ["sending", "done", "unknown"])
@in_loop
async def test_sending_begins_once(place: Place, state: str) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        assert await store.begin_sending(KEY, "first") is False
        assert await state_of(store) == state


@in_loop
async def test_sending_needs_a_claim(place: Place) -> None:
    async with opened(place) as store:
        assert await store.begin_sending(KEY, "first") is False
        assert await store.read(KEY) is None


CHANGES: dict[str, Callable[[KeyStore, str], Awaitable[None]]] = {
    "finish": lambda store, owner: store.finish(KEY, owner, b"late"),
    "set_unknown": lambda store, owner: store.set_unknown(KEY, owner),
    "free": lambda store, owner: store.free(KEY, owner),
}
ALLOWED = {("sending", "finish"), ("sending", "set_unknown"), ("sending", "free"), ("claimed", "free")}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", ["claimed", "sending", "done", "unknown"])
@in_loop
async def test_only_the_owner_changes_a_row_and_only_forward(place: Place, state: str, change: str) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        before = await store.read(KEY)
        await CHANGES[change](store, "second")
        if (state, change) not in ALLOWED:
            await CHANGES[change](store, "first")
        after = await store.read(KEY)
        assert before is not None
        assert after is not None
        assert (after.state, after.reply) == (before.state, before.reply)


@pytest.mark.parametrize("state", ["claimed", "sending"])
@in_loop
async def test_a_freed_key_is_as_new(place: Place, state: str) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        await store.free(KEY, "first")
        assert await store.read(KEY) is None
        assert await claim(store, "second", OTHER) is None


@in_loop
async def test_a_claim_whose_lease_ran_out_is_taken_over(place: Place) -> None:
    """The first owner, waking up late, can change nothing any more."""
    async with opened(place) as store:
        await bring_to(store, "claimed")
        place.let_pass(LEASE - 5)
        assert await claim(store, "second") is not None
        place.let_pass(6)
        row = await store.read(KEY)
        assert row is not None
        assert row.has_lapsed
        assert await claim(store, "second") is None
        assert not await store.begin_sending(KEY, "first")
        await store.free(KEY, "first")
        assert await store.begin_sending(KEY, "second")


@in_loop
async def test_a_claim_is_not_taken_over_by_another_request(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "claimed")
        place.let_pass(LEASE + 1)
        assert await claim(store, "second", OTHER) is not None
        assert await store.begin_sending(KEY, "first")


@pytest.mark.parametrize("state", ["sending", "done", "unknown"])
@in_loop
async def test_what_may_have_been_sent_is_never_taken_over(place: Place, state: str) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        place.let_pass(TTL - 60)
        row = await claim(store, "second")
        assert row is not None
        assert row.state == state


@in_loop
async def test_the_age_counts_from_the_last_change(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "claimed")
        place.let_pass(10)
        row = await store.read(KEY)
        assert row is not None
        assert 10 <= row.age < 20
        await store.begin_sending(KEY, "first")
        row = await store.read(KEY)
        assert row is not None
        assert row.age < 10


@pytest.mark.parametrize("state", ["claimed", "sending", "done", "unknown"])
@in_loop
async def test_a_row_is_forgotten_after_its_time(place: Place, state: str) -> None:
    async with opened(place) as store:
        await bring_to(store, state)
        place.let_pass(TTL - 60)
        assert await state_of(store) == state
        place.let_pass(61)
        assert await store.read(KEY) is None
        assert await claim(store, "second", OTHER) is None


@in_loop
async def test_every_change_gives_a_row_its_whole_time_again(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "claimed")
        place.let_pass(TTL - 60)
        assert await store.begin_sending(KEY, "first")
        place.let_pass(TTL - 60)
        await store.finish(KEY, "first", REPLY)
        place.let_pass(TTL - 60)
        assert await state_of(store) == "done"


@in_loop
async def test_a_clock_that_was_set_back_makes_no_age_negative(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "sending")
        place.let_pass(-3600)
        row = await claim(store, "second")
        assert row is not None
        assert (row.state, row.age) == ("sending", 0)


@in_loop
async def test_of_many_claims_at_once_one_wins(place: Place) -> None:
    """Three stores stand for three processes; first a new key, then one whose lease has run out."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(place)) for _ in range(3)]
        for _ in range(2):
            owners = [(stores[number % 3], f"{number}") for number in range(99)]
            rows = await asyncio.gather(*(claim(store, owner) for store, owner in owners))
            assert rows.count(None) == 1
            place.let_pass(LEASE + 1)
        winners = await asyncio.gather(*(store.begin_sending(KEY, owner) for store, owner in owners))
        assert winners.count(True) == 1
        assert winners.index(True) == rows.index(None)


@in_loop
async def test_of_many_beginnings_of_one_owner_one_wins(place: Place) -> None:
    async with opened(place) as one, opened(place) as other:
        await bring_to(one, "claimed")
        begun = await asyncio.gather(*(store.begin_sending(KEY, "first") for store in (one, other) * 10))
        assert begun.count(True) == 1


@in_loop
async def test_rows_outlive_the_store_that_wrote_them(place: Place) -> None:
    async with opened(place) as store:
        await bring_to(store, "done")
    async with opened(place) as store:
        row = await store.read(KEY)
        assert row is not None
        assert row.reply == REPLY


@in_loop
async def test_a_call_that_is_cancelled_harms_no_other(place: Place) -> None:
    async with opened(place) as store:
        await store.read(KEY)
        calls = [asyncio.create_task(claim(store, key=KEY._replace(name=f"{number}"))) for number in range(20)]
        await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert results[1::2] == [None] * 10
        assert [await state_of(store, KEY._replace(name=f"{number}")) for number in range(1, 20, 2)] == ["claimed"] * 10


@in_loop
async def test_a_cancellation_is_never_lost(place: Place) -> None:
    """Wherever in a call it arrives; a deadline is one, too."""
    async with opened(place) as store:
        for steps in range(60):
            call = asyncio.create_task(claim(store, key=KEY._replace(name=f"{steps}")))
            for _ in range(steps % 12):
                await asyncio.sleep(0)
            if call.cancel():
                await asyncio.gather(call, return_exceptions=True)
                assert call.cancelled()


@in_loop
async def test_a_store_that_is_down_says_so_and_is_used_once_it_is_back(place: Place) -> None:
    place.break_down()
    async with opened(place) as store:
        changes = [change(store, "first") for change in CHANGES.values()]
        outcomes = await asyncio.gather(
            claim(store),
            store.begin_sending(KEY, "first"),
            store.read(KEY),
            *changes,
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [StoreError] * 6
        place.mend()
        await bring_to(store, "done")
        assert await state_of(store) == "done"
