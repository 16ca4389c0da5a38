"""What every store of watches promises, asked of each kind: a SQLite file, and a real Redis server."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from app.outcomes import StoredWatch, WatchStore, open_watches
from tests.support.stores import Place, in_loop

NOW = 1_800_000_000.0
LEASE = 40.0


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[WatchStore]:
    async with aclosing(place.open()) as engine:
        yield open_watches(engine)


def watch(name: str, content: bytes = b"sealed", due: float = NOW) -> StoredWatch:
    return StoredWatch(name, content, due)


async def claimed(store: WatchStore, now: float = NOW, limit: int = 10) -> list[str]:
    found, _ = await store.claim(now=now, lease=LEASE, limit=limit)
    return [one.id for one in found]


@in_loop
async def test_parts_take_the_place_of_the_whole_and_are_added_once(place: Place) -> None:
    async with opened(place) as store:
        await store.put(watch("whole"))
        await store.put(watch("part-1", b"known", NOW - 1))
        await store.add([watch("part-1"), watch("part-2", due=NOW + 5)], in_place_of="whole")
        assert await store.read("whole") is None
        assert (await store.read("part-1"), await store.read("part-2")) == (b"known", b"sealed")
        assert await claimed(store) == ["part-1"]
        assert await claimed(store, NOW + 5) == ["part-2"]


@in_loop
async def test_what_is_claimed_is_nobody_elses_until_the_lease_has_run_out(place: Place) -> None:
    async with opened(place) as store, opened(place) as other:
        await store.add([watch(f"w{number}", due=NOW + number) for number in range(3)])
        found, next_due = await store.claim(now=NOW + 1, lease=LEASE, limit=10)
        assert ([one.id for one in found], next_due) == (["w0", "w1"], NOW + 2)
        assert await claimed(other, NOW + 1) == []
        assert await claimed(other, NOW + 2, limit=1) == ["w2"]
        assert await claimed(other, NOW + 1 + LEASE) == ["w0", "w1"]


@in_loop
async def test_what_was_changed_meanwhile_is_not_settled(place: Place) -> None:
    """Plivo told how it ended while somebody was asking about it."""
    async with opened(place) as store:
        await store.put(watch("w", b"asked"))
        (asking,), _ = await store.claim(now=NOW, lease=LEASE, limit=1)
        await store.put(watch("w", b"told", NOW + 1))
        await store.settle(asking, NOW + 500)
        await store.settle(asking, None)
        assert await store.read("w") == b"told"
        (known,), _ = await store.claim(now=NOW + 1, lease=LEASE, limit=1)
        await store.settle(known, NOW + 100)
        assert await claimed(store, NOW + 99) == []
        await store.settle(known, None)
        assert await store.read("w") is None
        assert await store.claim(now=NOW + 1000, lease=LEASE, limit=1) == ([], None)


@in_loop
async def test_nothing_is_there_at_first(place: Place) -> None:
    async with opened(place) as store:
        assert await store.read("w") is None
        assert await store.claim(now=NOW, lease=LEASE, limit=1) == ([], None)
        await store.add([], in_place_of="w")
        await store.settle(watch("w"), None)
