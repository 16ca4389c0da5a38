"""The main account, its subaccounts, and who may do what: HTTP Basic auth as Plivo's."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from contextlib import suppress

from app.sandbox import calls, engine
from app.sandbox.notation import money
from app.sandbox.replies import Refusal, Reply
from app.sandbox.request import Handlers, Request
from app.sandbox.state import MAIN_ACCOUNT, Stored, World

MAIN_TOKEN = "sandbox"  # noqa: S105 - public by design
"""Auth token of the main account (fixed by the design)."""

OPENING_CREDITS = 100_00000
"""Prepaid credits at the start, in hundred-thousandths of a dollar."""

ACCOUNT = "/v1/Account/{auth_id}/"
_SUBACCOUNTS = ACCOUNT + "Subaccount/"
_SUBACCOUNT = _SUBACCOUNTS + "{subauth_id}/"


def authenticate(world: World, authorization: str) -> str:
    """Return the auth id that the Authorization header proves.

    Raises:
        Refusal: 401; it names the sandbox credentials, since nobody can guess them.
    """
    scheme, _, encoded = authorization.partition(" ")
    auth_id, auth_token = "", ""
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            auth_id, _, auth_token = base64.b64decode(encoded, validate=True).decode().partition(":")
    expected = token_of(world, auth_id)
    if not expected or not hmac.compare_digest(expected.encode(), auth_token.encode()):
        raise _unauthorised("authentication failed")
    return auth_id


def token_of(world: World, auth_id: str) -> str:
    """Return the auth token of an account; empty where there is no such account, or a disabled one."""
    if auth_id == MAIN_ACCOUNT:
        return MAIN_TOKEN
    subaccount = world.shelf("Subaccount", Stored).get(auth_id)
    if subaccount is None or not subaccount.fields["enabled"]:
        return ""
    return str(subaccount.fields["auth_token"])


def account_of(world: World, authenticated: str, path: Mapping[str, str]) -> str:
    """Return the account that a path acts on: the authenticated one, or a subaccount of it.

    Raises:
        Refusal: 401, the path names somebody else.
    """
    named = path.get("auth_id", authenticated)
    if named == authenticated:
        return named
    if authenticated == MAIN_ACCOUNT and world.shelf("Subaccount", Stored).get(named) is not None:
        return named
    raise _unauthorised("these credentials are not for the account in the path")


def _unauthorised(reason: str) -> Refusal:
    return Refusal(
        401,
        f"{reason}: this is the sandbox, it knows authId {MAIN_ACCOUNT} with authToken {MAIN_TOKEN}, "
        "and the enabled subaccounts created there with their own pairs",
        {"WWW-Authenticate": 'Basic realm="Plivo sandbox"'},
    )


def _get(request: Request) -> Reply:
    left = 0
    if request.account == MAIN_ACCOUNT:
        left = OPENING_CREDITS - request.world.spent - calls.spent(request)
    return request.answer(200, **_details(request).fields, cash_credits=money(left))


def _update(request: Request) -> Reply:
    details = _details(request).fields
    for name, value in request.parameters.items():
        if name in details:
            details[name] = value
    return request.answer(202)


def _details(request: Request) -> Stored:
    shelf = request.world.shelf("Account", Stored)
    details = shelf.get(request.account)
    if details is None:
        subaccount = request.world.shelf("Subaccount", Stored).get(request.account)
        name = "Sandbox" if subaccount is None else subaccount.fields["name"]
        details = Stored(request.account, {"auth_id": request.account, "name": name, "resource_uri": request.uri()})
        for field in ("address", "city", "state"):
            details.fields[field] = ""
        details.fields["timezone"] = "UTC"
        shelf.put(request.account, details)
    return details


def _of_subaccounts(request: Request) -> Reply:
    if request.account != MAIN_ACCOUNT:
        raise Refusal(403, "a subaccount cannot have subaccounts")
    return engine.answer(request)


def _delete_subaccount(request: Request) -> Reply:
    """Its resources go with it when ``cascade`` is true, else the main account gets them (Plivo's default)."""
    reply = _of_subaccounts(request)
    request.world.disown(request.path["subauth_id"], None if request.parameters.get("cascade") else MAIN_ACCOUNT)
    request.world.shelf("Account", Stored).drop(request.path["subauth_id"])
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
