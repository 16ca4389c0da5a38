"""What is remembered has bounds."""

from app.sandbox.engine.state import INNER_TABLE_SIZE, INNER_TABLES, TABLE_SIZE, Record, State, Table
from tests.support.sandbox_driver import AUTH


def test_tables_are_bounded() -> None:
    """A collection never grows beyond its bound; the oldest goes first."""
    table = Table(Record)
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
