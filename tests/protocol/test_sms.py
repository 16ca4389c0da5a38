"""Texts whose count is known from 3GPP TS 23.038 and 23.040."""

import pytest

from app.protocol.sms import measure


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
