"""How an SMS text is cut: its encoding, and how many messages it becomes.

Rules: 3GPP TS 23.038 (the GSM 7-bit alphabet and its extension table) and TS 23.040 (a concatenated
message spends part of each segment on its header): 160 characters or 153 in each of several in GSM-7,
70 or 67 in UCS-2. A character that takes two places is never split between segments.
"""

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")
_ALPHABET = _BASIC | _EXTENSION
_LIMITS: dict[str, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


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
    not_gsm = "".join(dict.fromkeys(letter for letter in text if letter not in _ALPHABET))
    encoding: Literal["GSM-7", "UCS-2"] = "UCS-2" if not_gsm else "GSM-7"
    widths = [_width(letter, encoding) for letter in text]
    units = sum(widths)
    alone, part = _LIMITS[encoding]
    segments = 1
    if units > alone:
        room = part
        for width in widths:
            if width > room:
                segments += 1
                room = part
            room -= width
    return Segments(encoding, len(text), units, segments, not_gsm)


def _width(letter: str, encoding: str) -> int:
    if encoding == "GSM-7":
        return 2 if letter in _EXTENSION else 1
    return 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004  # beyond it UTF-16 takes a pair
