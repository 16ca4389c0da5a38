"""What is remembered has bounds: records in a table, tables, bytes of an account and in all."""

import gc
import tracemalloc

import pytest

from app.sandbox.engine import tables
from app.sandbox.engine.state import State
from app.sandbox.engine.tables import INNER_TABLE_SIZE, INNER_TABLES, MOST_ACCOUNT_BYTES, TABLE_SIZE, Record
from tests.support.sandbox_driver import AUTH, Driver, blocks, subaccount

KIB = 1024


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A sandbox that keeps 200 KiB of an account and 300 KiB in all."""
    monkeypatch.setattr(tables, "MOST_ACCOUNT_BYTES", 200 * KIB)
    monkeypatch.setattr(tables, "MOST_BYTES", 300 * KIB)
    return Driver()


def carrier(plivo: Driver, size: int) -> str:
    """Create a carrier whose name has so many letters, and return its path."""
    created = plivo.post("IncomingCarrier/", {"name": "x" * size, "ip_set": "192.0.2.1"}, 201)
    return f"IncomingCarrier/{created['carrier_id']}/"


def statuses(plivo: Driver, paths: list[str]) -> list[int]:
    """Return how each path is answered."""
    return [plivo.send("GET", path).status_code for path in paths]


def test_tables_are_bounded() -> None:
    """A collection never grows beyond its bound; the oldest goes first."""
    table = State(1, lambda: 0).table("Thing", Record)
    for position in range(TABLE_SIZE + 5):
        table.put(str(position), Record("MA", {}))
    assert len(list(table.newest_first())) == TABLE_SIZE
    assert table.get("4") is None
    assert table.get("5") is not None


def test_collections_inside_resources_are_bounded() -> None:
    """There is an end to the collections inside resources too, and to each of them."""
    state = State(1, lambda: 0)
    for position in range(INNER_TABLES + 1):
        state.table(f"NumberPool/{position}/Number", Record, inner=True).put("1", Record(AUTH[0], {}))
    assert state.owner_of("NumberPool/0/Number", "1") is None
    last = state.table(f"NumberPool/{INNER_TABLES}/Number", Record, inner=True)
    for position in range(INNER_TABLE_SIZE + 1):
        last.put(str(position), Record(AUTH[0], {}))
    assert len(list(last.newest_first())) == INNER_TABLE_SIZE


def test_a_table_of_another_kind_is_refused() -> None:
    """Two products that keep different things under one name are a mistake."""
    state = State(1, lambda: 0)
    state.table("Thing", Record).put("1", Record("MA", {}))
    with pytest.raises(TypeError, match="Thing holds Record, not State"):
        state.table("Thing", State)  # type: ignore[type-var]  # what is tested


def test_looking_takes_no_memory() -> None:
    """Who only asks for what is not there leaves nothing behind."""
    state = State(1, lambda: 0)
    for position in range(100):
        assert state.table(f"NumberPool/{position}/Number", Record, inner=True).get("1") is None
    assert not state._rows


def test_memory_is_bounded(plivo: Driver) -> None:
    """Four hundred records of 200 KiB take about as much memory as one account may, by Python's own count.

    That counts the whole process; unbounded, the records alone would take two and a half times as much.
    """
    gc.collect()
    tracemalloc.start()
    for _ in range(400):
        carrier(plivo, 200 * KIB)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 1.5 * MOST_ACCOUNT_BYTES


def test_the_longest_unused_of_an_account_goes_first(small: Driver) -> None:
    """Who keeps too much loses what was not used for longest; nobody else does, and the starting state stays."""
    branch = subaccount(small)
    theirs = carrier(branch, 50 * KIB)
    mine = [carrier(small, 50 * KIB) for _ in range(6)]
    assert statuses(small, mine) == [404, 404, 404, 200, 200, 200]
    branch.get(theirs)
    small.get("IncomingCarrier/19000000000000/")
    small.get("Application/21000000000000001/")


def test_the_longest_unused_of_all_goes_first(small: Driver) -> None:
    """Many accounts together keep no more than there is room for."""
    paths = []
    for _ in range(4):
        branch = subaccount(small)
        paths += [carrier(branch, 50 * KIB), carrier(branch, 50 * KIB)]
    assert statuses(small, paths) == [404, 404, 404, 200, 200, 200, 200, 200]


def test_what_grows_is_weighed_again(small: Driver) -> None:
    """A record that was changed counts as large as it is now; one from the start that has to go is as it was."""
    paths = ["IncomingCarrier/19000000000000/", *(carrier(small, 10) for _ in range(3))]
    for path in paths:
        small.post(path, {"name": "x" * 50 * KIB}, 202)
    assert statuses(small, paths) == [200, 200, 200, 200]
    assert [len(small.get(path)["name"]) > KIB for path in paths] == [False, True, True, True]


def test_what_moves_is_weighed_with_its_new_owner(small: Driver) -> None:
    """What a deleted subaccount leaves to the main account counts there."""
    branch = subaccount(small)
    paths = [carrier(branch, 50 * KIB) for _ in range(3)]
    mine = carrier(small, 50 * KIB)
    small.delete(f"Subaccount/{branch.auth[0]}/", status=204)
    carrier(small, 50 * KIB)
    assert statuses(small, [mine, *paths]) == [404, 404, 200, 200]


def test_nothing_is_kept_of_a_stranger(small: Driver) -> None:
    """Requests without credentials leave nothing behind, whatever they ask for."""
    stranger = small.as_account("MA000000000000000000", "x" * KIB)
    known = list(small.get("Application/")["objects"])
    for block in blocks().values():
        assert stranger.run(block).status_code in (401, 404, 405), block.name
    assert small.get("Application/")["objects"] == known
