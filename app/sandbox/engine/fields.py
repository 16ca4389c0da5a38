"""The fields of a stored item: blank from the manifest's example, then set by parameters."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from app.sandbox.engine.bodies import Uploaded
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.examples import localised
from app.sandbox.engine.notation import timestamp_like
from app.sandbox.engine.paths import segments_of
from app.sandbox.engine.replies import Json, invalid
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Record
from app.sandbox.engine.traits import Check

CREATION_TIMES = ("created", "created_at", "created_on", "created_time", "added_on", "upload_time")
"""Fields that say when an item was made."""

UPDATE_TIMES = ("last_modified", "modified_at", "modified_time", "updated_at")
"""Fields that say when an item was last changed."""

NO_ID = 4
"""Length up to which an example id could stand for something else in a text."""


def blank_fields(request: Request, resource: Resource, pattern: str, item_id: str) -> Json:
    """Return the fields of an item for which nothing was posted, made from the example item."""
    blank: Json = {**localised(resource.shape, request.account), **deepcopy(resource.settable)}
    blank.update((field, None) for field, _ in resource.traits.links.values())
    for field, blanks in resource.nested.items():
        if isinstance(blank[field], dict):
            kept = {name: value for name, value in blank[field].items() if name not in blanks}
            blank[field] = kept | {name: value for name, value in blanks.items() if value != ""}
    if len(pattern) > NO_ID:
        for field, value in blank.items():
            if isinstance(value, str):
                blank[field] = value.replace(pattern, item_id)
    blank.update((name, value) for name, value in request.path.items() if name in blank)
    if resource.id_field in blank:
        blank[resource.id_field] = item_id
    stamp(blank, (*CREATION_TIMES, *UPDATE_TIMES), resource, request.now)
    return blank


def stamp(fields: Json, names: Iterable[str], resource: Resource, now: float) -> None:
    """Set times to now, each written as in the example."""
    for name in names:
        if isinstance(example := resource.shape.get(name), str):
            fields[name] = timestamp_like(example, now)


def post(request: Request, resource: Resource, fields: Json) -> None:
    """Set the fields that the parameters name; objects in fields are replaced, never changed.

    Raises:
        Refusal: one of them names something that is not there, or is not what Plivo demands.
    """
    traits = resource.traits
    for name, raw in request.parameters.items():
        if name in traits.checks and raw not in (None, ""):
            _check(name, traits.checks[name], raw)
        if name in traits.links:
            field, collection = traits.links[name]
            fields[field] = link(request, name, collection, raw)
            continue
        if name in traits.references:
            _require(request, name, traits.references[name], raw)
        value = raw.name if isinstance(raw, Uploaded) else raw
        field = traits.renamed.get(name, name)
        if field in resource.shape and field != resource.id_field:
            fields[field] = value
        for around, blanks in resource.nested.items():
            if field in blanks and isinstance(fields[around], dict):
                fields[around] = {**fields[around], field: value}


def _check(name: str, check: Check, value: Any) -> None:
    try:
        check(value)
    except ValueError as error:
        raise invalid(name, str(error)) from None


def _require(request: Request, name: str, collection: str, ids: str | list[str]) -> None:
    for item_id in ids if isinstance(ids, list) else [ids]:
        if item_id and request.find(request.table(collection, Record), item_id) is None:
            raise invalid(name, f"there is no {segments_of(collection)[-1].lower()} {item_id}")


def link(request: Request, name: str, collection: str, value: str | None) -> str | None:
    """Return the path of an item that a parameter names; None for none.

    Raises:
        Refusal: there is no such item.
    """
    if not value:
        return None
    if request.find(request.table(collection, Record), value) is None:
        raise invalid(name, f"there is no such {segments_of(collection)[-1].lower()}")
    return request.uri(*segments_of(collection)[3:], value)
