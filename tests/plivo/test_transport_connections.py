"""No connection, no free connection, proxies and TLS: when nothing was sent, that is known and told."""

import asyncio
import contextlib
import select
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest

from app.errors import UpstreamError
from tests.support.answers import Reply, Silence, Tunnel, json_reply
from tests.support.recorder import Recorder
from tests.support.road import CREDENTIALS, METHODS, PATH, failure, plivo_at, request, told

UNREACHABLE = ("API_UNREACHABLE", True, 502)
CERTIFICATE = Path(__file__).parent.parent / "support" / "untrusted.pem"
NOWHERE = "http://plivo.invalid"


def failures(url: str | None, **options: Any) -> dict[str, UpstreamError]:
    """Send one request of every method that must fail."""

    async def every_method() -> dict[str, UpstreamError]:
        async with plivo_at(url, **options) as plivo:
            return {method: await failure(plivo, method) for method in METHODS}

    return asyncio.run(every_method())


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A URL whose port takes no further connection and refuses none: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(64):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            if not select.select([], [client], [], 0.2)[1]:
                break
        else:
            pytest.skip("this system's queue of connections cannot be filled")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_refused_connection() -> None:
    with Recorder(listening=False) as closed:
        errors = failures(closed.url)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}
    assert {method: error.tries for method, error in errors.items()} == dict.fromkeys(METHODS, 3)


@pytest.mark.parametrize("method", METHODS)
def test_refused_connection_is_tried_again(method: str) -> None:
    """Nothing was sent, so that every method may: here the port opens while the client waits."""

    async def open_between_tries() -> None:
        with Recorder(listening=False) as recorder:

            async def open_port(_: float) -> None:
                recorder.listen()

            async with plivo_at(recorder.url, sleep=open_port) as plivo:
                reply = await plivo.send(request(method), CREDENTIALS)
            assert reply.tries == 2
            assert recorder.only.method == method

    asyncio.run(open_between_tries())


def test_connection_that_is_not_made_in_time(black_hole: str) -> None:
    errors = failures(black_hole, connect_timeout=0.05)
    assert all("no connection was made within 0.05 seconds" in str(error.message) for error in errors.values())
    assert {told(error) for error in errors.values()} == {UNREACHABLE}
    assert {error.tries for error in errors.values()} == {3}


def test_deadline_while_connecting(black_hole: str) -> None:
    """PLIVO_TIMEOUT ends a connection attempt too, and still nothing was sent."""
    errors = failures(black_hole, timeout=0.2, connect_timeout=60)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}


def test_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    errors = failures(NOWHERE)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}
    assert {error.tries for error in errors.values()} == {3}


@pytest.mark.parametrize("method", METHODS)
def test_full_pool(method: str) -> None:
    """Who waited in vain for the only connection sent nothing, and is not told that the outcome is unknown."""

    async def wait_for_the_only_connection() -> UpstreamError:
        with Recorder() as recorder:
            recorder.script(Silence())
            async with plivo_at(recorder.url, max_connections=1, retries=0) as plivo:
                first = asyncio.create_task(failure(plivo, "POST"))
                await asyncio.to_thread(recorder.wait_for_requests, 1)
                plivo.timeout = 0.2
                second = await failure(plivo, method)
                recorder.release()
                assert told(await first)[0] == "API_DISCONNECTED"
            assert len(recorder.requests) == 1
            return second

    assert told(asyncio.run(wait_for_the_only_connection())) == UNREACHABLE


@pytest.mark.parametrize("prefix", ["/eu/plivo", "/eu/plivo/", "/a%2Fb"])
def test_path_of_the_api_url_comes_first(prefix: str) -> None:
    with Recorder() as recorder:
        asyncio.run(send_one(recorder.url + prefix))
        assert recorder.only.line == f"POST {prefix.rstrip('/')}{PATH} HTTP/1.1".encode()


