"""Three processes with two accounts keep to the limits together, as the one at the other end counts."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.arrivals import Arrivals, most_within
from tests.support.sender import Plan

if TYPE_CHECKING:
    from tests.support.redis_server import RedisServer

PROCESSES = 3
LIMIT = 30
WINDOW = 0.5
LOUD = 50
QUIET = 5


class Senders:
    """The processes."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.sender"]
        root = Path(__file__).parent.parent.parent
        pipes = {"text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._all = [subprocess.Popen(command, cwd=root, **pipes) for _ in range(PROCESSES)]  # type: ignore[call-overload]  # noqa: S603  # our own
        assert [sender.stdout.readline() for sender in self._all] == ["ready\n"] * PROCESSES

    def send(self, plan: Plan, by: int = PROCESSES) -> Counter[str]:
        """Let so many send at the same time, and return how many requests of each account had which outcome."""
        for sender in self._all[:by]:
            sender.stdin.write(json.dumps(asdict(plan)) + "\n")
            sender.stdin.flush()
        outcomes: Counter[str] = Counter()
        for sender in self._all[:by]:
            outcomes.update(json.loads(sender.stdout.readline()))
        return outcomes

    def close(self) -> None:
        """End them."""
        for sender in self._all:
            sender.kill()
            sender.communicate()


@pytest.fixture(scope="module")
def senders() -> Iterator[Senders]:
    all_of_them = Senders()
    yield all_of_them
    all_of_them.close()


def plan(upstream: Arrivals, bucket: str = "calls", *, store: str = "", processes: int = PROCESSES) -> Plan:
    return Plan(upstream.url, store, processes, LIMIT, WINDOW, bucket, LOUD, QUIET)


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The STORE_URL of a place that all processes share."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


def check_windows(upstream: Arrivals, outcomes: Counter[str]) -> None:
    """Check what the other end saw: everything, never too fast, and the quiet account before the loud one was done."""
    assert outcomes == {"LOUD sent": PROCESSES * LOUD, "QUIET sent": PROCESSES * QUIET}
    loud, quiet = upstream.of("LOUD"), upstream.of("QUIET")
    assert (len(loud), len(quiet)) == (PROCESSES * LOUD, PROCESSES * QUIET)
    assert LIMIT // PROCESSES <= most_within(loud, WINDOW) <= LIMIT
    assert most_within(quiet, WINDOW) <= LIMIT
    # All that the loud account may send first is behind the quiet one's first; its last is four windows later.
    assert quiet[-1] < loud[-1]


def check_simultaneous(upstream: Arrivals, outcomes: Counter[str]) -> None:
    assert outcomes == {"LOUD sent": PROCESSES * LOUD, "QUIET sent": PROCESSES * QUIET}
    assert upstream.most_at_once("LOUD") <= LIMIT
    assert upstream.most_at_once("QUIET") <= PROCESSES


def test_processes_that_share_nothing_take_their_part(senders: Senders) -> None:
    with Arrivals(takes=0.02) as upstream:
        check_windows(upstream, senders.send(plan(upstream)))


def test_processes_with_a_store_share_one_count(senders: Senders, store: str) -> None:
    with Arrivals(takes=0.02) as upstream:
        check_windows(upstream, senders.send(plan(upstream, store=store)))


def test_simultaneous_messages_of_processes_that_share_nothing(senders: Senders) -> None:
    with Arrivals(takes=0.05) as upstream:
        check_simultaneous(upstream, senders.send(plan(upstream, "messages")))


def test_simultaneous_messages_with_a_store(senders: Senders, store: str) -> None:
    with Arrivals(takes=0.05) as upstream:
        check_simultaneous(upstream, senders.send(plan(upstream, "messages", store=store)))


def test_one_process_of_several_has_the_whole_limit(senders: Senders, store: str) -> None:
    with Arrivals(takes=0.3) as upstream:
        assert senders.send(plan(upstream, "messages", store=store), by=1) == {"LOUD sent": LOUD, "QUIET sent": QUIET}
        assert LIMIT // PROCESSES < upstream.most_at_once("LOUD") <= LIMIT


def test_with_the_limits_off_the_other_end_sees_more(senders: Senders) -> None:
    """So the checks above would see it."""
    with Arrivals(takes=0.5) as upstream:
        senders.send(plan(upstream, processes=0))
        assert most_within(upstream.of("LOUD"), WINDOW) > LIMIT
        assert upstream.most_at_once("LOUD") > LIMIT
