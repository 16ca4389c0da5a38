"""Who a caller is connected with."""

from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import SPACES, Options, Pattern, Url
from app.protocol.xml.shared import (
    BOOLEAN,
    DURATION,
    FILE_FORMAT,
    KEY_VALUES,
    NAME,
    PHONE,
    TEXT,
    TONES,
    URL,
    action,
    callback,
    redirect,
    transcription,
)
from app.protocol.xml.values import Integer, Text

_SOUND = Url(also=("", "beep:1", "beep:2"))


def _party(*more: Attribute) -> tuple[Attribute, ...]:
    return (
        Attribute("sendDigits", TONES, "Tones to send once the call is answered."),
        Attribute("sendOnPreanswer", BOOLEAN, "Send them before it is answered.", "false"),
        Attribute("callerId", TEXT, "The number that this party sees."),
        Attribute("callerName", Text(1, 50), "The name that this party sees."),
        *more,
    )


DIAL = ElementSpec(
    "Dial",
    "Calls numbers and SIP users at once, and connects the first who answers.",
    children=("Number", "User"),
    needs_child=True,
    attributes=(
        *action("Requested when Dial is over, and answers with XML."),
        Attribute("timeout", DURATION, "Seconds that it may ring."),
        Attribute("timeLimit", DURATION, "Seconds that the call may last; Plivo ends it after 24 hours.", "14400"),
        Attribute("callerId", TEXT, "The number that the called party sees."),
        Attribute("callerName", Text(1, 50), "The name that the called party sees."),
        Attribute("hangupOnStar", BOOLEAN, "The caller can end this part of the call with *.", "false"),
        Attribute("confirmSound", URL, "Answers with XML that the called party hears before being connected."),
        Attribute("confirmKey", Pattern("[0-9*#]", "one digit, * or #"), "The key that the called party must press."),
        Attribute("confirmTimeout", DURATION, "Seconds to wait for confirmKey.", "120"),
        Attribute(
            "dialMusic", Url(also=("real",)), "Answers with XML that the caller hears meanwhile; real: the ring tone."
        ),
        *callback("Gets what happens during Dial."),
        redirect(),
        Attribute("digitsMatch", TEXT, "Digits of the caller's that are reported to callbackUrl, with commas between."),
        Attribute("digitsMatchBLeg", TEXT, "The same for the called party."),
        Attribute("sipHeaders", KEY_VALUES, "SIP headers to send, as name=value,name=value."),
        Attribute("machineDetection", TEXT, "What to do about answering machines."),
        Attribute("callType", Options(("voice", "whatsapp")), "An ordinary call or one over WhatsApp.", "voice"),
    ),
)

NUMBER = ElementSpec(
    "Number",
    "A phone number to call.",
    text=PHONE,
    attributes=_party(
        Attribute(
            "sendDigitsMode",
            Options(("rfc2833", "inband"), other="[a-z0-9]{1,16}"),
            "How the tones are sent.",
            "rfc2833",
        ),
    ),
)

USER = ElementSpec(
    "User",
    "A SIP user to call.",
    text=Pattern(
        f"[Ss][Ii][Pp][Ss]?:[^{SPACES}]+", "a SIP address that begins with sip:, such as sip:alice@example.com"
    ),
    attributes=_party(
        Attribute("sipHeaders", KEY_VALUES, "SIP headers to send, as name=value,name=value."),
        Attribute("sipAuthUsername", TEXT, "The user name that the other side asks for."),
        Attribute("sipAuthPassword", Text(8, 128), "The password that belongs to it."),
    ),
)

CONFERENCE = ElementSpec(
    "Conference",
    "Puts the caller into the conference of this name.",
    text=NAME,
    attributes=(
        Attribute("muted", BOOLEAN, "Join muted.", "false"),
        Attribute("enterSound", _SOUND, "Heard when a member enters.", ""),
        Attribute("exitSound", _SOUND, "Heard when a member leaves.", ""),
        Attribute("startConferenceOnEnter", BOOLEAN, "The conference begins when this member enters.", "true"),
        Attribute("endConferenceOnExit", BOOLEAN, "The conference ends when this member leaves.", "false"),
        Attribute("stayAlone", BOOLEAN, "The last member stays.", "true"),
        Attribute("waitSound", Url(also=("",)), "Answers with XML that is heard until the conference begins."),
        Attribute("maxMembers", Integer(1, 20), "The most members.", "20"),
        Attribute("timeLimit", DURATION, "Seconds that the conference may last.", "86400"),
        Attribute("hangupOnStar", BOOLEAN, "This member can leave with *.", "false"),
        Attribute("record", BOOLEAN, "Record the conference.", "false"),
        Attribute("recordFileFormat", FILE_FORMAT, "The format of the file.", "mp3"),
        Attribute("recordWhenAlone", BOOLEAN, "Record also while there is one member."),
        *action("Requested when this member leaves, and answers with XML."),
        redirect(),
        *callback("Gets what happens in the conference."),
        Attribute("digitsMatch", TEXT, "Digits that are reported to callbackUrl, with commas between."),
        Attribute("floorEvent", BOOLEAN, "Report when this member is the one who speaks.", "false"),
        Attribute("relayDTMF", BOOLEAN, "The others hear the keys that this member presses.", "true"),
        Attribute("sendDigits", TONES, "Tones to send when this member enters."),
        *transcription(),
    ),
)
