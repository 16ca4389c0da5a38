"""Calls over masking sessions, and who hears of them: over real sockets."""

from typing import Any

import pytest

from tests.support.recorder import Recorder
from tests.support.sandbox_calls import is_signed, told_at, undocumented
from tests.support.sandbox_service import SandboxService

FIRST, SECOND = "14155550177", "15005550005"
TALK = [
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]


def session(service: SandboxService, status: Recorder, **args: Any) -> dict[str, Any]:
    """Begin a session that tells the receiver."""
    given = {"firstParty": FIRST, "secondParty": SECOND, "callbackUrl": f"{status.url}/status", **args}
    made: dict[str, Any] = service.run("createMaskingSession", **given)
    return made


def leg_of(service: SandboxService) -> str:
    """Return the call to the second party, once there is one."""
    calls: list[str] = []
    while not calls:
        service.control("time", {"advance": 1})
        calls = service.run("getLiveCalls", toNumber=SECOND)["calls"]
    return calls[0]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_party_that_calls_the_number_reaches_the_other(service: SandboxService, method: str) -> None:
    with Recorder() as status:
        urls = {"record": True, "recordingCallbackUrl": f"{status.url}/recorded", "callbackMethod": method}
        made = session(service, status, **urls)
        virtual = made["virtual_number"].removeprefix("+")
        call = service.control("calls/inbound", {"from": FIRST, "to": virtual}).json()["call_uuid"]
        told_at(status, "/status", 1)
        leg = leg_of(service)
        service.control(f"calls/{leg}/answer")
        told_at(status, "/recorded", 1)
        service.control(f"calls/{leg}/hangup")
        told, recorded = told_at(status, "/status", 6), told_at(status, "/recorded", 2)
        shown = service.run("getSingleMaskingSession", sessionUuid=made["session_uuid"])["response"]
        record = service.run("getSingleCallDetails", callUuid=leg)
        assert all(is_signed(status, request) for request in status.requests)
    assert [each["EventName"] for each in told] == TALK
    assert [each["EventName"] for each in recorded] == ["SessionRecordingInitiated", "SessionRecordingCompleted"]
    numbers = [int(each["SequenceNumber"]) for each in (*told, *recorded)]
    assert sorted(numbers) == list(range(1, 9))
    assert {(each["SessionUUID"], each["From"], each["To"], each["VirtualNumber"]) for each in told} == {
        (made["session_uuid"], FIRST, SECOND, virtual)
    }
    assert (told[3]["PlivoHangupCause"], told[3]["PlivoHangupCauseCode"]) == ("Normal Hangup", "4000")
    assert (record["from_number"], record["parent_call_uuid"]) == (virtual, call)
    assert shown["total_call_count"] == 1
    assert not any(undocumented(each, "masking.session") for each in told)
    assert not any(undocumented(each, "masking.recording") for each in recorded)


def test_plivo_calls_the_first_party(service: SandboxService) -> None:
    with Recorder() as status:
        session(service, status, initiateCallToFirstParty=True)
        service.control("time", {"advance": 4})
        told_at(status, "/status", 1)
        leg_of(service)
        service.control("time", {"advance": 4})
        told_at(status, "/status", 3)
        (first,) = service.run("getLiveCalls", toNumber=FIRST)["calls"]
        service.control(f"calls/{first}/hangup")
        told = told_at(status, "/status", 6)
    assert [each["EventName"] for each in told] == TALK


def test_a_first_party_that_does_not_answer(service: SandboxService) -> None:
    with Recorder() as status:
        session(service, status, firstParty="15005550001", initiateCallToFirstParty=True)
        service.control("time", {"advance": 4})
        (told,) = told_at(status, "/status", 1)
    assert (told["EventName"], told["PlivoHangupCause"]) == ("SessionFirstPartyHangup", "Busy Line")


def test_a_session_expires(service: SandboxService) -> None:
    with Recorder() as status:
        made = session(service, status)
        service.run("updateMaskingSession", sessionUuid=made["session_uuid"], sessionExpiry=600)
        service.control("time", {"advance": 600})
        (told,) = told_at(status, "/status", 1)
        virtual = made["virtual_number"].removeprefix("+")
        assert service.control("calls/inbound", {"from": FIRST, "to": virtual}).status_code in (404, 409)
    assert (told["EventName"], told["SessionUUID"]) == ("SessionTimeout", made["session_uuid"])


def test_a_session_that_got_its_url_later_expires_as_well(service: SandboxService) -> None:
    with Recorder() as status:
        made = session(service, status, callbackUrl=None)["session_uuid"]
        service.run("updateMaskingSession", sessionUuid=made, callbackUrl=f"{status.url}/status")
        service.control("time", {"advance": 3600})
        assert [each["EventName"] for each in told_at(status, "/status", 1)] == ["SessionTimeout"]


def test_a_session_that_was_deleted_does_not_expire(service: SandboxService) -> None:
    with Recorder() as status:
        gone = session(service, status, firstParty="14155550178")["session_uuid"]
        service.run("deleteMaskingSession", sessionUuid=gone)
        stays = session(service, status)["session_uuid"]
        service.control("time", {"advance": 3600})
        assert [each["SessionUUID"] for each in told_at(status, "/status", 1)] == [stays]
