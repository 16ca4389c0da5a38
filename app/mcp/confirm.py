"""What costs money or destroys happens only after it was shown.

A preview hands out a token; the same call with the token runs. The token is sealed, holds for ten minutes and for
exactly this call of this account, so that a model can neither make one nor change what it was shown. It also names the
request: used again it gets the first reply, as with an idempotency key, and nothing is sent twice.
"""

import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_bytes
from struct import Struct
from typing import Any

from app import json_text
from app.secret_box import SealError, SecretBox

LIFETIME = 600
"""Seconds for which a token holds."""

_PURPOSE = "mcp confirmation"
_DIGEST_BYTES, _KEY_BYTES = 16, 12
_CONTENT = Struct(f">I{_DIGEST_BYTES}s{_KEY_BYTES}s")
"""Until when it holds, which call it is for, and the key of that call."""


class ConfirmationError(Exception):
    """The token does not confirm this call."""


class Confirmations:
    """Hands out tokens and takes them back.

    Args:
        secrets: seals them.
        now: the time in seconds.
    """

    def __init__(self, secrets: SecretBox, now: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._now = now

    def issue(self, account: str, block: str, args: Mapping[str, Any]) -> str:
        """Return a token for a call that was shown.

        Args:
            account: the authId.
            block: the block's name.
            args: the args as they came.
        """
        # Models copy it letter by letter: it is as short as it can be.
        content = _CONTENT.pack(int(self._now()) + LIFETIME, _digest(account, block, args), token_bytes(_KEY_BYTES))
        return self._secrets.seal_text(content, _PURPOSE)

    def key_of(self, token: str, account: str, block: str, args: Mapping[str, Any]) -> str:
        """Return the idempotency key of the call that a token confirms.

        Raises:
            ConfirmationError: it is not one of ours, too old, or for another call.
        """
        try:
            until, digest, key = _CONTENT.unpack(self._secrets.open_text(token, _PURPOSE))
        except SealError:
            raise ConfirmationError("was not handed out here") from None
        if digest != _digest(account, block, args):
            raise ConfirmationError("belongs to a call with other arguments")
        if until < self._now():
            raise ConfirmationError("is too old")
        return f"mcp-{key.hex()}"


def _digest(account: str, block: str, args: Mapping[str, Any]) -> bytes:
    return sha256(json_text.canonical([account, block, dict(args)])).digest()[:_DIGEST_BYTES]
