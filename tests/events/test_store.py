"""What every store of events promises, asked of each kind: a SQLite file, and a real Redis server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from app.events import Claims, EventStore, NewEvent, StoredEvent, StoredSubscription, may_be_more, open_events
from app.events.replays import ReplayKey
from app.storage import StoreError
from tests.support.stores import Place, in_loop

NOW = 1_800_000_000.0
LEASE = 20.0
RETRY = 60.0
DAY = 24 * 3600.0


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[EventStore]:
    async with aclosing(place.open()) as engine:
        yield open_events(engine)


async def subscribe(store: EventStore, name: str = "sub_a") -> None:
    assert await store.add_subscription(StoredSubscription(name, "MA1", b"sealed"))


async def receive(
    store: EventStore, name: str, lane: str = "lane", *, sub: str = "sub_a", nonce: str = "", now: float = NOW
) -> str:
    event = NewEvent(name, "message.received", lane, needs_xml=False, content={})
    return await store.receive(sub, event, name.encode(), nonce=nonce, now=now, delivers=True)


async def claim(
    store: EventStore, owner: str = "one", *, now: float = NOW, limit: int = 100, busy: dict[str, int] | None = None
) -> list[StoredEvent]:
    return [event for event, _ in (await look(store, owner, now=now, limit=limit, busy=busy)).events]


async def look(
    store: EventStore, owner: str = "one", *, now: float = NOW, limit: int = 100, busy: dict[str, int] | None = None
) -> Claims:
    return await store.claim(owner, now=now, lease=LEASE, limit=limit, per_subscription=10, busy=busy or {})


async def fail(
    store: EventStore, event: StoredEvent, owner: str = "one", *, now: float = NOW, again: float | None = NOW + RETRY
) -> bool:
    return await store.settle_failed(
        event, owner, now=now, http_status=500, error="answered 500", again=again, off_after=5 * DAY
    )


def ids(events: list[StoredEvent]) -> list[str]:
    return [event.id for event in events]


async def state_of(store: EventStore, name: str) -> str:
    events = await store.read_events("sub_a", after=0, limit=1000)
    return next(event.delivery.state for event in events if event.id == name)


@in_loop
async def test_subscriptions_are_kept_listed_changed_and_removed(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await subscribe(store, "sub_b")
        assert not await store.add_subscription(StoredSubscription("sub_a", "MA1", b"other"))
        assert await store.add_subscription(StoredSubscription("sub_c", "MA2", b"x"))
        assert [one.id for one in await store.list_subscriptions("MA1")] == ["sub_a", "sub_b"]
        assert not await store.replace_subscription("sub_a", b"not this", b"new", activate=False)
        assert await store.replace_subscription("sub_a", b"sealed", b"\x00new", activate=False)
        assert await store.read_subscription("sub_a") == StoredSubscription("sub_a", "MA1", b"\x00new")
        await receive(store, "e1")
        assert await store.remove_subscription("sub_a")
        assert not await store.remove_subscription("sub_a")
        assert await store.read_subscription("sub_a") is None
        assert await store.read_events("sub_a", after=0, limit=10) == []
        assert await claim(store) == []
        assert [one.id for one in await store.list_subscriptions("MA1")] == ["sub_b"]


@in_loop
async def test_an_event_is_stored_once_whatever_is_repeated(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        assert await receive(store, "e1", nonce="n1") == "stored"
        assert await receive(store, "e1", nonce="n2") == "known"
        assert await receive(store, "e2", nonce="n1") == "replayed"
        assert await receive(store, "e2", nonce="n1", now=NOW + 301) == "stored"
        events = await store.read_events("sub_a", after=0, limit=10)
        assert [(event.sequence, event.id, event.content) for event in events] == [(1, "e1", b"e1"), (2, "e2", b"e2")]


@in_loop
async def test_two_subscribers_share_no_id_and_no_nonce(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await subscribe(store, "sub_b")
        assert await receive(store, "e1", nonce="n") == "stored"
        assert await receive(store, "e1", nonce="n", sub="sub_b") == "stored"


@in_loop
async def test_of_one_event_that_comes_many_times_at_once_one_is_stored(place: Place) -> None:
    async with opened(place) as one, opened(place) as other:
        await subscribe(one)
        comings = [receive(store, "e1", nonce=f"{number}") for number in range(30) for store in (one, other)]
        assert sorted(await asyncio.gather(*comings)).count("stored") == 1
        assert len(await claim(one)) == 1


@in_loop
async def test_of_a_lane_only_the_oldest_is_claimed(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")):
            await receive(store, name, lane)
        first, other = await claim(store)
        assert ids([first, other]) == ["a1", "b1"]
        assert await claim(store, "two") == []
        await store.settle_delivered(first, "one", now=NOW, http_status=204)
        assert ids(await claim(store, "two")) == ["a2"]


@in_loop
async def test_one_that_fails_holds_only_its_own_until_it_is_dead(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name, lane in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            await receive(store, name, lane)
        a1, b1 = await claim(store)
        assert not await fail(store, a1)
        await store.settle_delivered(b1, "one", now=NOW, http_status=200)
        found = await look(store, now=NOW + 1)
        assert (found.events, found.next_due) == ([], NOW + RETRY)
        (again,) = await claim(store, now=NOW + RETRY)
        assert (again.id, again.delivery.attempts, again.delivery.http_status) == ("a1", 1, 500)
        await fail(store, again, now=NOW + RETRY, again=None)
        assert await state_of(store, "a1") == "dead"
        assert ids(await claim(store, now=NOW + RETRY)) == ["a2"]


@in_loop
async def test_what_somebody_who_died_was_delivering_is_due_again(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await receive(store, "e1")
        (event,) = await claim(store, "dead")
        assert await claim(store, "heir", now=NOW + LEASE - 1) == []
        (same,) = await claim(store, "heir", now=NOW + LEASE)
        assert same.id == event.id
        await store.settle_delivered(event, "dead", now=NOW + LEASE, http_status=200)
        assert await state_of(store, "e1") == "pending"
        await store.settle_delivered(same, "heir", now=NOW + LEASE, http_status=200)
        assert await state_of(store, "e1") == "delivered"


@in_loop
async def test_of_many_who_claim_at_once_one_gets_it(place: Place) -> None:
    async with opened(place) as one, opened(place) as other:
        await subscribe(one)
        for number in range(20):
            await receive(one, f"e{number}", f"lane{number}")
        claimed = await asyncio.gather(*(claim(store, f"{n}") for n in range(5) for store in (one, other)))
        found = [event.id for events in claimed for event in events]
        assert sorted(found) == sorted(f"e{number}" for number in range(20))


@in_loop
async def test_no_subscriber_takes_more_than_its_part(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await subscribe(store, "sub_b")
        for number in range(15):
            await receive(store, f"a{number}", f"{number}")
        await receive(store, "b", sub="sub_b")
        assert len(await claim(store, busy={"sub_a": 8})) == 3
        assert await claim(store, busy={"sub_a": 10, "sub_b": 10}) == []
        assert len(await claim(store, limit=4)) == 4


@in_loop
async def test_what_is_dead_is_replayed_in_its_order(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name in ("a1", "a2", "a3"):
            await receive(store, name, "a")
        for _ in range(2):
            (event,) = await claim(store)
            await fail(store, event, again=None)
        (event,) = await claim(store)
        await store.settle_delivered(event, "one", now=NOW, http_status=200)
        assert await store.replay("sub_a", now=NOW) == 2
        for name in ("a1", "a2"):
            (event,) = await claim(store)
            assert (event.id, event.delivery.attempts) == (name, 0)
            await store.settle_delivered(event, "one", now=NOW, http_status=200)
        assert await claim(store) == []


@in_loop
async def test_what_is_replayed_comes_before_what_still_waits(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name in ("a1", "a2", "a3"):
            await receive(store, name, "a")
        (first,) = await claim(store)
        await fail(store, first, again=None)
        (second,) = await claim(store)
        await fail(store, second, again=NOW + RETRY)
        assert await store.replay("sub_a", now=NOW) == 1
        (first,) = await claim(store)
        assert first.id == "a1"
        await fail(store, first, now=NOW, again=NOW + 2 * RETRY)
        assert await claim(store, now=NOW + RETRY) == [], "the second waits for the first, though its time has come"
        for name in ("a1", "a2", "a3"):
            (event,) = await claim(store, now=NOW + 2 * RETRY)
            assert event.id == name
            await store.settle_delivered(event, "one", now=NOW + 2 * RETRY, http_status=200)


@in_loop
async def test_what_is_under_way_while_an_older_one_is_replayed_waits_behind_it_once_it_has_failed(
    place: Place,
) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name in ("a1", "a2"):
            await receive(store, name, "a")
        (first,) = await claim(store)
        await fail(store, first, again=None)
        (second,) = await claim(store)
        assert await store.replay("sub_a", now=NOW) == 1
        await fail(store, second, again=NOW)
        (event,) = await claim(store)
        assert event.id == "a1"
        await store.settle_delivered(event, "one", now=NOW, http_status=200)
        (event,) = await claim(store)
        assert (event.id, event.delivery.attempts) == ("a2", 1)


@in_loop
async def test_one_event_or_all_since_a_time_are_replayed(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for number in range(4):
            await receive(store, f"e{number}", f"{number}", now=NOW + number)
        for event in await claim(store, now=NOW + 5):
            await store.settle_delivered(event, "one", now=NOW, http_status=200)
        assert await store.replay("sub_a", now=NOW + 6, event="e1") == 1
        assert await store.replay("sub_a", now=NOW + 6, event="e1") == 0
        assert await store.replay("sub_a", now=NOW + 6, event="nobody") == 0
        assert ids(await claim(store, now=NOW + 6)) == ["e1"]
        assert await store.replay("sub_a", now=NOW + 6, since=NOW + 1) == 2
        assert ids(await claim(store, now=NOW + 6)) == ["e2", "e3"]


async def kill(store: EventStore, count: int, *, first: int = 0) -> None:
    """Receive so many events that are dead then, each in a lane of its own."""
    await asyncio.gather(*(receive(store, f"e{number}", f"{number}") for number in range(first, first + count)))
    await store.stop_subscription("sub_a", "off", "failed")
    assert await store.replace_subscription("sub_a", b"sealed", b"sealed", activate=True)


async def take(store: EventStore, *, now: float = NOW) -> list[str]:
    """Take what is due, and return what that was."""
    taken: list[str] = []
    while claimed := await claim(store, now=now):
        for event in claimed:
            await store.settle_delivered(event, "one", now=NOW, http_status=200)
        taken += ids(claimed)
    return taken


@in_loop
async def test_a_replay_is_made_once_under_its_key(place: Place) -> None:
    key = ReplayKey("name", "asked", DAY)
    async with opened(place) as store:
        await subscribe(store)
        await kill(store, 2)
        assert await store.replay("sub_a", now=NOW, key=key) == 2
        assert sorted(await take(store)) == ["e0", "e1"]
        await kill(store, 1, first=2)
        assert await store.replay("sub_a", now=NOW + 1, key=key) == 2
        assert await store.replay("sub_a", now=NOW + 1, since=NOW, key=ReplayKey("name", "other", DAY)) is None
        assert await take(store) == []
    async with opened(place) as store:
        assert await store.replay("sub_a", now=NOW + DAY - 1, key=key) == 2
        assert await take(store) == []
        assert await store.replay("sub_a", now=NOW + DAY, key=key) == 1, "the key was to be forgotten by now"
        assert await take(store, now=NOW + DAY) == ["e2"]


@in_loop
async def test_of_replays_of_events_since_a_time_one_is_made_under_a_key(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await kill(store, 3)
        wishes = (store.replay("sub_a", now=NOW, since=NOW, key=ReplayKey("name", "asked", DAY)) for _ in range(8))
        assert await asyncio.gather(*wishes) == [3] * 8
        assert sorted(await take(store)) == ["e0", "e1", "e2"]
        assert await store.replay("sub_a", now=NOW, since=NOW, key=ReplayKey("name", "asked", DAY)) == 3
        assert await take(store) == []


@in_loop
async def test_a_replay_of_one_event_that_could_not_be_leaves_its_key_free(place: Place) -> None:
    key = ReplayKey("name", "asked", DAY)
    async with opened(place) as store:
        await subscribe(store)
        await receive(store, "e0")
        assert await store.replay("sub_a", now=NOW, event="e0", key=key) == 0, "it is being delivered already"
        await take(store)
        assert await store.replay("sub_a", now=NOW, event="e0", key=key) == 1
        await take(store)
        assert await store.replay("sub_a", now=NOW, event="e0", key=key) == 1
        assert await take(store) == []


@pytest.mark.parametrize("since", [None, NOW])
@in_loop
async def test_a_replay_that_was_cut_off_goes_on_under_its_key(
    place: Place, since: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that takes many steps for it must neither lose events nor put any into the queue twice."""
    count, key = 1500, ReplayKey("name", "asked", DAY)
    async with aclosing(place.open()) as engine:
        store = open_events(engine)
        await subscribe(store)
        await kill(store, count)
        run = engine.run

        async def lost(*args: Any, **options: Any) -> Any:
            await run(*args, **options)
            raise StoreError("the answer got lost")

        with monkeypatch.context() as patch:
            patch.setattr(engine, "run", lost)
            with pytest.raises(StoreError):
                await store.replay("sub_a", now=NOW, since=since, key=key)
        taken = await claim(store)
        for event in taken:
            await store.settle_delivered(event, "one", now=NOW, http_status=200)
        assert await store.replay("sub_a", now=NOW, since=since, key=key) == count
        delivered = await store.read_events("sub_a", after=0, limit=count, states=["delivered"])
        assert sorted(ids(delivered)) == sorted(ids(taken))
        assert len(await store.read_events("sub_a", after=0, limit=count, states=["pending"])) == count - len(taken)


