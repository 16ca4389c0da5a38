"""The life of a call."""

import pytest

from tests.support.sandbox_driver import ANSWER, LIVE_CALL, QUEUED_CALL, Driver, dial


def test_call_comes_alive(plivo: Driver) -> None:
    """A call is queued, rings, is in progress, and is listed as live meanwhile."""
    uuid = dial(plivo, wait=0)
    assert plivo.get("Call/", status="live")["calls"] == [LIVE_CALL]
    plivo.get(f"Call/{uuid}/", 404, status="live")
    plivo.wait(1.5)
    assert plivo.get(f"Call/{uuid}/", status="live")["call_status"] == "ringing"
    plivo.wait(2)
    live = plivo.get(f"Call/{uuid}/", status="live")
    assert (live["call_status"], live["from"], live["to"]) == ("in-progress", "14155550100", "14155550123")
    assert plivo.get("Call/", status="live")["calls"] == [uuid, LIVE_CALL]
    assert plivo.get("Call/", status="live", to_number="44")["calls"] == []
    assert plivo.get(f"Call/{uuid}/", 404)["error"] == "CDR for call uuid not found"
    assert plivo.get("Call/")["objects"] == []


def test_call_record(plivo: Driver) -> None:
    """A call that was hung up has a record, and is not live any more."""
    uuid = dial(plivo, wait=10)
    plivo.delete(f"Call/{uuid}/", status=204)
    record = plivo.get(f"Call/{uuid}/")
    assert record["initiation_time"] == "2027-01-15 08:00:00+00:00"
    assert record["answer_time"] == "2027-01-15 08:00:03+00:00"
    assert record["end_time"] == "2027-01-15 08:00:10+00:00"
    assert (record["bill_duration"], record["billed_duration"], record["total_amount"]) == (7, 60, "0.00850")
    assert (record["hangup_cause_code"], record["hangup_source"]) == (4000, "API Request")
    assert [item["call_uuid"] for item in plivo.get("Call/")["objects"]] == [uuid]
    plivo.get(f"Call/{uuid}/", 404, status="live")
    plivo.delete(f"Call/{uuid}/", status=404)


@pytest.mark.parametrize(
    ("to", "limit", "lasts", "code", "source"),
    [
        ("14155550123", None, 15, 4000, "Callee"),
        ("14155550123", 10, 10, 6000, "Plivo"),
        ("14155550123", 9999, 9999, 6000, "Plivo"),
        ("14155550123", 99999, 86400, 6000, "Plivo"),
        ("15005550005", None, 14400, 6000, "Plivo"),
        ("15005550005", 20, 20, 6000, "Plivo"),
    ],
)
def test_call_ends_by_itself(plivo: Driver, to: str, limit: int | None, lasts: int, code: int, source: str) -> None:
    """The other side hangs up after 15 seconds, unless a time limit or the number says otherwise."""
    uuid = dial(plivo, to, wait=3 + lasts - 1, time_limit=limit)
    plivo.get(f"Call/{uuid}/", status="live")
    plivo.wait(1)
    record = plivo.get(f"Call/{uuid}/")
    assert (record["bill_duration"], record["hangup_cause_code"], record["hangup_source"]) == (lasts, code, source)


def test_two_calls_are_always_there(plivo: Driver) -> None:
    """A live and a queued call never end; who ends one finds its record, and the next one at once."""
    for seconds in (0, 40 * 24 * 3600):
        plivo.wait(seconds)
        assert plivo.get(f"Call/{LIVE_CALL}/", status="live")["call_status"] == "in-progress"
        assert plivo.get(f"Call/{QUEUED_CALL}/", status="queued")["call_status"] == "queued"
        plivo.delete(f"Call/{LIVE_CALL}/", status=204)
        plivo.delete(f"Request/{QUEUED_CALL}/", status=204)
        assert plivo.get("Call/", status="live")["calls"] == [LIVE_CALL]
        assert QUEUED_CALL in plivo.get("Call/", status="queued")["calls"]
        ended = plivo.get(f"Call/{LIVE_CALL}/")
        assert (ended["hangup_source"], ended["bill_duration"] <= 3600) == ("API Request", True)
        assert plivo.get(f"Call/{QUEUED_CALL}/")["hangup_cause_name"] == "Cancelled"


def test_record_has_what_the_sdks_read(plivo: Driver) -> None:
    """What the SDKs of other languages read of a record is there."""
    uuid = dial(plivo, wait=20)
    record = plivo.get(f"Call/{uuid}/")
    assert (record["call_state"], record["conference_uuid"], record["cnam_lookup"]) == ("ANSWER", None, "disabled")
    assert (record["stir_verification"], record["stir_attestation"]) == ("Not Applicable", "")
    assert (record["voice_network_group"], record["source_ip"]) == ("United States All Networks", "127.0.0.1")


@pytest.mark.parametrize(
    ("number", "state", "code"),
    [("15005550001", "busy", 3010), ("15005550002", "no-answer", 3000), ("15005550003", "failed", 2010)],
)
def test_call_outcomes(plivo: Driver, number: str, state: str, code: int) -> None:
    """Outcome numbers are busy, do not answer, or fail; nothing is charged."""
    uuid = dial(plivo, number, wait=12)
    record = plivo.get("Call/", status=state)["objects"][0]
    assert record["call_uuid"] == uuid
    assert (record["hangup_cause_code"], record["answer_time"], record["total_amount"]) == (code, None, "0.00000")


