"""The account, what it spends, and its subaccounts."""

import pytest

from tests.support.sandbox_driver import ANSWER, AUTH, Driver, application, subaccount


def test_account(plivo: Driver) -> None:
    """The account is shown and changed."""
    plivo.post("", {"city": "Berlin"}, 202)
    account = plivo.get("")
    assert (account["auth_id"], account["city"], account["cash_credits"]) == (AUTH[0], "Berlin", "100.00000")


def test_spending(plivo: Driver) -> None:
    """Messages, numbers and ended calls are paid from the credits."""
    plivo.post("Message/", {"src": "14155550100", "dst": "14155550123<14155550124", "text": "hi"})
    assert plivo.get("")["cash_credits"] == "99.98900"
    plivo.post("PhoneNumber/14155550177/")
    assert plivo.get("")["cash_credits"] == "99.18900"
    plivo.post("Call/", {"from": "14155550100", "to": "14155550123", "answer_url": ANSWER, "time_limit": 61})
    plivo.wait(100)
    assert plivo.get("")["cash_credits"] == "99.17200"


def test_subaccounts_have_no_subaccounts(plivo: Driver) -> None:
    """Only the main account has subaccounts."""
    subaccount(plivo).post("Subaccount/", {"name": "twig"}, 403)


@pytest.mark.parametrize(("cascade", "status"), [(True, 404), (False, 200)])
def test_deleted_subaccount(plivo: Driver, *, cascade: bool, status: int) -> None:
    """What a deleted subaccount had goes with it, or to the main account; its credentials end."""
    branch = subaccount(plivo)
    app_id = application(branch)
    plivo.delete(f"Subaccount/{branch.auth[0]}/", {"cascade": cascade}, 204)
    branch.get("Application/", 401)
    plivo.get(f"Application/{app_id}/", status)
    plivo.get(f"Subaccount/{branch.auth[0]}/", 404)
