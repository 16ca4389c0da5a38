"""Masking sessions."""

from tests.support.sandbox_driver import Driver


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
