"""What is kept of what happened."""

from app.sandbox.timelines import MOST_BYTES, MOST_CHARACTERS, MOST_STEPS, Timelines


def test_the_oldest_steps_go_first() -> None:
    timelines = Timelines(lambda: 0.0)
    for number in range(MOST_STEPS + 5):
        timelines.note("owner", "call", "step", number=number)
    kept = timelines.of("call")
    assert kept is not None
    assert kept[0] == "owner"
    assert [step["number"] for step in kept[1]] == list(range(5, MOST_STEPS + 5))
    assert timelines.noted("call") == MOST_STEPS + 5
    assert timelines.noted("another") == 0


def test_of_a_long_text_the_beginning_is_kept() -> None:
    timelines = Timelines(lambda: 0.0)
    timelines.note("owner", "call", "page", xml="x" * (MOST_CHARACTERS + 1))
    kept = timelines.of("call")
    assert kept is not None
    assert kept[1][0]["xml"] == "x" * MOST_CHARACTERS + "…"


def test_the_oldest_timelines_go_when_it_becomes_too_much() -> None:
    timelines = Timelines(lambda: 0.0)
    for number in range(10):
        timelines.note("owner", str(number), "request", parameters={"Digits": "x" * (MOST_BYTES // 5)})
    assert [number for number in range(10) if timelines.of(str(number))] == [6, 7, 8, 9]


def test_a_step_larger_than_everything_is_not_kept() -> None:
    timelines = Timelines(lambda: 0.0)
    timelines.note("owner", "call", "request", parameters={"Digits": "x" * MOST_BYTES})
    assert timelines.of("call") is None
    timelines.note("owner", "call", "ended")
    assert timelines.of("call") is not None
