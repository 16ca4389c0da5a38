"""Texts whose count is known from 3GPP TS 23.038 and 23.040."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.sms import measure
from tests.support.patience import patient


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "units", "segments"),
    [
        ("", "GSM-7", 0, 0, 1),
        ("Hello", "GSM-7", 5, 5, 1),
        ("a" * 160, "GSM-7", 160, 160, 1),
        ("a" * 161, "GSM-7", 161, 161, 2),
        ("a" * 306, "GSM-7", 306, 306, 2),
        ("a" * 307, "GSM-7", 307, 307, 3),
        ("€" * 80, "GSM-7", 80, 160, 1),
        ("€" * 81, "GSM-7", 81, 162, 2),
        ("ж" * 70, "UCS-2", 70, 70, 1),
        ("ж" * 71, "UCS-2", 71, 71, 2),
        ("😀" * 35, "UCS-2", 35, 70, 1),
        ("😀" * 36, "UCS-2", 36, 72, 2),
    ],
)
def test_a_text_takes_what_the_standard_says(
    text: str, encoding: str, characters: int, units: int, segments: int
) -> None:
    measured = measure(text)
    assert (measured.encoding, measured.characters, measured.units, measured.segments) == (
        encoding,
        characters,
        units,
        segments,
    )


def test_a_character_of_two_places_is_not_split_between_segments() -> None:
    """152 letters and a euro sign do not fit the first 153 places, so 3 segments are needed for 306 places."""
    assert measure("a" * 152 + "€" + "a" * 152).units == 306
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3


def test_it_says_which_characters_are_to_blame() -> None:
    assert measure("naïve ж naïve").not_gsm == "ïж"


def packed(widths: list[int], part: int) -> int:
    """Fill one segment after the other, a character at a time."""
    segments, room = 1, part
    for width in widths:
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return segments


@patient
@given(st.text(st.sampled_from("a€[\x1b"), max_size=900) | st.text(st.sampled_from("aя😀\ud83d\x1b"), max_size=600))
def test_no_character_is_split_between_segments(text: str) -> None:
    measured = measure(text)
    if measured.encoding == "GSM-7":
        widths, alone, part = [2 if letter in "€[" else 1 for letter in text], 160, 153
    else:
        widths, alone, part = [len(letter.encode("utf-16-be", "surrogatepass")) // 2 for letter in text], 70, 67
    assert measured.units == sum(widths)
    assert measured.segments == (packed(widths, part) if sum(widths) > alone else 1)


@pytest.mark.parametrize(("letter", "segments"), [("a", 6536), ("€", 13158), ("я", 14926), ("😀", 30304)])
def test_a_huge_text_is_measured_too(letter: str, segments: int) -> None:
    assert measure(letter * 1_000_000).segments == segments
