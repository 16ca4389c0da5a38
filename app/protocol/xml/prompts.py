"""What a caller hears, and what is asked of them."""

from app.protocol.voices import DEFAULT_LANGUAGE, DEFAULT_VOICE, VOICE_NAMES
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import SPACES, Options, Pattern
from app.protocol.xml.shared import BOOLEAN, DURATION, FINISH_KEY, METHOD, URL, action, redirect
from app.protocol.xml.ssml import ANYTHING, LANGUAGE, RECOGNISED_LANGUAGE
from app.protocol.xml.values import Integer, Text

PROMPTS = ("Speak", "Play", "Wait")
"""What a caller hears while input is collected."""

_VOICE = Options(
    VOICE_NAMES, other=rf"Polly\.[^{SPACES}]+", meaning="WOMAN, MAN or a voice of Polly's such as Polly.Joanna"
)
_AUTO_TIMEOUT = Pattern("auto|[2-9]|10", "auto or a whole number from 2 to 10")
_DIGITS = Pattern("[0-9*#]+", "digits, * and #")

SPEAK = ElementSpec(
    "Speak",
    "Reads a text aloud.",
    text=Text(),
    children=ANYTHING,
    attributes=(
        Attribute("voice", _VOICE, "The voice that reads.", DEFAULT_VOICE),
        Attribute("language", LANGUAGE, "The language it is read in.", DEFAULT_LANGUAGE),
        Attribute("loop", Integer(0), "How many times; 0 is until the call ends.", "1"),
    ),
)

PLAY = ElementSpec(
    "Play",
    "Plays an audio file (mp3 or wav).",
    text=URL,
    attributes=(Attribute("loop", Integer(0), "How many times; 0 is until the call ends.", "1"),),
)

WAIT = ElementSpec(
    "Wait",
    "Waits; as the first element it waits before the call is answered.",
    step_attribute="length",
    attributes=(
        Attribute("length", DURATION, "Seconds to wait.", "1"),
        Attribute("silence", BOOLEAN, "Go on as soon as nobody speaks for minSilence.", "false"),
        Attribute("minSilence", Integer(1), "Milliseconds that count as silence.", "2000"),
        Attribute("beep", BOOLEAN, "Go on at the beep of an answering machine.", "false"),
    ),
)

GET_INPUT = ElementSpec(
    "GetInput",
    "Collects digits or speech, while its prompts are heard.",
    children=PROMPTS,
    attributes=(
        *action("Gets what was pressed or said, and answers with XML.", advised=True),
        Attribute(
            "inputType",
            Options(("dtmf", "speech", "dtmf speech"), separator=" "),
            "What is collected; dtmf speech takes what comes first.",
        ),
        Attribute("executionTimeout", Integer(5, 60), "Seconds in all, counted from the end of the prompts.", "15"),
        Attribute("digitEndTimeout", _AUTO_TIMEOUT, "Seconds between two digits.", "auto"),
        Attribute("speechEndTimeout", _AUTO_TIMEOUT, "Seconds of silence that end the speech.", "auto"),
        Attribute("startInputTimeout", DURATION, "Seconds until the input must begin."),
        Attribute("finishOnKey", FINISH_KEY, "The key that ends the input.", "#"),
        Attribute("numDigits", Integer(1, 32), "The most digits.", "32"),
        Attribute("retries", Integer(1), "How many times the caller may try."),
        Attribute(
            "speechModel",
            Options(("default", "command_and_search", "phone_call"), other="[a-z_]{1,32}"),
            "The model that recognises the speech.",
            "default",
        ),
        Attribute("hints", Text(0, 10_000, separator=","), "Phrases that are likely, with commas between them."),
        Attribute("language", RECOGNISED_LANGUAGE, "The language that is spoken.", DEFAULT_LANGUAGE),
        Attribute("interimSpeechResultsCallback", URL, "Gets the speech while it is being recognised."),
        Attribute(
            "interimSpeechResultsCallbackMethod", METHOD, "How interimSpeechResultsCallback is requested.", "POST"
        ),
        Attribute("profanityFilter", BOOLEAN, "Mask profanities in the transcript.", "false"),
        Attribute("log", BOOLEAN, "Write the input to Plivo's logs; false for what is secret.", "true"),
        redirect(),
    ),
)

GET_DIGITS = ElementSpec(
    "GetDigits",
    "Collects digits, while its prompts are heard; GetInput can do more.",
    children=PROMPTS,
    attributes=(
        *action("Gets the digits, and answers with XML.", advised=True),
        Attribute("timeout", DURATION, "Seconds to wait for the first digit.", "5"),
        Attribute("digitTimeout", DURATION, "Seconds between two digits.", "2"),
        Attribute("finishOnKey", FINISH_KEY, "The key that ends the input.", "#"),
        Attribute("numDigits", Integer(1), "The most digits.", "99"),
        Attribute("retries", Integer(1), "How many times the caller may try.", "1"),
        Attribute("validDigits", _DIGITS, "The keys that count.", "1234567890*#"),
        Attribute("invalidDigitsSound", URL, "Played when another key is pressed."),
        Attribute("playBeep", BOOLEAN, "Beep after the prompts.", "false"),
        Attribute("log", BOOLEAN, "Write the digits to Plivo's logs; false for what is secret.", "true"),
        redirect(),
    ),
)
