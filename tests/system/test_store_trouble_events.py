"""A store that goes away in the middle of events, and comes back: Plivo is told to repeat, and nothing is lost.

Callers hear the static page meanwhile, where theirs stands in the store.
"""

import random
import resource
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.from_plivo import PUBLIC_URL, to
from tests.support.in_process import error_in
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.redis_server import RedisServer, require_redis
from tests.support.storm import STATES, Losses, Told, losses
from tests.support.subscriber import Answer, Arrival, Subscriber

MESSAGES = 10
NOTHING = Losses(lost=0, doubled=0, out_of_order=0)
SORRY = "this call cannot be taken at the moment"
TEXT = random.Random(1).randbytes(3000).hex()  # noqa: S311  # more than an address holds, however it is packed

pause = threading.Event().wait


@pytest.fixture
def settings(recorder: Recorder) -> dict[str, str]:
    return {
        "PLIVO_API_URL": recorder.url,
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a secret of the tests",
        "FETCH_PRIVATE_ADDRESSES": "true",
        "DELIVERY_RETRIES": ",".join(["0.1"] * 500),
    }


class Account:
    """An account with a subscription and a page for calls, and what Plivo tells of its messages."""

    def __init__(self, process: Process, recorder: Recorder, url: str) -> None:
        self.plivo = to(process)
        self.made = self.plivo.subscribe(url)
        self.plivo.call("makeCall", callFrom="14155550100", callTo="14155550123", answer={"speak": TEXT})
        self._page = recorder.requests[-1].json["answer_url"].removeprefix(PUBLIC_URL)
        self.told: list[Told] = []

    def page(self) -> str:
        """Fetch the page as Plivo does when the call is answered."""
        response = self.plivo.service.http.post(self._page, data={"CallUUID": "c1"})
        assert response.status_code == 200
        return response.text

    def post(self, message: str, state: str) -> httpx.Response:
        params = {"MessageUUID": message, "Status": state, "Sequence": str(STATES.index(state) + 1)}
        return self.plivo.post(self.made, params)

    def is_refused(self) -> None:
        """Check that Plivo is told to repeat."""
        response = self.post("refused", "queued")
        assert response.status_code == 503
        assert error_in(response)["status_code"] == "STORE_UNAVAILABLE"

    def tell_all(self, halfway: threading.Event) -> None:
        """Tell what became of many messages, each state until it is taken."""
        for number in range(MESSAGES):
            if number == MESSAGES // 2:
                halfway.set()
            for state in STATES:
                self.tell(f"m{number}", state)

    def tell(self, message: str, state: str) -> None:
        self.told.append((message, state))
        while self.post(message, state).status_code == 503:
            pause(0.02)

    def check(self, subscriber: Subscriber) -> None:
        """See everything delivered that Plivo told."""
        for _ in range(1200):
            if not losses(self.told, [arrival.event for arrival in subscriber.arrivals]).lost:
                break
            pause(0.05)
        assert losses(self.told, [arrival.event for arrival in subscriber.arrivals]) == NOTHING


@contextmanager
def telling(account: Account) -> Iterator[None]:
    """Let Plivo tell of messages; half of them are taken when the block begins, all when it has ended."""
    halfway = threading.Event()
    thread = threading.Thread(target=account.tell_all, args=(halfway,))
    thread.start()
    assert halfway.wait(PATIENCE)
    yield
    thread.join()


def now_and_then_not(_: Arrival) -> Answer:
    return 500 if random.random() < 0.2 else 200  # noqa: S311  # any will do


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ({}, signal.SIGKILL),
        ({"appendfsync": "everysec"}, signal.SIGTERM),
        ({"appendonly": "no", "save": "3600 1"}, signal.SIGTERM),
    ],
    ids=["kill -9", "SIGTERM, flushed every second", "SIGTERM, snapshots only"],
)
def test_redis_is_stopped_and_started_again(
    tmp_path: Path, settings: dict[str, str], recorder: Recorder, options: dict[str, str], how: signal.Signals
) -> None:
    """It keeps what its settings promise: after ``kill -9`` all of it only with ``appendfsync always``."""
    require_redis()
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis", **options)
    server.start()
    try:
        with (
            Subscriber(now_and_then_not) as subscriber,
            Process(tmp_path, STORE_URL=server.url, **settings) as process,
        ):
            account = Account(process, recorder, subscriber.url)
            assert TEXT in account.page()
            with telling(account):
                server.stop(how)
                account.is_refused()
                assert SORRY in account.page()
                server.start()
            account.check(subscriber)
            assert TEXT in account.page()
    finally:
        server.stop()


def test_a_file_that_somebody_else_has_locked(tmp_path: Path, settings: dict[str, str], recorder: Recorder) -> None:
    file = tmp_path / "store.db"
    with (
        Subscriber(now_and_then_not) as subscriber,
        Process(tmp_path, STORE_URL=f"sqlite:///{file}", **settings) as process,
    ):
        account = Account(process, recorder, subscriber.url)
        with telling(account), closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            account.is_refused()
            other.execute("ROLLBACK")
        account.check(subscriber)
        assert TEXT in account.page()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no other process's limits can be set here")
def test_a_disk_that_is_full(tmp_path: Path, settings: dict[str, str], recorder: Recorder) -> None:
    """Files that may grow no more are to the store what a full disk is."""
    file = tmp_path / "store.db"
    with (
        Subscriber(now_and_then_not) as subscriber,
        Process(tmp_path, STORE_URL=f"sqlite:///{file}", **settings) as process,
    ):
        account = Account(process, recorder, subscriber.url)
        with telling(account):
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, hard))
            process.wait_for(lambda: account.post("refused", "queued").status_code == 503)
            page = account.page()
            assert TEXT in page or SORRY in page
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        account.check(subscriber)
        assert TEXT in account.page()


def test_a_file_that_is_taken_away_and_put_back(tmp_path: Path, settings: dict[str, str], recorder: Recorder) -> None:
    """Until somebody has put it back and started the service again, Plivo is told to repeat."""
    file = tmp_path / "store.db"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    settings |= {"STORE_URL": f"sqlite:///{file}"}
    with Subscriber(now_and_then_not) as subscriber:
        with Process(tmp_path, **settings) as process:
            account = Account(process, recorder, subscriber.url)
            for number in range(MESSAGES):
                account.tell(f"before{number}", "queued")
            for part in tmp_path.glob("store.db*"):
                part.rename(elsewhere / part.name)
            account.is_refused()
            assert SORRY in account.page()
            process.terminate()
            assert process.wait() == 0
        for part in elsewhere.iterdir():
            part.rename(tmp_path / part.name)
        with Process(tmp_path, **settings) as process:
            account.plivo = to(process)
            account.tell("after", "queued")
            account.check(subscriber)
            assert TEXT in account.page()
