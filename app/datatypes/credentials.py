"""The two halves of Plivo's Basic auth, which come with every request and are never kept."""

import re
from dataclasses import dataclass

from app.datatypes.scalars import read_text

_AUTH_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class Credentials:
    """One account's or subaccount's pair; its representation leaves the token out."""

    auth_id: str
    auth_token: str

    def __repr__(self) -> str:
        return f"Credentials({self.auth_id!r}, …)"

    def as_args(self) -> dict[str, str]:
        """Return them as a block takes them."""
        return {"authId": self.auth_id, "authToken": self.auth_token}


def read_auth_id(value: object) -> str:
    """Read an Auth ID: letters and digits, so that it cannot leave its place in the path.

    Raises:
        ValueError: a reason for the user.
    """
    text = read_text(value)
    if not _AUTH_ID.fullmatch(text):
        raise ValueError("must be letters and digits only, as the Plivo console shows it")
    return text


def read_auth_token(value: object) -> str:
    """Read an Auth Token: any text that a header can carry.

    Raises:
        ValueError: a reason for the user, never the token.
    """
    text = read_text(value)
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters or line breaks")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains half a character") from None
    return text
