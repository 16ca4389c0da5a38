"""Formats of text values: what people type is cleaned, what cannot be meant is refused.

Each is a :data:`TextFormat`, which raises ValueError with a reason for the user.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

from app.datatypes.phone_numbers import ReadNational, clean_number, is_shortened, not_a_number
from app.protocol import countries

TextFormat = Callable[[str], str]
"""Text → cleaned text; raises ValueError with a reason for the user."""

_PHONE_DIGITS = range(3, 16)
# Nearly every number comes like this.
_PLAIN_NUMBER = re.compile(r"[1-9][0-9]{2,14}")
_LONGEST_SENDER_ID = 11
_SIP = re.compile(r"sip:[^\s<>,]+", re.IGNORECASE)
_STRIPPED_BY_PLIVO = re.compile(r"[^A-Za-z0-9]+")
_LETTER = re.compile(r"[A-Za-z]")
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")
# Nearly every URL is as plain as this; taking one apart costs a tenth of a whole request.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,4})?(/[^\s\x00-\x1f\x7f]*)?")
_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


def recipient(text: str, read_national: ReadNational | None = None) -> str:
    """A message destination: 3 to 15 digits with the country code."""
    if read_national is None and _PLAIN_NUMBER.fullmatch(text):
        return text
    digits = clean_number(text, read_national)
    if len(digits) not in _PHONE_DIGITS:
        raise not_a_number(f"it has {len(digits)} digit{'s' * (len(digits) != 1)}")
    return digits


def phone(text: str, read_national: ReadNational | None = None) -> str:
    """A call destination: 3 to 15 digits with the country code, or a ``sip:`` URI."""
    if read_national is None and _PLAIN_NUMBER.fullmatch(text):
        return text
    if ":" not in text and "@" not in text:
        return recipient(text, read_national)
    uri = text.strip()
    if not _SIP.fullmatch(uri):
        raise ValueError("is not a phone number, nor a SIP address like sip:alice@phone.plivo.com")
    return uri


def sender(text: str, read_national: ReadNational | None = None) -> str:
    """A caller id or message source: a phone number, a ``sip:`` URI, or an alphanumeric id.

    Plivo strips everything but A-Z, a-z and 0-9 from an id, and takes up to 11 characters of these (its page "Send a
    message", parameter ``src``). The id travels as it was given.
    """
    if read_national is None and _PLAIN_NUMBER.fullmatch(text):
        return text
    stripped = text.strip()
    if not _LETTER.search(stripped):
        return recipient(text, read_national)
    if _SIP.fullmatch(stripped):
        return stripped
    if stripped.startswith("+") or is_shortened(stripped):
        return clean_number(stripped)
    counted = len(_STRIPPED_BY_PLIVO.sub("", stripped))
    if counted > _LONGEST_SENDER_ID:
        raise ValueError(f"is neither a phone number nor a sender id: it has {counted} letters and digits, 11 at most")
    if not stripped.isprintable() or any(_is_lost(character) for character in stripped):
        raise ValueError("is neither a phone number nor a sender id: Plivo takes the letters A-Z and a-z and digits")
    return stripped


def number(text: str, read_national: ReadNational | None = None) -> str:
    """A phone number in a path, or the beginning of one in a filter: digits only."""
    return clean_number(text, read_national)


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


def country(text: str) -> str:
    """A country's two letters (ISO 3166-1 alpha-2), in capitals; its name is answered with them."""
    code = text.strip().upper()
    meant = countries.code_of(text)
    if not _COUNTRY_CODE.fullmatch(code) or meant not in (None, code):
        raise ValueError("is not a country's two letters, like US" + (f", did you mean {meant}?" if meant else ""))
    return code


def _is_lost(character: str) -> bool:
    """Say whether it is a letter or digit that Plivo would strip: ``Zoë`` would arrive as ``Zo``."""
    return character.isalnum() and not character.isascii()


def formats_for(country: str | None) -> Mapping[str, TextFormat]:
    """Return the text formats by name.

    Args:
        country: whose national numbers are read as well, as two capital letters; None: nobody's.
    """
    if country is None:
        return FORMATS
    from app.datatypes.national_numbers import NationalNumbers  # noqa: PLC0415  # its tables take time and memory

    read_national = NationalNumbers(country).read
    by_number = {"phone": phone, "recipient": recipient, "sender": sender, "number": number}
    return {**FORMATS, **{name: partial(read, read_national=read_national) for name, read in by_number.items()}}


FORMATS: Mapping[str, TextFormat] = {
    "phone": phone,
    "recipient": recipient,
    "sender": sender,
    "number": number,
    "url": url,
    "country": country,
}

FORM_FORMATS = frozenset(("answer", "email", "language", "multiline", "secret", "variables", "voice"))
"""Formats that only tell a form what to draw: the value is any text, and Plivo's to judge."""
