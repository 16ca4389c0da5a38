"""The sandbox's powerpacks, media, WhatsApp templates, masking sessions, and the small things."""

import base64
import json

import pytest

from tests.support.sandbox_driver import AUTH, Driver

PNG = ("menu.png", b"\x89PNG1234", "image/png")


@pytest.fixture
def plivo() -> Driver:
    return Driver()


def powerpack(plivo: Driver) -> tuple[str, str]:
    """Make a powerpack and return its path and its pool's."""
    made = plivo.post("Powerpack/", {"name": "news", "application_type": "phlo"}, 200)
    assert (made["name"], made["application_type"], made["sticky_sender"]) == ("news", "PHLO", True)
    return f"Powerpack/{made['uuid']}/", made["number_pool"]


def test_powerpack_life(plivo: Driver) -> None:
    path, pool = powerpack(plivo)
    assert plivo.post(path, {"name": "more news"}, 200)["number_pool"] == pool
    assert plivo.get("Powerpack/", service="sms")["objects"][0]["name"] == "more news"
    plivo.post(f"{pool}Number/14155550100/")
    assert plivo.delete(path, {"unrent_numbers": True}, 200)["response"] == "success"
    plivo.get(path, 404)
    plivo.get(f"{pool}Number/", 404)
    plivo.get("Number/14155550100/", 404)


def test_numbers_of_a_pool(plivo: Driver) -> None:
    """Rented numbers are added to a pool, bought into it, found and removed."""
    _, pool = powerpack(plivo)
    plivo.post(f"{pool}Number/14155550199/", status=404)
    added = plivo.post(f"{pool}Number/14155550100/", status=200)
    assert (added["number"], added["country_iso2"], added["type"]) == ("14155550100", "US", "fixed")
    plivo.post(f"{pool}Number/14155550199/", {"rent": "true", "service": "mms"}, 200)
    plivo.get("Number/14155550199/")
    listed = plivo.get(f"{pool}Number/")
    assert [item["number"] for item in listed["objects"]] == ["14155550199", "14155550100"]
    assert (listed["uuid"], listed["meta"]["next"]) == (pool.split("/")[5], "")
    assert plivo.get(f"{pool}Number/", starts_with="628")["objects"] == []
    assert len(plivo.get(f"{pool}Number/", starts_with="415,628")["objects"]) == 2
    assert plivo.get(f"{pool}Number/", service="mms")["meta"]["total_count"] == 1
    plivo.delete(f"{pool}Number/14155550199/", {"unrent": True}, 200)
    plivo.get(f"{pool}Number/14155550199/", 404)
    plivo.get("Number/14155550199/", 404)


def test_other_parts_of_a_pool(plivo: Driver) -> None:
    _, pool = powerpack(plivo)
    plivo.post(f"{pool}Tollfree/14155550100/", status=400)
    assert plivo.post(f"{pool}Tollfree/18005550100/", status=200)["tollfree"] == "18005550100"
    assert plivo.get(f"{pool}Tollfree/18005550100/")["type"] == "tollfree"
    assert plivo.get(f"{pool}Shortcode/")["objects"] == []
    plivo.get(f"{pool}Shortcode/555010/", 404)
    plivo.delete(f"{pool}Tollfree/18005550100/", status=200)
    assert plivo.get(f"{pool}Tollfree/")["objects"] == []


def test_message_from_a_powerpack(plivo: Driver) -> None:
    """A powerpack sends from its pool."""
    path, pool = powerpack(plivo)
    plivo.post(f"{pool}Tollfree/18005550100/")
    uuid = path.split("/")[1]
    sent = plivo.post("Message/", {"powerpack_uuid": uuid, "dst": "14155550123", "text": "hi"})["message_uuid"][0]
    assert plivo.get(f"Message/{sent}/")["from_number"] == "18005550100"


