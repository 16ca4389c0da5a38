"""What holds for every datatype whatever it is given."""

import json
import re
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app import json_text
from app.datatypes import Reader, Shape
from app.datatypes.readers import reader_for
from tests.support.patience import patient

SECRET = "s3cret7890"

STRUCTURE = [
    {"name": "name", "type": "String", "required": True},
    {"name": "size", "type": "Number", "min": 1, "max": 9},
    {"name": "kind", "type": "Select", "options": ["a", "b"]},
    {"name": "inner", "type": "JSON", "structure": [{"name": "ok", "type": "Boolean"}]},
]
SHAPES: list[dict[str, Any]] = [
    {"type": "String"},
    {"type": "String", "format": "phone"},
    {"type": "String", "format": "sender"},
    {"type": "String", "format": "number"},
    {"type": "String", "format": "country"},
    {"type": "String", "format": "secret"},
    {"type": "String", "format": "url"},
    {"type": "Number"},
    {"type": "Number", "min": 1, "max": 20},
    {"type": "Number", "min": -0.5, "max": 0.5, "decimal": True},
    {"type": "Boolean"},
    {"type": "Select", "options": ["GET", "POST", "true"]},
    {"type": "Select", "options": ["GET"], "open": True},
    {"type": "List"},
    {"type": "List", "join": "<", "format": "phone", "required": True},
    {"type": "List", "join": ",", "options": ["voice", "sms"]},
    {"type": "List", "format": "url"},
    {"type": "Datepicker"},
    {"type": "Datepicker", "dateOnly": True},
    {"type": "Map"},
    {"type": "Array"},
    {"type": "Array", "structure": STRUCTURE},
    {"type": "JSON"},
    {"type": "JSON", "structure": STRUCTURE},
    {"type": "JSON", "structure": STRUCTURE, "open": True},
    {"type": "File"},
]
READERS = [(shape, reader_for(Shape.model_validate({"name": "arg", **shape}))) for shape in SHAPES]
every_reader = st.sampled_from(READERS)

texts = st.text(st.characters()) | st.sampled_from(
    [
        "GET",
        "true",
        "0",
        "5",
        "-1.5",
        "14155550100",
        "https://a.example/x,y",
        "2016-05-28",
        "1,2",
        "voice,sms",
        "[1",
        "{}",
    ]
)
finite = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-2, 30) | finite | texts
keys = st.sampled_from(["name", "size", "kind", "inner", "ok", "lat", "lng"]) | st.text(st.characters(), max_size=5)
json_values = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(keys, children, max_size=4),
    max_leaves=8,
)


def as_form_text(value: Any) -> str:
    """Write a JSON value as a form sends it."""
    return value if isinstance(value, str) else json.dumps(value)


def reason_against(read: Reader, value: object) -> str | None:
    """Return why a value is refused, None when it is accepted."""
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return None


@patient
@given(every_reader, json_values)
def test_a_reader_returns_a_value_or_says_value_error(reader: tuple[dict[str, Any], Reader], value: object) -> None:
    _, read = reader
    assert reason_against(read, value) != ""


@patient
@given(every_reader, json_values.filter(lambda value: value is not None))
def test_a_value_reads_the_same_from_json_and_from_a_form(reader: tuple[dict[str, Any], Reader], value: object) -> None:
    _, read = reader
    try:
        from_json = read(json_text.parse(json.dumps(value)))
    except ValueError:
        return
    assert read(as_form_text(value)) == from_json


secrets = st.recursive(
    st.builds("".join, st.tuples(st.text(max_size=12), st.just(SECRET), st.text(max_size=12))),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(keys, children, max_size=4),
    max_leaves=6,
)


@patient
@given(
    every_reader.filter(lambda reader: reader[0]["type"] != "List"),
    secrets | secrets.map(json.dumps) | st.just(7893141592653),
)
def test_a_reason_never_repeats_the_value(reader: tuple[dict[str, Any], Reader], value: object) -> None:
    """But that of a list, which names the item: its place alone does not tell who uploaded a sheet."""
    _, read = reader
    reason = reason_against(read, value) or ""
    assert SECRET not in reason
    assert "7893141592653" not in reason


