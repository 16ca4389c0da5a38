"""Multiparty calls of pages and of requests, and who hears of them: over real sockets."""

from typing import Any

import pytest
from plivo import plivoxml

from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, is_signed, page, step, told, told_at, undocumented
from tests.support.sandbox_service import SandboxService

STATES = "mpc-state-changes,participant-state-changes"
ALL = f"{STATES},participant-speak-events,participant-digit-input-events,add-participant-api-events"
PATIENT = {"callTo": "15005550005", "ringUrl": "", "hangupUrl": ""}


def room(status: Recorder, name: str = "room", **attributes: Any) -> Reply:
    """Return a page that lets a call take part in a multiparty call."""
    urls = {"status_callback_url": f"{status.url}/status"}
    return page(plivoxml.MultiPartyCallElement(name, "customer", **{**urls, **attributes}))


def names(told_of: list[dict[str, str]]) -> list[str]:
    return [each["EventName"] for each in told_of]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_page_opens_a_multiparty_call_that_the_api_shows(service: SandboxService, method: str) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(room(status, status_callback_method=method, max_duration=900))
        call = dial(service, pages, **PATIENT)
        begun = told_at(status, "/status", 3)
        mpc = service.run("getSingleMultiPartyCall", mpcId="name_room")
        (member,) = service.run("getMultiPartyCallParticipants", mpcId="name_room")["objects"]
        assert (mpc["status"], mpc["max_duration"]) == ("Active", 900)
        assert (member["call_uuid"], member["role"]) == (call, "customer")
        listed = service.run("getMultiPartyCalls", status="active")["objects"]
        assert mpc["mpc_uuid"] in [each["mpc_uuid"] for each in listed]
        service.control(f"calls/{call}/hangup")
        told_of = told_at(status, "/status", 5)
        ended = service.run("getSingleMultiPartyCall", mpcId=f"uuid_{mpc['mpc_uuid']}")
        assert all(is_signed(status, request) for request in status.requests)
    assert names(begun) == ["MPCInitialized", "ParticipantJoin", "MPCStart"]
    assert names(told_of) == [*names(begun), "ParticipantExit", "MPCEnd"]
    assert {each["MPCUUID"] for each in told_of} == {mpc["mpc_uuid"]}
    assert (begun[1]["MemberID"], begun[1]["ParticipantRole"]) == (member["member_id"], "Customer")
    assert begun[1]["ParticipantCallUUID"] == call
    assert not any(undocumented(each, "mpc.status") for each in told_of)
    assert set(told_of[4]) > {"MPCDuration", "MPCBilledDuration", "MPCBilledAmount"}
    assert (ended["status"], str(ended["duration"])) == ("Ended", told_of[4]["MPCDuration"])


