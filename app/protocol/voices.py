"""The voices that Speak, and Plivo's speak requests, know.

``WOMAN`` and ``MAN`` are Plivo's basic voices, one pair for many languages. A name that begins with
``Polly.`` is a voice of Amazon Polly's, which speaks one language, and SSML as well. The names are those of
Plivo's documentation and of its Ruby SDK; Plivo may know more, so an unknown one is worth a warning, no more.
"""

from dataclasses import dataclass
from typing import Literal

DEFAULT_VOICE = "WOMAN"
DEFAULT_LANGUAGE = "en-US"
POLLY = "Polly."
"""How the name of every voice of Amazon Polly's begins."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice and one language that it speaks.

    Attributes:
        name: what ``voice`` takes: WOMAN, MAN or ``Polly.…``.
        language: what ``language`` takes, such as en-US.
        gender: what it sounds like.
    """

    name: str
    language: str
    gender: Literal["female", "male"]


# Language → which of the two basic voices speak it.
_BASIC: dict[str, tuple[str, ...]] = {
    "da-DK": ("WOMAN",),
    "de-DE": ("WOMAN", "MAN"),
    "en-AU": ("WOMAN", "MAN"),
    "en-GB": ("WOMAN", "MAN"),
    "en-US": ("WOMAN", "MAN"),
    "es-ES": ("WOMAN", "MAN"),
    "es-US": ("WOMAN", "MAN"),
    "fr-CA": ("WOMAN",),
    "fr-FR": ("WOMAN", "MAN"),
    "it-IT": ("WOMAN", "MAN"),
    "nl-NL": ("WOMAN", "MAN"),
    "pl-PL": ("WOMAN", "MAN"),
    "pt-BR": ("WOMAN", "MAN"),
    "pt-PT": ("MAN",),
    "ru-RU": ("WOMAN",),
    "sv-SE": ("WOMAN",),
}

# Language → Polly's women and men.
_POLLY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "arb": (("Zeina",), ()),
    "cmn-CN": (("Zhiyu",), ()),
    "cy-GB": (("Gwyneth",), ()),
    "da-DK": (("Naja",), ("Mads",)),
    "de-DE": (("Marlene", "Vicki"), ("Hans",)),
    "en-AU": (("Nicole",), ("Russell",)),
    "en-GB": (("Amy", "Emma"), ("Brian",)),
    "en-GB-WLS": ((), ("Geraint",)),
    "en-IN": (("Aditi", "Raveena"), ()),
    "en-US": (("Ivy", "Joanna", "Kendra", "Kimberly", "Salli"), ("Joey", "Justin", "Matthew")),
    "es-ES": (("Conchita",), ("Enrique",)),
    "es-MX": (("Mia",), ()),
    "es-US": (("Lupe-Standard", "Penelope"), ("Miguel",)),
    "fr-CA": (("Chantal",), ()),
    "fr-FR": (("Celine", "Lea"), ("Mathieu",)),
    "hi-IN": (("Aditi",), ()),
    "is-IS": (("Dora",), ("Karl",)),
    "it-IT": (("Carla",), ("Giorgio",)),
    "ja-JP": (("Mizuki",), ("Takumi",)),
    "ko-KR": (("Seoyeon",), ()),
    "nb-NO": (("Liv",), ()),
    "nl-NL": (("Lotte",), ("Ruben",)),
    "pl-PL": (("Ewa", "Maja"), ("Jacek", "Jan")),
    "pt-BR": (("Vitoria",), ("Ricardo",)),
    "pt-PT": (("Ines",), ("Cristiano",)),
    "ro-RO": (("Carmen",), ()),
    "ru-RU": (("Tatyana",), ("Maxim",)),
    "sv-SE": (("Astrid",), ()),
    "tr-TR": (("Filiz",), ()),
}


def _voices() -> tuple[Voice, ...]:
    basic = [
        Voice(name, language, "female" if name == "WOMAN" else "male")
        for language, names in _BASIC.items()
        for name in names
    ]
    women = [Voice(POLLY + name, language, "female") for language, (names, _) in _POLLY.items() for name in names]
    men = [Voice(POLLY + name, language, "male") for language, (_, names) in _POLLY.items() for name in names]
    return (*basic, *sorted(women + men, key=lambda voice: (voice.language, voice.name)))


VOICES = _voices()
"""Every voice with every language that it speaks, the basic ones first."""

VOICE_NAMES = tuple(dict.fromkeys(voice.name for voice in VOICES))
"""What ``voice`` takes."""

LANGUAGES = tuple(sorted({voice.language for voice in VOICES}))
"""What ``language`` takes."""


def voices_for(language: str) -> list[str]:
    """Return the names of the voices that speak a language, the basic ones first."""
    return [voice.name for voice in VOICES if voice.language == language]


def languages_of(name: str) -> list[str]:
    """Return the languages that a voice speaks; none for a voice that is not known here."""
    return [voice.language for voice in VOICES if voice.name == name]
