"""What callers and logs are told when a connection or a proxy fails: reasons, never where it went or what it knew."""

import asyncio
import contextlib
import logging
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.plivo.network import MAX_HEADER_BYTES
from tests.support.answers import Answer, HangUp, Raw, Reply, ResetUnread, Silence, Tunnel
from tests.support.in_process import CREDENTIALS as ACCOUNT
from tests.support.in_process import App
from tests.support.recorder import Recorder
from tests.support.road import CREDENTIALS, METHODS, failure, plivo_at, request

SECRETS = ("pr0xy-user", "s3cret-of-proxy", "s3cret-of-url", "url-user")
HOSTS = ("plivo.internal", "proxy.internal", "127.0.0.1", "localhost")
CERTIFICATE = Path(__file__).parent.parent / "support" / "untrusted.pem"
ECHO = f"Proxy-Authorization: s3cret-of-proxy for pr0xy-user at proxy.internal 127.0.0.1:{{port}} {'x' * 10}"

WAYS: dict[str, Answer] = {
    "refuses": Reply(ECHO.encode(), 407, {"Proxy-Authenticate": 'Basic realm="proxy.internal"'}),
    "fails": Reply(ECHO.encode(), 502),
    "redirects": Reply(b"", 302, {"Location": "http://s3cret-of-proxy@proxy.internal/"}),
    "echoes": Raw(ECHO.encode() + b"\r\n\r\n"),
    "status line": Raw(b"HTTP/1.1 s3cret-of-proxy plivo.internal\r\n\r\n"),
    "bad header": Raw(b"HTTP/1.1 200 OK\r\ns3cret-of-proxy plivo.internal\r\n\r\n"),
    "long header": Raw(b"HTTP/1.1 200 OK\r\nX: s3cret-of-proxy" + b"x" * 2 * MAX_HEADER_BYTES + b"\r\n\r\n"),
    "hangs up": HangUp(),
    "resets": HangUp(reset=True),
    "resets at once": ResetUnread(),
    "says nothing": Silence(),
}

ANSWERS = {"refuses", "fails", "echoes", "redirects"}
"""To a plain request they are answers, and are told in Plivo's own words."""


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the internal names be this machine's, but for one that is unknown."""
    resolve = socket.getaddrinfo

    def look_up(host: str, *rest: object, **named: object) -> object:
        if host == "unknown.internal":
            raise socket.gaierror(socket.EAI_NONAME, "unknown.internal: s3cret-of-proxy")
        return resolve("127.0.0.1" if host.endswith(".internal") else host, *rest, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@contextlib.contextmanager
def holds_no_secret(caplog: pytest.LogCaptureFixture, *ports: int) -> Iterator[list[str]]:
    """Check what was told; the list takes what callers got, the log is looked at as well."""
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        yield told
    assert told
    logged = [f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records]
    for text in told + logged:
        assert not [word for word in (*SECRETS, *HOSTS, *map(str, ports)) if word in text], text


def errors(url: str | None, proxy: str | None) -> list[str]:
    async def every_method() -> list[str]:
        async with plivo_at(url, proxy=proxy, retries=0, timeout=1.0, connect_timeout=0.3) as plivo:
            found = [await failure(plivo, method) for method in METHODS]
            return [f"{error.message} {error.details} {error} {error!r}" for error in found]

    return asyncio.run(every_method())


@pytest.mark.parametrize(
    ("way", "origin"),
    [
        *((way, "https://plivo.internal:8") for way in WAYS),
        *((way, "http://url-user:s3cret-of-url@plivo.internal:8") for way in WAYS if way not in ANSWERS),
    ],
)
def test_a_proxy_that_fails(way: str, origin: str, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder() as proxy, holds_no_secret(caplog, proxy.port) as told:
        proxy.script(WAYS[way])
        told.extend(errors(origin, f"http://pr0xy-user:s3cret-of-proxy@proxy.internal:{proxy.port}"))
        proxy.release()


@pytest.mark.parametrize("host", ["proxy.internal", "unknown.internal"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(scheme: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder(listening=False) as proxy, holds_no_secret(caplog, proxy.port) as told:
        told.extend(errors(f"{scheme}://plivo.internal", f"http://pr0xy-user:s3cret-of-proxy@{host}:{proxy.port}"))


def test_a_proxy_whose_tunnel_leads_to_no_certificate_of_plivos(caplog: pytest.LogCaptureFixture) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with Recorder(tls=tls) as proxy, holds_no_secret(caplog, proxy.port) as told:
        proxy.script(Tunnel())
        told.extend(errors("https://plivo.internal", f"http://pr0xy-user:s3cret-of-proxy@proxy.internal:{proxy.port}"))


@pytest.mark.parametrize("way", sorted(WAYS.keys() - ANSWERS))
def test_an_internal_plivo_that_fails(way: str, caplog: pytest.LogCaptureFixture) -> None:
    """PLIVO_API_URL may name a host of one's own, with a password."""
    with Recorder() as plivo, holds_no_secret(caplog, plivo.port) as told:
        plivo.script(WAYS[way])
        told.extend(errors(f"http://url-user:s3cret-of-url@plivo.internal:{plivo.port}", None))
        plivo.release()


@pytest.mark.parametrize(
    "url", ["http://{}@plivo.internal:{}", "https://{}@plivo.internal:{}", "http://{}@unknown.internal:{}"]
)
def test_an_internal_plivo_that_is_not_there(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder(listening=False) as plivo, holds_no_secret(caplog, plivo.port) as told:
        told.extend(errors(url.format("url-user:s3cret-of-url", plivo.port), None))


def test_a_password_in_the_url_never_takes_the_place_of_the_callers_credentials() -> None:
    async def send() -> None:
        async with plivo_at(recorder.url.replace("//", "//url-user:s3cret-of-url@")) as plivo:
            await plivo.send(request("POST"), CREDENTIALS)

    with Recorder() as recorder:
        asyncio.run(send())
        sent = recorder.only
        assert sent.header("Authorization") == "Basic " + b64encode(b"MAXXXXXXXXXXXXXXXXXX:token").decode()
        assert b"s3cret-of-url" not in sent.line


def test_no_password_of_the_url_is_shown_in_a_dry_run() -> None:
    with App(plivo_api_url="https://url-user:s3cret-of-url@gateway.example/eu") as app:
        call = {"src": "14155550100", "destination": "14155550123", "text": "Hi", "dryRun": True}
        answer = app.call("sendMessage", **ACCOUNT, **call)
    url = answer.json()["contextWrites"]["to"]["request"]["url"]
    assert url == f"https://gateway.example/eu/v1/Account/{ACCOUNT['authId']}/Message/"
