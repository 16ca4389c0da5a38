"""Single values: what forms and JSON hold → text, numbers, booleans, coordinates.

Every function takes anything and raises ValueError with a reason for the user; reasons never repeat
the value. A JSON number with a fraction comes as :class:`~app.json_text.WrittenFloat` and is read as its text.
"""

import math
import re
from decimal import Decimal

from app.json_text import WrittenFloat

LONGEST_NUMBER = 4000
"""Characters of a number that are read; the interpreter refuses integers of more than 4,300 digits."""

_EXACT_FLOAT = 2**53
_KINDS = {list: "a list", dict: "an object", type(None): "null"}
_TOO_LARGE = "is a number that is too large"
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:\.0*)?")
_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])0*+([0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]{1,3})?")
_MAX_LATITUDE = 90
_MAX_LONGITUDE = 180


def is_absent(value: object) -> bool:
    """Say whether a value counts as not given: null, or the empty text that forms and spreadsheets send."""
    return value is None or value == ""


def read_text(value: object) -> str:
    """Read anything scalar as text: ``true`` for True, ``5`` for 5; JSON numbers as they were written.

    Raises:
        ValueError: a reason for the user.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case WrittenFloat():
            if math.isfinite(value):
                return value.text
            raise ValueError(_TOO_LARGE)
        case float() if value.is_integer():
            if abs(value) >= _EXACT_FLOAT:
                raise ValueError("is too large for a JSON number: its last digits are lost, send it as text")
            return str(int(value))
        case float() if math.isfinite(value):
            return repr(value)
    raise ValueError(f"must be text, not {_KINDS.get(type(value), 'a file')}")


def read_whole(value: object) -> int:
    """Read 60, 60.0, ``"60"`` and ``"60.0"``, of any size.

    Raises:
        ValueError: a reason for the user.
    """
    match value:
        case bool():
            pass
        case int():
            return value
        case WrittenFloat(text=text) | str(text) if len(text) <= LONGEST_NUMBER:
            if whole := _WHOLE.fullmatch(text.strip()):
                return int(whole[1])
        case float() if value.is_integer() and abs(value) < _EXACT_FLOAT:
            return int(value)
    raise ValueError("must be a whole number")


def read_decimal(value: object) -> int | float:
    """Read a number that may have a fraction; all of its digits are kept (see :class:`~app.json_text.WrittenFloat`).

    Raises:
        ValueError: a reason for the user.
    """
    match value:
        case bool():
            pass
        case int():
            return value
        case WrittenFloat(text=text) | str(text) if len(text) <= LONGEST_NUMBER:
            return _as_json(text.strip())
        case float() if math.isfinite(value):
            return value
    raise ValueError("must be a number")


def exact(number: float) -> int | Decimal:
    """Return a number to compare with: that which is written, not the double that is nearest to it."""
    return number if isinstance(number, int) else Decimal(str(number))


def read_boolean(value: object) -> bool:
    """Read true/false, 1/0 and their texts in any case.

    Raises:
        ValueError: a reason for the user.
    """
    match value:
        case bool():
            return value
        case WrittenFloat(text=text) | str(text):
            match text.strip().lower():
                case "true" | "1" | "1.0":
                    return True
                case "false" | "0" | "0.0":
                    return False
        case int() | float() if value in (0, 1):
            return bool(value)
    raise ValueError("must be true or false")


def read_coordinates(latitude: object, longitude: object) -> tuple[float, float]:
    """Read a latitude and a longitude in degrees.

    Raises:
        ValueError: a reason for the user.
    """
    north, east = read_decimal(latitude), read_decimal(longitude)
    if not (-_MAX_LATITUDE <= exact(north) <= _MAX_LATITUDE and -_MAX_LONGITUDE <= exact(east) <= _MAX_LONGITUDE):
        raise ValueError("must be a latitude from -90 to 90 and a longitude from -180 to 180")
    return north, east


def _as_json(text: str) -> int | float:
    """Write a number as JSON does, which knows no ``.5``, ``5.``, ``+5`` and ``05``."""
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        raise ValueError("must be a number")
    sign, whole, fraction, exponent = parts.groups(default="")
    number = f"{sign.strip('+')}{whole or 0}"
    if not fraction and not exponent:
        return int(number)
    written = WrittenFloat(number + ("." + fraction if fraction else "") + exponent)
    if not math.isfinite(written):
        raise ValueError(_TOO_LARGE)
    return written
