"""The datatypes of the marketplace format: how each is read, and what goes on the wire.

A reader takes a raw value (anything JSON can hold; forms send everything as text) and returns the
value as Plivo gets it, or raises ValueError with a reason for the user. Readers are built once per
arg when the service starts.
"""

import math
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from app import json_text
from app.datatypes import Reader, Shape
from app.datatypes.files import FileUrl, Upload, read_file
from app.datatypes.formats import FORMATS
from app.datatypes.scalars import read_boolean, read_coordinates, read_decimal, read_moment, read_text, read_whole

_INT64 = 2**63
_OPTIONS_IN_A_REASON = 12
_NEXT_URL = r"(?=\s*https?://)"
_NOT_JSON = "is not valid JSON"


def reader_for(shape: Shape) -> Reader:
    """Return the reader of a shape.

    Raises:
        KeyError: the type or the format is unknown.
    """
    return DATATYPES[shape.type.lower()](shape)


def _string(shape: Shape) -> Reader:
    if shape.format is None:
        return read_text
    read_format = FORMATS[shape.format]
    return lambda value: read_format(read_text(value))


def _number(shape: Shape) -> Reader:
    parse: Callable[[object], float] = read_decimal if shape.decimal else read_whole
    at_least = -math.inf if shape.min is None else shape.min
    at_most = math.inf if shape.max is None else shape.max
    if math.isinf(at_most):
        reason = f"must be at least {at_least:.15g}"
    elif math.isinf(at_least):
        reason = f"must be at most {at_most:.15g}"
    else:
        reason = f"must be from {at_least:.15g} to {at_most:.15g}"

    def read(value: object) -> float:
        number = parse(value)
        if not at_least <= number <= at_most:
            raise ValueError(reason)
        if not -_INT64 <= number < _INT64:
            raise ValueError("is too large")
        return number

    return read


def _boolean(_: Shape) -> Reader:
    return read_boolean


def _select(shape: Shape) -> Reader:
    spelling = {option.casefold(): option for option in shape.options}
    is_open = shape.open
    more = ", …" if len(shape.options) > _OPTIONS_IN_A_REASON else ""
    reason = f"must be one of {', '.join(shape.options[:_OPTIONS_IN_A_REASON])}{more}"

    def read(value: object) -> str:
        text = read_text(value)
        known = spelling.get(text.strip().casefold())
        if known is not None:
            return known
        if is_open:
            return text
        near = get_close_matches(text[:64].strip().casefold(), spelling, 1)
        raise ValueError(reason + (f", did you mean {spelling[near[0]]}?" if near else ""))

    return read


def _list(shape: Shape) -> Reader:
    split = _splitter(shape)
    read_item = _select(shape) if shape.options else _string(shape)
    delimiter = shape.join

    def read(value: object) -> str | list[str]:
        items = []
        for position, raw in enumerate(split(value), start=1):
            if raw is None or raw == "":
                continue
            try:
                item = read_item(raw)
            except ValueError as error:
                raise ValueError(f"item {position} {error}") from None
            if delimiter and delimiter in item:
                raise ValueError(f"item {position} contains {delimiter!r}, which separates the items")
            items.append(item)
        if not items and (delimiter or shape.required):
            raise ValueError("needs at least one item")
        return delimiter.join(items) if delimiter else items

    return read


def _splitter(shape: Shape) -> Callable[[object], list[Any]]:
    """Return what takes a list apart: an array, the same as JSON text, or one text with a delimiter."""
    delimiter = shape.join or ","
    # A URL may hold the delimiter, so URLs are only taken apart where the next one begins.
    pattern = re.compile(re.escape(delimiter) + (_NEXT_URL if shape.format == "url" else ""), re.IGNORECASE)

    def split(value: object) -> list[Any]:
        if isinstance(value, list):
            return value
        text = read_text(value)
        if text.lstrip().startswith("["):
            items = _parse_json(text)
            if isinstance(items, list):
                return items
        return [item.strip() for item in pattern.split(text)]

    return split


