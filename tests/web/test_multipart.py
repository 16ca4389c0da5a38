"""Multipart forms: texts in UTF-8 only, file names in every way that clients write them, files of any size."""

import asyncio
import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from app.datatypes.files import Upload
from app.errors import InvalidJson, NotConfigured, Overloaded
from app.web import spool
from app.web.body import SizeLimit, read_args
from app.web.multipart import MAX_PARTS

MOST = SizeLimit(64 * 1024 * 1024, "MAX_UPLOAD_BYTES")
BOUNDARY = "boundary4711"
PNG = b"\x89PNG\r\n\x00\xff"


def read(
    body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}", piece: int = 65536
) -> dict[str, Any]:
    """Read a body that comes in pieces of so many bytes."""
    starts = range(0, max(len(body), 1), piece)
    pieces = iter([(body[start : start + piece], start != starts[-1]) for start in starts])

    async def receive() -> Message:
        content, is_more = next(pieces)
        return {"type": "http.request", "body": content, "more_body": is_more}

    return asyncio.run(read_args(receive, content_type, body=MOST, upload=MOST))


def form(*parts: tuple[str, bytes]) -> bytes:
    """Write a form of parts, each what stands after ``form-data`` in its head, and its content."""
    whole = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data{head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return whole + f"--{BOUNDARY}--\r\n".encode()


def hint_for(body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}") -> str:
    with pytest.raises(InvalidJson) as raised:
        read(body, content_type)
    hint = raised.value.details["hint"]
    assert isinstance(hint, str)
    return hint


@pytest.mark.parametrize("charset", ["punycode", "utf-16", "idna", "nonsense", "latin-1", "unicode_escape"])
def test_text_is_utf_8_whatever_its_charset_says(charset: str) -> None:
    """Some decoders that Python knows take quadratic time, others make other text of it."""
    part = ('; name="a"\r\nContent-Type: text/plain; charset=' + charset, "zwölf \\x41".encode())
    got = read(form(part), f"multipart/form-data; charset={charset}; boundary={BOUNDARY}")
    assert got == {"a": "zwölf \\x41"}


@pytest.mark.parametrize(
    ("part", "named"),
    [
        (('; name="a"', b"\xff"), "value of part 1"),
        (('; name="a"', "half \ud83d".encode(errors="surrogatepass")), "value of part 1"),
        (("; name=\"a\"; filename*=UTF-8''%ED%A0%BD.png", PNG), "filename* of part 1"),
        (("; name=\"a\"; filename*=UTF-8''%FF", PNG), "filename* of part 1"),
        (("; name=\"a\"; filename*=punycode''abc", PNG), "filename* of part 1"),
        (('; name="a"; filename*=abc', PNG), "filename* of part 1"),
        (("; filename=x", PNG), "names no field"),
        (("", b"x"), "names no field"),
        (('; name="a"\r\nContent-Transfer-Encoding: base64', b"aGVsbG8="), "Part 1 of the multipart body has a"),
    ],
)
def test_a_part_that_cannot_be_read_is_told(part: tuple[str, bytes], named: str) -> None:
    assert named in hint_for(form(part))


@pytest.mark.parametrize("name", [b"half \xed\xa0\xbd.png", b"\xe9.png"])
def test_a_file_name_that_is_no_text_is_told(name: bytes) -> None:
    body = form(('; name="a"; filename="NAME"', PNG)).replace(b"NAME", name)
    assert "filename of part 1" in hint_for(body)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('filename="a b.png"', "a b.png"),
        ("filename=a.png", "a.png"),
        ('FileName="a.png"', "a.png"),
        ('filename="naïve.png"', "naïve.png"),
        ('filename="a;b=c.png"', "a;b=c.png"),
        (r'filename="a\"b.png"', 'a"b.png'),
        (r'filename="a\b.png"', r"a\b.png"),
        (r'filename="C:\dir\a.png"', "a.png"),
        ("filename*=UTF-8''na%C3%AFve%20x.png", "naïve x.png"),
        ("filename*=utf-8'en'%e2%82%ac.png", "€.png"),
        ("filename*=iso-8859-1''%A3.png", "£.png"),
        ("filename=\"plain.png\"; filename*=UTF-8''%E2%82%AC.png", "€.png"),
        ("filename*=UTF-8''%E2%82%AC.png; filename=\"plain.png\"", "€.png"),
        ("filename*=UTF-8''", "file"),
        ('filename=""', "file"),
    ],
)
def test_file_names_as_clients_write_them(written: str, name: str) -> None:
    """``filename*`` (RFC 5987) alone makes a file, and wins over ``filename``."""
    assert read(form((f'; name="f"; {written}\r\nContent-Type: image/png', PNG))) == {
        "f": Upload(name, "image/png", PNG)
    }


@pytest.mark.parametrize("written", ['filename=""', "filename*=UTF-8''"])
def test_a_file_input_that_nobody_filled_is_absent(written: str) -> None:
    body = form((f'; name="f"; {written}\r\nContent-Type: application/octet-stream', b""), ('; name="a"', b"1"))
    assert read(body) == {"a": "1"}


