"""The sandbox's life cycles: messages, calls, recordings, conferences, numbers."""

import pytest

from app.protocol.sms import measure
from tests.support.sandbox_driver import AUTH, Driver

ANSWER = "https://example.com/answer"


@pytest.fixture
def plivo() -> Driver:
    """A fresh sandbox."""
    return Driver()


def send(plivo: Driver, to: str = "14155550123", **fields: object) -> list[str]:
    """Send a message and return the uuids."""
    reply = plivo.post("Message/", {"src": "14155550100", "dst": to, "text": "hi", **fields}, 202)
    assert reply["message"] == "message(s) queued"
    return list(reply["message_uuid"])


def dial(plivo: Driver, to: str = "14155550123", *, wait: float = 5, **fields: object) -> str:
    """Make a call, let some time pass and return its uuid."""
    reply = plivo.post("Call/", {"from": "14155550100", "to": to, "answer_url": ANSWER, **fields}, 201)
    assert reply["message"] == "call fired"
    plivo.wait(wait)
    return str(reply["request_uuid"])


def test_message_is_delivered(plivo: Driver) -> None:
    """A message is queued, sent after half a second, delivered after one and a half."""
    (uuid,) = send(plivo)
    states = []
    for seconds in (0, 0.6, 1.0, 3600):
        plivo.wait(seconds)
        states.append(plivo.get(f"Message/{uuid}/")["message_state"])
    assert states == ["queued", "sent", "delivered", "delivered"]


def test_message_record(plivo: Driver) -> None:
    """A message's record says from whom, to whom, when and for how much."""
    (uuid,) = send(plivo, "+447400900123", text="x" * 161)
    plivo.wait(2)
    record = plivo.get(f"Message/{uuid}/")
    assert record["from_number"] == "14155550100"
    assert record["to_number"] == "447400900123"
    assert record["destination_country_iso2"] == "GB"
    assert record["message_time"] == "2027-01-15 08:00:00+00:00"
    assert record["message_sent_time"] == "2027-01-15 08:00:00.500000+00:00"
    assert (record["units"], record["total_rate"], record["total_amount"]) == (2, "0.00550", "0.01100")
    assert record["resource_uri"] == f"/v1/Account/{AUTH[0]}/Message/{uuid}/"


def test_several_destinations(plivo: Driver) -> None:
    """Each destination gets a record of its own."""
    uuids = send(plivo, "14155550123<14155550124<14155550125")
    assert len(set(uuids)) == 3
    assert [item["message_uuid"] for item in plivo.get("Message/")["objects"]] == uuids[::-1]


@pytest.mark.parametrize(
    ("number", "state", "code"), [("15005550003", "failed", 300), ("15005550004", "undelivered", 80)]
)
def test_message_outcomes(plivo: Driver, number: str, state: str, code: int) -> None:
    """Outcome numbers make a message fail, or stay undelivered."""
    (uuid,) = send(plivo, number)
    assert plivo.get(f"Message/{uuid}/")["message_state"] == "queued"
    plivo.wait(2)
    record = plivo.get(f"Message/{uuid}/")
    assert (record["message_state"], record["error_code"]) == (state, code)
    assert record["error_message"]


def test_message_refusals(plivo: Driver) -> None:
    """A message to its own sender, or to nobody, is refused; an unknown one is not found."""
    body = {"src": "14155550100", "dst": "+14155550100", "text": "hi"}
    assert plivo.post("Message/", body, 400)["error"] == "dst is identical to src"
    plivo.post("Message/", {**body, "dst": "<"}, 400)
    plivo.get("Message/0/", 404)


def test_powerpack_and_media(plivo: Driver) -> None:
    """A powerpack stands in for the sender, media for the text."""
    body = {"powerpack_uuid": "p-1", "dst": "14155550123", "type": "mms", "media_urls": ["https://example.com/a.png"]}
    (uuid,) = plivo.post("Message/", body, 202)["message_uuid"]
    record = plivo.get(f"Message/{uuid}/")
    assert (record["powerpack_id"], record["from_number"], record["message_type"]) == ("p-1", "14155550100", "mms")