@patient
@given(scalars, st.integers(-100, 100), st.integers(0, 100), st.booleans())
def test_a_number_is_within_its_range(value: object, at_least: int, width: int, decimal: bool) -> None:  # noqa: FBT001  # drawn
    shape = Shape(name="arg", type="Number", min=at_least, max=at_least + width, decimal=decimal)
    try:
        number = reader_for(shape)(value)
    except ValueError:
        return
    assert at_least <= number <= at_least + width
    assert isinstance(number, int | float)
    assert not isinstance(number, bool)
    assert decimal or isinstance(number, int)


@patient
@given(scalars | st.sampled_from(["get", " POST", "pOsT "]))
def test_a_select_is_one_of_its_options(value: object) -> None:
    try:
        option = reader_for(Shape(name="arg", type="Select", options=("GET", "POST", "1")))(value)
    except ValueError:
        return
    assert option in ("GET", "POST", "1")
    assert str(value).strip().casefold() in (option.casefold(), "true", "1.0")


@patient
@given(json_values | st.lists(texts, min_size=1), st.sampled_from("<,"))
def test_a_joined_list_comes_apart_into_the_items_that_were_given(value: object, join: str) -> None:
    try:
        text = reader_for(Shape(name="arg", type="List", join=join))(value)
    except ValueError:
        return
    assert isinstance(text, str)
    items = text.split(join)
    assert all(items)
    if isinstance(value, list):
        assert len(items) == len([item for item in value if item is not None and item != ""])


moments = st.datetimes() | st.datetimes(timezones=st.timezones())


@patient
@given(moments.map(str) | moments.map(datetime.isoformat) | st.integers(0, 10**14) | json_values, st.booleans())
def test_a_moment_is_in_plivos_form(value: object, date_only: bool) -> None:  # noqa: FBT001  # drawn
    shape = Shape.model_validate({"name": "arg", "type": "Datepicker", "dateOnly": date_only})
    try:
        text = reader_for(shape)(value)
    except ValueError:
        return
    form = r"\d{4}-\d{2}-\d{2}" if date_only else r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{0,5}[1-9])?"
    assert re.fullmatch(form, text, re.ASCII)
    assert str(datetime.fromisoformat(text)).startswith(text)


@patient
@given(st.datetimes(datetime(1974, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001  # bounds
def test_an_offset_and_unix_time_name_the_same_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    read = reader_for(Shape(name="arg", type="Datepicker"))
    seconds = int(moment.timestamp())
    assert read(moment.isoformat()) == read(seconds) == read(str(seconds)) == read(f"{seconds}.0")


@patient
@given(json_values)
def test_a_place_is_on_the_globe(value: object) -> None:
    try:
        north, east = reader_for(Shape(name="arg", type="Map"))(value)
    except ValueError:
        return
    assert -90 <= north <= 90
    assert -180 <= east <= 180


EMPTY = (None, "")


def follows_structure(item: dict[str, Any]) -> bool:
    """Say whether an object holds only what STRUCTURE knows, and what it requires."""
    size, kind, inner = item.get("size", 1), item.get("kind", "a"), item.get("inner", {})
    return (
        isinstance(item["name"], str)
        and item.keys() <= {"name", "size", "kind", "inner"}
        and (size in EMPTY or 1 <= size <= 9)
        and kind in ("a", "b", *EMPTY)
        and (inner in EMPTY or (inner.keys() <= {"ok"} and isinstance(inner.get("ok", True), bool | None)))
    )


likely_items = st.fixed_dictionaries(
    {"name": texts},
    optional={
        "size": st.integers(0, 10) | st.integers(1, 9).map(str),
        "kind": st.sampled_from(["a", "B", "c", ""]),
        "inner": st.fixed_dictionaries({}, optional={"ok": st.sampled_from([True, "false", "1", 0, "no"])}),
    },
)


@patient
@given(st.lists(likely_items, max_size=3) | json_values)
def test_objects_follow_their_structure(value: object) -> None:
    shape = Shape.model_validate({"name": "arg", "type": "Array", "structure": STRUCTURE})
    try:
        items = reader_for(shape)(value)
    except ValueError:
        return
    assert all(follows_structure(item) for item in items)


@patient
@given(st.lists(likely_items, max_size=3) | json_values)
def test_reading_changes_nothing_in_what_was_given(value: object) -> None:
    """Raw args are shared by everything that looks at a request."""
    before = json.dumps(value)
    for _, read in READERS:
        reason_against(read, value)
    assert json.dumps(value) == before
