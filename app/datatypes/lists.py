"""Lists: arrays, the same as JSON text, or one text whose items are separated."""

import re
from collections.abc import Callable
from typing import Any

from app.datatypes import Reader, Shape
from app.datatypes.json_values import parse_json
from app.datatypes.scalars import is_absent, read_text

MOST_DESTINATIONS = 1000
"""Destinations of one call or message (Plivo's pages "Make a call" and "Bulk messaging")."""

MOST_ITEMS = 10_000
_MOST_PROBLEMS = 5
_SHOWN = 40
_ALWAYS_SEPARATE = (",", ";", "\r", "\n")
_DESTINATIONS = ("phone", "recipient")
# After a semicolon, letters are a parameter of a SIP URI (``;transport=tls``) unless the next one begins.
_SEMICOLON_BETWEEN_PHONES = r";(?!(?!sip:)[A-Za-z])"
_URL = re.compile(r"https?://", re.IGNORECASE)


def list_reader(shape: Shape, read_item: Reader) -> Reader:
    """Return the reader of a list.

    Args:
        shape: of the list.
        read_item: reads one item.
    """
    split = _splitter(shape)
    delimiter = shape.join
    are_destinations = delimiter is not None and shape.format in _DESTINATIONS
    is_needed = shape.required or delimiter is not None

    def read(value: object) -> str | list[str]:
        items = _read_items(split(value), read_item, delimiter, are_destinations=are_destinations)
        if not items and is_needed:
            raise ValueError("needs at least one item")
        return delimiter.join(items) if delimiter else items

    return read


def _read_items(raw_items: list[Any], read_item: Reader, delimiter: str | None, *, are_destinations: bool) -> list[str]:
    if len(raw_items) > MOST_ITEMS:
        raise ValueError(f"has more than {MOST_ITEMS} items")
    items: dict[str | int, str] = {}
    problems = []
    for position, raw in enumerate(raw_items, start=1):
        if is_absent(raw):
            continue
        try:
            item = read_item(raw)
            if delimiter and delimiter in item:
                raise ValueError(f"contains {delimiter!r}, which separates the items")  # noqa: TRY301  # as the reader says
        except ValueError as error:
            problems.append(f"item {position}{_shown(raw)}: {error}")
            if len(problems) == _MOST_PROBLEMS:
                problems.append("the items after that were not read")
                break
        else:
            # Plivo would drop what is there twice, but it would be counted here.
            items.setdefault(item if are_destinations else position, item)
            if are_destinations and len(items) > MOST_DESTINATIONS:
                raise ValueError(f"has more than {MOST_DESTINATIONS} destinations, which is what Plivo takes at a time")
    if problems:
        raise ValueError("; ".join(problems))
    return list(items.values())


def _shown(raw: object) -> str:
    """Return what an item is known by to those who gave it, shortened."""
    try:
        text = read_text(raw)
    except ValueError:
        return ""
    return f' "{text[:_SHOWN]}{"…" if len(text) > _SHOWN else ""}"'


def _splitter(shape: Shape) -> Callable[[object], list[Any]]:
    separators = [*_ALWAYS_SEPARATE, shape.join] if shape.join else _ALWAYS_SEPARATE
    patterns = [
        _SEMICOLON_BETWEEN_PHONES if shape.format == "phone" and separator == ";" else re.escape(separator)
        for separator in separators
    ]
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    take_apart = _urls_splitter(pattern) if shape.format == "url" else _texts_splitter(pattern)

    def split(value: object) -> list[Any]:
        if isinstance(value, list):
            return value
        if not isinstance(value, str | int | float):
            raise ValueError("must be a list, or one text with its items separated by commas")
        text = read_text(value)
        if text.lstrip().startswith("["):
            items = parse_json(text)
            if isinstance(items, list):
                return items
        return [item.strip() for item in take_apart(text)]

    return split


def _texts_splitter(separator: re.Pattern[str]) -> Callable[[str], list[str]]:
    # One more than there may be are enough to see that there are too many.
    return lambda text: separator.split(text, maxsplit=MOST_ITEMS)


def _urls_splitter(separator: re.Pattern[str]) -> Callable[[str], list[str]]:
    """Return what takes a text with URLs apart. A URL may hold a separator: only one before the next URL counts."""
    between = re.compile(rf"((?:\s|{separator.pattern})+)", re.IGNORECASE)

    def take_apart(text: str) -> list[str]:
        first, *rest = between.split(text, maxsplit=MOST_ITEMS)
        if len(rest) == 2 * MOST_ITEMS:
            return rest
        urls = [[first]]
        for gap, piece in zip(rest[::2], rest[1::2], strict=True):
            if _URL.match(piece) and separator.search(gap):
                urls.append([piece])
            else:
                urls[-1] += (gap, piece)
        return ["".join(pieces) for pieces in urls]

    return take_apart
