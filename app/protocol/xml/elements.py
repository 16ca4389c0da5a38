"""The table: every element of Plivo's XML with its attributes, values and nesting.

The builder, the checker, the schema, the documentation and the steps of answers are all made from it. Names and
nesting are those of Plivo's own SDKs; ranges and defaults those of its documentation. Where the two differ, the
wider one stands here: what Plivo may take is not refused.
"""

from collections.abc import Collection

from app.protocol.xml import ssml
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.multiparty import MULTI_PARTY_CALL
from app.protocol.xml.parties import CONFERENCE, DIAL, NUMBER, USER
from app.protocol.xml.patterns import Options, Pattern, Url
from app.protocol.xml.prompts import GET_DIGITS, GET_INPUT, PLAY, PROMPTS, SPEAK, WAIT
from app.protocol.xml.shared import (
    AUDIO,
    BOOLEAN,
    DURATION,
    FILE_FORMAT,
    METHOD,
    NAME,
    PHONES,
    STREAM_HEADERS,
    TEXT,
    TONES,
    URL,
    action,
    callback,
    redirect,
    transcription,
)
from app.protocol.xml.values import Integer

_RESPONSE = ElementSpec(
    "Response",
    "The outermost element: what a call does, from top to bottom.",
    children=(
        "Speak", "Play", "Wait", "GetInput", "GetDigits", "Dial", "Record", "Conference", "MultiPartyCall", "Stream",
        "Message", "DTMF", "Redirect", "PreAnswer", "Hangup",
    ),
)  # fmt: skip

_RECORD = ElementSpec(
    "Record",
    "Records the caller, or the call.",
    attributes=(
        *action("Gets the URL of the recording, and answers with XML."),
        Attribute("fileFormat", FILE_FORMAT, "The format of the file.", "mp3"),
        Attribute("maxLength", Integer(1), "The most seconds.", "60"),
        Attribute("timeout", DURATION, "Seconds of silence that end the recording.", "15"),
        Attribute(
            "finishOnKey",
            Pattern("[0-9*#]{0,12}|[Nn]one", "digits, *, #, none or empty"),
            "The keys that end the recording.",
            "1234567890*#",
        ),
        Attribute("playBeep", BOOLEAN, "Beep before it begins.", "true"),
        Attribute("recordSession", BOOLEAN, "Record the call from here to its end, in the background.", "false"),
        Attribute("startOnDialAnswer", BOOLEAN, "Record from when a Dial is answered.", "false"),
        Attribute("recordChannelType", Options(("stereo", "mono")), "Both sides apart or together.", "stereo"),
        redirect(),
        *callback("Gets the URL of the recording, in the background."),
        *transcription(),
        Attribute("transcriptionReportType", Options(("compact", "full")), "How much the report holds.", "compact"),
    ),
)

_STREAM = ElementSpec(
    "Stream",
    "Streams the audio of the call to a WebSocket.",
    text=Url("wss"),
    attributes=(
        Attribute("bidirectional", BOOLEAN, "The WebSocket can send audio as well.", "false"),
        Attribute("audioTrack", Options(("inbound", "outbound", "both")), "Which side is streamed.", "inbound"),
        Attribute("streamTimeout", DURATION, "Seconds that it may last.", "86400"),
        Attribute("contentType", AUDIO, "Codec and sampling rate.", "audio/x-l16;rate=8000"),
        Attribute("extraHeaders", STREAM_HEADERS, "What the WebSocket is told at the start, as name=value,name=value."),
        Attribute("keepCallAlive", BOOLEAN, "Go on with the next element only when the stream ends.", "false"),
        Attribute("statusCallbackUrl", URL, "Gets what happens to the stream."),
        Attribute("statusCallbackMethod", METHOD, "How statusCallbackUrl is requested.", "POST"),
        Attribute("noiseCancellation", BOOLEAN, "Take background noise away.", "false"),
        Attribute("noiseCancellationLevel", Integer(60, 100), "How much of it.", "85"),
    ),
)

_MESSAGE = ElementSpec(
    "Message",
    "Sends a message.",
    text=NAME,
    attributes=(
        Attribute("src", TEXT, "The number that it comes from, one of yours.", advised=True, step_names=("from",)),
        Attribute(
            "dst", PHONES, "The number that it goes to; several with < between.", advised=True, step_names=("to",)
        ),
        Attribute("type", Options(("sms", "mms", "whatsapp"), other="[a-z]{1,16}"), "The kind of message.", "sms"),
        *callback("Gets the delivery reports."),
    ),
)

_DTMF = ElementSpec(
    "DTMF",
    "Sends tones, as if keys were pressed.",
    text=TONES,
    attributes=(Attribute("async", BOOLEAN, "Go on with the next element after the first tone.", "true"),),
)

_REDIRECT = ElementSpec(
    "Redirect",
    "Goes on with the XML that another URL answers.",
    text=URL,
    attributes=(Attribute("method", METHOD, "How the URL is requested.", "POST"),),
)

_PRE_ANSWER = ElementSpec(
    "PreAnswer",
    "What is heard before the call is answered, and billed.",
    children=(*PROMPTS, "GetDigits", "Redirect", "Message", "DTMF"),
)

_HANGUP = ElementSpec(
    "Hangup",
    "Ends the call, or refuses it when it stands first.",
    attributes=(
        Attribute("reason", Options(("rejected", "busy")), "Why a call is refused."),
        Attribute("schedule", DURATION, "Seconds until the call ends; the next elements are run meanwhile."),
    ),
)

ROOT = _RESPONSE
"""The element that a document consists of."""

ELEMENTS: dict[str, ElementSpec] = {
    element.name: element
    for element in (
        _RESPONSE, SPEAK, PLAY, WAIT, GET_INPUT, GET_DIGITS, DIAL, NUMBER, USER, _RECORD, CONFERENCE,
        MULTI_PARTY_CALL, _STREAM, _MESSAGE, _DTMF, _REDIRECT, _PRE_ANSWER, _HANGUP, *ssml.ELEMENTS,
    )
}  # fmt: skip
"""Every element by its name, the outermost one first."""

STEPS: dict[str, ElementSpec] = {element.step: element for element in ELEMENTS.values()}
"""Every element by its name in steps: speak, getDigits, dtmf, sayAs."""


def element_of_step(names: Collection[str]) -> ElementSpec | None:
    """Return the element that a step is: the one of its keys that has all the others as attributes.

    ``{"conference": …, "record": true}`` is a Conference, although Record is an element too.
    """
    found = [STEPS[name] for name in names if name in STEPS]
    if len(found) <= 1:
        return found[0] if found else None
    whole = [
        element for element in found
        if all(other is element or element.attribute_of_step(other.step) for other in found)
    ]  # fmt: skip
    return whole[0] if len(whole) == 1 else None


def parents_of(name: str) -> list[str]:
    """Return the names of the elements that an element may stand in."""
    return [element.name for element in ELEMENTS.values() if name in element.children]
