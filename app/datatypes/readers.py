"""The datatypes of the marketplace format: how each is read, and what goes on the wire.

A reader takes a raw value (anything JSON can hold; forms send everything as text) and returns the
value as Plivo gets it, or raises ValueError with a reason for the user. Readers are built once per
arg when the service starts.
"""

import math
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from app.datatypes import Reader, Shape
from app.datatypes.answers import read_answer, read_variables
from app.datatypes.files import FileUrl, Upload, read_file
from app.datatypes.formats import FORM_FORMATS, FORMATS, TextFormat
from app.datatypes.json_values import check_nested, from_text, parse_json
from app.datatypes.lists import list_reader
from app.datatypes.moments import END_OF_DAY, read_moment, write_moment
from app.datatypes.scalars import exact, is_absent, read_boolean, read_coordinates, read_decimal, read_text, read_whole
from app.protocol import countries

Formats = Mapping[str, TextFormat]

_OPTIONS_IN_A_REASON = 12
_SPECIAL_JSON: dict[str | None, Reader] = {"answer": read_answer, "variables": read_variables}


def reader_for(shape: Shape, formats: Formats = FORMATS) -> Reader:
    """Return the reader of a shape.

    Args:
        shape: what is to be read.
        formats: the text formats by name.

    Raises:
        KeyError: the type or the format is unknown.
    """
    return DATATYPES[shape.type.lower()](shape, formats)


def _string(shape: Shape, formats: Formats) -> Reader:
    if shape.format is None or shape.format in FORM_FORMATS:
        return read_text
    read_format = formats[shape.format]
    return lambda value: read_format(read_text(value))


def _number(shape: Shape, _: Formats) -> Reader:
    parse: Callable[[object], int | float] = read_decimal if shape.decimal else read_whole
    at_least = _bound(shape.min, -math.inf)
    at_most = _bound(shape.max, math.inf)
    if at_most == math.inf:
        reason = f"must be at least {at_least}"
    elif at_least == -math.inf:
        reason = f"must be at most {at_most}"
    else:
        reason = f"must be from {at_least} to {at_most}"

    def read(value: object) -> int | float:
        number = parse(value)
        if not at_least <= exact(number) <= at_most:
            raise ValueError(reason)
        return number

    return read


def _bound(bound: float | None, none: float) -> int | float | Decimal:
    if bound is None:
        return none
    return int(bound) if bound.is_integer() else exact(bound)


def _boolean(_: Shape, __: Formats) -> Reader:
    return read_boolean


def _select(shape: Shape, formats: Formats) -> Reader:
    spelling = {option.casefold(): option for option in shape.options}
    # What is not listed has to fit the format: a country's name is no value although new countries are.
    read_other: Callable[[object], str] | None = _string(shape, formats) if shape.open else None
    more = ", …" if len(shape.options) > _OPTIONS_IN_A_REASON else ""
    reason = f"must be one of {', '.join(shape.options[:_OPTIONS_IN_A_REASON])}{more}"

    def read(value: object) -> str:
        text = read_text(value)
        known = spelling.get(text.strip().casefold())
        if known is not None:
            return known
        if read_other is not None:
            return read_other(text)
        near = _nearest(text, spelling)
        if shape.format == "country":
            near = spelling.get((countries.code_of(text) or "").casefold()) or near
        raise ValueError(reason + (f", did you mean {near}?" if near else ""))

    return read


def _nearest(text: str, spelling: Mapping[str, str]) -> str | None:
    near = get_close_matches(text[:64].strip().casefold(), spelling, 1)
    return spelling[near[0]] if near else None


def _list(shape: Shape, formats: Formats) -> Reader:
    return list_reader(shape, _select(shape, formats) if shape.options else _string(shape, formats))


def _datepicker(shape: Shape, _: Formats) -> Reader:
    if shape.date_only:
        return lambda value: write_moment(read_moment(value))[: len("2016-05-28")]
    # A range up to a day ends with that day.
    date_means = END_OF_DAY if shape.name.endswith("Lte") else time.min
    return lambda value: write_moment(read_moment(value, date_means=date_means))


def _map(shape: Shape, _: Formats) -> Reader:
    keys = [field.name for field in shape.structure]

    def read(value: object) -> list[float] | dict[str, float]:
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            value = parse_json(value)
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


def _array(shape: Shape, formats: Formats) -> Reader:
    read_item = _object_reader(shape, formats)

    def read(value: object) -> list[Any]:
        items = from_text(value)
        if not isinstance(items, list):
            raise ValueError("must be a list of objects, or the same as JSON text")
        if not items and shape.required:
            raise ValueError("needs at least one item")
        check_nested(items)
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


def _json(shape: Shape, formats: Formats) -> Reader:
    if shape.format in _SPECIAL_JSON:
        return _SPECIAL_JSON[shape.format]
    read_object = _object_reader(shape, formats)

    def read(value: object) -> dict[str, Any] | list[Any]:
        parsed = from_text(value)
        if not isinstance(parsed, dict) and (shape.structure or not isinstance(parsed, list)):
            raise ValueError(
                "must be a JSON object, or the same as text"
                if shape.structure
                else "must be a JSON object or array, or the same as text"
            )
        check_nested(parsed)
        return read_object(parsed) if isinstance(parsed, dict) else parsed

    return read


def _object_reader(shape: Shape, formats: Formats) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Read an object by the shape's structure; without one any object will do. What is open is so at every depth.

    Null and the empty text are kept: inside a value they may clear something at Plivo.
    """
    if not shape.structure:
        return lambda value: value
    readers = {
        field.name: reader_for(field.model_copy(update={"open": True}) if shape.open else field, formats)
        for field in shape.structure
    }
    required = [field.name for field in shape.structure if field.required]

    def read(value: dict[str, Any]) -> dict[str, Any]:
        for name in required:
            if is_absent(value.get(name)):
                raise ValueError(f"{name} is missing")
        clean = dict(value)
        for name, item in value.items():
            if name not in readers:
                if shape.open:
                    continue
                near = get_close_matches(name[:64], readers, 1)
                raise ValueError(f"{name[:64]} is not known" + (f", did you mean {near[0]}?" if near else ""))
            if is_absent(item):
                continue
            try:
                clean[name] = readers[name](item)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return clean

    return read


def _file(shape: Shape, _: Formats) -> Reader:
    if not shape.multiple:
        return read_file

    def read(value: object) -> list[Upload | FileUrl]:
        given = parse_json(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
        files = given if isinstance(given, list) else [given]
        if not files and shape.required:
            raise ValueError("needs at least one file")
        return [read_file(file) for file in files]

    return read


DATATYPES: dict[str, Callable[[Shape, Formats], Reader]] = {
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
