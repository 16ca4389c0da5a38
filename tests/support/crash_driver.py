"""Starts connectors that are to be killed: ``python -m tests.support.crash_driver``, told by lines of JSON what to do.

A process of this program has the service loaded and forks, so that a connector is there in a tenth of the time
that ``python -m app`` takes; from there on it is the same. One that is to die at a step of its store gets a
store that kills its own process there.

Commands: ``{"start": {settings}, "metadata": path, "output": path, "die": ["before", "finish", 1] or null}`` answered
with the process id, and ``{"kill": pid}`` answered when that process is gone; of ``die`` the number says at which time
that the step is taken. ``LEASE_OF_DELIVERIES`` among the settings says after how many seconds what a process does is
done again by another one. At the end of its input the program kills what is left.
"""

import gc
import json
import os
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, cast

from app import connector
from app.__main__ import create_worker, listen, serve
from app.events import EventStore, open_events
from app.events.delivery import Deliverer
from app.idempotency import KeyStore, open_keys
from app.outcomes import WatchStore, open_watches, service
from app.settings import load_settings
from app.storage import redis
from tests.support.keyed import WatchedStore
from tests.support.patience import PATIENCE

_NEEDS = {"claim_events": "receive", "claim_watch": "add_watch"}
"""The step that must have been seen before another one kills."""


def drive() -> None:
    """Do what the lines on standard input say, one after the other."""
    children: set[int] = set()
    gc.freeze()  # what all have in common need not be looked through by each, nor copied for that
    for line in sys.stdin:
        command = json.loads(line)
        if "start" in command:
            answer = _start(command)
            children.add(answer)
        else:
            answer = command["kill"]
            _kill(answer)
            children.remove(answer)
        print(answer, flush=True)  # noqa: T201  # this is how it answers
    for child in children:
        _kill(child)


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _start(command: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        output = os.open(command["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.update(command["start"])
        if command["die"]:
            _die_at(*command["die"])
        settings = load_settings()
        # Whoever comes next must not wait long for what a dead one was delivering, or asking.
        lease = float(os.environ.get("LEASE_OF_DELIVERIES", "1"))
        cast("Any", Deliverer.__init__).__kwdefaults__["lease"] = lease
        service.LEASE_MARGIN = lease - settings.plivo_timeout
        redis.TIMEOUT = PATIENCE  # a server on a busy machine is slow, and that is not the subject
        serve(create_worker(Path(command["metadata"])), settings, listen(settings.host, settings.port))
    except BaseException:  # noqa: BLE001  # whatever it is, it must be seen
        traceback.print_exc()
    finally:
        os._exit(1)  # never back into the loop of the parent


def _die_at(when: str, step: str, time: int) -> None:
    seen: Counter[str] = Counter()

    def die(name: str) -> None:
        # What is due is looked for all the time: what was found comes after something was put there.
        if name not in _NEEDS or seen[_NEEDS[name]]:
            seen[name] += 1
        if name == step and seen[step] == time:
            os.kill(os.getpid(), signal.SIGKILL)

    hook: dict[str, Any] = {when: die}

    def open_deadly(engine: Any, *, ttl: float) -> KeyStore:
        return cast("KeyStore", WatchedStore(open_keys(engine, ttl=ttl), **hook))

    def open_deadly_events(engine: Any) -> EventStore:
        return cast("EventStore", WatchedStore(open_events(engine), names={"claim": "claim_events"}, **hook))

    def open_deadly_watches(engine: Any) -> WatchStore:
        names = {name: f"{name}_watch" for name in ("add", "put", "claim", "settle")}
        return cast("WatchStore", WatchedStore(open_watches(engine), names=names, **hook))

    # The composition root takes them from there.
    service.open_watches = open_deadly_watches  # type: ignore[attr-defined]  # what is imported by name is not exported
    connector.open_keys = open_deadly  # type: ignore[attr-defined]  # as above
    connector.open_events = open_deadly_events  # type: ignore[attr-defined]  # as above


if __name__ == "__main__":
    drive()
