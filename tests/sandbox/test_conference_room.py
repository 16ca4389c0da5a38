"""Conferences that pages open, and who hears of them: over real sockets."""

from typing import Any

import pytest
from plivo import plivoxml

from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, is_signed, page, step, told, told_at, undocumented
from tests.support.sandbox_service import SandboxService

PATIENT = {"callTo": "15005550005", "ringUrl": "", "hangupUrl": ""}


def enter(service: SandboxService, pages: Recorder, status: Recorder, *after: Any, **attributes: Any) -> str:
    """Let a call enter the conference ``room``, and return its uuid once that was told."""
    before = sum(request.path == "/status" for request in status.requests)
    given = {"callback_url": f"{status.url}/status", **attributes}
    pages.script(page(plivoxml.ConferenceElement("room", **given), *after), page(plivoxml.HangupElement()))
    call = dial(service, pages, **PATIENT)
    told_at(status, "/status", before + 1)
    return call


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_conference_that_a_page_opens_is_one_of_the_api(service: SandboxService, method: str) -> None:
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status, callback_method=method, muted=True)
        assert service.run("getConferences")["conferences"] == ["sandbox", "room"]
        shown = service.run("getSingleConference", conferenceName="room")
        (member,) = shown["members"]
        assert (shown["conference_member_count"], member["call_uuid"], member["muted"]) == ("1", call, True)
        second = enter(service, pages, status)
        assert service.run("getSingleConference", conferenceName="room")["conference_member_count"] == "2"
        service.control(f"calls/{call}/hangup")
        told_at(status, "/status", 3)
        service.control(f"calls/{second}/hangup")
        told_of = told_at(status, "/status", 4)
        assert service.run("getConferences")["conferences"] == ["sandbox"]
        assert all(is_signed(status, request) for request in status.requests)
        record = service.run("getSingleCallDetails", callUuid=call)
    assert [(each["ConferenceAction"], each["CallUUID"]) for each in told_of] == [
        ("enter", call),
        ("enter", second),
        ("exit", call),
        ("exit", second),
    ]
    assert {each["ConferenceName"] for each in told_of} == {"room"}
    assert {each["ConferenceUUID"] for each in told_of} == {record["conference_uuid"]}
    assert [each["ConferenceMemberID"] for each in told_of] == ["1", "2", "1", "2"]
    assert not any(undocumented(each, "xml.conference.callback") for each in told_of)


@pytest.mark.parametrize("block", ["hangupMember", "hangupSingleConference", "hangupConferences"])
def test_members_are_hung_up(service: SandboxService, block: str) -> None:
    named = {"hangupMember": {"conferenceName": "room", "memberId": ["1"]}, "hangupConferences": {}}
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status)
        service.run(block, **named.get(block, {"conferenceName": "room"}))
        assert told_at(status, "/status", 2)[1]["ConferenceAction"] == "exit"
        assert step(service, call, "ended")["source"] == "API Request"
        assert service.run("getConferences")["conferences"] == ["sandbox"]


def test_who_is_kicked_goes_on_with_the_page(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status, action=f"{pages.url}/after")
        service.run("kickMember", conferenceName="room", memberId=["1"])
        _, after = told(pages, 2)
        assert step(service, call, "ended")["source"] == "Answer XML"
    assert (after[0], after[1]["ConferenceName"], after[1]["CallStatus"]) == ("/after", "room", "in-progress")
    assert not undocumented(after[1], "xml.conference.action", "call.answer")


