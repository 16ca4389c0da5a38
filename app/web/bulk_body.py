"""The body of a bulk → what it asks for: JSON, NDJSON, or a table as CSV.

``{"args": {common fields}, "items": [{…}, …]}``; or one item a line, common fields in a first line ``{"args": {…}}``;
or a CSV whose first line names the fields, as the body or as a file of a form whose other fields are common.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from typing import Any

from app import json_text
from app.blocks.arguments import trimmed
from app.blocks.bulk_items import BulkRequest
from app.blocks.turn import Turn
from app.datatypes.files import Upload
from app.datatypes.scalars import is_absent, read_boolean, read_text
from app.errors import InvalidFields, InvalidJson
from app.web.body import CSV_TYPES, SizeLimit, parse_args
from app.web.envelope import key_of
from app.web.json_body import json_name, looks_like_csv, parse_json

MAX_ITEMS = 10_000
MAX_VALUES = 400_000
"""Values in all: they are told by commas and brackets, before Python makes objects of them, twenty times as large."""

NDJSON = "application/x-ndjson"
_LINES = (NDJSON, "application/ndjson", "application/jsonl", "application/jsonlines", "application/json-lines")
_FORM = "multipart/form-data"
_SEND_JSON = 'Send {"args": {fields common to all}, "items": [{…}, …]} with Content-Type: application/json.'
_SEND_CSV = "This looks like CSV: send it with Content-Type: text/csv, or as a file of a multipart form."
_SEND_LINES = f"This is an object a line: send it with Content-Type: {NDJSON}."
_OF_THE_BULK = frozenset(("args", "idempotencyKey", "skipInvalid", "skipDuplicates", "to"))


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """How large and how long a bulk may be.

    Attributes:
        max_body: of its body.
        max_text: characters of one text, as much as a single call may bring.
        max_product_bytes: of its common fields times its items.
        max_answer_bytes: of its results.
        max_reported: items that cannot be run of which the answer tells.
        timeout: seconds until it answers.
        seconds_to_send: before that, from which on no item is begun.
    """

    max_body: SizeLimit
    max_text: int
    max_product_bytes: int
    max_answer_bytes: int
    max_reported: int
    timeout: float
    seconds_to_send: float


@dataclass(slots=True)
class BulkBody:
    """What a bulk's body says.

    Attributes:
        common: raw args of every item, and what steers the bulk.
        items: raw args of each.
        key: the key of the answer under ``contextWrites``.
    """

    common: dict[str, Any]
    items: list[dict[str, Any]]
    key: str

    def request(self) -> BulkRequest:
        """Take apart what steers the bulk.

        Raises:
            InvalidFields: it does not fit.
        """
        common = dict(self.common)
        flags = {}
        for name in ("skipInvalid", "skipDuplicates"):
            flag = common.pop(name, None)
            try:
                flags[name] = not is_absent(flag) and read_boolean(flag)
            except ValueError as error:
                raise InvalidFields({name: str(error)}) from None
        key = common.pop("idempotencyKey", None)
        try:
            text = None if is_absent(key) else read_text(key)
        except ValueError as error:
            raise InvalidFields({"idempotencyKey": str(error)}) from None
        return BulkRequest(common, self.items, text, flags["skipInvalid"], flags["skipDuplicates"])


async def read_bulk_body(body: bytes, content_type: str, limits: BulkLimits) -> BulkBody:
    """Read a bulk's body.

    Args:
        body: the whole of it.
        content_type: what the request says it is.
        limits: how large it may be.

    Raises:
        InvalidJson: it is not what its type says.
        InvalidFields: ``items`` do not fit, or it would grow too large.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    _check_values(body)
    if media_type in _LINES:
        common, items = _from_lines(body)
    elif media_type in CSV_TYPES:
        common, items = {}, _from_table(body)
    elif media_type == _FORM:
        common, items = _from_form(parse_args(body, content_type))
    else:
        common, items = _from_json(body)
    common = trimmed(common)
    _check(common, items, len(body), limits)
    turn = Turn()
    ready = []
    for index, item in enumerate(items):
        _check_texts(index, item, limits.max_text)
        try:
            ready.append(trimmed(item))
        except InvalidFields:
            reason = f"item {index} gives a field twice, with spaces around its name and without"
            raise InvalidFields({"items": reason}) from None
        await turn.give_way()
    return BulkBody(common, ready, key_of(common))


def _check_values(body: bytes) -> None:
    if len(body) > MAX_VALUES and sum(body.count(sign) for sign in b",;\t\r\n{[") > MAX_VALUES:
        raise InvalidFields({"items": f"hold more than {MAX_VALUES} values in all: send fewer items at a time"})


def _check_texts(index: int, item: dict[str, Any], most: int) -> None:
    for name, value in item.items():
        if isinstance(value, str) and len(value) > most:
            raise InvalidFields({"items": f"item {index}: {name[:64]} has more than {most} characters"})


