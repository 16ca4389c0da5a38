"""Lists as Plivo gives them: filtered, newest first, a page at a time, in the block's own list shape."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from app.sandbox.catalog import items_key_of, resolve, wrapper_of
from app.sandbox.parameters import moment
from app.sandbox.replies import Json, Reply, invalid
from app.sandbox.request import Request
from app.sandbox.resources import CONTAINED_FILTERS, FILTER_FIELDS, PREFIX_FILTERS

PAGE = 20
"""Items in a page: Plivo's default and its maximum."""

_NO_FILTERS = frozenset({"limit", "offset", "cursor", "subaccount", "callback_url", "callback_method"})


def page(request: Request, items: Iterable[Json], skip: Iterable[str] = ()) -> Reply:
    """Return one page of the items that pass the request's filters.

    Args:
        request: its parameters are filters, but for paging and those to skip.
        items: what may be listed, newest first.
        skip: parameters that were seen to already.
    """
    handled = _NO_FILTERS.union(request.block.request.fixed, skip)
    filters = {name: value for name, value in request.parameters.items() if name not in handled and value != ""}
    return paged(request, [item for item in items if matches(item, filters)])


def paged(request: Request, items: list[Any]) -> Reply:
    """Return one page of what is already filtered: objects, or bare ids where the example shows ids."""
    limit, offset = _bounds(request.parameters)
    example = request.example()
    wrapper = wrapper_of(example)
    inner: Json = example[wrapper] if wrapper else example
    key = items_key_of(inner) or "objects"
    shown = inner.get(key) or []
    fields = set(shown[0]) if shown and isinstance(shown[0], dict) else set()
    page_items = items[offset : offset + limit]
    if fields:
        page_items = [{name: value for name, value in item.items() if name in fields} for item in page_items]
    filled = {**inner, key: page_items}
    if isinstance(inner.get("meta"), dict):
        filled["meta"] = {name: _meta(request, name, limit, offset, len(items)) for name in inner["meta"]}
    return Reply(200, {**example, wrapper: filled} if wrapper else filled)


def matches(item: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Say whether an item passes every filter; one on a field that the item lacks is not passed."""
    return all(_passes(item, name, value) for name, value in filters.items())


def _bounds(parameters: Mapping[str, Any]) -> tuple[int, int]:
    limit, offset = parameters.get("limit", PAGE), parameters.get("offset", 0)
    if not isinstance(limit, int) or not 1 <= limit <= PAGE:
        raise invalid("limit", f"must be from 1 to {PAGE}")
    if not isinstance(offset, int) or offset < 0:
        raise invalid("offset", "must be 0 or more")
    return limit, offset


def _meta(request: Request, name: str, limit: int, offset: int, total: int) -> Any:
    match name:
        case "limit":
            return limit
        case "offset":
            return offset
        case "next":
            return _link(request, limit, offset + limit) if offset + limit < total else None
        case "previous":
            return _link(request, limit, max(0, offset - limit)) if offset else None
    return total


def _link(request: Request, limit: int, offset: int) -> str:
    kept = {name: value for name, value in request.parameters.items() if name not in ("limit", "offset", "cursor")}
    query = urlencode({**request.block.request.fixed, **kept, "limit": limit, "offset": offset}, doseq=True)
    escaped = {name: quote(value, safe="") for name, value in request.path.items()}
    return f"{resolve(request.template, escaped)}?{query}"


def _passes(item: Mapping[str, Any], name: str, wanted: Any) -> bool:
    base, _, comparison = name.partition("__")
    field = base if base in item else FILTER_FIELDS.get(base, base)
    value = item.get(field)
    if value is None:
        return False
    if comparison:
        return _compares(value, comparison, wanted)
    shown, sought = _text(value), _text(wanted)
    if base in CONTAINED_FILTERS:
        return sought in shown
    if base in PREFIX_FILTERS:
        return shown.removeprefix("+").startswith(sought.removeprefix("+"))
    return shown == sought or _same_second(value, wanted)


def _compares(value: Any, comparison: str, wanted: Any) -> bool:
    left: Any
    right: Any
    try:
        left, right = float(value), float(wanted)
    except (TypeError, ValueError):
        try:
            left, right = moment(str(value)), moment(str(wanted))
        except ValueError:
            return False
    match comparison:
        case "gt":
            return bool(left > right)
        case "gte":
            return bool(left >= right)
        case "lt":
            return bool(left < right)
        case "lte":
            return bool(left <= right)
    return False


def _same_second(value: Any, wanted: Any) -> bool:
    try:
        return moment(str(value)).replace(microsecond=0) == moment(str(wanted))
    except ValueError:
        return False


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).casefold()
