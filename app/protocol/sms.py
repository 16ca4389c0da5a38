"""How an SMS text is cut: its encoding, and how many messages it becomes.

Rules: 3GPP TS 23.038 (the GSM 7-bit alphabet and its extension table) and TS 23.040 (a concatenated
message spends part of each segment on its header): 160 characters or 153 in each of several in GSM-7,
70 or 67 in UCS-2. A character that takes two places is never split between segments.
"""

import re
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")
_ALPHABET = _BASIC | _EXTENSION
_LIMITS: dict[str, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_FIRST_OF_TWO = "\x1b"
"""Stands for the first of two places: the escape character of GSM-7's extension table, which is in no text itself."""
_ESCAPED = {ord(letter): _FIRST_OF_TWO + letter for letter in _EXTENSION}
_BEYOND_UCS_2 = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes as SMS.

    Attributes:
        encoding: GSM-7, or UCS-2 where a character is not in that alphabet.
        characters: characters as people count them.
        units: places they take: an extension character takes two in GSM-7, an emoji two or more in UCS-2.
        segments: messages it is sent and billed as.
        not_gsm: the characters that make it UCS-2, each once.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    units: int
    segments: int
    not_gsm: str


def measure(text: str) -> Segments:
    """Say what a text takes as SMS; an empty one still is one message."""
    not_gsm = "".join(letter for letter in dict.fromkeys(text) if letter not in _ALPHABET)
    encoding: Literal["GSM-7", "UCS-2"] = "UCS-2" if not_gsm else "GSM-7"
    places = _places(text, encoding)
    alone, part = _LIMITS[encoding]
    segments = 1
    if len(places) > alone:
        end = part
        while end < len(places):
            segments += 1
            end += part - (places[end - 1] == _FIRST_OF_TWO)
    return Segments(encoding, len(text), len(places), segments, not_gsm)


def _places(text: str, encoding: str) -> str:
    """Return a text as long as the places that it takes."""
    if encoding == "GSM-7":
        return text.translate(_ESCAPED)
    # Beyond 16 bits UTF-16 takes a pair.
    return _BEYOND_UCS_2.sub(_FIRST_OF_TWO + ".", text.replace(_FIRST_OF_TWO, "."))
