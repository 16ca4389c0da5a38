"""Who may ask: the main account, its subaccounts, and nobody else."""

import asyncio
import re

import httpx
import pytest

from tests.support.sandbox_driver import (
    AUTH,
    Driver,
    application,
    subaccount,
)


@pytest.mark.parametrize("auth", [("MASANDBOX00000000000", "wrong"), ("MA000000000000000000", "sandbox"), ("", "")])
@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("", "text/plain; charset=utf-8", "Could not verify your access level for that URL."),
        ("Call/", "text/plain; charset=utf-8", "Could not verify your access level for that URL."),
        ("Message/", "application/json", '{"error":"authentication credentials were not provided"}'),
    ],
)
def test_wrong_credentials(plivo: Driver, auth: tuple[str, str], path: str, content_type: str, body: str) -> None:
    """Wrong credentials get Plivo's own 401, without an api_id; a header tells the sandbox's."""
    response = plivo.send("GET", f"/v1/Account/{AUTH[0]}/{path}", auth=auth)
    assert (response.status_code, response.headers["content-type"], response.text) == (401, content_type, body)
    assert all(part in response.headers["x-plivo-sandbox-hint"] for part in AUTH)


def test_both_tokens(plivo: Driver) -> None:
    """The main account has a second token of Plivo's shape, for clients that check it, as apprise does."""
    long = "sandbox0sandbox0sandbox0sandbox0sandbox0"
    assert re.fullmatch(r"[a-z0-9]{30,50}", long)
    for token in ("sandbox", long):
        assert plivo.as_account(AUTH[0], token).get("")["auth_id"] == AUTH[0]
    plivo.as_account(AUTH[0], long[:-1]).get("", 401)


@pytest.mark.parametrize("header", [None, "Basic", "Basic !!!", "Bearer abc", "Basic gICA"])
def test_unreadable_credentials(plivo: Driver, header: str | None) -> None:
    """A missing or broken Authorization header is 401, never a crash."""
    headers = {} if header is None else {"Authorization": header}
    transport = httpx.ASGITransport(app=plivo.app)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.get("/v1/Account/MASANDBOX00000000000/", headers=headers)

    assert asyncio.run(ask()).status_code == 401


def test_account_of_somebody_else(plivo: Driver) -> None:
    """The path must name the authenticated account or one of its subaccounts."""
    plivo.get("/v1/Account/MA000000000000000000/Call/", 401)


def test_subaccount_credentials(plivo: Driver) -> None:
    """A subaccount works with its own pair and sees only what is its own."""
    branch = subaccount(plivo)
    app_id = application(branch)
    assert [item["app_id"] for item in branch.get("Application/")["objects"]] == [app_id]
    branch.get("Application/21000000000000001/", 404)
    branch.get(f"/v1/Account/{AUTH[0]}/Application/", 401)
    assert branch.get("")["auth_id"] == branch.auth[0]


def test_main_account_acts_for_its_subaccounts(plivo: Driver) -> None:
    """The main account sees a subaccount's things, by the subaccount's path and by the filter."""
    branch = subaccount(plivo)
    app_id = application(branch)
    assert plivo.get(f"/v1/Account/{branch.auth[0]}/Application/")["meta"]["total_count"] == 1
    assert plivo.get("Application/", subaccount=branch.auth[0])["objects"][0]["app_id"] == app_id
    assert plivo.get(f"Application/{app_id}/")["sub_account"].endswith(f"/Subaccount/{branch.auth[0]}/")
    mine = application(plivo, subaccount=branch.auth[0])
    branch.get(f"Application/{mine}/")
    plivo.post("Application/", {"app_name": "x", "subaccount": "SA000000000000000000"}, 400)


def test_disabled_subaccount(plivo: Driver) -> None:
    """A disabled subaccount cannot sign in until it is enabled."""
    branch = subaccount(plivo, enabled=False)
    branch.get("Application/", 401)
    plivo.post(f"Subaccount/{branch.auth[0]}/", {"name": "branch", "enabled": True}, 202)
    branch.get("Application/")
