"""Values cut out of JSON text as they stand there: what is not decoded cannot change on the way.

msgspec cuts. Where it refuses valid JSON (RFC 8259), which is half a character in an escape (an SMS cut inside an
emoji) or deep nesting, a scanner does: it takes thirty times as long, still less than a millisecond for a page of
Plivo's. Both rely on the text being JSON, as every reply is known to be that was read.
"""

import re
import sys
from collections.abc import Iterator
from itertools import islice

import msgspec

from app import json_text

_MOST_AT_ONCE = 1_000_000
"""Items that msgspec may cut in one go: it takes 72 bytes for each."""

_cut_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_cut_array = msgspec.json.Decoder(list[msgspec.Raw]).decode

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_string = re.compile(_STRING, re.DOTALL).match
_scalar = re.compile(rb"[^][{}, \t\r\n]++").match
_up_to_bracket = re.compile(rb'[^][{}"]*+(?:' + _STRING + rb'[^][{}"]*+)*+', re.DOTALL).match
_space = re.compile(rb"[ \t\r\n]*+").match
_separator = re.compile(rb"[ \t\r\n]*+[,:]?[ \t\r\n]*+").match


def members(text: bytes) -> dict[str, bytes]:
    """Return the members of an object, names decoded, values as they stand; of a repeated name the last.

    Args:
        text: JSON.

    Raises:
        ValueError: it is no object.
    """
    if text[:1] != b"{":
        raise ValueError("is no object")
    try:
        return {name: bytes(value) for name, value in _cut_object(text).items()}
    except (msgspec.DecodeError, RecursionError):
        slices = _scan(text)
        return {json_text.parse(name): value for name, value in zip(slices, slices, strict=True)}


def elements(text: bytes, most: int = sys.maxsize) -> list[bytes]:
    """Return the elements of an array as they stand.

    Args:
        text: JSON.
        most: how many there may be.

    Raises:
        ValueError: it is no array, or has more.
    """
    if text[:1] != b"[":
        raise ValueError("is no array")
    cut: list[bytes] | None = None
    if text.count(b",") < _MOST_AT_ONCE:
        try:
            cut = [bytes(element) for element in _cut_array(text)]
        except (msgspec.DecodeError, RecursionError):
            cut = None
    if cut is None:
        cut = list(islice(_scan(text), min(most, sys.maxsize - 1) + 1))
    if len(cut) > most:
        raise ValueError(f"has more than {most} elements")
    return cut


def _scan(text: bytes) -> Iterator[bytes]:
    """Yield the elements of an array, or in turn the names and values of an object."""
    start = _end(_space(text, 1))
    while text[start] not in b"]}":
        end = _end_of_value(text, start)
        yield text[start:end]
        start = _end(_separator(text, end))


def _end_of_value(text: bytes, start: int) -> int:
    if text[start] == ord('"'):
        return _end(_string(text, start))
    if text[start] not in b"[{":
        return _end(_scalar(text, start))
    depth = 0
    while True:
        depth += 1 if text[start] in b"[{" else -1
        start += 1
        if not depth:
            return start
        start = _end(_up_to_bracket(text, start))


def _end(found: re.Match[bytes] | None) -> int:
    if found is None:
        raise ValueError("is not JSON")
    return found.end()
