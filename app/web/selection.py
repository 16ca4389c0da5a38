"""What a document is asked for in its query: ``?group=Messages``, ``?blocks=sendMessage,makeCall``."""

from collections.abc import Collection
from difflib import get_close_matches

from fastapi import Request

from app.errors import InvalidFields, NotFound, UnknownBlock
from app.manifest import Manifest

Names = tuple[str, ...] | None
"""Names of blocks; None: all of them."""

SELECTING = ("group", "blocks")
"""Names in the query that choose blocks."""


def read_query(request: Request, known: Collection[str] = ()) -> dict[str, str]:
    """Return what the query says, by name.

    Args:
        request: what was asked.
        known: names that mean something here.

    Raises:
        InvalidFields: a name means nothing here, or stands there twice. Left unsaid, it would look
            as if it had counted.
    """
    query: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            taken = f"this address takes {', '.join(known)}" if known else "this address takes none"
            meant = get_close_matches(name[:64], known, n=1)
            errors[name[:64]] = f"is not a query parameter here, {f'did you mean {meant[0]}?' if meant else taken}"
        elif name in query:
            errors[name] = "is given twice: give it once"
        query[name] = value
    if errors:
        raise InvalidFields(errors)
    return query


def usual_selections(manifest: Manifest) -> list[Names]:
    """Return what is asked for again and again, and whose documents are worth keeping: all blocks, and each group."""
    return [None, *(tuple(block.name for block in blocks) for blocks in manifest.groups().values())]


def selected_blocks(manifest: Manifest, query: dict[str, str]) -> Names:
    """Return the names of the blocks that a query asks for, in the order of the manifest.

    Raises:
        InvalidFields: it asks in two ways, or for nothing.
        NotFound: there is no such group.
        UnknownBlock: there is no such block.
    """
    if "group" in query and "blocks" in query:
        raise InvalidFields({"blocks": "stands beside group: give one of them"})
    if "group" in query:
        return _of_group(manifest, query["group"])
    if "blocks" in query:
        return _of_names(manifest, query["blocks"])
    return None


def _of_group(manifest: Manifest, wanted: str) -> tuple[str, ...]:
    groups = manifest.groups()
    for group, blocks in groups.items():
        if group.lower() == wanted.strip().lower():
            return tuple(block.name for block in blocks)
    raise NotFound(f"There is no group of this name. The groups are {', '.join(groups)}.")


def _of_names(manifest: Manifest, wanted: str) -> tuple[str, ...]:
    names = {name for name in map(str.strip, wanted.split(",")) if name}
    if not names:
        raise InvalidFields({"blocks": "names no block: give names separated by commas, like sendMessage,makeCall"})
    for name in sorted(names - manifest.blocks.keys()):
        raise UnknownBlock.among(name, manifest.blocks)
    return tuple(name for name in manifest.blocks if name in names)
