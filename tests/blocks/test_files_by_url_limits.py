"""What a fetched file may cost and what it becomes: size, time, redirects, statuses, names, credentials."""

import asyncio
import gzip
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app import __version__, egress
from app.blocks import CleanArgs, Prepared
from app.blocks.files_by_url import MAX_REDIRECTS, FileFetcher, with_files
from app.datatypes.credentials import Credentials
from app.datatypes.files import FileUrl, Upload
from app.errors import InvalidFields
from app.manifest.model import Arg, Block, Request
from app.plivo import UpstreamRequest
from app.ratelimit.quotas import route_of
from tests.support.file_server import LOOPBACK, FileServer, Handler, Names, file_server, redirect, reply
from tests.support.patience import PATIENCE

SHORT = 0.3
MOST = 100_000


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Keep every lookup on this machine, and let a server there play the Internet's part."""
    monkeypatch.setattr(egress, "is_public", lambda address: address == LOOPBACK)
    return Names(monkeypatch)


def fetched(
    answers: dict[str, bytes | Handler], *paths: str, look: Callable[[FileServer], object] | None = None, **options: Any
) -> list[Upload]:
    """Fetch paths (or URLs with ``{port}``) of a server that answers so."""

    async def run() -> list[Upload]:
        async with file_server(answers) as files:
            seconds = options.pop("timeout", PATIENCE)
            settings = {"max_bytes": MOST, "is_allowed": egress.is_public, **options}
            urls = [path.format(port=files.port) if "//" in path else files.url(path) for path in paths]
            try:
                async with asyncio.timeout(PATIENCE), FileFetcher(**settings) as fetcher:
                    return await fetcher.fetch(urls, "MA1", seconds)
            finally:
                if look:
                    look(files)

    return asyncio.run(run())


async def completed(values: dict[str, Any]) -> UpstreamRequest:
    """Return the request of a call whose file args are ``file``, ``several`` and ``one``, everything fetched."""
    args = tuple(Arg(name=name, type="File", info="A file.") for name in ("file", "several", "one"))
    asked = Request(method="POST", path="/v1/Account/{auth_id}/File/", body="multipart")
    block = Block(name="upload", group="Tests", description="Uploads.", request=asked, args=args, example={})
    parts = [(name, item) for name, value in values.items() for item in (value if isinstance(value, list) else [value])]
    call = Prepared(
        block,
        CleanArgs(Credentials("MA1", "token"), values, {}),
        UpstreamRequest("POST", "api.plivo.com", "/v1/Account/MA1/File/", "", None, tuple(parts)),
        route_of(block),
        None,
    )
    async with FileFetcher(max_bytes=MOST, is_allowed=egress.is_public) as fetcher:
        return await with_files(call, fetcher, "MA1", asyncio.get_running_loop().time() + PATIENCE)


def refusal(answers: dict[str, bytes | Handler], *paths: str, **options: Any) -> str:
    """Return why files are not fetched."""
    with pytest.raises(ValueError, match=r".") as raised:
        fetched(answers, *(paths or ("/a.png",)), **options)
    return str(raised.value)


def endless(start: bytes, again: bytes, pause: float = 0) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Return an answer that never ends."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


@pytest.mark.parametrize("size", [0, 1, MOST - 1, MOST])
def test_a_file_up_to_the_limit_is_fetched_as_it_is(size: int) -> None:
    body = bytes(position % 251 for position in range(size))
    assert fetched({"/a.png": reply(200, body)}, "/a.png") == [Upload("a.png", "image/png", body)]


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, bytes(MOST + 1)),
        endless(HEAD + b"\r\n", bytes(10_000)),
        endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", bytes(10_000)),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3e8\r\n" + bytes(1000) + b"\r\n"),
        reply(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
    ],
    ids=["too large", "no end", "a lying length", "endless chunks", "a bomb"],
)
def test_a_file_that_is_too_large(answer: bytes | Handler) -> None:
    assert refusal({"/a.png": answer}) == f"is too large: the files of a request may have {MOST} bytes in all"


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"", b"", 0.05),
        endless(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", 0.05),
        endless(HEAD + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
        endless(HEAD + b"\r\n", b"x", 0.05),
        redirect("/a.png?again"),
    ],
    ids=["silence", "slow headers", "slow body", "slow body without length", "a slow redirect"],
)
def test_a_file_that_takes_too_long(answer: bytes | Handler) -> None:
    """Also where every single piece comes in time."""
    answers = {"/a.png": answer, "/a.png?again": endless(b"", b"", 0.05)}
    assert refusal(answers, timeout=SHORT) == f"was not delivered within {SHORT} seconds"


