"""Formats of text values: what people type is cleaned, what cannot be meant is refused.

Phone numbers are cleaned of what people put between digits (``+1 (415) 555-0100``). Nothing else is
checked than the shape: which numbers exist is Plivo's to judge.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

TextFormat = Callable[[str], str]
"""Text → cleaned text; raises ValueError with a reason for the user."""

_BETWEEN_DIGITS = re.compile(r"[\s().\-/\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\ufeff]+")
_PHONE = re.compile(r"[0-9]{3,15}")
_DIGITS = re.compile(r"[0-9]+")
_SIP = re.compile(r"sip:[^\s<>,]+", re.IGNORECASE)
_ALPHANUMERIC_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.&+-]{0,10}")
# Nearly every URL is as plain as this; taking one apart costs a tenth of a whole request.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,4})?(/[^\s\x00-\x1f\x7f]*)?")
_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


def clean_number(text: str) -> str:
    """Drop a leading plus and whatever people write between digits."""
    if _DIGITS.fullmatch(text):
        return text
    return _BETWEEN_DIGITS.sub("", text).removeprefix("+")


def recipient(text: str) -> str:
    """A message destination: 3 to 15 digits with the country code."""
    cleaned = clean_number(text)
    if not _PHONE.fullmatch(cleaned):
        raise ValueError("is not a phone number: give 3 to 15 digits with the country code, like 14155550100")
    return cleaned


def phone(text: str) -> str:
    """A call destination: 3 to 15 digits with the country code, or a ``sip:`` URI."""
    stripped = text.strip()
    if _SIP.fullmatch(stripped):
        return stripped
    cleaned = clean_number(text)
    if not _PHONE.fullmatch(cleaned):
        raise ValueError(
            "is not a phone number: give 3 to 15 digits with the country code, like 14155550100, or a sip: address"
        )
    return cleaned


def sender(text: str) -> str:
    """A caller id or message source: a phone number, or an alphanumeric id of up to 11 characters."""
    stripped = text.strip()
    cleaned = clean_number(text)
    if _PHONE.fullmatch(cleaned):
        return cleaned
    if _SIP.fullmatch(stripped) or _ALPHANUMERIC_SENDER.fullmatch(stripped):
        return stripped
    raise ValueError("is neither a phone number nor a sender id of up to 11 letters and digits")


def number(text: str) -> str:
    """A phone number in a path: digits only."""
    cleaned = clean_number(text)
    if not _DIGITS.fullmatch(cleaned):
        raise ValueError("is not a phone number: give its digits with the country code, like 14155550100")
    return cleaned


def url(text: str) -> str:
    """An absolute http or https URL."""
    stripped = text.strip()
    if _PLAIN_URL.fullmatch(stripped):
        return stripped
    try:
        parts = urlsplit(stripped)
        absolute = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        absolute = False
    if not absolute or _CONTROL_OR_SPACE.search(stripped):
        raise ValueError("is not a URL: give an absolute one that begins with http:// or https://")
    return stripped


FORMATS: dict[str, TextFormat] = {
    "phone": phone,
    "recipient": recipient,
    "sender": sender,
    "number": number,
    "url": url,
}
