"""Standard error that nobody reads: lines are lost, nothing waits, and what is read later is whole lines."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.telemetry import logs
from app.telemetry.logs import Log
from app.telemetry.standard_error import StandardError

LINE = b"%04d " + b"x" * 1000 + b"\n"
Ends = tuple[int, Callable[[], bytes]]
"""A descriptor to write to, and what reads everything that waits at its other end."""


@pytest.fixture(params=["pipe", "socket", "pipe that is not opened once more"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    if request.param == "socket":
        ours, theirs = socket.socketpair()
        writing, reading = ours.detach(), theirs.detach()
    else:
        reading, writing = os.pipe()
        if request.param != "pipe":
            monkeypatch.setattr(os, "open", _refuse)
    os.set_blocking(reading, False)

    def read() -> bytes:
        pieces = []
        while True:
            try:
                pieces.append(os.read(reading, 1 << 20))
            except BlockingIOError:
                return b"".join(pieces)

    yield writing, read
    os.close(reading)
    os.close(writing)


def _refuse(*_: object) -> int:
    raise PermissionError


def test_what_finds_no_room_is_lost_and_the_rest_is_whole(ends: Ends) -> None:
    descriptor, read = ends
    output = StandardError(descriptor)
    written = [number for number in range(2000) if output.write(LINE % number)]
    assert 10 < len(written) < 2000
    received = read()
    # A line that was begun when the room ended is finished by the next.
    assert output.write(LINE % 2000)
    assert output.write(LINE % 2001)
    *lines, rest = (received + read()).split(b"\n")
    assert rest == b""
    assert [int(line.split()[0]) for line in lines] == [*written, 2000, 2001]
    assert {len(line) for line in lines} == {1005}
    assert os.get_blocking(descriptor), "others who write there still wait"


def test_the_log_says_how_much_was_lost(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor, read = ends
    monkeypatch.setattr(logs, "StandardError", lambda: StandardError(descriptor))
    log = Log("info", "console")
    for number in range(2000):
        log.write("info", number=number, text="x" * 1000)
    before = read().count(b"\n")
    log.write("info", number=2000)
    log.write("info", number=2001)
    *_, note, first, second = read().decode().splitlines()
    assert "log lines were lost" in note
    assert " warning " in note
    assert (first[-11:], second[-11:]) == ("number=2000", "number=2001")
    lost = int(note.split('"')[1].split()[0])
    assert before + lost in (1999, 2000)


@pytest.mark.parametrize("kind", ["file", "nothing", "closed", "pipe without a reader"])
def test_what_is_never_full_takes_everything(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    reading, writing = os.pipe()
    os.close(reading)
    if kind == "closed":
        os.close(writing)
    descriptor = {
        "file": lambda: os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        "nothing": lambda: os.open(os.devnull, os.O_WRONLY),
    }.get(kind, lambda: writing)()
    output = StandardError(descriptor)
    assert all(output.write(LINE % number) for number in range(300))
    if kind == "file":
        assert path.read_bytes() == b"".join(LINE % number for number in range(300))
    if kind != "closed":
        os.close(descriptor)
