"""The official SDK goes through the sandbox's newer voice families, over a real socket."""

from collections.abc import Iterator

import pytest
from plivo.exceptions import ResourceNotFoundError, ValidationError
from plivo.rest import phlo

from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_sdk import Running, running

ANSWER = "https://example.com/answer"


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with running(monkeypatch) as sandbox:
        yield sandbox


def live_call(sdk: Running) -> str:
    uuid = sdk.client.calls.create(from_="14155550100", to_="14155550123", answer_url=ANSWER).request_uuid
    sdk.wait(5)
    return str(uuid)


def test_multiparty_calls(sdk: Running) -> None:
    mpcs = sdk.client.multi_party_calls
    added = mpcs.add_participant("Agent", friendly_name="room", from_="14155550100", to_="14155550123<14155550124")
    assert len(added.calls) == 2
    sdk.wait(5)
    mpc = mpcs.get(friendly_name="room")
    assert mpc.status == "Active"
    assert mpcs.list(friendly_name="room").objects[0].mpc_uuid == mpc.mpc_uuid
    assert "started" in mpcs.start(uuid=mpc.mpc_uuid).message
    someone = mpcs.get_participant("1", friendly_name="room")
    assert someone.call_uuid == added.calls[0].call_uuid
    mpcs.update_participant("1", friendly_name="room", mute=True, hold=True)
    assert mpcs.get_participant("1", friendly_name="room").mute
    mpcs.start_recording(friendly_name="room")
    mpcs.pause_recording(friendly_name="room")
    assert mpcs.get(friendly_name="room").recording == "paused"
    mpcs.resume_recording(friendly_name="room")
    mpcs.stop_recording(friendly_name="room")
    assert mpcs.start_participant_recording("1", friendly_name="room").recording_id
    mpcs.pause_participant_recording("1", friendly_name="room")
    mpcs.resume_participant_recording("1", friendly_name="room")
    mpcs.stop_participant_recording("1", friendly_name="room")
    assert mpcs.start_play_audio("1", friendly_name="room", url="https://example.com/a.mp3").mpcName == "room"
    mpcs.stop_play_audio("1", friendly_name="room")
    mpcs.kick_participant("1", friendly_name="room")
    mpcs.stop(friendly_name="room")
    assert mpcs.get(uuid=mpc.mpc_uuid).termination_cause_code == 3000
    with pytest.raises(ResourceNotFoundError):
        mpcs.get(friendly_name="room")


def test_streams(sdk: Running) -> None:
    calls, uuid = sdk.client.calls, live_call(sdk)
    stream_id = calls.start_stream(uuid, service_url="wss://example.com/a").stream_id
    assert calls.get_details_of_specific_stream(uuid, stream_id).status == "initiated"
    assert calls.get_all_streams(uuid).meta.count == 1
    calls.delete_specific_stream(uuid, stream_id)
    assert calls.get_details_of_specific_stream(uuid, stream_id).status == "stopped"
    calls.delete_all_streams(uuid)


def test_queued_calls_and_feedback(sdk: Running) -> None:
    client = sdk.client
    uuid = client.calls.create(from_="14155550100", to_="14155550123", answer_url=ANSWER).request_uuid
    assert client.queued_calls.list_ids().calls[0] == uuid
    assert client.queued_calls.get(uuid).call_status == "queued"
    assert client.call_feedback.create(uuid, 4, issues=["ECHO"], notes="a bit").status == "success"


def test_transcriptions(sdk: Running) -> None:
    client, uuid = sdk.client, live_call(sdk)
    recording_id = client.calls.record(uuid).recording_id
    sdk.wait(5)
    client.calls.record_stop(uuid)
    client.transcriptions.create_transcription(recording_id)
    sdk.wait(5)
    assert client.transcriptions.get_transcription(recording_id).status == "success"
    client.transcriptions.delete_transcription(recording_id)


def test_masking_sessions(sdk: Running) -> None:
    sessions = sdk.client.masking_sessions
    uuid = sessions.create_masking_session("14155550177", "14155550178", session_expiry=60).session_uuid
    assert sessions.get_masking_session(uuid).response.status == "active"
    sessions.update_masking_session(uuid, session_expiry=120)
    sdk.wait(121)
    assert sessions.list_masking_session(status="expired").response.objects[0].session_uuid == uuid
    with pytest.raises(ValidationError, match="Session already expired"):
        sessions.delete_masking_session(uuid)
    uuid = sessions.create_masking_session("14155550177", "14155550178").session_uuid
    sessions.delete_masking_session(uuid)
    with pytest.raises(ResourceNotFoundError):
        sessions.get_masking_session(uuid)


def test_verify_sessions(sdk: Running) -> None:
    """The code of a session can be read from it."""
    sessions = sdk.client.verify_session
    uuid = sessions.create(recipient="14155550177", channel="sms").session_uuid
    otp = sessions.get(uuid).otp
    with pytest.raises(ValidationError, match="incorrect"):
        sessions.validate(uuid, "0")
    assert "success" in sessions.validate(uuid, otp).message
    assert sessions.list(status="verified").sessions[0].session_uuid == uuid


def test_verified_caller_ids(sdk: Running) -> None:
    """The code is the last four digits of the number."""
    caller_ids = sdk.client.verify_callerids
    uuid = caller_ids.initiate_verify("+14155550177", alias="desk").verification_uuid
    assert caller_ids.verify_caller_id(uuid, "0177").phone_number == "+14155550177"
    assert caller_ids.update_verified_caller_id("14155550177", alias="hall").alias == "hall"
    assert caller_ids.get_verified_caller_id("+14155550177").alias == "hall"
    assert caller_ids.list_verified_caller_id(alias="hall").meta.total_count == 1
    caller_ids.delete_verified_caller_id("14155550177")


def test_token(sdk: Running) -> None:
    token = sdk.client.token.create(AUTH[0], sub="alice", incoming_allow=True).token
    assert token.count(".") == 2


def test_phlo(sdk: Running) -> None:
    assert sdk.url
    with phlo.RestClient(*AUTH) as client:
        flow = client.phlo.get("a3c5e7f1-2b4d-4a6c-8e0f-1d3b5a7c9e02")
        assert flow.run(name="Ada").phlo_id == flow.phlo_id
        node = flow.multi_party_call("6f8d1b3a-5c7e-4f90-a1b2-c3d4e5f60718")
        assert node.call("14155550100", "14155550123", "agent").error == ""
        assert node.member("14155550123").mute().error == ""
