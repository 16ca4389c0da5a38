"""The main account and its subaccounts: their details, their credits, and what becomes of a deleted one's things."""

from app.sandbox.engine import resources
from app.sandbox.engine.notation import money
from app.sandbox.engine.replies import Refusal, Reply
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.state import MAIN_ACCOUNT
from app.sandbox.engine.tables import SUBACCOUNTS, Record
from app.sandbox.products import calls

OPENING_CREDITS = 100_00000
"""Prepaid credits at the start, in hundred-thousandths of a dollar."""

ACCOUNT = "/v1/Account/{auth_id}/"
_SUBACCOUNTS = ACCOUNT + "Subaccount/"
_SUBACCOUNT = _SUBACCOUNTS + "{subauth_id}/"


def _get(request: Request) -> Reply:
    left = 0
    if request.account == MAIN_ACCOUNT:
        left = OPENING_CREDITS - request.state.spent - calls.spent(request)
    return request.answer(200, **_details(request).fields, cash_credits=money(left))


def _update(request: Request) -> Reply:
    details = _details(request).fields
    for name, value in request.parameters.items():
        if name in details:
            details[name] = value
    return request.answer(202)


def _details(request: Request) -> Record:
    table = request.state.table("Account", Record)
    details = table.get(request.account)
    if details is None:
        subaccount = request.state.table(SUBACCOUNTS, Record).get(request.account)
        name = "Sandbox" if subaccount is None else subaccount.fields["name"]
        details = Record(request.account, {"auth_id": request.account, "name": name, "resource_uri": request.uri()})
        for field in ("address", "city", "state"):
            details.fields[field] = ""
        details.fields["timezone"] = "UTC"
        table.put(request.account, details)
    return details


def _of_subaccounts(request: Request) -> Reply:
    if request.account != MAIN_ACCOUNT:
        raise Refusal(403, "a subaccount cannot have subaccounts")
    return resources.answer(request)


def _delete_subaccount(request: Request) -> Reply:
    """Its resources go with it when ``cascade`` is true, else the main account gets them (Plivo's default)."""
    reply = _of_subaccounts(request)
    request.state.reassign(request.path["subauth_id"], None if request.parameters.get("cascade") else MAIN_ACCOUNT)
    request.state.table("Account", Record).drop(request.path["subauth_id"])
    return reply


HANDLERS: Handlers = {
    ("GET", ACCOUNT): _get,
    ("POST", ACCOUNT): _update,
    ("GET", _SUBACCOUNTS): _of_subaccounts,
    ("POST", _SUBACCOUNTS): _of_subaccounts,
    ("GET", _SUBACCOUNT): _of_subaccounts,
    ("POST", _SUBACCOUNT): _of_subaccounts,
    ("DELETE", _SUBACCOUNT): _delete_subaccount,
}