def test_ring_timeout(plivo: Driver) -> None:
    """Ringing ends at the ring timeout."""
    uuid = dial(plivo, "15005550002", wait=3.5, ring_timeout=2)
    assert plivo.get(f"Call/{uuid}/")["hangup_cause_code"] == 3000


def test_call_filters(plivo: Driver) -> None:
    """Call records are filtered by number, duration, cause and time."""
    short, long = dial(plivo, time_limit=10), dial(plivo, "447400900123", time_limit=100)
    plivo.wait(200)

    def found(**filters: object) -> list[str]:
        return [item["call_uuid"] for item in plivo.get("Call/", **filters)["objects"]]

    assert found() == [long, short]
    assert found(bill_duration__gt=10) == [long]
    assert found(bill_duration=10) == [short]
    assert found(to_number="44") == [long]
    assert found(hangup_cause_code=6000) == [long, short]
    assert found(call_direction="inbound") == []
    assert found(end_time__lt="2027-01-15 08:00:14") == [short]


def test_several_calls(plivo: Driver) -> None:
    """Several destinations give a list of request uuids, and all calls can be hung up at once."""
    body = {"from": "14155550100", "to": "14155550123<sip:alice@phone.plivo.com", "answer_url": ANSWER}
    uuids = plivo.post("Call/", body, 201)["request_uuid"]
    plivo.wait(5)
    assert plivo.get("Call/", status="live")["calls"] == [*uuids[::-1], LIVE_CALL]
    plivo.delete("Call/", status=204)
    assert plivo.get("Call/", status="live")["calls"] == [LIVE_CALL]
    assert {item["call_uuid"] for item in plivo.get("Call/")["objects"]} >= {*uuids, LIVE_CALL, QUEUED_CALL}


def test_call_refusals(plivo: Driver) -> None:
    """A call to its own caller is refused, and one whose parent must be there and is not."""
    body = {"from": "14155550100", "to": "14155550100", "answer_url": ANSWER}
    plivo.post("Call/", body, 400)
    many = "<".join(str(14155560000 + position) for position in range(1001))
    for wrong in ({"to": "<"}, {"to": "14155550123<me"}, {"to": many}, {"to": "14155550123", "caller_name": "x" * 51}):
        error = plivo.post("Call/", {**body, **wrong}, 400)["error"]
        assert error.startswith(f"{'caller_name' if 'caller_name' in wrong else 'to'} parameter is invalid. ")
    body |= {"to": "14155550123", "parent_call_uuid": "0"}
    plivo.post("Call/", {**body, "error_if_parent_not_found": True}, 404)
    plivo.post("Call/", body, 201)


def test_cancelled_request(plivo: Driver) -> None:
    """A call can be cancelled by its request until it is answered."""
    uuid = dial(plivo, wait=2)
    plivo.delete(f"Request/{uuid}/", status=204)
    assert plivo.get(f"Call/{uuid}/")["hangup_cause_name"] == "Cancelled"
    answered = dial(plivo)
    plivo.delete(f"Request/{answered}/", status=404)


ACTIONS = [
    ("Play/", {"urls": "https://example.com/a.mp3"}, "play started"),
    ("Speak/", {"text": "hello"}, "speak started"),
    ("DTMF/", {"digits": "12#"}, "digits sent"),
    ("Record/", {}, "call recording started"),
    ("", {"legs": "aleg", "aleg_url": ANSWER}, "call transfered"),
]


@pytest.mark.parametrize(("action", "body", "message"), ACTIONS)
def test_actions_need_a_live_call(plivo: Driver, action: str, body: dict[str, str], message: str) -> None:
    """Playing, speaking, recording, digits and transfer work on a live call only."""
    uuid = dial(plivo)
    assert plivo.post(f"Call/{uuid}/{action}", body, 202)["message"] == message
    if action in ("Play/", "Speak/", "Record/"):
        plivo.delete(f"Call/{uuid}/{action}", status=204)
    plivo.delete(f"Call/{uuid}/", status=204)
    assert plivo.post(f"Call/{uuid}/{action}", body, 404)["error"] == "not found"
    if action in ("Play/", "Speak/", "Record/"):
        plivo.delete(f"Call/{uuid}/{action}", status=404)


def test_transfer_needs_the_url_of_its_leg(plivo: Driver) -> None:
    """Each leg that is transferred needs its URL."""
    uuid = dial(plivo)
    assert plivo.post(f"Call/{uuid}/", {"legs": "both", "aleg_url": ANSWER}, 400)["error"].startswith("bleg_url")


def test_call_feedback_and_queued_calls(plivo: Driver) -> None:
    body = {"from": "14155550100", "to": "14155550123", "answer_url": "https://example.com/"}
    uuid = plivo.post("Call/", body)["request_uuid"]
    assert plivo.get("Call/", status="queued")["calls"][0] == uuid
    assert plivo.get(f"Call/{uuid}/", status="queued")["call_status"] == "queued"
    plivo.post(f"/v1/Call/{uuid}/Feedback/", {"rating": 4.5, "issues": ["ECHO"]})
    plivo.post("/v1/Call/0/Feedback/", {"rating": 4.5}, 404)
    plivo.wait(2)
    assert uuid not in plivo.get("Call/", status="queued")["calls"]
