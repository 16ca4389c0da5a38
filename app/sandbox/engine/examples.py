"""The manifest's example replies: what they show of a product's reply shape, and how one is filled in."""

import re
from collections.abc import Mapping
from typing import Any

from app.manifest.model import Block
from app.sandbox.engine.replies import Json

NOTHING = {"status": "success"}
"""How an example shows a reply without a body."""

_ACCOUNT_IN_PATH = re.compile(r"/v1/Account/[^/]+/")
_ACCOUNT_ID = re.compile(r"\bMA[A-Z0-9]{18}\b")


def localised(example: Any, account: str) -> Any:
    """Return a copy of an example that names this account instead of the example's."""
    match example:
        case dict():
            return {key: localised(value, account) for key, value in example.items()}
        case list():
            return [localised(value, account) for value in example]
        case str():
            return _ACCOUNT_ID.sub(account, _ACCOUNT_IN_PATH.sub(f"/v1/Account/{account}/", example))
    return example


def wrapper_of(example: Mapping[str, Any]) -> str | None:
    """Return the key that a reply wraps its item in (``brand``, ``response``), None where it does not."""
    keys = [key for key in example if key not in ("api_id", "message")]
    if len(keys) == 1 and isinstance(example[keys[0]], dict):
        return keys[0]
    return None


def items_in(block: Block) -> tuple[str | None, str]:
    """Return where a list block's reply has its items: the key of an object around them, and their key."""
    around, _, key = (block.listing.items if block.listing else "objects").rpartition(".")
    return around or None, key


def filled(example: Json, known: Json, id_parameter: str = "", item_id: str = "") -> Json:
    """Put what is known into an example reply, at any depth; texts of ``message`` stay."""
    reply: Json = {}
    for key, value in example.items():
        if key in ("api_id", "message"):
            reply[key] = value
        elif key == id_parameter:
            reply[key] = item_id
        elif key in known:
            reply[key] = known[key]
        elif isinstance(value, dict):
            reply[key] = filled(value, known, id_parameter, item_id)
        else:
            reply[key] = value
    return reply