def test_endless_headers_end() -> None:
    answers: dict[str, bytes | Handler] = {"/a.png": endless(HEAD, b"X-More: " + b"1" * 1000 + b"\r\n")}
    assert refusal(answers, timeout=SHORT)


def test_size_and_time_are_those_of_all_files_together() -> None:
    """Naming many URLs must buy neither memory nor time."""
    large = reply(200, bytes(MOST // 2))
    assert len(fetched({"/a": large, "/b": large}, "/a", "/b")) == 2
    reason = refusal({"/a": large, "/b": large, "/c": reply()}, "/a", "/b", "/c")
    assert reason == f"URL 3 is too large: the files of a request may have {MOST} bytes in all"

    async def later(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(SHORT / 2)
        writer.write(reply())

    assert refusal({"/a": later}, *["/a"] * 5, timeout=SHORT).endswith(f"was not delivered within {SHORT} seconds")


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 429, 500, 503])
def test_only_200_carries_a_file(status: int) -> None:
    assert refusal({"/a.png": reply(status, b"")}) == f"could not be fetched: its server answered {status}"


def test_a_redirect_to_nowhere() -> None:
    assert refusal({"/a.png": reply(302, b"")}) == "could not be fetched: its server answered 302"


def hops(number: int) -> dict[str, bytes | Handler]:
    chain: dict[str, bytes | Handler] = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(number)}
    return chain | {f"/{number}": reply()}


def test_redirects_are_followed_a_few_times() -> None:
    assert fetched(hops(MAX_REDIRECTS), "/0") == [Upload(str(MAX_REDIRECTS), "image/png", b"\x89PNG")]
    assert refusal(hops(MAX_REDIRECTS + 1), "/0") == f"redirects more than {MAX_REDIRECTS} times"
    assert refusal({"/a.png": redirect("/a.png")}) == f"redirects more than {MAX_REDIRECTS} times"


@pytest.mark.parametrize(
    "target",
    [
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "gopher://127.0.0.1:1/x",
        "data:image/png,x",
        "javascript:1",
        "http://:80/",
    ],
)
def test_a_redirect_to_another_scheme_is_refused(target: str) -> None:
    assert refusal({"/a.png": redirect(target)}) == "redirects to what is not an http(s) URL"


@pytest.mark.parametrize(
    ("target", "asked"),
    [("b.png?x=1#y", "/dir/b.png?x=1"), ("/b.png", "/b.png"), ("../b.png", "/b.png"), ("?c", "/dir/a?c")],
)
def test_a_relative_redirect(target: str, asked: str) -> None:
    assert fetched({"/dir/a": redirect(target), asked: reply()}, "/dir/a")[0].content == b"\x89PNG"


@pytest.mark.parametrize(
    "answer", [b"", b"\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200", HEAD + b"Content-Length: 9\r\n\r\nx"]
)
def test_what_is_no_proper_reply(answer: bytes) -> None:
    async def answer_and_close(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        raise ConnectionError

    assert refusal({"/a.png": answer_and_close}) == "could not be fetched: the connection failed"


@pytest.mark.parametrize(
    "url", ["http://a..b/", "http://" + "a" * 70 + ".example/", "http://\ud800.example/", "http://256.1.1.1/"]
)
def test_what_is_no_proper_url(url: str) -> None:
    assert refusal({}, url) == "is not a URL that can be fetched"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a.png", "a.png"),
        ("/dir/a%20b.png?x=/c.jpg#d", "a b.png"),
        ("/a%2Fb.png", "b.png"),
        ("/%C3%BC.png", "ü.png"),
        ("/", "file"),
        ("/%ff%22", '\N{REPLACEMENT CHARACTER}"'),
    ],
)
def test_the_file_name_is_that_of_the_url(path: str, name: str) -> None:
    target = path.partition("#")[0]
    assert fetched({target: reply()}, path)[0].name == name


