"""JSON inside an arg: parsed where it came as text, its numbers as they were written."""

import json
from typing import Any

from app import json_text


def parse_json(text: str) -> Any:
    """Parse JSON text.

    Raises:
        ValueError: it is not JSON; says where.
    """
    try:
        return json_text.parse(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise ValueError("is not valid JSON") from None


def from_text(value: object) -> Any:
    """Return what JSON text says; what is not text is its own value.

    Raises:
        ValueError: it is text that is not JSON; says where.
    """
    return parse_json(value) if isinstance(value, str) else value


def check_nested(value: object) -> None:
    """Refuse what nobody could read: nested too deep, or with a number that is infinite.

    Raises:
        ValueError: a reason for the user.
    """
    if json_text.is_deeper_than(value):
        raise ValueError(f"is nested deeper than {json_text.MAX_DEPTH} levels")
    if not json_text.is_finite(value):
        raise ValueError("holds a number that is too large")