def test_media_life(plivo: Driver) -> None:
    """Media is uploaded, listed, shown, and sent with a message."""
    files = [("file", PNG), ("file", ("big.png", b"x" * (2 * 1024 * 1024 + 1), "image/png"))]
    stored, refused = plivo.upload("Media/", {}, files, 201)["objects"]
    assert (stored["file_name"], stored["content_type"], stored["size"]) == ("menu.png", "image/png", 8)
    assert (stored["status"], refused["status"], refused["media_id"]) == ("success", "failed", None)
    assert plivo.get("Media/")["objects"][0]["media_id"] == stored["media_id"]
    assert plivo.get(f"Media/{stored['media_id']}/")["media_url"].endswith(stored["media_id"])
    body = {"src": "14155550100", "dst": "14155550123", "type": "mms", "text": "menu"}
    plivo.post("Message/", {**body, "media_ids": ["0"]}, 400)
    carried = {"media_ids": [stored["media_id"]], "media_urls": ["https://example.com/a.gif"]}
    uuid = plivo.post("Message/", {**body, **carried})["message_uuid"][0]
    first, second = plivo.get(f"Message/{uuid}/Media/")["objects"]
    assert (first["media_id"], first["size"], second["content_type"]) == (stored["media_id"], 8, "image/gif")
    plivo.get("Message/0/Media/", 404)
    plivo.upload("Media/", {}, [("file", PNG)] * 11, 400)


def test_whatsapp_template_life(plivo: Driver) -> None:
    """A template is approved after two seconds, and again after each change; accounts are apart."""
    templates = "WhatsApp/Template/200000000000001/"
    body = {
        "name": "hello",
        "language": "en_US",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "x"}],
    }
    created = plivo.post(templates, body)
    assert (created["status"], created["category"]) == ("PENDING", "MARKETING")
    path = f"{templates}{created['template_id']}/"
    plivo.wait(2)
    shown = plivo.get(path)
    assert (shown["status"], shown["name"], shown["components"]) == ("APPROVED", "hello", body["components"])
    assert plivo.post(path, {"category": "UTILITY"})["status"] == "PENDING"
    assert [item["category"] for item in plivo.get(templates)["objects"]] == ["UTILITY"]
    assert plivo.get("WhatsApp/Template/9/")["objects"] == []
    plivo.delete(path, status=204)
    assert plivo.get(path, 404)["error"] == "template not found"


def test_masking_session_life(plivo: Driver) -> None:
    """A session has a rented number between two parties, until it expires or is deleted."""
    body = {"first_party": "+14155550177", "second_party": "14155550178", "session_expiry": 100}
    created = plivo.post("Masking/Session/", {**body, "callback_url": "https://example.com/"}, 201)
    session = created["session"]
    assert (created["virtual_number"], session["virtual_number"]) == ("+14155550100", "14155550100")
    assert (session["status"], session["first_party"]) == ("active", "14155550177")
    assert session["expiry_time"] == "2027-01-15 08:01:40.000000 +0000 UTC"
    again = plivo.post("Masking/Session/", {**body, "generate_pin": True, "generate_pin_length": 5})
    assert again["virtual_number"] == "+18005550100"
    assert len(again["session"]["first_party_pin"]) == 5
    path = f"Masking/Session/{session['session_uuid']}/"
    plivo.wait(100)
    assert plivo.get(path)["response"]["status"] == "expired"
    listed = plivo.get("Masking/Session/", status="expired", first_party="14155550177")["response"]
    assert (len(listed["objects"]), listed["meta"]["total_count"]) == (2, 2)
    assert plivo.post(path, {"session_expiry": 600}, 200)["session"]["status"] == "active"
    plivo.get("Masking/Session/", status="all")
    assert plivo.delete(path, status=200)["message"]
    plivo.get(path, 404)
    plivo.post("Masking/Session/", {"first_party": "14155550177"}, 400)
    plivo.post("Masking/Session/", {"first_party": "14155550177", "second_party": "+14155550177"}, 400)


def test_lookup(plivo: Driver) -> None:
    """Country and formats follow from the number; a number that is none has Lookup's own error."""
    found = plivo.get("/v1/Number/+14155550123", type="carrier")
    assert (found["format"]["national"], found["format"]["e164"]) == ("(415) 555-0123", "+14155550123")
    assert plivo.get("/v1/Number/4930123456789")["country"] == {"iso2": "DE", "iso3": "DEU", "name": "Germany"}
    assert plivo.get("/v1/Number/18005550123")["carrier"]["type"] == "toll-free"
    assert set(plivo.get("/v1/Number/12", 404)) == {"api_id", "error_code", "message"}