def test_whoever_leaves_goes_on_where_the_page_says(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(room(status, on_exit_action_url=f"{pages.url}/left"), page(plivoxml.HangupElement()), Reply())
        call = dial(service, pages, **{**PATIENT, "hangupUrl": f"{pages.url}/hangup"})
        told_at(status, "/status", 3)
        service.run("kickMultiPartyCallParticipant", mpcId="name_room", participantId="1")
        _, left, hangup = told(pages, 3)
    assert (left[0], hangup[0]) == ("/left", "/hangup")
    assert (left[1]["MPCFriendlyName"], left[1]["MemberID"], left[1]["ParticipantCallUUID"]) == ("room", "1", call)
    assert not undocumented(left[1], "mpc.on_exit", "call.answer")
    assert left[1]["CallStatus"] == "in-progress"
    assert hangup[1]["HangupSource"] == "Answer XML"


def test_without_a_place_to_go_on_the_page_goes_on(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        element = plivoxml.MultiPartyCallElement("room", "agent", status_callback_url=f"{status.url}/status")
        pages.script(page(element, plivoxml.RedirectElement(f"{pages.url}/next")), page(plivoxml.HangupElement()))
        dial(service, pages, **PATIENT)
        told_at(status, "/status", 3)
        service.run("stopMultiPartyCall", mpcId="name_room")
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/next"]
        assert names(told_at(status, "/status", 5))[3:] == ["ParticipantExit", "MPCEnd"]


def test_who_was_added_by_request_is_called(service: SandboxService) -> None:
    with Recorder() as status:
        added = service.run(
            "addMultiPartyCallParticipant",
            mpcId="name_sales",
            role="agent",
            callFrom="14155550100",
            callTo="15005550005",
            statusCallbackUrl=f"{status.url}/status",
            statusCallbackMethod="POST",
            statusCallbackEvents=ALL,
        )
        call = added["calls"][0]["call_uuid"]
        service.control("time", {"advance": 4})
        begun = told_at(status, "/status", 5)
        for mute in (True, False):
            service.run("updateMultiPartyCallParticipant", mpcId="name_sales", participantId="1", mute=mute)
        service.control(f"calls/{call}/digits", {"digits": "5"})
        service.control(f"calls/{call}/speech", {"speech": "hello"})
        told_at(status, "/status", 10)
        service.run("stopMultiPartyCall", mpcId="name_sales")
        told_of = told_at(status, "/status", 12)
    assert names(begun) == [
        "MPCInitialized",
        "AddParticipantByAPIActionInitiated",
        "ParticipantJoin",
        "MPCStart",
        "AddParticipantByAPIActionCompleted",
    ]
    assert names(told_of)[5:] == [
        "ParticipantMute",
        "ParticipantUnmute",
        "ParticipantDigitInput",
        "ParticipantSpeakStart",
        "ParticipantSpeakStop",
        "ParticipantExit",
        "MPCEnd",
    ]
    assert not any(undocumented(each, "mpc.status") for each in told_of)


def test_a_call_in_progress_leaves_its_page_for_a_multiparty_call(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(page(plivoxml.WaitElement(length=3600)), page(plivoxml.HangupElement()), Reply())
        call = dial(service, pages, **{**PATIENT, "hangupUrl": f"{pages.url}/hangup"})
        pages.wait_for_requests(1)
        args = {"mpcId": "name_moved", "role": "customer", "callUuid": call}
        urls = {"statusCallbackUrl": f"{status.url}/status", "onExitActionUrl": f"{pages.url}/left"}
        service.run("addMultiPartyCallParticipant", **args, **urls)
        told_at(status, "/status", 3)
        service.run("stopMultiPartyCall", mpcId="name_moved")
        requests = told(pages, 3)
    assert [path for path, _ in requests] == ["/answer", "/left", "/hangup"]


def test_who_is_left_behind_when_it_ends_is_hung_up(service: SandboxService) -> None:
    with Recorder() as status:
        service.run(
            "addMultiPartyCallParticipant",
            mpcId="name_short",
            role="agent",
            callFrom="14155550100",
            callTo="15005550005",
            maxDuration=300,
            statusCallbackUrl=f"{status.url}/status",
        )
        service.control("time", {"advance": 4})
        (begun,) = [each for each in told_at(status, "/status", 3) if each["EventName"] == "ParticipantJoin"]
        service.control("time", {"advance": 300})
        told_at(status, "/status", 5)
        assert step(service, begun["ParticipantCallUUID"], "ended")["cause"] == "MPC Ended"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [({"role": "king"}, "role"), ({"name": "x" * 256}, "name"), ({"max_participants": 2}, "participants at most")],
)
def test_what_cannot_be_is_skipped(service: SandboxService, attributes: dict[str, Any], reason: str) -> None:
    given = {"name": "full", "role": "agent", **attributes}
    for _ in range(2):
        fields = {"callFrom": "14155550100", "callTo": "14155550123", "maxParticipants": 2}
        service.run("addMultiPartyCallParticipant", mpcId="name_full", role="agent", **fields)
    xml = f'<Response><MultiPartyCall role="{given["role"]}">{given["name"]}</MultiPartyCall></Response>'
    with Recorder() as pages:
        pages.script(Reply(xml.encode(), headers={"Content-Type": "application/xml"}))
        call = dial(service, pages, **PATIENT)
        assert reason in step(service, call, "refused")["reason"]
        assert step(service, call, "ended")["cause"] == "End Of XML Instructions"


def test_a_transfer_leaves_the_multiparty_call(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(room(status), page(plivoxml.HangupElement()))
        call = dial(service, pages, **PATIENT)
        told_at(status, "/status", 3)
        service.run("transferCall", callUuid=call, legs="aleg", alegUrl=f"{pages.url}/elsewhere")
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/elsewhere"]
        assert names(told_at(status, "/status", 5))[3:] == ["ParticipantExit", "MPCEnd"]