def test_an_empty_file_with_a_name_is_a_file() -> None:
    assert read(form(('; name="f"; filename="a.txt"', b""))) == {"f": Upload("a.txt", "application/octet-stream", b"")}


@pytest.mark.parametrize("content_type", ["image/png\x00", "imäge/png"])
def test_a_media_type_that_is_none_is_not_passed_on(content_type: str) -> None:
    (got,) = read(form((f'; name="f"; filename="a"\r\nContent-Type: {content_type}', PNG))).values()
    assert got.content_type == "application/octet-stream"


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_however_the_bytes_arrive(piece: int) -> None:
    tricky = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n\r".encode()
    body = form(('; name="a"', tricky), ('; name="f"; filename="x"', tricky * 3))
    assert read(body, piece=piece) == {
        "a": tricky.decode(),
        "f": Upload("x", "application/octet-stream", tricky * 3),
    }


@pytest.mark.parametrize("boundary", ['"a;b c"', "'x", "x" * 70])
def test_boundaries_as_clients_write_them(boundary: str) -> None:
    body = form(('; name="a"', b"1")).replace(BOUNDARY.encode(), boundary.strip('"').encode())
    assert read(body, f"multipart/form-data; boundary={boundary}; x=y") == {"a": "1"}


@pytest.mark.parametrize(
    ("content_type", "body", "named"),
    [
        ("multipart/form-data", form(('; name="a"', b"1")), "no boundary"),
        ('multipart/form-data; boundary=""', form(('; name="a"', b"1")), "no boundary"),
        ("multipart/form-data; boundary=" + "x" * 300, b"", "boundary"),
        (f"multipart/form-data; boundary={BOUNDARY}", form(('; name="a"', b"1"))[:-10], "cut short"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"", "cut short"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"nonsense", "malformed where its first boundary"),
    ],
)
def test_a_body_that_is_no_form_is_told(content_type: str, body: bytes, named: str) -> None:
    assert named in hint_for(body, content_type)


def test_there_are_so_many_parts_and_no_more() -> None:
    part = ('; name="a"', b"")
    assert len(read(form(*[part] * MAX_PARTS))["a"]) == MAX_PARTS
    assert str(MAX_PARTS) in hint_for(form(*[part] * (MAX_PARTS + 1)))


class TestLargeFiles:
    """What is more than a little lies in a temporary file while it arrives and until it is done with."""

    @pytest.fixture(autouse=True)
    def collector(self) -> Iterator[None]:
        """Leave everything to the count of references: the service's collector runs seldom."""
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    @pytest.fixture
    def directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return tmp_path

    @pytest.mark.parametrize("surplus", [-1, 0, 1, 5_000_000])
    def test_they_come_back_as_they_were(self, surplus: int, directory: Path) -> None:
        content = os.urandom(spool.SPOOL_BYTES + surplus)
        (upload,) = read(form(('; name="f"; filename="x"', content))).values()
        assert isinstance(upload.content, mmap) == (surplus > 0)
        assert len(upload.content) == len(content)
        assert upload.content[:] == content
        assert list(directory.iterdir()) == [], "it has no name, so that nothing stays behind"

    def test_little_of_them_is_in_memory_and_nothing_stays_open(self, directory: Path) -> None:
        opened = _open_files(directory)
        content = bytes(8 * 1024 * 1024)
        upload = read(form(('; name="f"; filename="x"', content)))["f"]
        assert len(_open_files(directory)) == len(opened) + 1
        assert not any(isinstance(held, bytes) and len(held) > spool.SPOOL_BYTES for held in gc.get_referents(upload))
        del upload
        assert _open_files(directory) == opened

    def test_what_breaks_off_leaves_nothing_behind(self, directory: Path) -> None:
        opened = _open_files(directory)
        assert "cut short" in hint_for(form(('; name="f"; filename="x"', bytes(3_000_000)))[:-20])
        assert _open_files(directory) == opened
        assert list(directory.iterdir()) == []

    def test_without_a_directory_the_setting_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A container whose root is read-only has none unless it is given one; small files need none."""
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
        assert read(form(('; name="f"; filename="x"', bytes(1000))))["f"].content == bytes(1000)
        with pytest.raises(NotConfigured) as raised:
            read(form(('; name="f"; filename="x"', bytes(3_000_000))))
        assert "TMPDIR" in str(raised.value.message)

    def test_a_full_directory_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda buffering: open("/dev/full", "wb", buffering))  # noqa: PTH123, SIM115  # it stands in for a temporary file
        with pytest.raises(Overloaded):
            read(form(('; name="f"; filename="x"', bytes(3_000_000))))


def _open_files(directory: Path) -> list[str]:
    """Return which files of a directory are open; the collector has no part in closing them."""
    targets = []
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # others come and go: this process may run services as well
            targets.append(str(path.readlink()))
    return sorted(target for target in targets if target.startswith(str(directory)))


@pytest.mark.parametrize("encoding", ["8bit", "Binary", "7bit "])
def test_a_part_may_say_that_it_is_not_encoded(encoding: str) -> None:
    """As many Java clients do."""
    assert read(form((f'; name="a"\r\nContent-Transfer-Encoding: {encoding}', b"aGVsbG8="))) == {"a": "aGVsbG8="}
