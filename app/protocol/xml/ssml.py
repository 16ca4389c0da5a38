"""The elements inside Speak: the part of SSML that Plivo passes on to Amazon Polly.

Nesting as in Plivo's Python and Node SDKs; values as in its Ruby SDK, which checks them, and in Polly's
documentation. Plivo has no ``amazon:effect`` and no automatic breaths.
"""

from app.protocol.voices import LANGUAGES
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import Options, Pattern
from app.protocol.xml.values import Text

_TAG = "[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
LANGUAGE = Options(LANGUAGES, other=_TAG, meaning="a language such as en-US")
"""A language that is spoken to the caller."""

RECOGNISED_LANGUAGE = Pattern(_TAG, "the tag of a language, such as en-US")
"""A language that the caller speaks; Plivo's list of them is long, and not known here."""

_INLINE = ("break", "emphasis", "phoneme", "prosody", "say-as", "sub")
_SENTENCE = (*_INLINE, "lang", "w")
ANYTHING = (*_SENTENCE, "p", "s")
"""What may stand in Speak, and in the elements that hold whole paragraphs."""

ELEMENTS = (
    ElementSpec(
        "break",
        "A pause.",
        step_attribute="time",
        attributes=(
            Attribute(
                "strength",
                Options(("none", "x-weak", "weak", "medium", "strong", "x-strong")),
                "How long, in words.",
                "medium",
            ),
            Attribute(
                "time",
                Pattern(
                    r"(10000|[0-9]{1,4})ms|(10|[0-9](\.[0-9]{1,3})?)s", "a time of up to 10s or 10000ms, such as 500ms"
                ),
                "How long, in seconds or milliseconds.",
            ),
        ),
    ),
    ElementSpec(
        "emphasis",
        "Words that are stressed, or the opposite.",
        text=Text(),
        children=_SENTENCE,
        attributes=(Attribute("level", Options(("strong", "moderate", "reduced")), "How much.", "moderate"),),
    ),
    ElementSpec(
        "lang",
        "Words in another language.",
        text=Text(),
        children=ANYTHING,
        attributes=(Attribute("xml:lang", LANGUAGE, "The language.", required=True, step_names=("lang", "language")),),
    ),
    ElementSpec("p", "A paragraph, with a pause after it.", text=Text(), children=(*_SENTENCE, "s")),
    ElementSpec(
        "phoneme",
        "Words pronounced as phonetic symbols say.",
        text=Text(),
        attributes=(
            Attribute("alphabet", Options(("ipa", "x-sampa", "x-amazon-pinyin")), "Which phonetic symbols."),
            Attribute("ph", Text(1), "The symbols.", required=True),
        ),
    ),
    ElementSpec(
        "prosody",
        "Words at another volume, speed or pitch.",
        text=Text(),
        children=ANYTHING,
        attributes=(
            Attribute(
                "volume",
                Pattern(
                    r"default|silent|x-soft|soft|medium|loud|x-loud|[+\-]?[0-9]{1,3}(\.[0-9]{1,2})?dB",
                    "default, silent, x-soft, soft, medium, loud, x-loud or decibels such as +6dB",
                ),
                "How loud.",
            ),
            Attribute(
                "rate",
                Pattern(
                    r"x-slow|slow|medium|fast|x-fast|[0-9]{1,3}%",
                    "x-slow, slow, medium, fast, x-fast or a percentage such as 90%",
                ),
                "How fast.",
            ),
            Attribute(
                "pitch",
                Pattern(
                    r"default|x-low|low|medium|high|x-high|[+\-]?[0-9]{1,3}(\.[0-9]{1,2})?%",
                    "default, x-low, low, medium, high, x-high or a percentage such as +10%",
                ),
                "How high.",
            ),
        ),
    ),
    ElementSpec("s", "A sentence, with a pause after it.", text=Text(), children=_SENTENCE),
    ElementSpec(
        "say-as",
        "Words read as what they are: digits, a date, a telephone number.",
        text=Text(),
        attributes=(
            Attribute(
                "interpret-as",
                Options(
                    (
                        "characters",
                        "spell-out",
                        "cardinal",
                        "number",
                        "ordinal",
                        "digits",
                        "fraction",
                        "unit",
                        "date",
                        "time",
                        "address",
                        "expletive",
                        "telephone",
                    )
                ),
                "What they are.",
                required=True,
            ),
            Attribute(
                "format",
                Options(
                    ("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "d", "m", "y", "yyyymmdd"), other="[a-z0-9]{1,16}"
                ),
                "The order of a date's parts.",
            ),
        ),
    ),
    ElementSpec(
        "sub",
        "Words in whose place others are read.",
        text=Text(),
        attributes=(Attribute("alias", Text(1), "What is read.", required=True),),
    ),
    ElementSpec(
        "w",
        "A word whose part of speech decides how it is read.",
        text=Text(),
        children=_INLINE,
        attributes=(
            Attribute(
                "role",
                Options(("amazon:VB", "amazon:VBD", "amazon:SENSE_1"), other="amazon:[A-Z0-9_]{1,16}"),
                "The part of speech: verb, past participle, another sense.",
            ),
        ),
    ),
)
