"""JSON text in and out: orjson where it can, the standard library where orjson refuses valid JSON.

orjson refuses lone surrogates (an SMS cut inside an emoji), numbers beyond a double and nesting above
1,024 levels. All three are valid JSON (RFC 8259), so a caller or Plivo may send them.
"""

import json
import math
from typing import Any

import orjson

MAX_DEPTH = 64
"""Levels of nesting that a caller's JSON may have (the connector's own limit)."""

_BOM = b"\xef\xbb\xbf"


def parse(text: bytes | str) -> Any:
    """Read JSON text (UTF-8 when given as bytes, a byte order mark is skipped).

    Raises:
        ValueError: the text is not JSON, or nested too deep for the interpreter.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    if isinstance(text, bytes):
        text = text.removeprefix(_BOM).decode()
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def render(value: object) -> bytes:
    """Write a value as compact JSON in UTF-8; lone surrogates and very long integers are kept."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def without_bom(text: bytes) -> bytes:
    """Return the text without a leading byte order mark, which may not stand inside a document."""
    return text.removeprefix(_BOM)


def is_deeper_than(value: object, limit: int = MAX_DEPTH) -> bool:
    """Say whether objects and arrays are nested in more than ``limit`` levels."""
    containers = [value] if isinstance(value, dict | list) else []
    depth = 0
    while containers:
        depth += 1
        if depth > limit:
            return True
        containers = [
            child
            for node in containers
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return False


def is_finite(value: object) -> bool:
    """Say whether all numbers have a value: ``1e400`` is valid JSON, but beyond a double."""
    match value:
        case float():
            return math.isfinite(value)
        case dict():
            return all(is_finite(child) for child in value.values())
        case list():
            return all(is_finite(child) for child in value)
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
