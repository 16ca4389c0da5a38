"""Phone numbers as people type them → digits with the country code.

What people put between digits goes away (``+1 (415) 555-0100``), ``00`` in front is a plus, and the ``(0)`` after a
country code is not dialled. Anything else that would make another number of what was typed is refused with the reason.
Which numbers exist is Plivo's to judge.
"""

import re
from collections.abc import Callable

ReadNational = Callable[[str], str]
"""Digits without a plus → digits with the country code, which may be the same.

Raises ValueError with a reason for the user where it cannot be told which number is meant.
"""

LONGEST = 100
"""Characters of a text that is looked at: longer ones are no number, whatever decorates it."""

_DIGITS = re.compile(r"[0-9]+")
_BETWEEN_DIGITS = re.compile(r"[\s().\-/\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
# A trunk prefix in brackets, with nothing but a country code before it.
_TRUNK_PREFIX = re.compile(r"[^0-9+]*(?:\+|0[^0-9+]*0)?[^0-9+]*([1-9][0-9]{0,2})[^0-9+(]*(\(0\))")
_ZERO_IS_DIALLED = frozenset(("39", "225", "229", "241", "242", "378"))
"""Country codes whose numbers begin with a 0 that is dialled from abroad too (Italy, Ivory Coast, Gabon, …)."""
# A few digits after the only point, or any after more digits than are written in one group.
_FRACTION = re.compile(r"[^.,]*[0-9][.,]0{1,3}\s*|\s*\+?(?:[0-9]+[.,](?:0+|[0-9]{1,2})|[0-9]{8,}[.,][0-9]+)\s*")
_EXPONENT = re.compile(r"\s*\+?[0-9]+(?:[.,][0-9]*[eE][+-]?|[eE][+-])[0-9]+\s*")
_EXTENSION = re.compile(r"[0-9][\s,;)]*(?:[#,;]|ext|x[\s.]*[0-9])", re.IGNORECASE)

_GIVE = "give 3 to 15 digits with the country code, like 14155550100"
_NATIONAL = (
    "is a national number (it begins with 0): give the country code, like 442079460958 for 020 7946 0958, "
    "or set DEFAULT_COUNTRY"
)


def clean_number(text: str, read_national: ReadNational | None = None) -> str:
    """Return the digits of a number, the country code first.

    Args:
        text: what was typed.
        read_national: adds the country code where it is missing; None: a number that shows by a leading 0 that it is
            missing is refused.

    Raises:
        ValueError: a reason for the user.
    """
    if len(text) > LONGEST:
        raise not_a_number("it is too long")
    if read_national is None and _DIGITS.fullmatch(text) and text[0] != "0":
        return text
    trunk_prefix = _TRUNK_PREFIX.match(text)
    dialled = text
    if trunk_prefix is not None and trunk_prefix[1] not in _ZERO_IS_DIALLED:
        dialled = text[: trunk_prefix.start(2)] + text[trunk_prefix.end(2) :]
    digits = _BETWEEN_DIGITS.sub("", dialled)
    is_international = trunk_prefix is not None or digits.startswith(("+", "00"))
    digits = digits[1:] if digits.startswith("+") else digits.removeprefix("00")
    if not _DIGITS.fullmatch(digits) or _FRACTION.fullmatch(text):
        raise not_a_number(_what_is_wrong(text))
    if read_national is not None and not is_international:
        digits = read_national(digits)
    if digits.startswith("0"):
        raise ValueError(_NATIONAL)
    return digits


def not_a_number(reason: str = "") -> ValueError:
    """Return the error for a text that is no phone number, with what is wrong about it."""
    return ValueError(f"is not a phone number{', ' if reason else ''}{reason}: {_GIVE}")


def is_shortened(text: str) -> bool:
    """Say whether it is a number that a spreadsheet has shortened (``1.41556E+10``), so that digits are lost."""
    return _EXPONENT.fullmatch(text) is not None


def _what_is_wrong(text: str) -> str:
    if _FRACTION.fullmatch(text):
        return "it has a decimal fraction, as spreadsheets write one"
    if is_shortened(text):
        return "it was shortened by a spreadsheet, so that digits are lost"
    if _EXTENSION.search(text):
        return "it has an extension, which is dialled after the call was answered"
    if any(character.isalpha() for character in text):
        return "it has letters"
    return ""