def test_whoever_ends_a_conference_ends_it_for_all(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        enter(service, pages, status, plivoxml.RedirectElement(f"{pages.url}/alone"))
        host = enter(service, pages, status, end_conference_on_exit=True)
        service.control(f"calls/{host}/hangup")
        told_of = told_at(status, "/status", 4)
        assert [path for path, _ in told(pages, 3)] == ["/answer", "/answer", "/alone"]
    assert sorted(each["ConferenceMemberID"] for each in told_of[2:]) == ["1", "2"]


def test_keys_and_speech_in_a_conference_are_told_of(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status, digits_match="12,*9", floor_event=True)
        service.control(f"calls/{call}/digits", {"digits": "3129*9"})
        told_at(status, "/status", 3)
        service.control(f"calls/{call}/speech", {"speech": "hello"})
        told_of = told_at(status, "/status", 4)
    assert [(each["ConferenceAction"], each.get("ConferenceDigitsMatch")) for each in told_of] == [
        ("enter", None),
        ("digits", "12"),
        ("digits", "*9"),
        ("floor", None),
    ]
    assert not any(undocumented(each, "xml.conference.callback") for each in told_of)


def test_a_star_hangs_up(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status, hangup_on_star=True)
        service.control(f"calls/{call}/digits", {"digits": "*"})
        assert step(service, call, "ended")["source"] == "Callee"


def test_a_conference_is_recorded_as_long_as_it_lasts(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call = enter(service, pages, status, record=True, record_file_format="wav", action=f"{pages.url}/after")
        second = enter(service, pages, status, record=True)
        service.run("kickMember", conferenceName="room", memberId=["1"])
        told_at(status, "/status", 3)
        service.control(f"calls/{second}/hangup")
        told_of = told_at(status, "/status", 5)
        (recording,) = service.run("getRecordings", conferenceName="room")["objects"]
        step(service, call, "ended")
        (after,) = told_at(pages, "/after", 1)
    (recorded,) = [each for each in told_of if each["ConferenceAction"] == "record"]
    assert (recorded["RecordingID"], recorded["RecordUrl"]) == (recording["recording_id"], recording["recording_url"])
    assert recorded["RecordUrl"].endswith(".wav")
    assert int(recorded["RecordingEndMs"]) - int(recorded["RecordingStartMs"]) == int(recorded["RecordingDurationMs"])
    assert (after["RecordingID"], after["RecordUrl"]) == (recorded["RecordingID"], recorded["RecordUrl"])
    assert not undocumented(recorded, "xml.conference.callback")


def test_a_time_limit_ends_a_conference(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        enter(service, pages, status, plivoxml.RedirectElement(f"{pages.url}/later"), time_limit=60)
        service.control("time", {"advance": 60})
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/later"]


def test_a_page_enters_the_conference_that_is_always_live(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(page(plivoxml.ConferenceElement("sandbox", callback_url=f"{status.url}/status")))
        call = dial(service, pages, **PATIENT)
        (entered,) = told_at(status, "/status", 1)
        members = service.run("getSingleConference", conferenceName="sandbox")["members"]
        assert [member["member_id"] for member in members] == ["17", "18", "19"]
        assert members[2]["call_uuid"] == call
        service.run("hangupMember", conferenceName="sandbox", memberId=["all"])
        told_at(status, "/status", 2)
        members = service.run("getSingleConference", conferenceName="sandbox")["members"]
    assert entered["ConferenceMemberID"] == "19"
    assert [member["member_id"] for member in members] == ["17", "18"]


@pytest.mark.parametrize(
    ("attributes", "name", "reason"), [('maxMembers="0"', "full", "full"), ("", "x" * 256, "a name of 255")]
)
def test_what_cannot_be_is_skipped(service: SandboxService, attributes: str, name: str, reason: str) -> None:
    with Recorder() as pages:
        xml = f"<Response><Conference {attributes}>{name}</Conference></Response>"
        pages.script(Reply(xml.encode(), headers={"Content-Type": "application/xml"}))
        call = dial(service, pages, **PATIENT)
        assert reason in step(service, call, "refused")["reason"]
        assert step(service, call, "ended")["cause"] == "End Of XML Instructions"


def test_conferences_of_a_subaccount(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        branch = service.run("createSubaccount", name="branch", enabled=True)
        theirs = {"authId": branch["auth_id"], "authToken": branch["auth_token"]}
        pages.script(page(plivoxml.ConferenceElement("branch", callback_url=f"{status.url}/status")))
        service.run("makeCall", callFrom="14155550100", callTo="15005550005", answerUrl=f"{pages.url}/answer", **theirs)
        service.control("time", {"advance": 4})
        told_at(status, "/status", 1)
        assert service.run("getConferences", **theirs)["conferences"] == ["sandbox", "branch"]
        assert service.run("getConferences")["conferences"] == ["sandbox", "branch"]
        service.run("kickMember", conferenceName="branch", memberId=["1"])
        assert service.run("getConferences", **theirs)["conferences"] == ["sandbox"]
