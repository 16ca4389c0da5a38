"""Single values: what forms and JSON hold → text, numbers, booleans, moments, coordinates.

Every function takes anything and raises ValueError with a reason for the user; reasons never repeat
the value.
"""

import math
import re
from datetime import UTC, datetime

MILLISECONDS_FROM = 10**11
"""A bare number above this is milliseconds since 1970, below it seconds (10^11 s is the year 5138)."""

_EXACT_FLOAT = 2**53
_LONGEST_NUMBER = 40
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TIMESTAMP = re.compile(r"[0-9]{1,17}(\.[0-9]+)?")
_MAX_LATITUDE = 90
_MAX_LONGITUDE = 180


def read_text(value: object) -> str:
    """Read anything scalar as text: ``true`` for True, ``5`` for 5 and for 5.0."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if value.is_integer():
            if abs(value) >= _EXACT_FLOAT:
                raise ValueError("is too large for a JSON number: its last digits are lost, send it as text")
            return str(int(value))
        case float() if math.isfinite(value):
            return repr(value)
    raise ValueError("must be text")


def read_whole(value: object) -> int:
    """Read 60, 60.0, ``"60"`` and ``"60.0"``."""
    match value:
        case bool():
            pass
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if len(value) < _LONGEST_NUMBER and _WHOLE.fullmatch(text := value.strip()):
            return int(text.partition(".")[0])
    raise ValueError("must be a whole number")


def read_decimal(value: object) -> int | float:
    """Read a number that may have a fraction."""
    try:
        return read_whole(value)
    except ValueError:
        pass
    match value:
        case float() if math.isfinite(value):
            return value
        case str() if len(value) < _LONGEST_NUMBER and _DECIMAL.fullmatch(text := value.strip()):
            if math.isfinite(number := float(text)):
                return number
    raise ValueError("must be a number")


def read_boolean(value: object) -> bool:
    """Read true/false, 1/0 and their texts in any case."""
    match value:
        case bool():
            return value
        case int() | float() if value in (0, 1):
            return bool(value)
        case str():
            match value.strip().lower():
                case "true" | "1":
                    return True
                case "false" | "0":
                    return False
    raise ValueError("must be true or false")


def read_moment(value: object) -> datetime:
    """Read ``2016-05-28 00:00:00``, ISO 8601, a date alone, unix seconds or milliseconds.

    A moment with an offset comes back in UTC, one without as it was given.
    """
    try:
        if isinstance(value, bool):
            raise ValueError  # noqa: TRY301  # told as every other value that is no moment
        text = repr(value) if isinstance(value, float) else read_text(value).strip()
        if _TIMESTAMP.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS_FROM else seconds, UTC)
        moment = datetime.fromisoformat(text.upper() if text.endswith("z") else text)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError, OSError):
        raise ValueError("must be a date and time like 2016-05-28 00:00:00, ISO 8601, or unix seconds") from None


def read_coordinates(latitude: object, longitude: object) -> tuple[float, float]:
    """Read a latitude and a longitude in degrees."""
    north, east = read_decimal(latitude), read_decimal(longitude)
    if not (abs(north) <= _MAX_LATITUDE and abs(east) <= _MAX_LONGITUDE):
        raise ValueError("must be a latitude from -90 to 90 and a longitude from -180 to 180")
    return north, east