def test_proxy_for_an_http_origin() -> None:
    """The request line is absolute, with the path as it was encoded; the proxy gets its own password."""

    async def send() -> None:
        with Recorder() as proxy:
            url = proxy.url.replace("//", "//user:pass%20word@")
            async with plivo_at(f"{NOWHERE}/base/", proxy=url) as plivo:
                await plivo.send(request("GET", PATH + "a%2Fb%3B/", "x=1%2B1"), CREDENTIALS)
            sent = proxy.only
            assert sent.line == f"GET {NOWHERE}/base{PATH}a%2Fb%3B/?x=1%2B1 HTTP/1.1".encode()
            assert sent.header("Host") == "plivo.invalid"
            assert sent.header("Proxy-Authorization") == "Basic " + b64encode(b"user:pass word").decode()
            assert b64decode(str(sent.header("Authorization")).removeprefix("Basic ")) == b"MAXXXXXXXXXXXXXXXXXX:token"

    asyncio.run(send())


@pytest.mark.parametrize("status", [403, 407, 502])
def test_proxy_that_refuses_to_connect(status: int) -> None:
    """The proxy of an https origin sees where the request would go, and nothing of it."""
    with Recorder() as proxy:
        proxy.script(json_reply({}, status))
        errors = failures(None, proxy=proxy.url)
        assert {each.line for each in proxy.requests} == {b"CONNECT api.plivo.com:443 HTTP/1.1"}
        assert {each.header("Authorization") for each in proxy.requests} == {None}
        assert len(proxy.requests) == 3 * len(METHODS)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}


def test_proxy_out_of_order() -> None:
    with Recorder(listening=False) as proxy:
        errors = failures(None, proxy=proxy.url)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(url: str) -> None:
        async with plivo_at(url) as plivo:
            await plivo.send(request("GET"), CREDENTIALS)

    with Recorder() as recorder, Recorder() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.upper(), proxy.url)
        asyncio.run(send(recorder.url))
        assert recorder.only.target == PATH
        assert proxy.connections == 0


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the test's own certificate; where aiohttp keeps its context is private."""
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", context)


def test_certificate_that_nobody_trusts(tls: ssl.SSLContext) -> None:
    with Recorder(tls=tls, tls_at_once=True) as recorder:
        errors = failures(recorder.url)
        assert recorder.requests == []
        assert recorder.connections == 3 * len(METHODS)
    assert {told(error) for error in errors.values()} == {UNREACHABLE}
    assert all("certificate" in str(error.message).lower() for error in errors.values())


@pytest.mark.usefixtures("trusted")
def test_certificate_that_is_trusted(tls: ssl.SSLContext) -> None:
    """The control of the test before: the same server, but for the trust."""
    with Recorder(tls=tls, tls_at_once=True) as recorder:
        asyncio.run(send_one(recorder.url))
        assert recorder.only.target == PATH


def test_no_tls_where_it_is_expected() -> None:
    with Recorder() as recorder:
        errors = failures(recorder.url.replace("http:", "https:"))
        assert recorder.requests == []
    assert {told(error) for error in errors.values()} == {UNREACHABLE}


async def send_one(url: str | None, **options: Any) -> None:
    async with plivo_at(url, **options) as plivo:
        await plivo.send(request("POST"), CREDENTIALS)


@pytest.mark.usefixtures("trusted")
def test_tunnel_through_a_proxy(tls: ssl.SSLContext) -> None:
    """Inside the tunnel the request is what it is without a proxy."""
    with Recorder(tls=tls) as proxy:
        proxy.script(Tunnel(), Reply())
        asyncio.run(send_one(None, proxy=proxy.url))
        connect, inside = proxy.requests
        assert connect.line == b"CONNECT api.plivo.com:443 HTTP/1.1"
        assert connect.header("Authorization") is None
        assert inside.line == f"POST {PATH} HTTP/1.1".encode()
        assert inside.header("Host") == "api.plivo.com"
        assert inside.header("Authorization") is not None


def test_untrusted_certificate_behind_a_proxy(tls: ssl.SSLContext) -> None:
    with Recorder(tls=tls) as proxy:
        proxy.script(Tunnel())
        errors = failures(None, proxy=proxy.url)
        assert {each.method for each in proxy.requests} == {"CONNECT"}
    assert {told(error) for error in errors.values()} == {UNREACHABLE}
