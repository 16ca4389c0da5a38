"""``python -m bench``: measure everything and print it."""

import json
import resource
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from app.manifest import METADATA
from bench.cases import LIST_CALLS, MAKE_CALL
from bench.contestants import (
    CONNECTOR,
    EXPRESS_UNDICI,
    FLOOR,
    SDK,
    UPSTREAM,
    Contestant,
    started,
    why_no_express,
    with_manifest,
)
from bench.events import measure as measure_events
from bench.load import Load, Outcome
from bench.measure import WARM_SECONDS, Duel, Generator, duel, load_generator
from bench.report import Target, comparison, verdicts
from bench.safely import measure as measure_safety
from bench.upstream import SLOW
from bench.walks import measure as measure_walks

ROUNDS = 11
STARTS = 5
MANY_BLOCKS = 1000
IN_FLIGHT = 1000
IN_FLIGHT_SECONDS = 5.0
SAME = 1.1
"""Times another cost that count as the same: the noise of a shared machine."""

NOTE = """CPU is that of the serving process, per request, on 32 connections: medians of interleaved turns of a second.
The last column is the median of the ratios within each round; on a shared machine, only that compares."""


def main() -> None:
    """Run all benchmarks."""
    if not Path("/proc/self/stat").exists():
        sys.exit("The benchmarks read CPU times from /proc, so they need Linux.")
    # Whatever ends this run ends the contestants too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    no_express = why_no_express()
    contestants = [FLOOR, CONNECTOR, SDK] + ([] if no_express else [EXPRESS_UNDICI])
    with load_generator() as generate, started(UPSTREAM) as stub:
        upstream = f"http://127.0.0.1:{stub.port}"
        _say(f"a call and a list, {len(contestants)} contestants, {ROUNDS} rounds each …")
        one_call, one_list = _against_peers(generate, contestants, upstream)
        _say(f"the same call with {MANY_BLOCKS} blocks …")
        many = _with_many_blocks(generate, upstream)
        _say(f"{IN_FLIGHT} requests in flight …")
        in_flight = _in_flight(generate, upstream)
        _say("keys and bulks …")
        safely = measure_safety(upstream)
        _say("events …")
        events = measure_events(upstream)
        _say("walks over lists …")
        walks = measure_walks(upstream)
        _say("starting …")
        ready_seconds = _start(upstream)
    few_blocks, many_blocks = many.titles
    targets = [
        Target("a call, times the floor", one_call.times(CONNECTOR.title, FLOOR.title), at_most=1.8),
        Target("a list, times the floor", one_list.times(CONNECTOR.title, FLOOR.title), at_most=1.8),
        Target(
            "a call, times Express + undici",
            None if no_express else one_call.times(CONNECTOR.title, EXPRESS_UNDICI.title),
            at_most=1,
        ),
        Target("a call, times less than FastAPI + SDK", one_call.times(SDK.title, CONNECTOR.title), at_least=7),
        Target("a list, times less than FastAPI + SDK", one_list.times(SDK.title, CONNECTOR.title), at_least=7),
        Target(f"{many_blocks}, times {few_blocks}", many.times(many_blocks, few_blocks), at_most=SAME),
        Target(f"{IN_FLIGHT} in flight, 50 ms upstream: req/s per core", in_flight.per_core, at_least=2000),
        Target("failed of these", in_flight.failed, at_most=0),
        Target("failed of all others", one_call.failed + one_list.failed + many.failed, at_most=0),
        Target("seconds from start to ready", ready_seconds, at_most=1.5),
        *walks,
    ]
    parts = [
        NOTE,
        comparison(MAKE_CALL.title, one_call, FLOOR.title),
        comparison(LIST_CALLS.title, one_list, FLOOR.title),
        comparison(MAKE_CALL.title, many, few_blocks),
        verdicts(targets),
        "\n".join([*safely, *events]),
    ]
    if no_express:
        parts.append(f"EXPRESS + UNDICI WAS NOT MEASURED: {no_express}. That target is open, not held.")
    print("\n\n".join(parts))  # noqa: T201  # this is what it is run for


def _against_peers(generate: Generator, contestants: list[Contestant], upstream: str) -> tuple[Duel, Duel]:
    with ExitStack() as stack:
        running = [stack.enter_context(started(contestant, upstream)) for contestant in contestants]
        one_call = duel(generate, running, MAKE_CALL, rounds=ROUNDS)
        one_list = duel(generate, running, LIST_CALLS, rounds=ROUNDS)
    return one_call, one_list


def _with_many_blocks(generate: Generator, upstream: str) -> Duel:
    with TemporaryDirectory() as directory, ExitStack() as stack:
        metadata = Path(directory, "metadata")
        blocks = multiply_blocks(metadata)
        few = stack.enter_context(started(with_manifest(f"{blocks} blocks", METADATA), upstream))
        many = stack.enter_context(started(with_manifest(f"{MANY_BLOCKS} blocks", metadata), upstream))
        return duel(generate, [few, many], MAKE_CALL, rounds=ROUNDS)


def multiply_blocks(metadata: Path) -> int:
    """Write a manifest with copies of the real blocks under other names; returns how many there were."""
    shutil.copytree(METADATA, metadata)
    blocks = [block for file in (metadata / "blocks").glob("*.json") for block in json.loads(file.read_text())]
    copies = [
        blocks[number % len(blocks)]
        | {"name": f"{blocks[number % len(blocks)]['name']}Copy{number}", "title": f"Copy {number}"}
        for number in range(MANY_BLOCKS - len(blocks))
    ]
    (metadata / "blocks" / "copies.json").write_text(json.dumps(copies))
    return len(blocks)


def _in_flight(generate: Generator, upstream: str) -> Outcome:
    with started(CONNECTOR, upstream + SLOW) as running:
        requests = MAKE_CALL.requests
        generate(Load(running.port, running.pid, requests, IN_FLIGHT, WARM_SECONDS))
        return generate(Load(running.port, running.pid, requests, IN_FLIGHT, IN_FLIGHT_SECONDS))


def _start(upstream: str) -> float:
    seconds = []
    for _ in range(STARTS):
        with started(CONNECTOR, upstream) as running:
            seconds.append(running.start_seconds)
    return median(seconds)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # for the person who waits


if __name__ == "__main__":
    main()
