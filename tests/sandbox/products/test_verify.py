"""The sandbox's codes: verify sessions and verified caller ids."""

import pytest

from tests.support.sandbox_driver import Driver


def start(plivo: Driver, **fields: object) -> str:
    """Start a session and return its path."""
    reply = plivo.post("Verify/Session/", {"recipient": "+14155550177", **fields}, 202)
    assert reply["message"] == "Session initiated"
    return f"Verify/Session/{reply['session_uuid']}/"


def test_session_shows_what_was_sent(plivo: Driver) -> None:
    path = start(plivo, channel="voice", brand_name="Shop")
    session = plivo.get(path)
    assert (session["recipient"], session["channel"], session["status"]) == ("14155550177", "voice", "in-progress")
    assert (session["otp"], session["destination_country_iso2"]) == ("550177", "US")
    assert session["created_at"] == "2027-01-15T08:00:00.000000Z"
    assert session["attempt_details"][0]["status"] == "delivered"
    listed = plivo.get("Verify/Session/", recipient="14155550177")["sessions"]
    assert [item["session_uuid"] for item in listed] == [session["session_uuid"]]
    assert "otp" not in listed[0]


@pytest.mark.parametrize(("fields", "otp"), [({}, "550177"), ({"code_length": 4}, "0177"), ({"otp": "13579"}, "13579")])
def test_code_is_known(plivo: Driver, fields: dict[str, object], otp: str) -> None:
    """The code is the one that was given, else the recipient's last digits."""
    path = start(plivo, **fields)
    assert plivo.get(path)["otp"] == otp
    assert plivo.post(path, {"otp": "000"}, 400)["error"] == "otp is incorrect"
    assert plivo.post(path, {"otp": otp}, 200)["message"] == "session validated successfully."
    assert plivo.get(path)["status"] == "verified"
    assert plivo.post(path, {"otp": otp}, 400)["error"] == "the session is verified"


def test_session_expires(plivo: Driver) -> None:
    """A code is good for ten minutes; a verified session stays verified."""
    late, verified = start(plivo), start(plivo)
    plivo.post(verified, {"otp": "550177"})
    plivo.wait(600)
    assert plivo.get(late)["status"] == "expired"
    assert plivo.post(late, {"otp": "550177"}, 400)["error"] == "the session is expired"
    assert plivo.get(verified)["status"] == "verified"
    assert len(plivo.get("Verify/Session/", status="expired")["sessions"]) == 1


def test_ten_tries(plivo: Driver) -> None:
    path = start(plivo)
    for _ in range(10):
        plivo.post(path, {"otp": "1"}, 400)
    assert "maximum of 10" in plivo.post(path, {"otp": "550177"}, 400)["error"]


def test_failed_attempt(plivo: Driver) -> None:
    """The outcome numbers for messages work here too."""
    path = start(plivo, recipient="15005550003")
    assert plivo.get(path)["attempt_details"][0]["status"] == "failed"
    plivo.post("Verify/Session/", {"recipient": "15005550403"}, 403)