def test_message_filters(plivo: Driver) -> None:
    """Messages are filtered by state, number, and time."""
    send(plivo)
    plivo.wait(60)
    (late,) = send(plivo, "14155550199")

    def found(**filters: object) -> list[str]:
        return [item["message_uuid"] for item in plivo.get("Message/", **filters)["objects"]]

    assert found(message_state="queued") == [late]
    assert found(to_number="1415555019") == [late]
    assert found(message_time__gt="2027-01-15 08:00:30") == [late]
    assert found(message_time="2027-01-15 08:01:00") == [late]
    assert len(found(message_time__lte="2027-01-15 08:01")) == 2
    assert found(message_time__lt="2027-01-15 08:00:00") == []
    assert found(message_direction="inbound") == []
    assert plivo.get("Message/", 400, message_time__gt="yesterday")["error"].startswith("message_time__gt")


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("😀" * 36, 2),
    ],
)
def test_units(text: str, units: int) -> None:
    """Units follow GSM-7 (160, 153) and UCS-2 (70, 67), escaped characters and emoji counting twice."""
    assert measure(text).segments == units


def test_call_comes_alive(plivo: Driver) -> None:
    """A call is queued, rings, is in progress, and is listed as live meanwhile."""
    uuid = dial(plivo, wait=0)
    assert plivo.get("Call/", status="live")["calls"] == []
    plivo.get(f"Call/{uuid}/", 404, status="live")
    plivo.wait(1.5)
    assert plivo.get(f"Call/{uuid}/", status="live")["call_status"] == "ringing"
    plivo.wait(2)
    live = plivo.get(f"Call/{uuid}/", status="live")
    assert (live["call_status"], live["from"], live["to"]) == ("in-progress", "14155550100", "14155550123")
    assert plivo.get("Call/", status="live")["calls"] == [uuid]
    assert plivo.get("Call/", status="live", to_number="44")["calls"] == []
    plivo.get(f"Call/{uuid}/", 404)
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


@pytest.mark.parametrize(("limit", "lasts", "code"), [(20, 20, 6000), (None, 1800, 4000), (9999, 1800, 4000)])
def test_call_ends_by_itself(plivo: Driver, limit: int | None, lasts: int, code: int) -> None:
    """A call ends at its time limit, and after half an hour at the latest."""
    uuid = dial(plivo, wait=3 + lasts - 1, time_limit=limit)
    plivo.get(f"Call/{uuid}/", status="live")
    plivo.wait(1)
    record = plivo.get(f"Call/{uuid}/")
    assert (record["bill_duration"], record["hangup_cause_code"]) == (lasts, code)


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
    assert plivo.get("Call/", status="live")["calls"] == uuids[::-1]
    plivo.delete("Call/", status=204)
    assert plivo.get("Call/", status="live")["calls"] == []
    assert plivo.get("Call/")["meta"]["total_count"] == 2


def test_call_refusals(plivo: Driver) -> None:
    """A call to its own caller is refused, and one whose parent must be there and is not."""
    body = {"from": "14155550100", "to": "14155550100", "answer_url": ANSWER}
    plivo.post("Call/", body, 400)
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
    assert plivo.post(f"Call/{uuid}/{action}", body, 404)["error"] == "call not found"
    if action in ("Play/", "Speak/", "Record/"):
        plivo.delete(f"Call/{uuid}/{action}", status=404)


def test_transfer_needs_the_url_of_its_leg(plivo: Driver) -> None:
    """Each leg that is transferred needs its URL."""
    uuid = dial(plivo)
    assert plivo.post(f"Call/{uuid}/", {"legs": "both", "aleg_url": ANSWER}, 400)["error"].startswith("bleg_url")


def test_recording_of_a_call(plivo: Driver) -> None:
    """A recording is listed once it was stopped, and can be deleted."""
    uuid = dial(plivo)
    started = plivo.post(f"Call/{uuid}/Record/", {"file_format": "wav", "callback_url": ANSWER}, 202)
    recording_id = started["recording_id"]
    plivo.wait(10)
    plivo.get(f"Recording/{recording_id}/", 404)
    plivo.delete(f"Call/{uuid}/Record/", status=204)
    plivo.wait(100)
    recording = plivo.get(f"Recording/{recording_id}/")
    assert (recording["recording_duration_ms"], recording["recording_format"]) == ("10000.00000", "wav")
    assert (recording["call_uuid"], recording["recording_url"]) == (uuid, started["url"])
    assert started["url"].endswith(f"{recording_id}.wav")
    assert [item["recording_id"] for item in plivo.get("Recording/", call_uuid=uuid)["objects"]] == [recording_id]
    assert plivo.get("Recording/", call_uuid="0")["objects"] == []
    plivo.delete(f"Recording/{recording_id}/", status=204)
    plivo.get(f"Recording/{recording_id}/", 404)


