"""The voices, beside what Plivo's documentation says of the basic ones."""

import pytest

from app.protocol.voices import (
    DEFAULT_LANGUAGE,
    DEFAULT_VOICE,
    LANGUAGES,
    VOICE_NAMES,
    VOICES,
    languages_of,
    voices_for,
)


@pytest.mark.parametrize(
    ("language", "voices"),
    [
        ("da-DK", {"WOMAN"}),
        ("fr-CA", {"WOMAN"}),
        ("pt-PT", {"MAN"}),
        ("ru-RU", {"WOMAN"}),
        ("sv-SE", {"WOMAN"}),
        ("en-US", {"WOMAN", "MAN"}),
        ("ja-JP", set()),
    ],
)
def test_the_basic_voices_speak_what_plivo_says(language: str, voices: set[str]) -> None:
    assert {"WOMAN", "MAN"} & set(voices_for(language)) == voices


def test_no_voice_is_listed_twice() -> None:
    assert len({(voice.name, voice.language) for voice in VOICES}) == len(VOICES)
    assert len(set(VOICE_NAMES)) == len(VOICE_NAMES)


def test_every_language_has_a_voice_and_every_voice_a_language() -> None:
    assert all(voices_for(language) for language in LANGUAGES)
    assert all(languages_of(name) for name in VOICE_NAMES)
    assert languages_of("Polly.Aditi") == ["en-IN", "hi-IN"]
    assert languages_of("Polly.Nobody") == []


def test_what_plivo_assumes_is_one_of_them() -> None:
    assert DEFAULT_VOICE in voices_for(DEFAULT_LANGUAGE)


def test_the_basic_voices_are_what_their_names_say() -> None:
    assert {(voice.name, voice.gender) for voice in VOICES if "." not in voice.name} == {
        ("WOMAN", "female"), ("MAN", "male"),
    }  # fmt: skip
