"""What a fresh sandbox has: everything that the manifest's examples name."""

import pytest

from tests.support.sandbox_driver import AUTH, Driver, application, blocks


def test_starting_state(plivo: Driver) -> None:
    """The manifest's example application, endpoint and carrier exist, and two numbers are rented."""
    plivo.get("Application/21000000000000001/")
    endpoint = plivo.get("Endpoint/32000000000000001/")
    assert endpoint["application"] == f"/v1/Account/{AUTH[0]}/Application/21000000000000001/"
    plivo.get("IncomingCarrier/19000000000000/")
    assert [item["number"] for item in plivo.get("Number/")["objects"]] == ["14155550100", "18005550100"]


@pytest.mark.parametrize("name", sorted(blocks()))
def test_every_example_runs_alone(plivo: Driver, name: str) -> None:
    """Every example of the manifest works on a fresh sandbox."""
    response = plivo.run(blocks()[name])
    assert response.is_success, response.text


def test_every_example_runs_in_order(plivo: Driver) -> None:
    """The examples work one after the other, twice: what one deletes is there for the next."""
    for once_only in ((), ONCE_ONLY):
        for name, block in blocks().items():
            response = plivo.run(block)
            assert response.is_success or name in once_only, (name, response.text)


ONCE_ONLY = frozenset(
    (
        "addOwnCarrierNumber",  # the number is on the account
        "buyNumber",  # it is bought
        "deleteBrand",  # createCampaign gave it a campaign
        "submitComplianceApplication",  # it is submitted
        "validateVerifySession",  # the session is verified
    )
)
"""Blocks whose example does something that Plivo does once."""


def test_what_is_deleted_comes_back(plivo: Driver) -> None:
    """Who deletes what an example names finds it there again as it was; what they made themselves is gone."""
    path = "Application/21000000000000001/"
    before = plivo.get(path)
    plivo.post(path, {"answer_url": "https://example.com/other"})
    plivo.delete(path, status=204)
    after = plivo.get(path)
    assert {**after, "api_id": ""} == {**before, "api_id": ""}
    mine = application(plivo)
    plivo.delete(f"Application/{mine}/", status=204)
    plivo.get(f"Application/{mine}/", 404)


def test_records_of_the_examples_are_too_old_for_lists() -> None:
    """What the manifest's examples name can be shown, but no list shows it."""
    plivo = Driver()
    for path, item in (
        ("Call/", "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21"),
        ("Message/", "5b0e0000-0000-4000-8000-000000000001"),
        ("Recording/", "0d8f4b1e-0000-4000-8000-000000000001"),
    ):
        plivo.get(f"{path}{item}/")
    assert plivo.get("Message/", message_time__lt="2030-01-01 00:00:00")["objects"] == []
    assert plivo.get("")["cash_credits"] == "100.00000"
