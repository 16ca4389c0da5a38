"""What a replay is known by when it is asked for again."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app import json_text


@dataclass(frozen=True, slots=True)
class ReplayKey:
    """The idempotency key of a replay, as far as the store may know it.

    Attributes:
        name: hash of the account and the key.
        asked: hash of what is to be replayed.
        life: seconds for which it is remembered.
    """

    name: str
    asked: str
    life: float


def replay_key(account: str, key: str, asked: Mapping[str, Any], *, life: float) -> ReplayKey:
    """Return what a replay is known by.

    Args:
        account: whose.
        key: the caller's idempotency key.
        asked: the args of the block.
        life: seconds for which it is remembered.
    """
    name = sha256(json_text.render([account, key])).hexdigest()
    return ReplayKey(name, sha256(json_text.canonical(asked)).hexdigest(), life)