def _check(common: dict[str, Any], items: object, size: int, limits: BulkLimits) -> None:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidFields({"items": "must be a list of objects, one for each call"})
    if not 0 < len(items) <= MAX_ITEMS:
        raise InvalidFields({"items": f"must be 1 to {MAX_ITEMS} objects"})
    product = len(json_text.render({name: str(value) for name, value in common.items()})) * len(items) + size
    if product > limits.max_product_bytes:
        raise InvalidFields(
            {
                "args": f"the common fields times {len(items)} items come to {product} bytes, more than "
                f"{limits.max_product_bytes} (MAX_BULK_BYTES): send fewer items at a time"
            }
        )


def _from_json(body: bytes) -> tuple[dict[str, Any], Any]:
    content = _object_in(body)
    args, items = content.pop("args", {}), content.pop("items", None)
    if not isinstance(args, dict):
        raise InvalidJson(f"args is {json_name(args)}; it must be an object with the fields common to all items.")
    if isinstance(items, str):
        # Its signs may have been escaped, so that they were not counted in the body.
        _check_values(items.encode(errors="replace"))
        items = parse_json(items, "The field items")
    if isinstance(items, list):
        items = [_unwrapped(item) for item in items]
    return {**content, **args}, items


def _object_in(body: bytes) -> dict[str, Any]:
    """Read the object that a bulk's JSON is; what comes in another shape is told how it can be sent."""
    if not body.strip():
        raise InvalidJson(f"The body is empty. {_SEND_JSON}")
    try:
        content = parse_json(body)
    except InvalidJson as error:
        if looks_like_csv(body):
            raise InvalidJson(_SEND_CSV) from None
        first, *others = body.split(b"\n", 2)
        if others and _is_object(first) and _is_object(others[0]):
            raise InvalidJson(_SEND_LINES) from None
        if json_text.without_bom(body).lstrip()[:1] in b'{["':
            raise
        raise InvalidJson(f"{error.details['hint']} {_SEND_JSON}") from None
    if not isinstance(content, dict):
        raise InvalidJson(f"The body is {json_name(content)} where an object is needed. {_SEND_JSON}")
    return content


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json_text.parse(line), dict)
    except ValueError:
        return False


def _from_lines(body: bytes) -> tuple[dict[str, Any], list[Any]]:
    lines = [parse_json(line, f"Line {n}") for n, line in enumerate(body.splitlines(), start=1) if line.strip()]
    if not lines or not _is_common(lines[0]):
        return {}, [_unwrapped(line) for line in lines]
    others = lines[1:]
    # A common field that no line goes without would count for none: it is the first line's own.
    if others and all(map(_is_wrapped, others)) and _names_in_all(lines):
        raise InvalidFields(
            {
                "items": 'every line is {"args": …}, so that the first could be an item or what all have in common: '
                "write items as plain objects"
            }
        )
    first = lines[0]
    return {**{name: value for name, value in first.items() if name != "args"}, **first["args"]}, [
        _unwrapped(line) for line in others
    ]


def _names_in_all(lines: list[Any]) -> set[str]:
    return set.intersection(*(set(line["args"]) for line in lines))


def _is_wrapped(line: object) -> bool:
    return isinstance(line, dict) and isinstance(line.get("args"), dict)


def _is_common(line: object) -> bool:
    return isinstance(line, dict) and _is_wrapped(line) and line.keys() <= _OF_THE_BULK


def _unwrapped(item: Any) -> Any:
    """Lift an item's ``args`` up: some write every call so."""
    if isinstance(item, dict) and "args" in item:
        if not isinstance(item["args"], dict):
            raise InvalidFields({"items": "args of an item must be an object"})
        return {**{name: value for name, value in item.items() if name != "args"}, **item["args"]}
    return item


def _from_form(fields: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    tables = [name for name, value in fields.items() if isinstance(value, Upload)]
    if len(tables) != 1:
        raise InvalidFields({"items": "give one CSV file; the other fields of the form are common to all items"})
    table = fields.pop(tables[0])
    return fields, _from_table(bytes(table.content))


def _from_table(content: bytes) -> list[dict[str, Any]]:
    try:
        text = json_text.without_bom(content).decode()
    except UnicodeDecodeError:
        raise InvalidFields(
            {"items": "the CSV is not text in UTF-8: save it as CSV UTF-8, as spreadsheets call it"}
        ) from None
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    try:
        reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return list(_rows((reader.line_num, row) for row in reader))
    except csv.Error as error:
        raise InvalidFields({"items": f"the CSV cannot be read: {error}"}) from None


def _rows(table: Iterator[tuple[int, list[str]]]) -> Iterator[dict[str, Any]]:
    """Yield the items of a table, given row by row with the number of the line that each ends in."""
    above, header = next(table, (0, []))
    names = [name.strip() for name in header]
    named = list(filter(None, names))
    if not named:
        raise InvalidFields({"items": "the first line of the CSV must name the fields"})
    if len(set(named)) < len(named):
        raise InvalidFields({"items": "the first line of the CSV names a field twice"})
    for ends, row in table:
        line, above = above + 1, ends
        # Spreadsheets write empty columns too.
        cells = [(name, cell) for name, cell in zip_longest(names, row[: len(names)], fillvalue="") if cell]
        if any(row[len(names) :]) or any(not name for name, _ in cells):
            raise InvalidFields({"items": f"line {line} of the CSV has a cell for which the first line names no field"})
        if cells:
            yield dict(cells)
