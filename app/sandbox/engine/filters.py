"""Says which items pass the filters of a list: equality, comparisons by suffix, beginnings of numbers."""

from collections.abc import Mapping
from typing import Any

from app.sandbox.engine.notation import read_time

FILTER_FIELDS: Mapping[str, tuple[str, ...]] = {
    "country": ("destination_country_iso2",),
    "customer_name": ("first_name",),
    "number_startswith": ("number",),
    "session_time": ("created_at",),
    "status": ("registration_status",),
    "type": ("number_type", "brand_type", "profile_type"),
}
"""List parameter → fields it may look at, where an item has no field of the parameter's own name."""

PREFIX_FILTERS = frozenset({"number_startswith", "from_number", "to_number", "alias", "app_name"})
"""List parameters that match the beginning of a field (Plivo documents them so)."""

CONTAINED_FILTERS = frozenset({"name", "customer_name"})
"""List parameters that match any part of a field."""


def matches(item: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Say whether an item passes every filter; one on a field that the item lacks is not passed."""
    return all(_passes(item, name, value) for name, value in filters.items())


def _passes(item: Mapping[str, Any], name: str, wanted: Any) -> bool:
    base, _, comparison = name.partition("__")
    field = next((field for field in (base, *FILTER_FIELDS.get(base, ())) if field in item), base)
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
            left, right = read_time(str(value)), read_time(str(wanted))
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
        return read_time(str(value)).replace(microsecond=0) == read_time(str(wanted))
    except ValueError:
        return False


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).casefold().removeprefix("+")
