"""Requests of Plivo's as events, in the names and types of the REST records."""

from typing import Any

import pytest

from app.events import NewEvent
from app.events.normalise import Normaliser
from app.manifest import METADATA, load_manifest
from app.manifest.events import EventKind, data_name, matches

KINDS = load_manifest(METADATA).events
NORMALISER = Normaliser(KINDS)
NOW = 1_800_000_000.0
CALL = {"CallUUID": "c1", "From": "14155550100", "To": "14155550123", "CallStatus": "in-progress"}


def read(params: dict[str, Any], nonce: str = "n", subscription: str = "sub_a") -> NewEvent:
    return NORMALISER.read(params, subscription=subscription, account="MA1", nonce=nonce, now=NOW)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.types[0].name)
def test_every_example_is_recognised_as_what_it_is(kind: EventKind) -> None:
    for one in kind.types:
        params = {**kind.example, **one.example}
        assert [other for other in KINDS if matches(other, params)] == [kind]
        assert read(params).type == one.name


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({**CALL, "Event": "StartApp", "Direction": "inbound"}, "call.received"),
        ({**CALL, "Event": "StartApp", "Direction": "outbound"}, "call.answered"),
        ({**CALL, "Direction": "outbound", "CallStatus": "no-answer"}, "call.ended"),
        ({**CALL, "Direction": "inbound", "Digits": "1"}, "call.digits"),
        ({**CALL, "InputType": "speech", "Speech": "sales", "Digits": ""}, "call.speech"),
        ({**CALL, "RecordUrl": "https://x/r.mp3", "RecordingID": "r", "Digits": "#"}, "recording.ready"),
        ({**CALL, "RecordUrl": "https://x/r.mp3", "RecordingID": "r", "RecordingDuration": "-1"}, "recording.started"),
        ({**CALL, "ConferenceUUID": "f", "ConferenceAction": "digits", "Digits": "1"}, "conference.digits"),
        ({**CALL, "MPCUUID": "p", "EventName": "ParticipantJoin"}, "multiparty.participant_joined"),
        ({"CallUUID": "c", "StreamID": "s", "Event": "StopStream", "Direction": "inbound"}, "stream.stopped"),
        ({"MessageUUID": "m", "Status": "Delivered?"}, "message.updated"),
        ({"MessageUUID": "m", "Body": "Hi", "Type": "mms"}, "message.received"),
        ({"SessionUUID": "s", "EventName": "SessionTimeout"}, "masking.expired"),
        ({"api_id": "a", "error": "no such call"}, "api.result"),
        ({}, "plivo.unknown"),
    ],
)
def test_a_request_is_the_type_of_event_that_plivo_means(params: dict[str, Any], expected: str) -> None:
    assert read(params).type == expected


def test_numbers_are_numbers_and_times_are_utc() -> None:
    params = {
        **CALL,
        "Event": "Hangup",
        "Direction": "outbound",
        "Duration": "71",
        "HangupCauseCode": "4000",
        "TotalCost": "0.01700",
        "EndTime": "2026-01-31 09:01:20",
        "Machine": "true",
        "ForwardedFrom": "",
        "X-PH-Order": "007",
    }
    content = read(params).content
    assert content["occurred_at"] == "2026-01-31T09:01:20Z"
    assert content["data"] == {
        "call_uuid": "c1",
        "from_number": "14155550100",
        "to_number": "14155550123",
        "call_status": "in-progress",
        "event": "Hangup",
        "call_direction": "outbound",
        "call_duration": 71,
        "hangup_cause_code": 4000,
        "total_amount": "0.01700",
        "end_time": "2026-01-31T09:01:20Z",
        "machine": True,
        "forwarded_from": None,
        "x_ph_order": "007",
    }
    assert content["raw"] == params


@pytest.mark.parametrize("value", ["12345678901234567890123", "1e5", "-", "0x1", "\uff11", "nan"])
def test_what_is_no_number_stays_text(value: str) -> None:
    assert read({"MessageUUID": "m", "Status": "sent", "Units": value}).content["data"]["units"] == value


def test_media_are_a_list_in_their_order_wherever_it_begins() -> None:
    params = {"MessageUUID": "m", "Media10": "k", "Media2": "b", "Media0": "a", "Media3": "", "MediaCount": "3"}
    data = read(params).content["data"]
    assert (data["media_urls"], data["media_count"]) == (["a", "b", "k"], 3)