def test_recording_ends_with_its_limit_or_its_call(plivo: Driver) -> None:
    """A recording ends after a minute, or its time limit, or with the call."""
    uuid = dial(plivo)
    for body in ({}, {"time_limit": 5}, {"time_limit": 1000}):
        plivo.post(f"Call/{uuid}/Record/", body, 202)
    plivo.wait(90)
    plivo.delete(f"Call/{uuid}/", status=204)
    lengths = [item["recording_duration_ms"] for item in plivo.get("Recording/")["objects"]]
    assert lengths == ["90000.00000", "60000.00000", "5000.00000"]


def member_ids(plivo: Driver) -> list[str]:
    """Return who is in the conference."""
    return [member["member_id"] for member in plivo.get("Conference/sandbox/")["members"]]


def test_conference_is_always_live(plivo: Driver) -> None:
    """The conference called sandbox is live with two members, afresh after it was hung up."""
    assert plivo.get("Conference/")["conferences"] == ["sandbox"]
    plivo.wait(30)
    conference = plivo.get("Conference/sandbox/")
    assert (conference["conference_member_count"], conference["conference_run_time"]) == ("2", "30")
    before = member_ids(plivo)
    for path in ("Conference/sandbox/", "Conference/"):
        plivo.delete(path, status=204)
        assert plivo.get("Conference/sandbox/")["conference_run_time"] == "0"
    assert len(member_ids(plivo)) == 2
    assert not set(before) & set(member_ids(plivo))
    plivo.get("Conference/other/", 404)
    plivo.wait(25 * 3600)
    assert plivo.get("Conference/sandbox/")["conference_run_time"] == "0"


@pytest.mark.parametrize(("action", "field", "message"), [("Mute/", "muted", "muted"), ("Deaf/", "deaf", "deaf")])
def test_members_are_muted_and_deafened(plivo: Driver, action: str, field: str, message: str) -> None:
    """One, some or all members are muted or made deaf, and back."""
    one, two = member_ids(plivo)
    expected = {one: [True, False], f"{one},{two}": [True, True], "all": [True, True]}
    for named, states in expected.items():
        reply = plivo.post(f"Conference/sandbox/Member/{named}/{action}", status=202)
        assert (reply["message"], reply["member_id"]) == (message, f"{one},{two}" if named == "all" else named)
        members = plivo.get("Conference/sandbox/")["members"]
        assert [member[field] for member in members] == states
        plivo.delete(f"Conference/sandbox/Member/{named}/{action}", status=204)
        assert not any(member[field] for member in plivo.get("Conference/sandbox/")["members"])


@pytest.mark.parametrize(
    ("action", "body"), [("Play/", {"url": "https://example.com/a.mp3"}), ("Speak/", {"text": "hi"})]
)
def test_members_hear_something(plivo: Driver, action: str, body: dict[str, str]) -> None:
    """Playing and speaking to a member start and stop; the member must be there."""
    one, _ = member_ids(plivo)
    plivo.post(f"Conference/sandbox/Member/{one}/{action}", body, 202)
    plivo.delete(f"Conference/sandbox/Member/{one}/{action}", status=204)
    plivo.post(f"Conference/sandbox/Member/0/{action}", body, 404)
    plivo.post(f"Conference/other/Member/{one}/{action}", body, 404)


def test_members_leave_and_come_back(plivo: Driver) -> None:
    """A member that was kicked or hung up is gone for five seconds and comes back under another id."""
    one, two = member_ids(plivo)
    assert plivo.post(f"Conference/sandbox/Member/{one}/Kick/", status=202)["message"] == "kicked"
    assert member_ids(plivo) == [two]
    plivo.post(f"Conference/sandbox/Member/{one}/Mute/", status=404)
    plivo.wait(6)
    kept, fresh = member_ids(plivo)
    assert kept == two
    assert fresh not in (one, two)
    plivo.delete(f"Conference/sandbox/Member/{two},{fresh}/", status=204)
    assert len(member_ids(plivo)) == 2
    assert not {one, two, fresh} & set(member_ids(plivo))


def test_recording_of_a_conference(plivo: Driver) -> None:
    """A conference's recording ends when it is stopped, or with the conference."""
    for end in ("Conference/sandbox/Record/", "Conference/sandbox/"):
        started = plivo.post("Conference/sandbox/Record/", status=202)
        assert started["message"] == "conference recording started"
        plivo.wait(5)
        plivo.delete(end, status=204)
        recording = plivo.get(f"Recording/{started['recording_id']}/")
        assert (recording["conference_name"], recording["recording_type"]) == ("sandbox", "conference")
        assert recording["recording_duration_ms"] == "5000.00000"


