"""Ages are taken from clocks that nobody sets."""

from app.storage.clocks import read_clocks


def test_the_clocks_of_this_machine_go_forward() -> None:
    first, second = read_clocks(), read_clocks()
    assert first.boot == second.boot
    assert second.ticks >= first.ticks
    assert first.wall > 1_700_000_000
