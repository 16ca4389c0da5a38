"""The items of a bulk: each read and checked like a single call, and named by its content.

Under the bulk's key an item is known by its content, the request that it makes, and among identical ones by its count,
never by its place: rows may be inserted, removed or sorted between two runs, and each content goes out once.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.blocks import Prepared
from app.blocks.dispatch import Dispatcher
from app.blocks.turn import Turn
from app.datatypes.scalars import is_absent, read_text
from app.errors import ConnectorError, InvalidFields, RequiredFields
from app.idempotency.sealing import canonical
from app.manifest.common_args import CREDENTIAL_NAMES


@dataclass(slots=True)
class Item:
    """One call of a bulk.

    Attributes:
        index: its place, counted from 0.
        ref: the caller's own text for it.
        call: what is run; None where it cannot be.
        refusal: why it cannot be run.
        same_as: place of an identical item that is run in its place.
    """

    index: int
    ref: str | None
    call: Prepared | None = None
    refusal: ConnectorError | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """What a bulk asks for.

    Attributes:
        common: raw args of every item.
        items: raw args of each, which win over the common ones.
        key: the bulk's idempotency key.
        skips_invalid: run the valid items although others are not.
        skips_duplicates: run identical items once.
    """

    common: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    key: str | None
    skips_invalid: bool
    skips_duplicates: bool


async def prepare_items(dispatcher: Dispatcher, block: str, bulk: BulkRequest, *, most_explained: int) -> list[Item]:
    """Read and check all items, letting others have their turn meanwhile.

    Args:
        dispatcher: prepares them.
        block: of which they are calls.
        bulk: what the bulk asks for.
        most_explained: items that cannot be run for whose unknown fields the nearest known ones are looked up.

    Raises:
        UnknownBlock: there is no such block.
        InvalidFields: a common field is unknown or does not fit.
    """
    key = {"idempotencyKey": bulk.key} if bulk.key else {}
    reader = dispatcher.reader_of(block, {**bulk.common, **key})
    turn = Turn()
    refused = 0
    seen: Counter[Hashable] = Counter()
    first_of: dict[Hashable, int] = {}
    items = []
    for index, raw in enumerate(bulk.items):
        item = Item(index, None)
        items.append(item)
        try:
            item.ref = _ref(raw)
            _check_pair(raw, bulk.common)
            own = {name: value for name, value in raw.items() if name != "ref"}
            item.call = reader.prepare(own, suggests=refused < most_explained)
            item.call.args.ref = item.ref
        except (RequiredFields, InvalidFields) as error:
            item.refusal = error
            refused += 1
        else:
            _name(item, bulk, seen, first_of, has_own_key=not is_absent(raw.get("idempotencyKey")))
        await turn.give_way()
    return items


def _check_pair(raw: Mapping[str, Any], common: Mapping[str, Any]) -> None:
    """Refuse half a pair of credentials beside a whole common one: an id would go out with somebody else's token."""
    own = [name for name in CREDENTIAL_NAMES if not is_absent(raw.get(name))]
    lacking = [name for name in CREDENTIAL_NAMES if name not in own]
    if own and lacking and not any(is_absent(common.get(name)) for name in CREDENTIAL_NAMES):
        hint = f"{lacking[0]} is missing: an item that has its own {own[0]} brings both."
        raise RequiredFields(lacking, {}, hint=hint)


def _ref(raw: Mapping[str, Any]) -> str | None:
    ref = raw.get("ref")
    try:
        return None if is_absent(ref) else read_text(ref)
    except ValueError as error:
        raise InvalidFields({"ref": str(error)}) from None


def _name(
    item: Item, bulk: BulkRequest, seen: Counter[Hashable], first_of: dict[Hashable, int], *, has_own_key: bool
) -> None:
    """Give an item its key under the bulk's, and find out whether it is identical to an earlier one."""
    call = item.call
    if call is None or not (bulk.key or bulk.skips_duplicates):
        return
    content = sha256(canonical(call.request)).digest()
    # What is only shown, walks on or is another account's is not the same, though it makes the same request.
    same = content, call.args.credentials.auth_id, call.args.dry_run, call.args.walk
    first = first_of.setdefault(same, item.index)
    if bulk.skips_duplicates and first != item.index:
        item.same_as = first
        return
    if bulk.key and not has_own_key:
        call.args.bulk_key = bulk.key
        call.args.idempotency_key = f"{bulk.key}:{content.hex()}:{seen[same]}"
        seen[same] += 1