@pytest.mark.parametrize("target", ["/a%3Bb%7Ec%2f/../d?sig=a%2Bb%3D&x=%7e+%ff;", "/(a)'*!@:$&,~"])
def test_a_signed_url_arrives_as_it_was_given(target: str) -> None:
    assert len(fetched({target: reply()}, target)) == 1


def test_a_url_may_hold_any_letter() -> None:
    assert fetched({"/%C3%BC.png?%C3%BC": reply()}, "/ü.png?ü")[0].name == "ü.png"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("text/csv; charset=utf-8", "text/csv"),
        ("", "application/octet-stream"),
        ("\xff\xfe/x", "application/octet-stream"),
    ],
)
def test_the_media_type_is_that_of_the_reply(given: str, expected: str) -> None:
    assert fetched({"/a": reply(Content_Type=given)}, "/a")[0].content_type == expected


def test_credentials_in_a_url_go_to_its_server_and_no_further(names: Names) -> None:
    """And nowhere into a reason."""
    names.teach("other.example", [LOOPBACK])
    heads: list[str] = []
    first = "http://user:s3cret@localhost:{port}/a"
    elsewhere = redirect("/b")

    def look(files: FileServer) -> None:
        heads.extend(files.requests)

    fetched({"/a": elsewhere, "/b": reply()}, first, look=look)
    basic = "authorization: basic " + b64encode(b"user:s3cret").decode().lower()
    assert [basic in head.lower() for head in heads] == [True, True]
    heads.clear()

    async def leave(writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        writer.write(redirect(f"http://other.example:{port}/b"))

    assert "s3cret" not in refusal({"/a": leave, "/b": reply(403)}, first, look=look)
    assert [basic in head.lower() for head in heads] == [True, False]


def test_nothing_of_the_service_is_told() -> None:
    """No cookie comes back, no Plivo credential goes out: a head has just what a fetch needs."""
    heads: list[str] = []
    answers: dict[str, bytes | Handler] = {
        "/a": reply(302, b"", Location="/b", Set_Cookie="session=1; Path=/"),
        "/b": reply(),
    }
    fetched(answers, "/a", look=lambda files: heads.extend(files.requests))
    for head in heads:
        fields = {line.partition(":")[0].lower() for line in head.splitlines()[1:] if line}
        assert fields <= {"host", "accept", "accept-encoding", "user-agent", "connection"}
        assert f"User-Agent: plivo-connector/{__version__}" in head.splitlines()


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would make the connection, to whatever address it likes."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetched({"/a.png": reply()}, "/a.png")[0].name == "a.png"


def test_files_that_were_uploaded_stay_among_those_that_are_fetched() -> None:
    own = Upload("own.pdf", "application/pdf", b"%PDF")
    other = Upload("a.png", "image/png", b"\x89PNG")

    async def run() -> UpstreamRequest:
        async with file_server({"/a.png": reply()}) as files:
            url = FileUrl(files.url())
            return await completed({"file": [own, url, own, url], "one": url, "alias": "x"})

    parts = asyncio.run(run()).parts
    assert parts == (("file", own), ("file", other), ("file", own), ("file", other), ("one", other), ("alias", "x"))


def test_every_file_that_cannot_be_had_is_named() -> None:
    async def run() -> None:
        nowhere = FileUrl("http://nowhere.example/")
        await completed({"file": nowhere, "several": [nowhere, nowhere]})

    with pytest.raises(InvalidFields) as raised:
        asyncio.run(run())
    reason = "could not be fetched: the connection failed"
    assert raised.value.details["errors"] == {"file": reason, "several": f"URL 1 {reason}"}
