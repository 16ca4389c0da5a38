"""Verified caller ids."""

from tests.support.sandbox_driver import Driver


def test_caller_id_life(plivo: Driver) -> None:
    """A number is verified with its last four digits, then listed, renamed, deleted."""
    started = plivo.post("VerifiedCallerId/", {"phone_number": "+14155550177", "alias": "desk"}, 201)
    assert "0177" in started["message"]
    plivo.get("VerifiedCallerId/14155550177/", 404)
    verification = f"VerifiedCallerId/Verification/{started['verification_uuid']}/"
    plivo.post(verification, {"otp": "9999"}, 400)
    verified = plivo.post(verification, {"otp": "0177"}, 201)
    assert (verified["phone_number"], verified["alias"], verified["country"]) == ("+14155550177", "desk", "US")
    plivo.post(verification, {"otp": "0177"}, 404)
    for number in ("14155550177", "+14155550177"):
        assert plivo.get(f"VerifiedCallerId/{number}/")["alias"] == "desk"
    assert plivo.post("VerifiedCallerId/14155550177/", {"alias": "hall"}, 200)["alias"] == "hall"
    assert [item["phone_number"] for item in plivo.get("VerifiedCallerId/", alias="hall")["objects"]] == [
        "+14155550177"
    ]
    plivo.delete("VerifiedCallerId/14155550177/", status=200)
    plivo.get("VerifiedCallerId/14155550177/", 404)


def test_caller_id_code_expires(plivo: Driver) -> None:
    started = plivo.post("VerifiedCallerId/", {"phone_number": "14155550177"})
    plivo.wait(900)
    verification = f"VerifiedCallerId/Verification/{started['verification_uuid']}/"
    assert plivo.post(verification, {"otp": "0177"}, 400)["error"] == "otp has expired"
