"""The second legs of Dial, and where transfers send either: over real sockets."""

from typing import Any

import pytest
from plivo import plivoxml

from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, page, step, told, told_at, undocumented
from tests.support.sandbox_service import SandboxService

OTHER = "15005550005"
PATIENT = {"callTo": OTHER, "ringUrl": ""}


def talk(service: SandboxService, pages: Recorder, *after: Any, **attributes: Any) -> tuple[str, str]:
    """Let a call dial another number and talk to it; return the uuids of both."""
    dialled = plivoxml.DialElement(action=f"{pages.url}/dialled", **attributes).add(plivoxml.NumberElement(OTHER))
    pages.script(page(dialled), *after, page(plivoxml.HangupElement()))
    call = dial(service, pages, **{**PATIENT, "hangupUrl": ""})
    leg = str(step(service, call, "leg")["call_uuid"])
    assert service.control(f"calls/{leg}/answer").status_code == 200
    step(service, call, "joined")
    return call, leg


def test_the_second_leg_is_a_call_of_its_own(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call, leg = talk(service, pages, callback_url=f"{status.url}/status", digits_match="1,*9")
        live = service.run("getLiveCalls", toNumber=OTHER)["calls"]
        assert {call, leg} <= set(live)
        shown = service.run("getSingleLiveCallDetails", callUuid=leg)
        assert (shown["from"], shown["to"], shown["call_status"]) == ("14155550100", OTHER, "in-progress")
        service.control(f"calls/{call}/digits", {"digits": "*9"})
        told_at(status, "/status", 2)
        service.control(f"calls/{leg}/hangup")
        told_of = told_at(status, "/status", 3)
        _, dialled = told(pages, 2)
        record = service.run("getSingleCallDetails", callUuid=leg)
    assert [each["DialAction"] for each in told_of] == ["answer", "digits", "hangup"]
    assert (told_of[1]["DialDigitsMatch"], told_of[1]["DialDigitsPressedBy"]) == ("*9", "ALeg")
    assert {(each["DialALegUUID"], each["DialBLegUUID"]) for each in told_of} == {(call, leg)}
    assert not any(undocumented(each, "xml.dial.callback", "call.answer") for each in told_of)
    assert (dialled[0], dialled[1]["DialStatus"], dialled[1]["DialBLegUUID"]) == ("/dialled", "completed", leg)
    assert not undocumented(dialled[1], "xml.dial.action", "call.answer")
    assert (record["parent_call_uuid"], record["hangup_source"]) == (call, "Callee")


def test_who_dialled_takes_the_other_along_when_hanging_up(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        call, leg = talk(service, pages, callback_url=f"{status.url}/status")
        service.control(f"calls/{call}/hangup")
        told_of = told_at(status, "/status", 2)
        assert step(service, leg, "ended")["source"] == "Caller"
    assert [each["DialAction"] for each in told_of] == ["answer", "hangup"]


def test_a_star_ends_the_talk(service: SandboxService) -> None:
    with Recorder() as pages:
        call, leg = talk(service, pages, hangup_on_star=True)
        service.control(f"calls/{call}/digits", {"digits": "*"})
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/dialled"]
        step(service, leg, "ended")


def test_the_second_leg_is_sent_elsewhere_and_the_first_goes_on(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as theirs:
        theirs.script(page(plivoxml.WaitElement(length=3600)))
        call, leg = talk(service, pages, page(plivoxml.WaitElement(length=3600)))
        reply = service.run("transferCall", callUuid=call, legs="bleg", blegUrl=f"{theirs.url}/bleg", blegMethod="GET")
        (sent,) = told_at(theirs, "/bleg", 1)
        _, dialled = told(pages, 2)
        step(service, leg, "Wait")
        assert {call, leg} <= set(service.run("getLiveCalls", toNumber=OTHER)["calls"])
        service.control(f"calls/{call}/hangup")
        step(service, call, "ended")
        assert leg in service.run("getLiveCalls", toNumber=OTHER)["calls"]
    assert reply["call_uuids"] == [leg]
    assert (sent["CallUUID"], sent["ALegUUID"], sent["CallStatus"]) == (leg, call, "in-progress")
    assert not undocumented(sent, "call.transfer", "call.answer")
    assert (dialled[0], dialled[1]["DialStatus"]) == ("/dialled", "completed")


def test_both_legs_are_sent_elsewhere(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as theirs:
        theirs.script(page(plivoxml.WaitElement(length=3600)))
        call, leg = talk(service, pages)
        urls = {"alegUrl": f"{theirs.url}/aleg", "blegUrl": f"{theirs.url}/bleg"}
        reply = service.run("transferCall", callUuid=call, legs="both", **urls)
        (first,), (second,) = told_at(theirs, "/aleg", 1), told_at(theirs, "/bleg", 1)
        assert {call, leg} <= set(service.run("getLiveCalls", toNumber=OTHER)["calls"])
        assert [request.path for request in pages.requests] == ["/answer"]
    assert reply["call_uuids"] == [call, leg]
    assert (first["CallUUID"], second["CallUUID"]) == (call, leg)


def test_the_first_leg_alone_hangs_up_on_the_second(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as theirs:
        theirs.script(page(plivoxml.WaitElement(length=3600)))
        call, leg = talk(service, pages)
        service.run("transferCall", callUuid=call, legs="aleg", alegUrl=f"{theirs.url}/aleg")
        told_at(theirs, "/aleg", 1)
        assert step(service, leg, "ended")["source"] == "Caller"


def test_the_second_leg_is_transferred_by_its_own_id(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as theirs:
        theirs.script(page(plivoxml.WaitElement(length=3600)))
        _, leg = talk(service, pages)
        service.run("transferCall", callUuid=leg, legs="aleg", alegUrl=f"{theirs.url}/elsewhere")
        assert told_at(theirs, "/elsewhere", 1)[0]["CallUUID"] == leg
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/dialled"]
        assert leg in service.run("getLiveCalls", toNumber=OTHER)["calls"]


@pytest.mark.parametrize("legs", ["bleg", "both"])
def test_without_a_second_leg_nobody_is_sent_there(service: SandboxService, legs: str) -> None:
    with Recorder() as pages, Recorder() as theirs:
        pages.script(page(plivoxml.WaitElement(length=3600)))
        theirs.script(page(plivoxml.WaitElement(length=3600)))
        call = dial(service, pages, **PATIENT, hangupUrl="")
        pages.wait_for_requests(1)
        urls = {"alegUrl": f"{theirs.url}/aleg", "blegUrl": f"{theirs.url}/bleg"}
        assert service.run("transferCall", callUuid=call, legs=legs, **urls)["call_uuids"] == [call]
        if legs == "both":
            told_at(theirs, "/aleg", 1)
        step(service, call, "Wait")
        assert "/bleg" not in [request.path for request in theirs.requests]
