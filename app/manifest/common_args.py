"""The args of every block, declared once: readers, schemas, catalogue, docs and reserved names come from here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.datatypes import Reader, Shape
from app.datatypes.credentials import read_auth_id, read_auth_token
from app.datatypes.json_values import check_nested, from_text
from app.datatypes.readers import reader_for
from app.datatypes.scalars import read_text
from app.manifest.model import Block

_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"\s*\+?[\d\s().\-/<,;]{5,}")


@dataclass(frozen=True)
class CommonArg:
    """An arg that means the same in every block that takes it.

    Attributes:
        shape: what a form shows of it, and what it may be.
        read: its reader.
        is_taken_by: says whether a block takes it.
        is_shown_by: says whether the public manifest shows it with a block.
    """

    shape: Shape
    read: Reader
    is_taken_by: Callable[[Block], bool]
    is_shown_by: Callable[[Block], bool]

    @property
    def name(self) -> str:
        """Its name."""
        return self.shape.name


def _always(_: Block) -> bool:
    return True


def _never(_: Block) -> bool:
    return False


def _writes(block: Block) -> bool:
    return not block.is_read_only


def _lists(block: Block) -> bool:
    return block.listing is not None


def looks_like_a_number(text: str) -> bool:
    """Say whether a text is what people write for a recipient, not what they call a result."""
    return bool(_LOOKS_LIKE_A_NUMBER.fullmatch(text))


def read_to(value: object) -> str:
    """Read the key of the reply under ``contextWrites``.

    Raises:
        ValueError: it is none, or a recipient as other services have one under this name.
    """
    if not isinstance(value, str):
        raise ValueError("must be text: it names the key of the reply under contextWrites")
    if looks_like_a_number(value):
        raise ValueError("names the key of the reply under contextWrites, it is not a recipient")
    return value


def _read_idempotency_key(value: object) -> str:
    text = read_text(value)
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        raise ValueError("must be 1 to 255 printable ASCII characters")
    return text


def _read_additional_fields(value: object) -> dict[str, Any]:
    parsed = from_text(value)
    if not isinstance(parsed, dict):
        raise ValueError("must be a JSON object of Plivo's own parameter names, or the same as text")
    check_nested(parsed)
    return parsed


def _arg(
    shape: Shape,
    *,
    taken_by: Callable[[Block], bool] = _always,
    shown_by: Callable[[Block], bool],
    read: Reader | None = None,
) -> CommonArg:
    return CommonArg(shape, read or reader_for(shape), taken_by, shown_by)


CREDENTIALS = (
    _arg(
        Shape(
            name="authId",
            type="credentials",
            label="Auth ID",
            required=True,
            info="The Auth ID of your Plivo account, or of a subaccount. It is shown on the first page of the Plivo "
            "console. HTTP Basic auth (as the user name) works as well.",
        ),
        shown_by=_always,
        read=read_auth_id,
    ),
    _arg(
        Shape(
            name="authToken",
            type="credentials",
            format="secret",
            label="Auth Token",
            required=True,
            info="The Auth Token that belongs to the Auth ID. HTTP Basic auth (as the password) works as well.",
        ),
        shown_by=_always,
        read=read_auth_token,
    ),
)
"""Whose request it is; they stand first in every block."""

OPTIONS = (
    _arg(
        Shape(
            name="idempotencyKey",
            type="String",
            label="Idempotency key",
            info="Your own name for this request, like an order number: with the same name it is never sent twice, "
            "and a repetition gets the first reply. 1 to 255 printable ASCII characters.",
        ),
        shown_by=_writes,
        read=_read_idempotency_key,
    ),
    _arg(
        Shape(
            name="dryRun",
            type="Boolean",
            label="Dry run",
            info="Show the request that would be made to Plivo, without secrets, and send nothing.",
        ),
        shown_by=_writes,
    ),
    _arg(
        Shape(
            name="returnAll",
            type="Boolean",
            label="Return all",
            info="Fetch all pages and answer with one list.",
        ),
        taken_by=_lists,
        shown_by=_lists,
    ),
    _arg(
        Shape(
            name="maxItems",
            type="Number",
            min=1,
            label="Most items",
            info="Fetch as many pages as it takes for this many items.",
        ),
        taken_by=_lists,
        shown_by=_lists,
    ),
    _arg(
        Shape(
            name="continueFrom",
            type="String",
            label="Continue from",
            info="meta.continue of an earlier reply, to go on where it stopped. The other fields must be the same.",
        ),
        taken_by=_lists,
        shown_by=_lists,
    ),
    _arg(
        Shape(
            name="to",
            type="String",
            label="Name of the result",
            info="Name of the reply's key under contextWrites; `to` where it is left out. It is not a recipient.",
        ),
        shown_by=_never,
        read=read_to,
    ),
    _arg(
        Shape(
            name="additionalFields",
            type="JSON",
            label="Additional fields",
            info="Further parameters under Plivo's own names, sent as they are: for what is not a field here yet.",
        ),
        shown_by=_always,
        read=_read_additional_fields,
    ),
)
"""What steers a request; they stand last, in this order."""

CREDENTIAL_NAMES = tuple(arg.name for arg in CREDENTIALS)

RESERVED_NAMES = frozenset(("args", *CREDENTIAL_NAMES, *(arg.name for arg in OPTIONS)))
"""Names that mean the same in every block, so that no block may have an arg of its own under one."""


def shown_shapes(block: Block) -> tuple[list[Shape], list[Shape]]:
    """Return what the public manifest shows with a block: before its own args, and after them."""
    return [arg.shape for arg in CREDENTIALS], [arg.shape for arg in OPTIONS if arg.is_shown_by(block)]


def taken_options(block: Block) -> list[CommonArg]:
    """Return the options that a block takes."""
    return [arg for arg in OPTIONS if arg.is_taken_by(block)]
