"""The sandbox's multiparty calls and call streams."""

from typing import Any

import pytest

from tests.support.sandbox_driver import LIVE_CALL, Driver

ROOM = "MultiPartyCall/name_room/"


def add(plivo: Driver, to: str = "14155550123", path: str = ROOM, **fields: object) -> list[str]:
    """Add participants and return the uuids of their calls."""
    body = {"role": "agent", "from": "14155550100", "to": to, **fields}
    return [call["call_uuid"] for call in plivo.post(f"{path}Participant/", body, 201)["calls"]]


def test_begins_with_a_participant(plivo: Driver) -> None:
    """Adding somebody makes the multiparty call; it is active once they have answered."""
    plivo.get(ROOM, 404)
    (call_uuid,) = add(plivo)
    mpc = plivo.get(ROOM)
    assert (mpc["status"], mpc["friendly_name"], mpc["start_time"]) == ("Initialized", "room", None)
    plivo.wait(3)
    assert plivo.get("Call/", status="live")["calls"] == [call_uuid, LIVE_CALL]
    assert plivo.get(ROOM)["status"] == "Active"
    by_uuid = f"MultiPartyCall/uuid_{mpc['mpc_uuid']}/"
    assert plivo.get(by_uuid)["start_time"] == "2027-01-15 08:00:03+00:00"
    assert [item["friendly_name"] for item in plivo.get("MultiPartyCall/", status="active")["objects"]] == [
        "room",
        "Support-4711",
    ]
    (someone,) = plivo.get(f"{by_uuid}Participant/")["objects"]
    assert (someone["member_id"], someone["call_uuid"], someone["role"]) == ("1", call_uuid, "agent")
    add(plivo, "14155550124", by_uuid, role="customer")
    assert plivo.get(f"{ROOM}Participant/")["meta"]["count"] == 2


def test_started_by_request(plivo: Driver) -> None:
    """With nobody in it who starts it, it waits for the request."""
    add(plivo, start_mpc_on_enter=False)
    plivo.wait(5)
    assert plivo.get(ROOM)["status"] == "Initialized"
    assert plivo.post(ROOM, {"status": "active"}, 200)["message"] == "MPC: room started"
    assert plivo.get(ROOM)["status"] == "Active"


def test_stopped(plivo: Driver) -> None:
    """Stopping hangs up on everybody; afterwards it is found by its uuid only."""
    add(plivo, "14155550123<14155550124")
    plivo.wait(10)
    uuid = plivo.get(ROOM)["mpc_uuid"]
    assert "request_uuid" in plivo.delete(ROOM, status=200)
    plivo.get(ROOM, 404)
    ended = plivo.get(f"MultiPartyCall/uuid_{uuid}/")
    assert (ended["status"], ended["duration"], ended["termination_cause_code"]) == ("Ended", 7, 3000)
    assert plivo.get("Call/", status="live")["calls"] == [LIVE_CALL]
    assert {call["hangup_cause_code"] for call in plivo.get("Call/")["objects"]} == {4020}
    plivo.delete(f"MultiPartyCall/uuid_{uuid}/", status=404)
    add(plivo)
    assert plivo.get(ROOM)["mpc_uuid"] != uuid


@pytest.mark.parametrize(
    ("fields", "to", "code"), [({"max_duration": 300}, "14155550123", 2000), ({}, "15005550001", 1000)]
)
def test_ends_by_itself(plivo: Driver, fields: dict[str, Any], to: str, code: int) -> None:
    """It ends when its time is up, and when nobody is left or comes."""
    add(plivo, to, **fields)
    uuid = plivo.get(ROOM)["mpc_uuid"]
    plivo.wait(303)
    assert plivo.get(f"MultiPartyCall/uuid_{uuid}/")["termination_cause_code"] == code


def test_ends_with_who_ends_it(plivo: Driver) -> None:
    add(plivo, end_mpc_on_exit=True)
    add(plivo, "14155550124")
    plivo.wait(5)
    plivo.delete(f"{ROOM}Participant/1/", status=204)
    plivo.get(ROOM, 404)


