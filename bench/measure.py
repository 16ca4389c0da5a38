"""The method: contestants take turns (A B A B …), so that a noisy machine disturbs all of them alike.

Only ratios within one round are compared, and of those the medians are told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from statistics import median

from bench.cases import Case
from bench.contestants import Running
from bench.load import Load, Outcome, run_load

WARM_SECONDS = 3.0
TURN_SECONDS = 1.0

Generator = Callable[[Load], Outcome]
"""Runs one load in the process of the load generator."""


@contextmanager
def load_generator() -> Iterator[Generator]:
    """Keep one process that sends the loads."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        yield lambda load: pool.submit(run_load, load).result()


class Duel:
    """Measures of several contestants under the same call, turn by turn."""

    def __init__(self, outcomes: Mapping[str, Sequence[Outcome]]) -> None:
        self._outcomes = outcomes

    @property
    def titles(self) -> list[str]:
        """Who took part, in order."""
        return list(self._outcomes)

    @property
    def failed(self) -> int:
        """Requests that were not answered with success, of all contestants."""
        return sum(outcome.failed for turns in self._outcomes.values() for outcome in turns)

    def median(self, title: str, read: Callable[[Outcome], float]) -> float:
        """Return the median of one measure over a contestant's turns."""
        return median(read(outcome) for outcome in self._outcomes[title])

    def times(self, title: str, other: str) -> float:
        """Return how many times the CPU of the other one a request takes: the median of the rounds' ratios."""
        rounds = zip(self._outcomes[title], self._outcomes[other], strict=True)
        return median(outcome.cpu_micros / reference.cpu_micros for outcome, reference in rounds)


def duel(
    generate: Generator,
    contestants: Sequence[Running],
    case: Case,
    *,
    rounds: int,
    warm_seconds: float = WARM_SECONDS,
) -> Duel:
    """Warm everybody up, then let them take turns."""
    requests = case.requests
    for running in contestants:
        warmed = generate(Load(running.port, running.pid, requests, seconds=warm_seconds))
        if warmed.failed or not warmed.latencies:
            raise RuntimeError(f"{running.title} does not answer with success: there is nothing to compare")
    outcomes: dict[str, list[Outcome]] = {running.title: [] for running in contestants}
    for _ in range(rounds):
        for running in contestants:
            outcomes[running.title].append(generate(Load(running.port, running.pid, requests, seconds=TURN_SECONDS)))
    return Duel(outcomes)
