"""JSON text in and out, without changing a number on the way.

msgspec reads: it keeps integers of any size and gives the text of every other number to
:class:`WrittenFloat`, which orjson would round to a double. orjson writes. The standard library steps in
where they refuse valid JSON (RFC 8259): lone surrogates (an SMS cut inside an emoji), a byte order mark,
nesting above 1,000 levels.
"""

import json
import math
from typing import Any, Self

import msgspec
import orjson

MAX_DEPTH = 64
"""Levels of nesting that a caller's JSON may have (the connector's own limit)."""

_BOM = b"\xef\xbb\xbf"


class WrittenFloat(float):
    """A number with a fraction or an exponent that is written as it was read: ``0.00500`` keeps its zeros.

    As a float it is the nearest double, infinite for ``1e400``; ``text`` (``str`` gives it too) has every digit.
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        """Take the number's text: JSON's way to write one."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text


_decode = msgspec.json.Decoder(float_hook=WrittenFloat).decode


def parse(text: bytes | str) -> Any:
    """Read JSON text (UTF-8 when given as bytes, a byte order mark is skipped).

    Raises:
        ValueError: the text is not JSON (a json.JSONDecodeError tells where), nested too deep for the interpreter, or
            holds an integer of more than 4,300 digits.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    if isinstance(text, bytes):
        text = text.removeprefix(_BOM).decode()
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=WrittenFloat)
    except RecursionError:
        raise ValueError("nested too deep") from None


def render(value: object) -> bytes:
    """Write a value as compact JSON in UTF-8; lone surrogates and every digit of a number are kept."""
    try:
        return orjson.dumps(value, default=_as_written)
    except orjson.JSONEncodeError:
        return _render(value).encode()


def canonical(value: object) -> bytes:
    """Write a value so that the order of an object's members makes no difference."""
    try:
        return orjson.dumps(value, default=_as_written, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return _render(value, sort_keys=True).encode()


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


def _as_written(value: object) -> orjson.Fragment:
    if isinstance(value, WrittenFloat):
        return orjson.Fragment(value.text)
    raise TypeError


class _Written(str):
    """JSON text that is done."""

    __slots__ = ()


def _render(value: object, *, sort_keys: bool = False) -> str:
    """Write what orjson does not; the library's encoder would write the double in place of a number's text."""
    pieces: list[str] = []
    pending = [value]
    while pending:
        match pending.pop():
            case _Written() | WrittenFloat() as written:
                pieces.append(str(written))
            case dict() as members:
                pending.append(_Written("}"))
                entries = sorted(members.items(), key=_name) if sort_keys else list(members.items())
                for position, (name, child) in reversed(list(enumerate(entries))):
                    pending += (child, _Written("," * (position > 0) + json.dumps(str(name)) + ":"))
                pending.append(_Written("{"))
            case list() | tuple() as items:
                pending.append(_Written("]"))
                for position, child in reversed(list(enumerate(items))):
                    pending += (child, _Written("," * (position > 0)))
                pending.append(_Written("["))
            case other:
                pieces.append(json.dumps(other, allow_nan=False))
    return "".join(pieces)


def _name(member: tuple[str, object]) -> str:
    return member[0]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