def test_participants_are_steered(plivo: Driver) -> None:
    """Participants are muted, held, coached and kicked, one or all, while they are in it."""
    add(plivo, "14155550123<14155550124")
    plivo.post(f"{ROOM}Participant/1/", {"mute": True}, 404)
    plivo.wait(3)
    changed = plivo.post(f"{ROOM}Participant/1/", {"mute": True, "hold": True}, 202)
    assert changed["message"]["mute"] == "MPC: room mute/unmute member(s) succeeded"
    shown = plivo.get(f"{ROOM}Participant/1/")
    assert (shown["mute"], shown["hold"], shown["coach_mode"]) == (True, True, False)
    plivo.post(f"{ROOM}Participant/all/", {"mute": False})
    assert plivo.get(f"{ROOM}Participant/1/")["mute"] is False
    plivo.post(f"{ROOM}Participant/all/", {"coach_mode": True}, 400)
    plivo.wait(4)
    plivo.delete(f"{ROOM}Participant/1/", status=204)
    left = plivo.get(f"{ROOM}Participant/1/")
    assert (left["exit_time"], left["duration"]) == ("2027-01-15 08:00:07+00:00", 4)
    plivo.delete(f"{ROOM}Participant/1/", status=404)
    plivo.get(f"{ROOM}Participant/9/", 404)


def test_live_call_is_brought_in(plivo: Driver) -> None:
    body = {"from": "14155550100", "to": "14155550123", "answer_url": "https://example.com/"}
    uuid = plivo.post("Call/", body)["request_uuid"]
    plivo.post(f"{ROOM}Participant/", {"role": "customer", "call_uuid": uuid}, 404)
    plivo.wait(5)
    plivo.post(f"{ROOM}Participant/", {"role": "customer", "call_uuid": uuid}, 201)
    assert plivo.get(ROOM)["start_time"] == "2027-01-15 08:00:05+00:00"


def test_participants_are_limited(plivo: Driver) -> None:
    add(plivo, "14155550123<14155550124", max_participants=2)
    plivo.post(f"{ROOM}Participant/", {"role": "agent", "from": "14155550100", "to": "14155550125"}, 400)
    plivo.post("MultiPartyCall/uuid_0/Participant/", {"role": "agent", "from": "1415", "to": "14155550125"}, 404)


def test_recording(plivo: Driver) -> None:
    """The whole and single participants are recorded; pausing shows; the end ends it."""
    add(plivo)
    plivo.wait(3)
    all_of_it = plivo.post(f"{ROOM}Record/", status=202)
    assert all_of_it["message"] == "MPC: room record started"
    assert all_of_it["recording_url"].endswith(f"{all_of_it['recording_id']}.mp3")
    one = plivo.post(f"{ROOM}Participant/1/Record/", {"file_format": "wav"}, 200)
    assert one["recording_url"].endswith(f"{one['recording_id']}.wav")
    for action, state in (("Pause", "paused"), ("Resume", "recording")):
        plivo.post(f"{ROOM}Record/{action}/", status=204)
        plivo.post(f"{ROOM}Participant/1/Record/{action}/", status=204)
        assert plivo.get(ROOM)["recording"] == state
    plivo.wait(5)
    plivo.delete(f"{ROOM}Participant/1/Record/", status=204)
    plivo.wait(5)
    plivo.delete(ROOM)
    whole, single = plivo.get("Recording/", mpc_name="room")["objects"]
    assert (whole["recording_duration_ms"], single["recording_duration_ms"]) == ("10000.00000", "5000.00000")
    assert (whole["recording_id"], single["recording_id"]) == (all_of_it["recording_id"], one["recording_id"])


@pytest.mark.parametrize(
    ("action", "body"), [("Play/", {"url": "https://example.com/a.mp3"}), ("Speak/", {"text": "hi"})]
)
def test_participants_hear_something(plivo: Driver, action: str, body: dict[str, str]) -> None:
    add(plivo)
    plivo.wait(3)
    assert plivo.post(f"{ROOM}Member/1/{action}", body, 202)["mpcMemberId"] == ["1"]
    plivo.delete(f"{ROOM}Member/1/{action}", status=204)
    plivo.post(f"{ROOM}Member/2/{action}", body, 404)


def test_example_goes_on(plivo: Driver) -> None:
    """The multiparty call of the manifest's examples goes on; who stops it or kicks its participant finds another."""
    example = "MultiPartyCall/name_Support-4711/"
    plivo.wait(30 * 24 * 3600)
    before = plivo.get(f"{example}Participant/49/")
    plivo.delete(f"{example}Participant/49/", status=204)
    again = plivo.get(f"{example}Participant/49/")
    assert again["call_uuid"] != before["call_uuid"]
    assert (again["exit_time"], again["join_time"]) == (None, "2027-02-14 08:00:00+00:00")
    plivo.delete(example, status=200)
    assert plivo.get(example)["status"] == "Active"
    assert len(plivo.get(f"{example}Participant/")["objects"]) == 1
