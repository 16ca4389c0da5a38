"""Access tokens."""

import base64
import json

from tests.support.sandbox_driver import AUTH, Driver


def test_token(plivo: Driver) -> None:
    """A token is a JWT that says what was asked for."""
    body = {"iss": AUTH[0], "sub": "alice", "per": {"voice": {"incoming_allow": True}}}
    _, claims, _ = plivo.post("JWT/Token/", body, 200)["token"].split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (decoded["sub"], decoded["grants"], decoded["exp"] - decoded["nbf"]) == ("alice", body["per"], 86400)
    plivo.post("JWT/Token/", {**body, "nbf": 2, "exp": 1}, 400)
