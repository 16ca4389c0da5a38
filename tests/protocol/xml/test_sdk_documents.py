"""What Plivo's own builder writes, every element of it with every attribute, is right for all three judges."""

import inspect
from typing import Any

import pytest
from lxml import etree
from plivo import plivoxml

from app.protocol.xml.check import Findings, check
from app.protocol.xml.document import Element, parse, render
from app.protocol.xml.elements import ELEMENTS

from .judges import lxml_takes, xmlschema_takes

_URL = "https://example.com/next?a=1&b=2"
_ACTION = {"action": _URL, "method": "POST"}
_CALLBACK = {"callback_url": _URL, "callback_method": "GET"}
_TRANSCRIPTION = {"transcription_type": "auto", "transcription_url": _URL, "transcription_method": "GET"}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "Conference": {
        "content": "My Room",
        "muted": False,
        "enter_sound": "beep:1",
        "exit_sound": _URL,
        "start_conference_on_enter": True,
        "end_conference_on_exit": False,
        "stay_alone": True,
        "wait_sound": _URL,
        "max_members": 20,
        "record": True,
        "record_file_format": "wav",
        "time_limit": 3600,
        "hangup_on_star": True,
        **_ACTION,
        **_CALLBACK,
        "digits_match": "1,2*",
        "floor_event": False,
        "redirect": True,
        "relay_dtmf": True,
        "send_digits": "1w2",
        "record_when_alone": "true",
        **_TRANSCRIPTION,
    },
    "DTMF": {"content": "1w2W3*#", "async_": False},
    "Dial": {
        **_ACTION,
        "hangup_on_star": True,
        "time_limit": 60,
        "timeout": 20,
        "caller_id": "14155550100",
        "caller_name": "Bob & Söhne",
        "confirm_sound": _URL,
        "confirm_timeout": "30",
        "confirm_key": "1",
        "dial_music": "real",
        **_CALLBACK,
        "redirect": False,
        "digits_match": "123",
        "digits_match_b_leg": "456",
        "sip_headers": "head1=val1,head2=val2",
    },
    "Number": {
        "content": "+14155550100",
        "send_digits": "wwww2410",
        "send_on_preanswer": True,
        "send_digits_mode": "rfc2833",
    },
    "User": {
        "content": "sip:alice@phone.plivo.com",
        "send_digits": "1",
        "send_on_preanswer": False,
        "sip_headers": "a=b",
    },
    "GetDigits": {
        **_ACTION,
        "timeout": 5,
        "digit_timeout": 2,
        "finish_on_key": "#",
        "num_digits": 4,
        "retries": 2,
        "redirect": True,
        "play_beep": True,
        "valid_digits": "12*",
        "invalid_digits_sound": _URL,
        "log": False,
    },
    "GetInput": {
        **_ACTION,
        "input_type": "dtmf speech",
        "execution_timeout": 30,
        "digit_end_timeout": 5,
        "speech_end_timeout": 2,
        "finish_on_key": "none",
        "num_digits": 4,
        "speech_model": "phone_call",
        "hints": "sales,support",
        "language": "en-US",
        "interim_speech_results_callback": _URL,
        "interim_speech_results_callback_method": "POST",
        "log": True,
        "redirect": True,
        "profanity_filter": True,
    },
    "Hangup": {"reason": "busy", "schedule": 60},
    "Message": {
        "content": "Hi <you>",
        "src": "14155550100",
        "dst": "14155550101<14155550102",
        "type": "sms",
        **_CALLBACK,
    },
    "Play": {"content": "https://example.com/a.mp3", "loop": 0},
    "PreAnswer": {},
    "Record": {
        **_ACTION,
        "file_format": "mp3",
        "redirect": False,
        "timeout": 10,
        "max_length": 120,
        "play_beep": False,
        "finish_on_key": "1234567890*#",
        "record_session": True,
        "start_on_dial_answer": True,
        **_TRANSCRIPTION,
        "transcription_report_type": "full",
        **_CALLBACK,
        "record_channel_type": "mono",
    },
    "Redirect": {"content": _URL, "method": "GET"},
    "Response": {},
    "Speak": {"content": "Grüße & <mehr>", "voice": "Polly.Vicki", "language": "de-DE", "loop": 2},
    "Wait": {"length": 2, "silence": True, "min_silence": 1000, "beep": False},
    "Stream": {
        "content": "wss://example.com/audio",
        "bidirectional": True,
        "audioTrack": "inbound",
        "streamTimeout": 600,
        "statusCallbackUrl": _URL,
        "statusCallbackMethod": "GET",
        "contentType": "audio/x-mulaw;rate=8000",
        "extraHeaders": "a=1,b=2",
        "keepCallAlive": True,
    },
    "MultiPartyCall": {
        "content": "Nairobi",
        "role": "Agent",
        "max_duration": 1000,
        "max_participants": 10,
        "record_min_member_count": 2,
        "wait_music_url": _URL,
        "wait_music_method": "post",
        "wait_time": 10,
        "agent_hold_music_url": _URL,
        "agent_hold_music_method": "GET",
        "customer_hold_music_url": _URL,
        "customer_hold_music_method": "GET",
        "record": True,
        "record_participant_track": True,
        "record_file_format": "WAV",
        "recording_callback_url": _URL,
        "recording_callback_method": "GET",
        "status_callback_events": "mpc-state-changes,participant-speak-events",
        "status_callback_url": _URL,
        "status_callback_method": "POST",
        "stay_alone": True,
        "coach_mode": False,
        "mute": True,
        "hold": True,
        "start_mpc_on_enter": False,
        "end_mpc_on_exit": True,
        "enter_sound": "beep:2",
        "enter_sound_method": "GET",
        "exit_sound": _URL,
        "exit_sound_method": "POST",
        "on_exit_action_url": _URL,
        "on_exit_action_method": "GET",
        "relay_dtmf_inputs": True,
        "start_recording_audio": _URL,
        "start_recording_audio_method": "GET",
        "stop_recording_audio": _URL,
        "stop_recording_audio_method": "GET",
        "transcript": True,
        "transcription_url": _URL,
    },
    "break": {"strength": "x-strong", "time": "250ms"},
    "cont": {"content": "and on"},
    "emphasis": {"content": "really", "level": "strong"},
    "lang": {"content": "Bonjour", "xmllang": "fr-FR"},
    "p": {"content": "A paragraph"},
    "phoneme": {"content": "pecan", "alphabet": "ipa", "ph": "p\u026a\u02c8k\u0251\u02d0n"},
    "prosody": {"content": "fast", "volume": "+6dB", "rate": "120%", "pitch": "-10%"},
    "s": {"content": "A sentence"},
    "say-as": {"content": "12/31/2026", "interpret_as": "date", "format": "mdy"},
    "sub": {"content": "W3C", "alias": "World Wide Web Consortium"},
    "w": {"content": "read", "role": "amazon:VBD"},
}