def test_the_same_event_has_the_same_id_whatever_else_changes() -> None:
    first = read({"MessageUUID": "m", "Status": "sent", "Sequence": "2", "requester_ip": "1"}, "n1")
    assert read({"MessageUUID": "m", "Status": "sent", "Sequence": "2", "requester_ip": "2"}, "n2").id == first.id
    for other in ({"Sequence": "3"}, {"MessageUUID": "o"}, {"Status": "delivered"}):
        assert read({"MessageUUID": "m", "Status": "sent", "Sequence": "2", **other}).id != first.id
    assert read({"MessageUUID": "m", "Status": "sent", "Sequence": "2"}, subscription="sub_b").id != first.id


def test_a_key_that_is_pressed_twice_is_two_events() -> None:
    assert read({**CALL, "Digits": "1"}, "n1").id != read({**CALL, "Digits": "1"}, "n2").id


STREAM = {"StreamID": "s", "CallUUID": "c", "Timestamp": "2026-01-31T09:00:00Z"}
MEMBER = {**CALL, "ConferenceUUID": "f", "ConferenceName": "Support", "ConferenceMemberID": "17"}
DIAL = {"DialALegUUID": "a", "DialBLegUUID": "b", "DialBLegTo": "14155550123"}


@pytest.mark.parametrize(
    "params",
    [
        {**STREAM, "Event": "StartStream"},
        {**STREAM, "Event": "StopStream"},
        {**STREAM, "Event": "DroppedStream"},
        {**MEMBER, "ConferenceAction": "enter"},
        {**MEMBER, "ConferenceAction": "exit"},
        MEMBER,
        {**MEMBER, "ConferenceAction": "record", "RecordingID": "r", "RecordUrl": "https://x/r.mp3"},
        {**DIAL, "DialAction": "answer"},
        {**DIAL, "DialAction": "hangup"},
        {"MessageUUID": "m", "Status": "sent", "Sequence": "2"},
        {"RecordUrl": "https://x/r.mp3", "RecordingID": "r"},
        {"SessionUUID": "s", "EventName": "SessionTimeout", "SequenceNumber": "2"},
        {**CALL, "Event": "Ring"},
        {**CALL, "Event": "Hangup"},
    ],
    ids=str,
)
def test_what_happens_once_is_one_event_however_often_plivo_tells_it(params: dict[str, Any]) -> None:
    assert read(params, "first").id == read({**params, "BilledAmount": "1"}, "again").id


@pytest.mark.parametrize(
    "params",
    [
        {**STREAM, "Event": "DegradedStream"},
        {**STREAM, "Event": "PlayedStream", "Name": "greeting"},
        {**MEMBER, "ConferenceAction": "digits", "ConferenceDigitsMatch": "1"},
        {**MEMBER, "ConferenceAction": "floor"},
        {**DIAL, "DialAction": "digits", "DialDigitsMatch": "1"},
        {**CALL, "DialStatus": "busy"},
        {**CALL, "Event": "Redirect"},
        {**CALL, "InputType": "speech", "Speech": "yes"},
        {"status": "registered"},
    ],
    ids=str,
)
def test_what_may_happen_again_is_an_event_each_time(params: dict[str, Any]) -> None:
    assert read(params, "first").id != read(params, "second").id
    assert read(params, "first").id == read(params, "first").id


def test_legs_and_directions_are_called_alike_in_all_families() -> None:
    legs = {"Direction": "inbound", "ALegUUID": "a", "ALegRequestUUID": "q"}
    for params in (
        {**CALL, "Event": "StartApp"},
        MEMBER,
        {**CALL, "MPCUUID": "p"},
        {**CALL, "RecordUrl": "https://x/r"},
    ):
        data = read({**params, **legs}).content["data"]
        assert (data["call_direction"], data["aleg_uuid"], data["aleg_request_uuid"]) == ("inbound", "a", "q")


def test_repeated_and_nested_parameters_are_kept() -> None:
    params = {"MessageUUID": "m", "Status": ["sent", "x"], "odd": {"a": [1]}, "on": True}
    content = read(params).content
    assert content["raw"] == params
    assert content["data"]["odd"] == {"a": [1]}


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ("CallUUID", "call_uuid"),
        ("RecordingDurationMs", "recording_duration_ms"),
        ("STIRVerification", "stir_verification"),
        ("MPCName", "mpc_name"),
        ("requester_ip", "requester_ip"),
        ("X-PH-Order", "x_ph_order"),
        ("é", "é"),
    ],
)
def test_names_are_snake_case(parameter: str, name: str) -> None:
    assert data_name(parameter) == name
