"""What the headers of a request add to its args: credentials, and the idempotency key.

So that both can stay in a platform's own store of credentials and settings, and out of run histories.
"""

from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from app.datatypes.scalars import is_absent, read_text
from app.errors import InvalidFields

Headers = Iterable[tuple[bytes, bytes]]
"""The headers of a request as ASGI gives them: names in small letters, a repeated one each time."""

_NOT_BASIC = "must be HTTP Basic, with the authId as user name and the authToken as password"


def single_header(headers: Headers, name: str) -> str | None:
    """Return the value of a header of which no two may differ: which one is meant would be a guess.

    Args:
        headers: all of the request.
        name: in its usual capitals, as the error names it.

    Returns:
        None where the header is not there.

    Raises:
        InvalidFields: it is there with different values.
    """
    wanted = name.lower().encode()
    values = {value for each, value in headers if each == wanted}
    if len(values) > 1:
        raise InvalidFields({name: "is there more than once, with different values: send it once"})
    return values.pop().decode("latin-1") if values else None


def add_credentials(args: dict[str, Any], headers: Headers) -> None:
    """Take credentials from the Authorization header where the args have none.

    Args:
        args: raw args, added to.
        headers: all of the request.

    Raises:
        InvalidFields: the header is there but cannot be read, or is there twice with different values; it is never
            ignored.
    """
    authorization = single_header(headers, "Authorization")
    if authorization is None:
        return
    pair = _basic_pair(authorization)
    if pair is None:
        raise InvalidFields({"Authorization": _NOT_BASIC})
    if is_absent(args.get("authId")) and is_absent(args.get("authToken")):
        args |= {"authId": pair[0], "authToken": pair[1]}


def add_key(args: dict[str, Any], headers: Headers) -> None:
    """Take the idempotency key from its header where the args have none.

    Args:
        args: raw args, added to.
        headers: all of the request.

    Raises:
        InvalidFields: it is empty, not the one in the args, or there twice with different values.
    """
    key = single_header(headers, "Idempotency-Key")
    if key is None:
        return
    if not key.strip():
        raise InvalidFields({"Idempotency-Key": "is empty: leave the header out, or name the request"})
    given = args.get("idempotencyKey")
    if is_absent(given):
        args["idempotencyKey"] = key
    elif _as_text(given) != key:
        raise InvalidFields({"idempotencyKey": "is not the one in the header Idempotency-Key: give one of them"})


def _as_text(given: object) -> str | None:
    try:
        return read_text(given)
    except ValueError:
        return None


def _basic_pair(authorization: str) -> tuple[str, str] | None:
    """Return user name and password of HTTP Basic (RFC 7617); None where it is not that."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if user and password else None