def _datepicker(shape: Shape) -> Reader:
    length = len("2016-05-28") if shape.date_only else len("2016-05-28 00:00:00")
    # isoformat pads every year to four digits, which strftime does not.
    return lambda value: read_moment(value).isoformat(sep=" ")[:length]


def _map(shape: Shape) -> Reader:
    keys = [field.name for field in shape.structure]

    def read(value: object) -> list[float] | dict[str, float]:
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            value = _parse_json(value)
        match value:
            case dict() if value.keys() == {"lat", "lng"}:
                pair = read_coordinates(value["lat"], value["lng"])
            case [lat, lng]:
                pair = read_coordinates(lat, lng)
            case str() if value.count(",") == 1:
                pair = read_coordinates(*value.split(","))
            case _:
                raise ValueError("must be latitude and longitude, like 50.37, 26.56")
        return dict(zip(keys, pair, strict=True)) if keys else list(pair)

    return read


def _array(shape: Shape) -> Reader:
    read_item = _object_reader(shape)

    def read(value: object) -> list[Any]:
        items = _parse_json(value) if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError("must be a list of objects, or the same as JSON text")
        if not items and shape.required:
            raise ValueError("needs at least one item")
        _check_nested(items)
        clean = []
        for position, item in enumerate(items, start=1):
            if not isinstance(item, dict):
                raise ValueError(f"item {position} must be an object")
            try:
                clean.append(read_item(item))
            except ValueError as error:
                raise ValueError(f"item {position}: {error}") from None
        return clean

    return read


def _json(shape: Shape) -> Reader:
    read_object = _object_reader(shape)

    def read(value: object) -> dict[str, Any] | list[Any]:
        parsed = _parse_json(value) if isinstance(value, str) else value
        if not isinstance(parsed, dict) and (shape.structure or not isinstance(parsed, list)):
            raise ValueError(
                "must be a JSON object, or the same as text"
                if shape.structure
                else "must be a JSON object or array, or the same as text"
            )
        _check_nested(parsed)
        return read_object(parsed) if isinstance(parsed, dict) else parsed

    return read


def _object_reader(shape: Shape) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Read an object by the shape's structure; without one any object will do. What is open is so at every depth."""
    if not shape.structure:
        return lambda value: value
    readers = {
        field.name: reader_for(field.model_copy(update={"open": True}) if shape.open else field)
        for field in shape.structure
    }
    required = [field.name for field in shape.structure if field.required]

    def read(value: dict[str, Any]) -> dict[str, Any]:
        present = {name: item for name, item in value.items() if item is not None and item != ""}
        for name in required:
            if name not in present:
                raise ValueError(f"{name} is missing")
        for name, item in present.items():
            if name not in readers:
                if shape.open:
                    continue
                near = get_close_matches(name[:64], readers, 1)
                raise ValueError(f"{name[:64]} is not known" + (f", did you mean {near[0]}?" if near else ""))
            try:
                present[name] = readers[name](item)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return present

    return read


def _file(shape: Shape) -> Reader:
    if not shape.multiple:
        return read_file

    def read(value: object) -> list[Upload | FileUrl]:
        files = _parse_json(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
        return [read_file(file) for file in (files if isinstance(files, list) else [files])]

    return read


def _check_nested(value: object) -> None:
    """Refuse what Plivo would get differently: too deep, or with a number that JSON text would lose as null."""
    if json_text.is_deeper_than(value):
        raise ValueError(f"is nested deeper than {json_text.MAX_DEPTH} levels")
    if not json_text.is_finite(value):
        raise ValueError("holds a number beyond all bounds")


def _parse_json(text: str) -> Any:
    try:
        return json_text.parse(text)
    except ValueError:
        raise ValueError(_NOT_JSON) from None


DATATYPES: dict[str, Callable[[Shape], Reader]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "select": _select,
    "list": _list,
    "datepicker": _datepicker,
    "map": _map,
    "array": _array,
    "json": _json,
    "file": _file,
}
"""Lower-case type name → the function that builds the reader of a shape."""
