"""What Plivo's documentation demands of values beyond their type."""

import pytest

from tests.support.sandbox_driver import ANSWER, Driver, blocks, example_call

ENDPOINT = {"username": "desk", "password": "secret", "alias": "desk"}


@pytest.mark.parametrize(
    ("path", "usual", "parameter", "fits", "wrong"),
    [
        ("Application/", {"app_name": "shop", "answer_url": ANSWER}, "app_name", "My-shop_2", "My shop"),
        ("Endpoint/", ENDPOINT, "username", "desk2", "2desk"),
        ("Endpoint/", ENDPOINT, "username", "Desk", "front_desk"),
        ("Endpoint/", ENDPOINT, "password", "12345", "1234"),
        ("Endpoint/", ENDPOINT, "alias", "front_desk-2", "front desk"),
        ("ComplianceApplication/", {}, "country_iso2", "ke", "ZZ"),
    ],
)
def test_demands(plivo: Driver, path: str, usual: dict[str, str], parameter: str, fits: str, wrong: str) -> None:
    """A name or code that Plivo's documentation does not allow is refused, and one that it allows is taken."""
    plivo.post(path, {**usual, parameter: fits})
    error = plivo.post(path, {**usual, parameter: wrong}, 400)["error"]
    assert error.startswith(f"{parameter} parameter is invalid. M")


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("createAddress", "country_iso"), ("createIdentity", "country_iso"), ("createIdentity", "nationality")],
)
def test_countries_in_forms(plivo: Driver, name: str, parameter: str) -> None:
    """A form is looked at as a JSON body is."""
    path, fields, _ = example_call(blocks()[name])
    error = plivo.upload(path, {**fields, parameter: "ZZ"}, None, 400)["error"]
    assert error == f"{parameter} parameter is invalid. Must be the ISO 3166-1 alpha-2 code of a country"


def test_demands_hold_for_changes(plivo: Driver) -> None:
    """What is changed is looked at as what was new was, and so is what lies inside JSON."""
    plivo.post("Endpoint/32000000000000001/", {"password": "1234"}, 400)
    data = {"country_iso": "ZZ", "number_type": "local"}
    assert "data.country_iso" in plivo.upload("PhoneNumber/Compliance/", {"data": data}, None, 400)["error"]


def test_numbers_as_people_write_them(plivo: Driver) -> None:
    """Plivo strips what people put between digits, in bodies and in paths."""
    body = {"from": "+1 (415) 555-0100", "to": "+1 (415) 555.0123<sip:desk@phone.plivo.com", "answer_url": ANSWER}
    one, two = plivo.post("Call/", body, 201)["request_uuid"]
    plivo.wait(2)
    shown = plivo.get(f"Call/{one}/", status="live")
    assert (shown["from"], shown["to"]) == ("14155550100", "14155550123")
    assert plivo.get(f"Call/{two}/", status="live")["to"] == "sip:desk@phone.plivo.com"
    assert plivo.get("/v1/Number/+1 (415) 555-0100")["phone_number"] == "+14155550100"
