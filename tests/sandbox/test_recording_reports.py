"""Who hears of recordings that requests begin, and of what was said in them: over real sockets."""

from typing import Any

import pytest
from plivo import plivoxml

from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, is_signed, page, step, told_at, undocumented
from tests.support.sandbox_service import SandboxService

PATIENT = {"callTo": "15005550005", "ringUrl": "", "hangupUrl": ""}
SUPPORT = "name_support"


def begin(service: SandboxService, pages: Recorder) -> str:
    """Let a call wait, and return its uuid."""
    pages.script(page(plivoxml.WaitElement(length=3600)))
    call = dial(service, pages, **PATIENT)
    pages.wait_for_requests(1)
    return call


@pytest.mark.parametrize(("method", "end"), [("POST", "stop"), ("GET", "time"), ("POST", "hangup")])
def test_a_recording_of_a_call_is_told_of_when_it_is_over(service: SandboxService, method: str, end: str) -> None:
    with Recorder() as pages, Recorder() as status:
        call = begin(service, pages)
        begun = service.run("recordCall", callUuid=call, callbackUrl=f"{status.url}/over", callbackMethod=method)
        match end:
            case "stop":
                service.run("stopCallRecording", callUuid=call)
            case "time":
                service.control("time", {"advance": 60})
            case _:
                service.control(f"calls/{call}/hangup")
        (over,) = told_at(status, "/over", 1)
        assert all(is_signed(status, request) for request in status.requests)
    assert {name: over[name] for name in ("api_id", "recording_id")} == {
        name: begun[name] for name in ("api_id", "recording_id")
    }
    assert (over["call_uuid"], over["record_url"]) == (call, begun["url"])
    assert not undocumented(over, "call.record_ended")
    if end == "time":
        assert (over["recording_duration"], over["recording_duration_ms"]) == ("60", "60000")


def test_a_recording_of_a_conference_outlasts_its_first_member(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(page(plivoxml.ConferenceElement("room", callback_url=f"{status.url}/members")))
        first, second = (dial(service, pages, **PATIENT) for _ in range(2))
        told_at(status, "/members", 2)
        begun = service.run("startRecordingConference", conferenceName="room", callbackUrl=f"{status.url}/over")
        for call in (first, second):
            service.control(f"calls/{call}/hangup")
            step(service, call, "ended")
            assert (call == first) == (service.run("getConferences")["conferences"] == ["sandbox", "room"])
        (over,) = told_at(status, "/over", 1)
        (recording,) = service.run("getRecordings", conferenceName="room")["objects"]
    assert (over["conference_name"], over["recording_id"]) == ("room", begun["recording_id"])
    assert not undocumented(over, "conference.record_ended")
    assert over["recording_duration_ms"] == str(round(float(recording["recording_duration_ms"])))


def transcription_of(told: dict[str, str]) -> dict[str, str]:
    assert not undocumented(told, "recording.transcription")
    assert told["transcription"]
    return told


def test_a_recording_is_transcribed_if_that_was_asked(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call = begin(service, pages)
        urls = {"callbackUrl": f"{status.url}/over", "transcriptionUrl": f"{status.url}/text"}
        begun = service.run("recordCall", callUuid=call, **urls, transcriptionType="auto", timeLimit=90)
        service.control("time", {"advance": 90})
        (text,) = map(transcription_of, told_at(status, "/text", 1))
        assert [request.path for request in status.requests] == ["/over", "/text"]
    assert (text["recording_id"], text["call_uuid"], text["duration"]) == (begun["recording_id"], call, "90")
    assert text["transcription_charge"] == "0.0950"


@pytest.mark.parametrize("element", ["Record", "Conference"])
def test_a_page_has_its_recording_transcribed(service: SandboxService, element: str) -> None:
    with Recorder() as pages, Recorder() as status:
        wanted: dict[str, Any] = {"transcription_type": "auto", "transcription_url": f"{status.url}/text"}
        if element == "Record":
            recorded: Any = plivoxml.RecordElement(max_length=2, **wanted)
        else:
            recorded = plivoxml.ConferenceElement("room", record=True, callback_url=f"{status.url}/members", **wanted)
        pages.script(page(recorded))
        call = dial(service, pages, **PATIENT)
        if element == "Conference":
            told_at(status, "/members", 1)
            service.control(f"calls/{call}/hangup")
        (text,) = map(transcription_of, told_at(status, "/text", 1))
        assert text["call_uuid"] == call


def test_the_recording_of_a_multiparty_call_is_told_of(service: SandboxService) -> None:
    urls: dict[str, Any] = {"callFrom": "14155550100", "callTo": "15005550005"}
    with Recorder() as status:
        hears = {"recordingCallbackUrl": f"{status.url}/recorded"}
        service.run("addMultiPartyCallParticipant", mpcId=SUPPORT, role="agent", record=True, **urls, **hears)
        service.control("time", {"advance": 4})
        told_at(status, "/recorded", 1)
        service.run("pauseRecordingMultiPartyCall", mpcId=SUPPORT)
        service.run("resumeRecordingMultiPartyCall", mpcId=SUPPORT)
        told_at(status, "/recorded", 3)
        mpc = service.run("getSingleMultiPartyCall", mpcId=SUPPORT)
        service.run("stopMultiPartyCall", mpcId=SUPPORT)
        told_of = told_at(status, "/recorded", 4)
        (recording,) = service.run("getRecordings", mpcName="support")["objects"]
        assert all(is_signed(status, request) for request in status.requests)
    assert [each["EventName"].removeprefix("MPCRecording") for each in told_of] == [
        "Initiated",
        "Paused",
        "Resumed",
        "Completed",
    ]
    assert [each["SequenceNumber"] for each in told_of] == ["1", "2", "3", "4"]
    assert {(each["MPCUUID"], each["RecordingUUID"]) for each in told_of} == {
        (mpc["mpc_uuid"], recording["recording_id"])
    }
    assert not any(undocumented(each, "mpc.recording") for each in told_of)


def test_the_recording_of_a_participant_ends_when_they_leave(service: SandboxService) -> None:
    urls: dict[str, Any] = {"callFrom": "14155550100", "callTo": "15005550005", "role": "agent"}
    with Recorder() as status:
        calls = []
        for _ in range(2):
            hears = {"statusCallbackUrl": f"{status.url}/status"}
            added = service.run("addMultiPartyCallParticipant", mpcId=SUPPORT, **urls, **hears)
            calls.append(added["calls"][0]["call_uuid"])
        service.control("time", {"advance": 4})
        told_at(status, "/status", 4)
        recorded = {"recordingCallbackUrl": f"{status.url}/recorded", "participantId": "1"}
        service.run("startRecordingParticipant", mpcId=SUPPORT, **recorded)
        service.control(f"calls/{calls[0]}/hangup")
        told_of = told_at(status, "/recorded", 2)
        assert service.run("getSingleMultiPartyCall", mpcId=SUPPORT)["status"] == "Active"
    assert [each["EventName"] for each in told_of] == ["MPCRecordingInitiated", "MPCRecordingCompleted"]
