"""The values and attributes that many elements share."""

from app.protocol.xml.model import Attribute
from app.protocol.xml.patterns import SPACES, Boolean, Options, Pattern, Url
from app.protocol.xml.values import Integer, Text

_PAIR = f"[^=,{SPACES}]+=[^,]*"
_PHONE = r"[+]?[0-9(][0-9() .\-]*"

BOOLEAN = Boolean()
URL = Url()
METHOD = Options(("GET", "POST"))
DURATION = Integer(1)
FILE_FORMAT = Options(("mp3", "wav"))
TEXT = Text(1)
NAME = Text(1)
PHONE = Pattern(_PHONE, "a phone number with its country code, such as 14155550100")
PHONES = Pattern(
    f"{_PHONE}(<{_PHONE})*",
    "a phone number with its country code, such as 14155550100, or several with < between",
    separator="<",
)
FINISH_KEY = Pattern("[0-9*#]?|[Nn]one", "one digit, *, #, none or empty")
TONES = Pattern("[0-9*#wW]+(@[0-9]{1,5})?", "digits, *, #, and w or W for a pause of half a second or a second")
KEY_VALUES = Pattern(f"{_PAIR}(,{_PAIR})*", "name=value pairs with commas between them", separator=",")
STREAM_HEADERS = Pattern(
    KEY_VALUES.pattern, "name=value pairs with commas between them, 512 characters at most", most=512, separator=","
)
AUDIO = Options(("audio/x-l16;rate=8000", "audio/x-l16;rate=16000", "audio/x-mulaw;rate=8000"))
_TRANSCRIPTION = Options(("auto", "hybrid", "manual"))


def action(says: str, *, advised: bool = False) -> tuple[Attribute, Attribute]:
    """Return where Plivo goes on, and how."""
    return (
        Attribute("action", URL, says, advised=advised),
        Attribute("method", METHOD, "How action is requested.", "POST"),
    )


def callback(says: str) -> tuple[Attribute, Attribute]:
    """Return where Plivo reports to in the background, and how."""
    return (
        Attribute("callbackUrl", URL, says),
        Attribute("callbackMethod", METHOD, "How callbackUrl is requested.", "POST"),
    )


def redirect() -> Attribute:
    """Return whether what action answers counts."""
    return Attribute("redirect", BOOLEAN, "Go on with the XML that action answers, or with the next element.", "true")


def transcription() -> tuple[Attribute, ...]:
    """Return what has a recording transcribed."""
    return (
        Attribute("transcriptionType", _TRANSCRIPTION, "Have the recording transcribed."),
        Attribute("transcriptionUrl", URL, "Gets the transcription."),
        Attribute("transcriptionMethod", METHOD, "How transcriptionUrl is requested.", "POST"),
    )
