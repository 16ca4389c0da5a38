"""Placeholders in the texts of an answer: ``{{From}}``, ``{{choice}}``, ``{{vars.name}}``. Names only, no logic."""

import re
from collections.abc import Container, Iterator, Mapping

from app.protocol.xml.characters import unwritable

FROM_PLIVO = (
    "From", "To", "Digits", "Speech", "CallUUID", "CallerName", "Direction", "ForwardedFrom", "RecordUrl",
    "RecordingDuration", "DialStatus", "Machine",
)  # fmt: skip
"""What Plivo's requests say that a text may name."""

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.-]{0,63})\s*\}\}")
_LONGEST_VALUE = 2000


def holds_placeholder(value: object) -> bool:
    """Say whether a text holds a placeholder, so that its value is known only on the way."""
    return isinstance(value, str) and bool(_PLACEHOLDER.search(value))


def unknown_names(text: str, known: Container[str]) -> Iterator[str]:
    """Yield the names of placeholders that nothing fills."""
    yield from (name for name in _PLACEHOLDER.findall(text) if name not in known)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in; a name without one becomes nothing. What XML cannot carry is left out."""
    return _PLACEHOLDER.sub(lambda found: _writable(values.get(found[1], "")), text)


def _writable(value: str) -> str:
    short = value[:_LONGEST_VALUE]
    return short if unwritable(short) is None else "".join(letter for letter in short if unwritable(letter) is None)
