"""Who asks: HTTP Basic auth as Plivo's, and which accounts these credentials may act on."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from contextlib import suppress

from app.sandbox.engine.replies import Refusal
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.engine.tables import SUBACCOUNTS, Record

MAIN_TOKEN = "sandbox"  # noqa: S105 - public by design
"""Auth token of the main account (fixed by the design)."""


def authenticate(state: State, authorization: str) -> str:
    """Return the auth id that the Authorization header proves.

    Raises:
        Refusal: 401; it names the sandbox credentials, since nobody can guess them.
    """
    scheme, _, encoded = authorization.partition(" ")
    auth_id, auth_token = "", ""
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            auth_id, _, auth_token = base64.b64decode(encoded, validate=True).decode().partition(":")
    expected = token_of(state, auth_id)
    if not expected or not hmac.compare_digest(expected.encode(), auth_token.encode()):
        raise _unauthorised("authentication failed")
    return auth_id


def token_of(state: State, auth_id: str) -> str:
    """Return the auth token of an account; empty where there is no such account, or a disabled one."""
    if auth_id == MAIN_ACCOUNT:
        return MAIN_TOKEN
    subaccount = state.table(SUBACCOUNTS, Record).get(auth_id)
    if subaccount is None or not subaccount.fields["enabled"]:
        return ""
    return str(subaccount.fields["auth_token"])


def account_of(state: State, authenticated: str, path: Mapping[str, str]) -> str:
    """Return the account that a path acts on: the authenticated one, or a subaccount of it.

    Raises:
        Refusal: 401, the path names somebody else.
    """
    named = path.get("auth_id", authenticated)
    if named == authenticated:
        return named
    if authenticated == MAIN_ACCOUNT and state.table(SUBACCOUNTS, Record).get(named) is not None:
        return named
    raise _unauthorised("these credentials are not for the account in the path")


def _unauthorised(reason: str) -> Refusal:
    return Refusal(
        401,
        f"{reason}: this is the sandbox, it knows authId {MAIN_ACCOUNT} with authToken {MAIN_TOKEN}, "
        "and the enabled subaccounts created there with their own pairs",
        {"WWW-Authenticate": 'Basic realm="Plivo sandbox"'},
    )
