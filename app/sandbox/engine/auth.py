"""Who asks: HTTP Basic auth as Plivo's, and which accounts these credentials may act on."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress

from app.sandbox.engine.replies import Refusal
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.engine.tables import SUBACCOUNTS, Record

MAIN_TOKEN = "sandbox"  # noqa: S105 - public by design
LONG_MAIN_TOKEN = "sandbox0" * 5
"""Auth tokens of the main account (fixed by the design); the second is for clients that want one of Plivo's shape."""

HINT = "X-Plivo-Sandbox-Hint"
"""Header of a 401 that says which credentials the sandbox knows, since nobody can guess them; the body is Plivo's."""

_KNOWN = (
    f"This is the sandbox, it knows authId {MAIN_ACCOUNT} with authToken {MAIN_TOKEN}, "
    "and the enabled subaccounts created there with their own pairs."
)


def authenticate(state: State, authorization: str, segments: Sequence[str]) -> str:
    """Return the auth id that the Authorization header proves.

    Args:
        state: knows the subaccounts.
        authorization: the header.
        segments: of the path: products differ in what they say to a stranger.

    Raises:
        Refusal: 401.
    """
    scheme, _, encoded = authorization.partition(" ")
    auth_id, auth_token = "", ""
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            auth_id, _, auth_token = base64.b64decode(encoded, validate=True).decode().partition(":")
    if not any(hmac.compare_digest(token.encode(), auth_token.encode()) for token in tokens_of(state, auth_id)):
        raise _unauthorised(segments, _KNOWN)
    return auth_id


def tokens_of(state: State, auth_id: str) -> tuple[str, ...]:
    """Return the auth tokens of an account; none where there is no such account, or a disabled one."""
    if auth_id == MAIN_ACCOUNT:
        return MAIN_TOKEN, LONG_MAIN_TOKEN
    subaccount = state.table(SUBACCOUNTS, Record).get(auth_id)
    if subaccount is None or not subaccount.fields["enabled"]:
        return ()
    return (str(subaccount.fields["auth_token"]),)


def account_of(state: State, authenticated: str, path: Mapping[str, str], segments: Sequence[str]) -> str:
    """Return the account that a path acts on: the authenticated one, or a subaccount of it.

    Raises:
        Refusal: 401, the path names somebody else.
    """
    named = path.get("auth_id", authenticated)
    if named == authenticated:
        return named
    if authenticated == MAIN_ACCOUNT and state.table(SUBACCOUNTS, Record).get(named) is not None:
        return named
    raise _unauthorised(segments, f"These credentials are not for the account in the path. {_KNOWN}")


def _unauthorised(segments: Sequence[str], hint: str) -> Refusal:
    """Return Plivo's 401: no api_id in it, and JSON only from Messages."""
    error = "authentication credentials were not provided"
    body = {"error": error} if segments[3:4] == ["Message"] else "Could not verify your access level for that URL."
    return Refusal(401, error, {"WWW-Authenticate": 'Basic realm="Plivo sandbox"', HINT: hint}, body=body)