def test_phlo(plivo: Driver) -> None:
    """The example's PHLO is run with whatever parameters, its node and members are steered."""
    phlo, node = "a3c5e7f1-2b4d-4a6c-8e0f-1d3b5a7c9e02", "6f8d1b3a-5c7e-4f90-a1b2-c3d4e5f60718"
    assert plivo.get(f"/v1/phlo/{phlo}/")["phlo_id"] == phlo
    assert plivo.post(f"/v1/account/{AUTH[0]}/phlo/{phlo}/", {"anything": 1})["message"] == "PHLO run started"
    assert plivo.get(f"/v1/phlo/{phlo}/multi_party_call/{node}/")["node_id"] == node
    call = {"action": "call", "trigger_source": "14155550100", "to": "14155550123", "role": "agent"}
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/{node}/", call)
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/{node}/members/14155550123/", {"action": "hold"})
    plivo.get("/v1/phlo/0/", 404)
    plivo.post(f"/v1/account/{AUTH[0]}/phlo/0/", {}, 404)
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/0/", call, 404)


def test_token(plivo: Driver) -> None:
    """A token is a JWT that says what was asked for."""
    body = {"iss": AUTH[0], "sub": "alice", "per": {"voice": {"incoming_allow": True}}}
    _, claims, _ = plivo.post("JWT/Token/", body, 200)["token"].split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (decoded["sub"], decoded["grants"], decoded["exp"] - decoded["nbf"]) == ("alice", body["per"], 86400)
    plivo.post("JWT/Token/", {**body, "nbf": 2, "exp": 1}, 400)


def test_transcription_life(plivo: Driver) -> None:
    """A recording is transcribed within two seconds."""
    plivo.post("Conference/sandbox/Record/")
    plivo.wait(10)
    plivo.delete("Conference/sandbox/Record/")
    recording = plivo.get("Recording/")["objects"][0]["recording_id"]
    plivo.get(f"Transcription/{recording}/", 404)
    assert plivo.post(f"Transcription/{recording}/", status=201)["message"] == "transcription in progress"
    assert plivo.get(f"Transcription/{recording}/")["status"] == "in-progress"
    plivo.wait(2)
    done = plivo.get(f"Transcription/{recording}/")
    assert (done["status"], done["recording_duration_ms"]) == ("success", 10000)
    assert done["transcription"]
    plivo.delete(f"Transcription/{recording}/", status=202)
    plivo.post("Transcription/0/", status=404)


def test_call_feedback_and_queued_calls(plivo: Driver) -> None:
    body = {"from": "14155550100", "to": "14155550123", "answer_url": "https://example.com/"}
    uuid = plivo.post("Call/", body)["request_uuid"]
    assert plivo.get("Call/", status="queued")["calls"] == [uuid]
    assert plivo.get(f"Call/{uuid}/", status="queued")["call_status"] == "queued"
    plivo.post(f"/v1/Call/{uuid}/Feedback/", {"rating": 4.5, "issues": ["ECHO"]})
    plivo.post("/v1/Call/0/Feedback/", {"rating": 4.5}, 404)
    plivo.wait(2)
    assert plivo.get("Call/", status="queued")["calls"] == []


def test_records_to_read(plivo: Driver) -> None:
    """Complaints and SIP trunk calls are those of the examples."""
    complaint = plivo.get("Ucc/", status="open")["objects"][0]["reference_id"]
    plivo.post(f"Ucc/{complaint}/", {})
    plivo.get("Ucc/0/", 404)
    assert plivo.get("Zentrunk/Call/")["meta"]["total_count"] == 3
    assert plivo.get("Zentrunk/Call/", end_time__gt="2027-01-15 06:30:00")["meta"]["total_count"] == 1
    assert plivo.get("Zentrunk/Call/e2b4607f-1d95-4a83-b6c0-58f7d3e91a24/Insights/")["plivo_quality_score"]
    plivo.get("Zentrunk/Call/0/Insights/", 404)
