"""A watch as it is when its content is open: what is waited for, and who is told."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_hex
from typing import Any

import msgspec

from app import json_text
from app.datatypes.credentials import Credentials
from app.outcomes import StoredWatch
from app.secret_box import SealError, SecretBox
from app.storage import StoreError

PREFIX = "out_"
"""What the ids of watches begin with."""

_PURPOSE = "watch"


class Watch(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a watch.

    Attributes:
        account: the authId of whoever made the request.
        token: its auth token, which Plivo is asked with.
        url: where the outcome is posted.
        block: the block that was called.
        begun: seconds since 1970.
        is_call: it is a call, else a message.
        is_told: Plivo was given an address here, and tells by itself.
        key: the idempotency key.
        ref: the caller's name for an item of a bulk.
        uuid: of the message or call; empty while Plivo has not answered.
        is_answered: of a watch without uuid: Plivo has told of a message or call of this request all the same.
        outcome: how it ended, where that is known.
        seen: what else is known of it: ``call_uuid``, ``to_number``.
    """

    account: str
    token: str
    url: str
    block: str
    begun: float
    is_call: bool
    is_told: bool = False
    key: str | None = None
    ref: str | None = None
    uuid: str = ""
    is_answered: bool = False
    outcome: dict[str, Any] | None = None
    seen: dict[str, Any] = {}

    @property
    def credentials(self) -> Credentials:
        """What Plivo is asked with."""
        return Credentials(self.account, self.token)


_decoder = msgspec.json.Decoder(Watch)


class Watches:
    """Seals and opens what is kept of watches.

    Args:
        box: the keys.
    """

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    def seal(self, watch_id: str, watch: Watch, due: float) -> StoredWatch:
        """Return a watch as it is kept."""
        return StoredWatch(watch_id, self._box.seal(msgspec.json.encode(watch), _PURPOSE), due)

    def open(self, content: bytes) -> Watch:
        """Return a watch.

        Raises:
            StoreError: it was sealed with a key that is no longer in SECRET_KEY.
        """
        try:
            return _decoder.decode(self._box.open(content, _PURPOSE))
        except SealError:
            raise StoreError("what is kept was sealed with a key that SECRET_KEY no longer holds") from None


def id_of_request(credentials: Credentials, named: Sequence[str], key: str | None) -> str:
    """Return the id of a request's watch: with a key the same as before.

    Args:
        credentials: whose request it is.
        named: what else makes it the same.
        key: the idempotency key.
    """
    if key is None:
        return PREFIX + token_hex(16)
    text = json_text.render([credentials.auth_id, "result", key, *named])
    return PREFIX + hmac.digest(credentials.auth_token.encode(), text, "sha256").hex()[:32]


def id_of_part(request: str, uuid: str) -> str:
    """Return the id of the watch of one message or call of a request."""
    return f"{request}_{sha256(uuid.encode()).hexdigest()[:16]}"