@in_loop
async def test_a_subscription_that_is_stopped_delivers_nothing_and_keeps_everything(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await receive(store, "e1")
        await store.stop_subscription("sub_a", "ended", "answered 410")
        await receive(store, "e2")
        assert await claim(store) == []
        assert [await state_of(store, name) for name in ("e1", "e2")] == ["dead", "dead"]
        stored = await store.read_subscription("sub_a")
        assert stored is not None
        assert (stored.state, stored.reason) == ("ended", "answered 410")
        assert await store.replace_subscription("sub_a", b"sealed", b"new", activate=True)
        assert await store.replay("sub_a", now=NOW) == 2
        assert ids(await claim(store)) == ["e1"]


@in_loop
async def test_who_fails_for_days_is_switched_off_and_one_success_ends_the_count(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await receive(store, "e1", "a")
        await receive(store, "e2", "b")
        first, second = await claim(store)
        assert not await fail(store, first)
        assert (await store.read_subscription("sub_a")).failing_since == NOW  # type: ignore[union-attr]  # it is there
        await store.settle_delivered(second, "one", now=NOW, http_status=200)
        assert (await store.read_subscription("sub_a")).failing_since is None  # type: ignore[union-attr]  # it is there
        for day in (1, 2, 5.9):
            (event,) = await claim(store, now=NOW + day * DAY)
            assert not await fail(store, event, now=NOW + day * DAY, again=NOW)
        (event,) = await claim(store, now=NOW + 6 * DAY)
        assert await fail(store, event, now=NOW + 6 * DAY, again=NOW + 7 * DAY)
        stored = await store.read_subscription("sub_a")
        assert stored is not None
        assert stored.state == "off"
        assert "answered 500" in stored.reason
        assert await state_of(store, "e1") == "dead"


@in_loop
async def test_old_events_are_forgotten_but_never_pending_ones(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name in ("e1", "e2"):
            await receive(store, name, name)
        first, _ = await claim(store)
        await store.settle_delivered(first, "one", now=NOW, http_status=200)
        await receive(store, "e3", "e3", now=NOW + 10)
        assert await store.purge(NOW + 5) == 1
        assert ids(await store.read_events("sub_a", after=0, limit=10)) == ["e2", "e3"]


@in_loop
async def test_events_are_read_by_type_and_by_state(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for number in range(6):
            event = NewEvent(f"e{number}", f"call.{'ended' if number % 2 else 'received'}", "l", False, {})
            await store.receive("sub_a", event, b"", nonce="", now=NOW, delivers=number < 2)
        ended = await store.read_events("sub_a", after=1, limit=2, types=["call.ended"])
        assert ids(ended) == ["e1", "e3"]
        assert ids(await store.read_events("sub_a", after=0, limit=9, states=["pending"])) == ["e0", "e1"]
        assert ids(await store.read_events("sub_a", after=3, limit=9, states=["kept"])) == ["e3", "e4", "e5"]


@in_loop
async def test_so_many_bytes_are_read_at_a_time(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        for name in ("e1", "e2", "e3", "e4"):
            await receive(store, name)
        for most, expected in ((1, ["e1"]), (3, ["e1", "e2"]), (4, ["e1", "e2"]), (100, ["e1", "e2", "e3", "e4"])):
            found = await store.read_events("sub_a", after=0, limit=9, most_bytes=most)
            assert ids(found) == expected
            assert may_be_more(found, 9, most) == (most < 100)
        assert may_be_more(await store.read_events("sub_a", after=0, limit=4), 4)


@in_loop
async def test_everything_outlives_the_store_that_wrote_it(place: Place) -> None:
    async with opened(place) as store:
        await subscribe(store)
        await receive(store, "e1", nonce="n")
        (event,) = await claim(store)
        await fail(store, event)
    async with opened(place) as store:
        assert await receive(store, "e1", nonce="n") == "replayed"
        (same,) = await claim(store, now=NOW + RETRY)
        assert (same.id, same.delivery.attempts, same.content) == ("e1", 1, b"e1")
