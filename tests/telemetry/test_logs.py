"""Log lines: one write each, in text or as JSON, and no exception's own text."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import pytest

from app.telemetry.logs import Log

SECRET = "s3cret-7890"


class Lines:
    """Reads what was written to standard error."""

    def __init__(self, captured: pytest.CaptureFixture[bytes]) -> None:
        self._captured = captured

    def read(self) -> list[str]:
        *lines, rest = self._captured.readouterr().err.decode().split("\n")
        assert rest == "", "the last line is not ended"
        return lines

    def line(self) -> str:
        (line,) = self.read()
        return line

    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.line())
        return content


@pytest.fixture
def lines(capfdbinary: pytest.CaptureFixture[bytes]) -> Lines:
    return Lines(capfdbinary)


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Hand out the root logger and give it back as it was."""
    handlers, level = logging.root.handlers, logging.root.level
    yield logging.root
    logging.root.handlers, logging.root.level = handlers, level


def failing() -> None:
    raise RuntimeError(f"cannot log in with {SECRET}")


def failed_log(line_format: Literal["console", "json"]) -> None:
    try:
        failing()
    except RuntimeError as error:
        Log("info", line_format).exception("request failed", error, request_id="r-1")


def test_a_json_line_holds_its_fields(lines: Lines) -> None:
    Log("info", "json").write("info", block="makeCall", tries=2, milliseconds=1.5, api_id=None)
    content = lines.json()
    assert datetime.fromisoformat(content.pop("time")).utcoffset() is not None
    assert content == {"level": "info", "block": "makeCall", "tries": 2, "milliseconds": 1.5}


def test_a_console_line_holds_its_fields(lines: Lines) -> None:
    Log("info", "console").write("warning", block="makeCall", message="two words", api_id=None)
    time, level, rest = lines.line().split(maxsplit=2)
    assert datetime.fromisoformat(time).utcoffset() is not None
    assert (level, rest) == ("warning", 'block=makeCall message="two words"')


@pytest.mark.parametrize("line_format", ["console", "json"])
@pytest.mark.parametrize("text", ["a\nb", "a\r\nb level=error", "\x1b[31mred", "\u2028", "\ud83d", "é ü", "\x00"])
def test_no_value_can_forge_a_second_line(lines: Lines, line_format: Literal["console", "json"], text: str) -> None:
    Log("info", line_format).write("info", message=text)
    assert not [character for character in lines.line() if character < " "]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_less_severe_lines_are_not_written(lines: Lines, level: str, written: list[str]) -> None:
    log = Log(level, "json")
    for name in ("debug", "info", "warning", "error"):
        log.write(name, message="x")
    assert [json.loads(line)["level"] for line in lines.read()] == written


@pytest.mark.parametrize("line_format", ["console", "json"])
def test_an_exception_is_told_by_type_and_place_without_its_text(
    lines: Lines, line_format: Literal["console", "json"]
) -> None:
    failed_log(line_format)
    line = lines.line()
    assert "RuntimeError" in line
    assert "test_logs.py" in line
    assert "failing" in line
    assert "r-1" in line
    assert SECRET not in line


def test_a_line_that_cannot_be_written_hurts_nobody() -> None:
    code = """
import os
from app.telemetry.logs import Log
os.close(2)
Log('info', 'json').write('info', a=1)
print('alive')
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603  # our own
    assert done.stdout == b"alive\n"


def test_the_place_of_an_exception_begins_where_it_was_raised(lines: Lines) -> None:
    failed_log("json")
    innermost, outer = lines.json()["where"].split(" < ")
    assert innermost.endswith(" failing")
    assert outer.endswith(" failed_log")


def test_what_libraries_log_goes_the_same_way(lines: Lines, root_logger: logging.Logger) -> None:
    Log("info", "json").take_over_standard_logging()
    logging.getLogger("some.library").warning("pool of %d is full", 5)
    content = lines.json()
    assert (content["level"], content["logger"]) == ("warning", "some.library")
    assert content["message"] == "pool of 5 is full"
    logging.getLogger("some.library").debug("not told")
    assert lines.read() == []
    assert len(root_logger.handlers) == 1


@pytest.mark.usefixtures("root_logger")
def test_an_exception_that_a_library_logs_is_told_without_its_text(lines: Lines) -> None:
    Log("info", "json").take_over_standard_logging()
    try:
        failing()
    except RuntimeError:
        logging.getLogger("some.library").exception("it broke")
    content = lines.json()
    assert (content["level"], content["message"], content["error"]) == ("error", "it broke", "RuntimeError")
    assert SECRET not in str(content)


@pytest.mark.usefixtures("root_logger")
@pytest.mark.parametrize(("number", "level"), [(logging.CRITICAL, "error"), (logging.ERROR, "error"), (25, "error")])
def test_levels_that_we_do_not_have_are_told_as_errors(lines: Lines, number: int, level: str) -> None:
    Log("info", "json").take_over_standard_logging()
    logging.getLogger("some.library").log(number, "x")
    assert lines.json()["level"] == level
