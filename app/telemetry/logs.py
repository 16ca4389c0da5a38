"""Log lines, as text or as JSON, one write each to standard error.

Lines are made of named fields, never of arg values. Exceptions are told by type and place only: their
texts may quote what they met, a secret too. Request lines do not go through the standard library's
logging, which would cost as much as the rest of a small request.
"""

import logging
import re
import traceback
from functools import lru_cache
from time import gmtime, strftime, time
from typing import Any, Literal

from app import json_text
from app.telemetry import RequestRecord
from app.telemetry.standard_error import StandardError

_LONGEST_PATH = 200
_PLAIN_SEGMENT = re.compile(r"(?!.*\d{3})[A-Za-z0-9._-]{0,40}")
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Log:
    """Writes log lines.

    Args:
        level: least severe level that is written.
        line_format: ``console`` or ``json``.
    """

    def __init__(self, level: str, line_format: Literal["console", "json"]) -> None:
        self._threshold = _LEVELS[level]
        self._format = _as_json if line_format == "json" else _as_text
        self._output = StandardError()
        self._lost = 0

    def write(self, level: str, **fields: object) -> None:
        """Write one line; fields that are None are left out."""
        if _LEVELS[level] < self._threshold or (self._lost and not self._tell_lost()):
            return
        if not self._output.write(self._format(_now(), level, fields)):
            self._lost += 1

    def _tell_lost(self) -> bool:
        """Say how many lines were lost, and whether there was room to say so; else one more is lost."""
        lost: dict[str, object] = {"message": f"{self._lost} log lines were lost: nobody read those before them"}
        if self._output.write(self._format(_now(), "warning", lost)):
            self._lost = 0
            return True
        self._lost += 1
        return False

    def exception(self, message: str, error: BaseException, **fields: object) -> None:
        """Write an exception's type and where it was raised, without its text."""
        self.write("error", message=message, error=type(error).__name__, where=_where(error), **fields)

    def request_ended(self, record: RequestRecord) -> None:
        """Write the line of a request (see :class:`app.telemetry.Observer`)."""
        self.write(
            "info",
            request_id=record.request_id,
            method=record.method,
            path=_told(record.path) if record.block is None else None,
            block=record.block,
            outcome=record.outcome,
            status=record.status or None,
            status_code=record.status_code,
            http_status=record.http_status,
            api_id=record.api_id,
            tries=record.tries,
            milliseconds=round(record.seconds * 1000, 2),
        )

    def request_broke(self, record: RequestRecord, error: BaseException) -> None:
        """Write what a request met (see :class:`app.telemetry.Observer`)."""
        self.exception("request failed", error, request_id=record.request_id, block=record.block)

    def take_over_standard_logging(self) -> None:
        """Send what libraries log through this log."""
        logging.root.handlers = [_Handler(self)]
        logging.root.setLevel(self._threshold)


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        fields: dict[str, Any] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            fields |= {"error": record.exc_info[1].__class__.__name__, "where": _where(record.exc_info[1])}
        self._log.write(level if level in _LEVELS else "error", **fields)


def _told(path: str) -> str:
    """Return a path without what may be somebody's: numbers, ids and secrets that were put there by mistake."""
    return "/".join(part if _PLAIN_SEGMENT.fullmatch(part) else "…" for part in path[:_LONGEST_PATH].split("/"))


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def _now() -> str:
    seconds, fraction = divmod(time(), 1)
    return f"{_second(seconds)}.{int(fraction * 1000):03}+00:00"


@lru_cache(maxsize=1)
def _second(seconds: float) -> str:
    # The lines of one second share it, and it is the larger part of the work.
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))


def _as_json(moment: str, level: str, fields: dict[str, object]) -> bytes:
    given = {name: value for name, value in fields.items() if value is not None}
    return json_text.render({"time": moment, "level": level, **given}) + b"\n"


def _as_text(moment: str, level: str, fields: dict[str, object]) -> bytes:
    pairs = [f"{name}={value}" for name, value in fields.items() if value is not None]
    # Nearly every line is plain: one look at the whole spares one at each of its values.
    text = " ".join(pairs)
    if not text.isprintable() or text.count(" ") >= len(pairs):
        text = " ".join([f"{name}={_quoted(value)}" for name, value in fields.items() if value is not None])
    return f"{moment} {level:<7} {text}\n".encode(errors="replace")


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else json_text.render(text).decode()
