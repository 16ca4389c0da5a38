"""What the sandbox sends, taken by a subscription of the same service: each family under its own types of event."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from plivo import plivoxml

from tests.support.patience import PATIENCE
from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, page, told_at
from tests.support.sandbox_service import SandboxService

PATIENT = {"callTo": "15005550005", "ringUrl": "", "hangupUrl": ""}
PROFILE, CAMPAIGN, TOLLFREE, NUMBER = "3e95b7d0-48c1-4a2f-9d63-b07f1e52c8a6", "CEXMPL1", "18005550100", "14155550100"


class Listener:
    """A subscription whose address is given to the sandbox."""

    def __init__(self, service: SandboxService) -> None:
        self.service = service
        made = service.run("createSubscription")
        self.url = str(made["events_url"])
        self._subscription = made["subscription_id"]

    def types(self, *wanted: str) -> dict[str, dict[str, Any]]:
        """Wait for an event of each of these types; return the data of the last one of each, and see no unknown one."""
        deadline = monotonic() + PATIENCE
        while True:
            found = self.service.run("getEvents", subscriptionId=self._subscription, limit=100)["events"]
            assert "plivo.unknown" not in {each["type"] for each in found}
            data = {each["type"]: each["data"] for each in found}
            if set(wanted) <= set(data):
                return data
            assert monotonic() < deadline, f"{set(wanted) - set(data)} did not come"


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxService]:
    with SandboxService() as service:
        yield service


@pytest.fixture
def listener(running: SandboxService) -> Listener:
    assert running.control("reset").status_code == 200
    return Listener(running)


def advance(listener: Listener, seconds: float) -> None:
    assert listener.service.control("time", {"advance": seconds}).status_code == 200


def test_conferences(listener: Listener) -> None:
    with Recorder() as pages:
        given = {"callback_url": listener.url, "digits_match": "1", "floor_event": True, "record": True}
        text = {"transcription_type": "auto", "transcription_url": listener.url}
        pages.script(page(plivoxml.ConferenceElement("room", **given, **text)))
        call = dial(listener.service, pages, **PATIENT)
        listener.types("conference.joined")
        listener.service.control(f"calls/{call}/digits", {"digits": "1"})
        listener.service.control(f"calls/{call}/speech", {"speech": "hello"})
        listener.types("conference.digits", "conference.floor")
        listener.service.control(f"calls/{call}/hangup")
        found = listener.types("conference.left", "recording.ready", "transcription.ready")
    assert (found["conference.joined"]["conference_name"], found["conference.joined"]["call_uuid"]) == ("room", call)
    assert found["recording.ready"]["recording_id"] == found["transcription.ready"]["recording_id"]


def test_multiparty_calls(listener: Listener) -> None:
    args = {"mpcId": "name_sales", "role": "agent", "callFrom": NUMBER, "callTo": "15005550005", "record": True}
    events = "mpc-state-changes,participant-state-changes,add-participant-api-events"
    urls = {"statusCallbackUrl": listener.url, "recordingCallbackUrl": listener.url, "statusCallbackEvents": events}
    listener.service.run("addMultiPartyCallParticipant", **args, **urls)
    advance(listener, 4)
    listener.types("multiparty.participant_joined", "multiparty.started", "multiparty.adding_ended")
    listener.service.run("updateMultiPartyCallParticipant", mpcId="name_sales", participantId="1", hold=True)
    listener.service.run("stopMultiPartyCall", mpcId="name_sales")
    found = listener.types(
        "multiparty.initialized",
        "multiparty.adding_started",
        "multiparty.recording_started",
        "multiparty.participant_held",
        "multiparty.participant_left",
        "multiparty.recording_ready",
        "multiparty.ended",
    )
    assert {data["mpc_name"] for name, data in found.items() if name.startswith("multiparty.")} == {"sales"}


def test_streams_dials_and_recordings_of_calls(listener: Listener) -> None:
    with Recorder() as pages:
        stream = plivoxml.StreamElement("wss://example.com/audio", statusCallbackUrl=listener.url)
        other = plivoxml.DialElement(callback_url=listener.url).add(plivoxml.NumberElement("15005550005"))
        pages.script(page(stream, other))
        call = dial(listener.service, pages, **PATIENT)
        advance(listener, 4)
        listener.types("stream.started", "call.dial_answered")
        listener.service.run("recordCall", callUuid=call, callbackUrl=listener.url)
        listener.service.control(f"calls/{call}/hangup")
        found = listener.types("stream.stopped", "call.dial_ended", "recording.ready")
    assert {found[name]["call_uuid"] for name in ("stream.started", "stream.stopped", "recording.ready")} == {call}


def test_masking_sessions(listener: Listener) -> None:
    args = {"firstParty": "14155550177", "secondParty": "14155550123", "record": True, "sessionExpiry": 600}
    urls = {"callbackUrl": listener.url, "recordingCallbackUrl": listener.url}
    made = listener.service.run("createMaskingSession", **args, **urls)
    virtual = made["virtual_number"].removeprefix("+")
    listener.service.control("calls/inbound", {"from": "14155550177", "to": virtual})
    for seconds, wanted in ((0, "first_party_answered"), (4, "second_party_answered"), (6, "ended"), (600, "expired")):
        advance(listener, seconds)
        listener.types(f"masking.{wanted}")
    found = listener.types(
        "masking.second_party_ringing",
        "masking.recording_started",
        "masking.recording_ready",
        "masking.second_party_ended",
        "masking.first_party_ended",
    )
    assert {data["session_uuid"] for data in found.values()} == {made["session_uuid"]}


def test_verify_sessions(listener: Listener) -> None:
    made = listener.service.run("createVerifySession", recipient="14155550123", url=listener.url)["session_uuid"]
    advance(listener, 2)
    assert listener.types("verify.updated")["verify.updated"]["session_uuid"] == made
    advance(listener, 600)
    assert listener.types("verify.expired")["verify.expired"]["channel_status"] == "delivered"


def test_registrations(listener: Listener) -> None:
    run = listener.service.run
    run("createBrand", brandAlias="shop", brandType="STANDARD", profileUuid=PROFILE, url=listener.url)
    run("importCampaign", campaignId=CAMPAIGN, campaignAlias="news", url=listener.url)
    run("linkCampaignNumbers", campaignId=CAMPAIGN, numbers=[NUMBER], url=listener.url)
    run("createTollfreeVerification", number=TOLLFREE, profileUuid=PROFILE, callbackUrl=listener.url)
    run("createNumberCompliance", data={"country_iso": "IN", "number_type": "local", "callback_url": listener.url})
    urls = {"cnamCallbackUrl": listener.url, "callerReputationCallbackUrl": listener.url}
    run("updateNumber", number=NUMBER, cnam="EXAMPLE INC", **urls)
    listener.types("tendlc.brand", "tendlc.campaign", "tendlc.number", "tollfree.submitted", "number.compliance")
    advance(listener, 2)
    found = listener.types("tollfree.approved", "number.cnam", "number.caller_reputation")
    assert found["tollfree.approved"]["number"] == TOLLFREE
    assert found["number.cnam"]["cnam"] == "EXAMPLE INC"


def test_results_of_asynchronous_requests(listener: Listener) -> None:
    api_id = listener.service.run("getConferences", callbackUrl=listener.url)["api_id"]
    assert listener.types("api.result")["api.result"]["api_id"] == api_id


def test_a_call_that_a_multiparty_call_lets_go(listener: Listener) -> None:
    """The event is one of a multiparty call, and the answer is XML."""
    with Recorder() as pages:
        element = plivoxml.MultiPartyCallElement("room", "agent", on_exit_action_url=listener.url)
        pages.script(page(element))
        call = dial(listener.service, pages, **{**PATIENT, "hangupUrl": f"{pages.url}/hangup"})
        while not listener.service.run("getMultiPartyCalls", friendlyName="room")["objects"]:
            pass
        listener.service.run("kickMultiPartyCallParticipant", mpcId="name_room", participantId="1")
        found = listener.types("multiparty.updated")
        (hangup,) = told_at(pages, "/hangup", 1)
    assert found["multiparty.updated"]["participant_call_uuid"] == call
    assert hangup["HangupCauseName"] == "End Of XML Instructions"
