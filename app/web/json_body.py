"""JSON that a caller sent, read or refused with a hint: what is wrong with it, and where."""

import json
import re
from typing import Any

from app import json_text
from app.errors import InvalidJson

EMPTY = "The body is empty; send a JSON object, or a form, with the fields of the block."
CSV = "This looks like CSV; a block takes a JSON object or a form, CSV goes to POST /api/Plivo/{block}/bulk."

_CSV_LINE = re.compile(r"[^{}\[\]:=&]*[,;\t][^{}\[\]=&]*")
_JSON_NAMES = ((bool, "a boolean"), (str, "a text"), (list, "a list"), (dict, "an object"), (type(None), "null"))

_PROBLEMS = {
    "Expecting property name": "a name in double quotes is expected",
    "Expecting value": "a value is expected: a text in double quotes, a number, true, false, null, a list or an object",
    "Expecting ','": "a comma or a closing bracket is expected",
    "Expecting ':'": "a colon is expected",
    "Extra data": "something follows after the end of it",
    "Unterminated string": "the closing quote of the text that begins here is missing",
    "Invalid control character": "line breaks and other control characters in a text must be escaped, as in \\n",
    "Invalid \\": "this backslash does not begin an escape",
}
"""What the standard library says of JSON, for those who do not know its words."""

_LIMITS = {"nested": "it is nested too deep", "Exceeds": "it holds a number of too many digits"}
"""The same of what is JSON and yet too much, by the first word."""


def parse_json(text: bytes | str, where: str = "The body") -> Any:
    """Read JSON text.

    Args:
        text: the text; UTF-8 when given as bytes.
        where: what the text is, for the hint.

    Raises:
        InvalidJson: it is not JSON, or nested deeper than 64 levels.
    """
    try:
        content = json_text.parse(text)
    except ValueError as error:
        raise InvalidJson(_hint(text, error, where)) from None
    # Counting brackets is enough to pass nearly every text; only one with many is walked through.
    brackets = text.count(b"{") + text.count(b"[") if isinstance(text, bytes) else text.count("{") + text.count("[")
    if brackets > json_text.MAX_DEPTH and json_text.is_deeper_than(content):
        raise InvalidJson(f"{where} is nested deeper than {json_text.MAX_DEPTH} levels.")
    return content


def parse_object(text: bytes | str, where: str = "The body") -> dict[str, Any]:
    """Read JSON text that is an object; for the arguments see :func:`parse_json`.

    Raises:
        InvalidJson: it is no JSON, or no object.
    """
    content = parse_json(text, where)
    if isinstance(content, dict):
        return content
    if isinstance(content, list):
        advice = "send one object; many calls in one go to POST /api/Plivo/{block}/bulk."
    elif isinstance(content, str) and content.lstrip().startswith("{"):
        advice = "the object was written as JSON twice."
    else:
        advice = "send an object with the fields of the block."
    raise InvalidJson(f"{where} is {json_name(content)} where an object is needed: {advice}")


def json_name(value: object) -> str:
    """Return what JSON calls a value, with its article."""
    return next((name for kind, name in _JSON_NAMES if isinstance(value, kind)), "a number")


def looks_like_csv(text: bytes | str) -> bool:
    """Say whether the first of several lines is one of values between commas, semicolons or tabs."""
    start = text[:2000]
    lines = (start.decode(errors="replace") if isinstance(start, bytes) else start).lstrip("\ufeff \r\n").splitlines()
    return len(lines) > 1 and _CSV_LINE.fullmatch(lines[0]) is not None


def _hint(text: bytes | str, error: ValueError, where: str) -> str:
    if not text.strip():
        return EMPTY if where == "The body" else f"{where} is empty; it must hold a JSON object."
    if isinstance(error, UnicodeDecodeError):
        return f"{where} is not UTF-8 at byte {error.start + 1}."
    if looks_like_csv(text):
        return CSV
    if isinstance(error, json.JSONDecodeError):
        return f"{where} is not JSON at line {error.lineno}, column {error.colno}: {_problem(error)}."
    return f"{where} cannot be read: {_LIMITS.get(str(error).partition(' ')[0], error)}."


def _problem(error: json.JSONDecodeError) -> str:
    found = error.doc[error.pos : error.pos + 1]
    if not found:
        return "it ends too early, a bracket is not closed"
    if found == "'":
        return "texts stand in double quotes, not single ones"
    if found in "]}" and error.msg.startswith(("Expecting value", "Expecting property")):
        return "no comma may stand before a closing bracket"
    return next((text for start, text in _PROBLEMS.items() if error.msg.startswith(start)), error.msg)