SDK: dict[str, Any] = {
    element._name: element
    for element in vars(plivoxml).values()
    if inspect.isclass(element) and issubclass(element, plivoxml.PlivoXMLElement) and hasattr(element, "_name")
}
NOT_IN_OUTPUT = "cont"  # the SDK writes a space in its place


def test_the_sdk_has_no_element_that_is_not_here() -> None:
    assert SDK.keys() - {NOT_IN_OUTPUT} == ELEMENTS.keys()


@pytest.mark.parametrize("name", SDK)
def test_every_argument_of_the_sdk_is_given_here(name: str) -> None:
    taken = set(inspect.signature(SDK[name].__init__).parameters) - {"self"}
    left_out = {"content"} if name == "break" else set()  # SSML's break is empty
    assert taken - left_out == ARGUMENTS[name].keys()


@pytest.mark.parametrize("name", SDK)
def test_an_element_of_the_sdk_with_every_attribute_is_right(name: str) -> None:
    _assert_right(_document(name))


@pytest.mark.parametrize("name", SDK)
def test_what_the_sdk_nests_may_be_nested_and_nothing_else(name: str) -> None:
    if name != NOT_IN_OUTPUT:
        assert set(SDK[name]._nestable) - {NOT_IN_OUTPUT} == set(ELEMENTS[name].children)


@pytest.mark.parametrize(
    ("parent", "child"), [(parent, child) for parent, element in SDK.items() for child in element._nestable]
)
def test_every_nesting_of_the_sdk_is_right(parent: str, child: str) -> None:
    _assert_right(_document(parent, child))


@pytest.mark.parametrize("name", [name for name in SDK if name != NOT_IN_OUTPUT])
def test_our_builder_writes_what_the_sdk_writes(name: str) -> None:
    """The SDK's tree, taken apart by lxml and written by ours, is the same document."""
    theirs = _document(name).to_string(pretty=False)
    ours = render(_tree(etree.fromstring(theirs)))
    assert etree.canonicalize(ours.decode()) == etree.canonicalize(theirs)
    assert parse(ours) == parse(theirs)


def test_the_capitals_and_spaces_of_the_other_sdks_are_right() -> None:
    """Plivo's Node and Java SDKs write the role as it is given, a space after each comma, and relayDtmfInputs."""
    document = (
        b'<Response><MultiPartyCall role="Agent" recordFileFormat="MP3" waitMusicMethod="get" enterSound="NONE" '
        b'statusCallbackEvents="participant-speak-events, MPC-state-changes" relayDtmfInputs="true">'
        b"Nairobi</MultiPartyCall></Response>"
    )
    assert check(document) == Findings()
    assert lxml_takes(document)
    assert xmlschema_takes(document)


def _document(name: str, child: str | None = None) -> Any:
    """Build a whole document around an element, in the places that the SDK has for it."""
    element = SDK[name](**ARGUMENTS[name])
    if child is not None:
        element.add(SDK[child](**ARGUMENTS[child]))
    if name == "Dial" or child == "Dial":
        dial = element if name == "Dial" else element.children[0]
        dial.add(SDK["Number"](**ARGUMENTS["Number"]))
    while element._name != "Response":
        parent_name = next(parent for parent in ("Response", "Dial", "Speak") if element._name in SDK[parent]._nestable)
        parent = SDK[parent_name](**ARGUMENTS[parent_name])
        parent.add(element)
        element = parent
    return element


def _assert_right(document: Any) -> None:
    for written in (document.to_string(), document.to_string(pretty=False)):
        assert check(written) == Findings()
        assert lxml_takes(written.encode())
        assert xmlschema_takes(written.encode())


def _tree(element: Any) -> Element:
    content = [element.text, *(part for child in element for part in (_tree(child), child.tail))]
    attributes = {
        name.replace("{http://www.w3.org/XML/1998/namespace}", "xml:"): element.get(name) for name in element.attrib
    }
    return Element(element.tag, attributes, tuple(part for part in content if part))