def test_subaccounts_have_their_own_conference(plivo: Driver) -> None:
    """Each account has its conference."""
    created = plivo.post("Subaccount/", {"name": "branch"})
    branch = plivo.as_account(created["auth_id"], created["auth_token"])
    branch.post("Conference/sandbox/Member/all/Mute/")
    assert not any(member["muted"] for member in plivo.get("Conference/sandbox/")["members"])


def test_number_life(plivo: Driver) -> None:
    """A number is found, bought, listed, changed and given back."""
    search = {"country_iso": "US", "pattern": "415", "type": "local"}
    found = [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]
    assert len(found) == 20
    assert all(number.startswith("1415") and len(number) == 11 for number in found)
    bought = plivo.post(f"PhoneNumber/{found[0]}/", {"app_id": "21000000000000001"}, 202)
    assert (bought["status"], bought["numbers"][0]["number"]) == ("fulfilled", found[0])
    assert found[0] not in [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]
    assert plivo.post(f"PhoneNumber/{found[0]}/", status=400)["error"].endswith("is already rented")
    shown = plivo.get(f"Number/{found[0]}/")
    assert (shown["added_on"], shown["renewal_date"]) == ("2027-01-15", "2027-02-15")
    assert shown["application"].endswith("/Application/21000000000000001/")
    assert plivo.get("Number/")["objects"][0]["number"] == found[0]
    plivo.post(f"Number/{found[0]}/", {"alias": "main line", "app_id": None}, 202)
    changed = plivo.get(f"Number/{found[0]}/")
    assert (changed["alias"], changed["application"]) == ("main line", None)
    plivo.delete(f"Number/{found[0]}/", status=204)
    plivo.get(f"Number/{found[0]}/", 404)
    assert found[0] in [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]


@pytest.mark.parametrize(
    ("search", "prefix", "length"),
    [
        ({"country_iso": "DE"}, "4930", 13),
        ({"country_iso": "GB", "type": "mobile"}, "4474", 12),
        ({"country_iso": "US", "type": "tollfree"}, "1800", 11),
        ({"country_iso": "us", "pattern": "2125550"}, "12125550", 11),
    ],
)
def test_search(plivo: Driver, search: dict[str, str], prefix: str, length: int) -> None:
    """A search offers numbers of the country, type and pattern, always the same ones."""
    reply = plivo.get("PhoneNumber/", **search)
    assert all(item["number"].startswith(prefix) and len(item["number"]) == length for item in reply["objects"])
    assert reply["meta"]["total_count"] > 5
    assert reply["objects"] == Driver(seed=99).get("PhoneNumber/", **search)["objects"]


def test_search_by_service(plivo: Driver) -> None:
    """Only numbers with the services asked for are offered; an unknown country is refused."""
    assert plivo.get("PhoneNumber/", country_iso="DE", services="voice,mms")["objects"] == []
    assert plivo.get("PhoneNumber/", country_iso="US", services="voice,mms")["objects"]
    plivo.get("PhoneNumber/", 400, country_iso="ZZ")
    plivo.post("PhoneNumber/999/", status=404)


def test_number_filters(plivo: Driver) -> None:
    """Rented numbers are filtered by prefix, type, alias, service and renewal."""
    plivo.post("Number/18005550100/", {"alias": "free"})

    def found(**filters: object) -> list[str]:
        return [item["number"] for item in plivo.get("Number/", **filters)["objects"]]

    assert found(number_startswith="1415") == ["14155550100"]
    assert found(type="tollfree") == ["18005550100"]
    assert found(alias="fr") == ["18005550100"]
    assert found(services="sms,mms") == ["14155550100"]
    assert found(renewal_date__gt="2027-02-15") == []
    assert len(found(renewal_date__gte="2027-02-15")) == 2


def test_number_of_a_subaccount(plivo: Driver) -> None:
    """A number can be handed to a subaccount."""
    created = plivo.post("Subaccount/", {"name": "branch"})
    branch = plivo.as_account(created["auth_id"], created["auth_token"])
    branch.get("Number/14155550100/", 404)
    plivo.post("Number/14155550100/", {"subaccount": created["auth_id"]}, 202)
    branch.get("Number/14155550100/")


def test_numbers_of_an_own_carrier(plivo: Driver) -> None:
    """Numbers of one's own carrier are added all together or not at all."""
    body = {"numbers": "18555550123,18555550124", "carrier": "19000000000000", "region": "United States"}
    plivo.post("Number/", {**body, "carrier": "0"}, 400)
    plivo.post("Number/", {**body, "numbers": "18555550123,14155550100"}, 400)
    plivo.get("Number/18555550123/", 404)
    plivo.post("Number/", body, 202)
    assert plivo.get("Number/18555550124/")["carrier"] == "19000000000000"
