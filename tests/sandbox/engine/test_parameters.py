"""Parameters that are missing, wrong, exclusive or unknown."""

import pytest

from tests.support.sandbox_driver import ANSWER, AUTH, Driver, application


def test_missing_parameter(plivo: Driver) -> None:
    """A missing parameter is named in the wording that Plivo documents."""
    error = plivo.post("Call/", {"from": "14155550100", "to": "14155550123"}, 400)
    assert error["error"] == "answer_url parameter is missing"


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("Call/", {"from": {}, "to": "14155550123", "answer_url": ANSWER}, "from"),
        ("Call/", {"from": "14155550100", "to": ["14155550123"], "answer_url": ANSWER}, "to"),
        ("Call/", {"from": "14155550100", "to": "call me", "answer_url": ANSWER}, "to"),
        ("Call/", {"from": "14155550100", "to": "14155550123", "answer_url": "nowhere"}, "answer_url"),
        ("Call/", {"from": "1415", "to": "14155550123", "answer_url": ANSWER, "time_limit": "long"}, "time_limit"),
        ("Call/", {"from": "1415", "to": "14155550123", "answer_url": ANSWER, "time_limit": 0}, "time_limit"),
        ("Call/", {"from": "1415", "to": "14155550123", "answer_url": ANSWER, "answer_method": "PUT"}, "answer_method"),
        ("Message/", {"src": "1415", "dst": "14155550123", "media_urls": {"0": ANSWER}}, "media_urls"),
        ("Message/", {"src": "1415", "dst": "14155550123", "template": "text"}, "template"),
        ("Application/", {"app_name": "x", "public_uri": "perhaps"}, "public_uri"),
        ("Application/", {"app_name": "x", "subaccount": "SA0"}, "subaccount"),
        ("Endpoint/", {"username": "x", "password": "secret", "alias": "x", "app_id": "1"}, "app_id"),
    ],
)
def test_wrong_type(plivo: Driver, path: str, body: dict[str, object], named: str) -> None:
    """A value of the wrong type or range is 400 and named."""
    assert plivo.post(path, body, 400)["error"].startswith(f"{named} parameter is invalid")


def test_rules(plivo: Driver) -> None:
    """Either-or rules of the manifest hold."""
    both = {"src": "14155550100", "powerpack_uuid": "x", "dst": "14155550123", "text": "hi"}
    assert "only one of src or powerpack_uuid" in plivo.post("Message/", both, 400)["error"]
    assert "is missing" in plivo.post("Message/", {"dst": "14155550123", "text": "hi"}, 400)["error"]
    assert "is missing" in plivo.post("Message/", {"src": "1415", "dst": "14155550123"}, 400)["error"]
    assert "is missing" in plivo.post("", {}, 400)["error"]


def test_what_the_connector_keeps_is_nothing_to_plivo(plivo: Driver) -> None:
    """Steps that the connector hosts stand for a URL: Plivo knows the URL only."""
    body = {"from": "14155550100", "to": "14155550123", "answer": [{"speak": "hi"}]}
    assert plivo.post("Call/", body, 400)["error"] == "answer_url parameter is missing"
    plivo.post("Call/", {**body, "answer_url": ANSWER}, 201)


def test_unknown_parameters_are_ignored(plivo: Driver) -> None:
    """Parameters that Plivo does not know are ignored: the SDKs repeat path values in bodies."""
    app_id = application(plivo, auth_id=AUTH[0], nonsense=[1])
    assert "nonsense" not in plivo.get(f"Application/{app_id}/", nonsense="1", app_id="0")
