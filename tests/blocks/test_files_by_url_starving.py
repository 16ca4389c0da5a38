"""Files whose server or name server says nothing: they take nothing from who talks to Plivo or from other accounts."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from app import egress
from app.blocks.files_by_url import MOST_AT_ONCE, MOST_PER_ACCOUNT, FileFetcher
from tests.support.file_server import FileServer, file_server, reply
from tests.support.patience import PATIENCE
from tests.support.recorder import Recorder
from tests.support.service import Service

CALL = {"callFrom": "14155550100", "callTo": "14155550123", "answerUrl": "https://example.com/answer"}


class SilentNames:
    """A name server that says nothing about ``*.silent`` until it is released; other names are this machine's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.released = threading.Event()
        self.asked = threading.Semaphore(0)
        self.waiting = 0
        self.most_waiting = 0
        self._lock = threading.Lock()
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, *rest: object, **named: object) -> object:
        if not str(host).endswith(".silent"):
            return self._resolve(host, *rest, **named)  # type: ignore[arg-type]  # passed on
        with self._lock:
            self.waiting += 1
            self.most_waiting = max(self.most_waiting, self.waiting)
        self.asked.release()
        self.released.wait(PATIENCE)
        with self._lock:
            self.waiting -= 1
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentNames]:
    names = SilentNames(monkeypatch)
    yield names
    names.released.set()


async def upload(client: httpx.AsyncClient, account: int, host: str) -> dict[str, object]:
    args = {"authId": f"MA{account:018}", "authToken": "wrong", "file": f"http://{host}/a.png"}
    answer = await client.post("/api/Plivo/uploadMedia", json={"args": args})
    error: dict[str, object] = answer.json()["contextWrites"]["to"]
    return error


def test_silent_name_servers_do_not_keep_anybody_from_plivo(silent: SilentNames) -> None:
    """Plivo's own name must be resolved too, while sixty others wait."""

    async def attack(service: Service) -> list[dict[str, object]]:
        async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE, trust_env=False) as client:
            uploads = [asyncio.create_task(upload(client, n, f"n{n}.silent")) for n in range(60)]
            await asyncio.to_thread(silent.asked.acquire, timeout=PATIENCE)
            assert (await client.get("/healthz")).status_code == 200
            called = await asyncio.to_thread(lambda: service.call("makeCall", **CALL))
            assert called["callback"] == "success", called
            assert not any(task.done() for task in uploads)
            silent.released.set()
            return await asyncio.gather(*uploads)

    with (
        Recorder() as recorder,
        Service(plivo_api_url=recorder.url.replace("127.0.0.1", "localhost"), store_url="memory:") as service,
    ):
        errors = asyncio.run(attack(service))
        assert len(recorder.requests) == 1
    assert {(error["status_code"], tuple(error["fields"])) for error in errors} == {("INVALID_FIELDS", ("file",))}  # type: ignore[arg-type]  # JSON
    assert silent.most_waiting <= egress.DNS_THREADS


def test_a_name_server_that_says_nothing_is_given_up(silent: SilentNames, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the name server speaks: it is only let go when the answer is there."""
    monkeypatch.setattr(egress, "DNS_TIMEOUT", 0.05)

    async def fetch() -> None:
        async with FileFetcher(max_bytes=1000, is_allowed=None) as fetcher:
            with pytest.raises(ValueError, match="could not be fetched"):
                await fetcher.fetch(["http://n.silent/a.png"], "MA1", PATIENCE)
            assert not silent.released.is_set()
            silent.released.set()

    asyncio.run(fetch())


@pytest.mark.parametrize(
    ("accounts", "most"), [(["MA1"] * 60, MOST_PER_ACCOUNT), ([f"MA{n}" for n in range(60)], MOST_AT_ONCE)]
)
def test_so_many_files_are_fetched_at_one_time(accounts: list[str], most: int) -> None:
    """A server that does not answer: as many connections as are allowed, and the others wait until one is free."""

    async def run() -> None:
        release = asyncio.Event()
        at_work = most_at_work = 0
        all_at_work = asyncio.Event()

        async def hang(writer: asyncio.StreamWriter) -> None:
            nonlocal at_work, most_at_work
            at_work += 1
            most_at_work = max(most_at_work, at_work)
            if at_work == most:
                all_at_work.set()
            await release.wait()
            at_work -= 1
            writer.write(reply())

        async with (
            asyncio.timeout(PATIENCE),
            file_server({"/a.png": hang}) as files,
            FileFetcher(max_bytes=1000, is_allowed=None) as fetcher,
        ):
            fetches = [asyncio.create_task(fetcher.fetch([files.url()], account, PATIENCE)) for account in accounts]
            await all_at_work.wait()
            assert await fetched_by_another(fetcher, files) or most == MOST_AT_ONCE
            assert at_work == most
            release.set()
            assert len(await asyncio.gather(*fetches)) == 60
        assert most_at_work == most

    async def fetched_by_another(fetcher: FileFetcher, files: FileServer) -> bool:
        if most == MOST_AT_ONCE:
            return False
        files.answers["/quick"] = reply()
        return bool(await fetcher.fetch([files.url("/quick")], "MAOTHER", PATIENCE))

    asyncio.run(run())
