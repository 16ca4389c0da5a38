"""The datatypes of the marketplace format: what is accepted, and what goes on the wire."""

from typing import Any

import pytest

from app.datatypes import Shape
from app.datatypes.readers import DATATYPES, reader_for

URL_A, URL_B = "https://a.example/x,y?z=1", "http://b.example/"


def read(value: object, **shape: Any) -> Any:
    """Read a value as an arg of this shape."""
    return reader_for(Shape.model_validate({"name": "arg", **shape}))(value)


def nested_json(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("name", ["string", "String", "STRING", "datePicker", "Datepicker", "jSON"])
def test_type_names_are_matched_case_insensitively(name: str) -> None:
    assert callable(reader_for(Shape(name="arg", type=name)))


def test_the_datatypes_of_the_marketplace_format_are_known() -> None:
    """All but the credentials, which are no args of a block."""
    marketplace = {"string", "number", "boolean", "select", "list", "datepicker", "map", "array", "json", "file"}
    assert marketplace == set(DATATYPES)


@pytest.mark.parametrize("shape", [{"type": "Integer"}, {"type": "String", "format": "email"}])
def test_an_unknown_type_or_format_has_no_reader(shape: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        read("x", **shape)


@pytest.mark.parametrize(
    ("value", "text"), [("héllo", "héllo"), (" a ", " a "), (True, "true"), (7, "7"), (1.5, "1.5")]
)
def test_string(value: object, text: str) -> None:
    assert read(value, type="String") == text


def test_string_with_a_format_is_cleaned() -> None:
    assert read("+1 (415) 555-0100", type="String", format="phone") == "14155550100"
    assert read(14155550100, type="String", format="number") == "14155550100"


@pytest.mark.parametrize("value", [1, 1.0, "1", 300, "300"])
def test_number_within_its_range(value: object) -> None:
    assert read(value, type="Number", min=1, max=300) == int(float(str(value)))


@pytest.mark.parametrize(
    ("shape", "value", "reason"),
    [
        ({"min": 1, "max": 300}, 0, "must be from 1 to 300"),
        ({"min": 1, "max": 300}, "301", "must be from 1 to 300"),
        ({"min": 5}, 4, "must be at least 5"),
        ({"max": 5}, 6, "must be at most 5"),
        ({"min": 0, "max": 0.5, "decimal": True}, 0.6, "must be from 0 to 0.5"),
        ({"min": 1000001, "max": 123456789}, 5, "must be from 1000001 to 123456789"),
        ({}, 2**63, "is too large"),
        ({}, -(2**63) - 1, "is too large"),
        ({"decimal": True}, 1e300, "is too large"),
        ({}, 0.5, "must be a whole number"),
    ],
)
def test_number_out_of_its_range(shape: dict[str, Any], value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        read(value, type="Number", **shape)


def test_number_with_a_fraction_only_where_decimals_are_allowed() -> None:
    assert read("0.5", type="Number", decimal=True) == 0.5
    with pytest.raises(ValueError, match="must be a whole number"):
        read("0.5", type="Number")


@pytest.mark.parametrize(("value", "result"), [("True", True), ("0", False), (1, True), (False, False)])
def test_boolean(value: object, result: object) -> None:
    assert read(value, type="Boolean") is result


@pytest.mark.parametrize(
    ("value", "option"),
    [("GET", "GET"), ("get", "GET"), (" Post ", "POST"), (True, "true"), ("TRUE", "true"), (3, "3")],
)
def test_select_is_sent_in_the_options_own_spelling(value: object, option: str) -> None:
    assert read(value, type="Select", options=["GET", "POST", "true", "3"]) == option


def test_select_refuses_what_is_not_listed_and_says_what_is() -> None:
    with pytest.raises(ValueError, match=r"^must be one of hangup, true, did you mean hangup\?$"):
        read("hang-up", type="Select", options=["hangup", "true"])
    with pytest.raises(ValueError, match=r"^must be one of a, b$"):
        read("", type="Select", options=["a", "b"])


def test_a_select_of_many_options_lists_only_some() -> None:
    with pytest.raises(ValueError, match="must be one of") as raised:
        read("nothing like it", type="Select", options=[f"option{number}" for number in range(200)])
    assert len(str(raised.value)) < 300


def test_an_open_select_lets_other_values_through_as_they_are() -> None:
    shape: dict[str, Any] = {"type": "Select", "options": ["en-US"], "open": True}
    assert read("EN-us", **shape) == "en-US"
    assert read("Xx-New", **shape) == "Xx-New"
    with pytest.raises(ValueError, match="must be text"):
        read({}, **shape)


@pytest.mark.parametrize("value", [["1", "2"], '["1", "2"]', "1<2", " 1 < 2 ", [1, 2], "[1, 2]", "1<<2<"])
def test_list_joined_into_one_text(value: object) -> None:
    assert read(value, type="List", join="<") == "1<2"


@pytest.mark.parametrize("value", [["1", "2"], '["1", "2"]', "1,2", "1, 2", [1, 2, ""], ["1", None, "2"]])
def test_list_as_an_array(value: object) -> None:
    assert read(value, type="List") == ["1", "2"]


def test_a_list_of_one_may_come_without_its_array() -> None:
    assert read(14155550100, type="List", join="<", format="phone") == "14155550100"
    assert read("+1 415 555 0100", type="List", format="phone") == ["14155550100"]


def test_the_items_of_a_list_have_its_format_or_its_options() -> None:
    destinations = ["+1 (415) 555-0100", "sip:a@b.example"]
    assert read(destinations, type="List", join="<", format="phone") == "14155550100<sip:a@b.example"
    assert read("SMS,Voice", type="List", join=",", options=["voice", "sms"]) == "sms,voice"


@pytest.mark.parametrize(
    ("shape", "value", "reason"),
    [
        ({"join": "<"}, ["ok", "a<b"], "item 2 contains '<'"),
        ({"join": ","}, ["a,b"], "item 1 contains ','"),
        ({"join": ",", "format": "url"}, [URL_A], "item 1 contains ','"),
        ({"join": "<", "format": "phone"}, "14155550100<nobody", "item 2 is not a phone number"),
        ({"options": ["sms"]}, ["sms", "fax"], "item 2 must be one of sms"),
        ({}, ["ok", {"a": 1}], "item 2 must be text"),
        ({}, {"a": 1}, "must be text"),
        ({}, "[1, 2", "is not valid JSON"),
        ({"required": True}, [], "needs at least one item"),
        ({"required": True}, " , ,", "needs at least one item"),
        ({"join": "<"}, ["", None], "needs at least one item"),
    ],
)
def test_list_refused(shape: dict[str, Any], value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(value, type="List", **shape)


@pytest.mark.parametrize(
    "value", [[URL_A, URL_B], f"{URL_A},{URL_B}", f"{URL_A}, {URL_B}", f"{URL_A},HTTP{URL_B.removeprefix('http')}"]
)
def test_lists_of_urls_split_only_before_the_next_url(value: object) -> None:
    first, second = read(value, type="List", format="url")
    assert (first, second.lower()) == (URL_A, URL_B)


@pytest.mark.parametrize(
    ("value", "on_the_wire"),
    [
        ("2016-05-28 00:00:00", "2016-05-28 00:00:00"),
        ("2016-05-28", "2016-05-28 00:00:00"),
        ("2016-05-28T10:20:30", "2016-05-28 10:20:30"),
        ("2016-05-28T10:20:30.999", "2016-05-28 10:20:30"),
        ("2016-05-28T10:20:30Z", "2016-05-28 10:20:30"),
        ("2016-05-28T01:20:30+02:00", "2016-05-27 23:20:30"),
        (1464393600, "2016-05-28 00:00:00"),
        ("1464393600000", "2016-05-28 00:00:00"),
        ("0999-01-02", "0999-01-02 00:00:00"),
    ],
)
def test_datepicker(value: object, on_the_wire: str) -> None:
    assert read(value, type="Datepicker") == on_the_wire
    assert read(value, type="Datepicker", dateOnly=True) == on_the_wire[:10]


@pytest.mark.parametrize(
    "value",
    ["50.37, 26.56", "50.37,26.56", {"lat": 50.37, "lng": 26.56}, '{"lat": "50.37", "lng": 26.56}', ["50.37", 26.56]],
)
def test_map(value: object) -> None:
    fields = [{"name": "latitude", "type": "Number"}, {"name": "longitude", "type": "Number"}]
    assert read(value, type="Map") == [50.37, 26.56]
    assert read(value, type="Map", structure=fields) == {"latitude": 50.37, "longitude": 26.56}


@pytest.mark.parametrize(
    "value", ["here", "50.37", "1,2,3", {"lat": 1}, {"lat": 1, "lng": 2, "alt": 3}, [1], 5, "{", True]
)
def test_what_is_no_place_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be latitude and longitude|is not valid JSON"):
        read(value, type="Map")


STRUCTURE = [
    {"name": "type", "type": "Select", "options": ["text", "media"], "required": True},
    {"name": "index", "type": "Number", "min": 0},
    {"name": "inner", "type": "JSON", "structure": [{"name": "ok", "type": "Boolean"}]},
]


@pytest.mark.parametrize("value", [[{"type": "TEXT", "index": "1"}], '[{"type": "text", "index": 1}]'])
def test_array_follows_its_structure(value: object) -> None:
    assert read(value, type="Array", structure=STRUCTURE) == [{"type": "text", "index": 1}]


@pytest.mark.parametrize(
    "value", [{"type": "text", "inner": {"ok": "true"}}, '{"type": "Text", "inner": "{\\"ok\\": 1}"}']
)
def test_json_follows_its_structure_at_every_depth(value: object) -> None:
    assert read(value, type="JSON", structure=STRUCTURE) == {"type": "text", "inner": {"ok": True}}


def test_what_is_empty_in_a_structure_counts_as_absent() -> None:
    assert read({"type": "text", "index": "", "inner": None}, type="JSON", structure=STRUCTURE) == {"type": "text"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "type is missing"),
        ({"type": ""}, "type is missing"),
        ({"type": "video"}, "type must be one of text, media"),
        ({"type": "text", "index": -1}, "index must be at least 0"),
        ({"type": "text", "indx": 1}, r"indx is not known, did you mean index\?"),
        ({"type": "text", "inner": {"ok": "perhaps"}}, "inner ok must be true or false"),
        ([], "must be a JSON object"),
        ("{", "is not valid JSON"),
        (5, "must be a JSON object"),
    ],
)
def test_json_that_does_not_follow_its_structure(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(value, type="JSON", structure=STRUCTURE)
    if isinstance(value, dict):
        with pytest.raises(ValueError, match=f"item 2: {reason}"):
            read([{"type": "text"}, value], type="Array", structure=STRUCTURE)


def test_an_open_structure_lets_unknown_fields_and_options_through_at_every_depth() -> None:
    value = {"type": "video", "new": [1], "inner": {"ok": True, "newer": {}}}
    assert read(value, type="JSON", structure=STRUCTURE, open=True) == value
    with pytest.raises(ValueError, match="type is missing"):
        read({"new": 1}, type="JSON", structure=STRUCTURE, open=True)


@pytest.mark.parametrize("value", [{"a": [None, 1.5]}, [1, "2"], {}, []])
def test_json_without_a_structure_is_any_object_or_array(value: object) -> None:
    assert read(value, type="JSON") == value


@pytest.mark.parametrize(
    ("shape", "value", "reason"),
    [
        ({}, 5, "must be a list of objects"),
        ({}, {"a": 1}, "must be a list of objects"),
        ({}, "1,2", "is not valid JSON"),
        ({}, [{}, "text"], "item 2 must be an object"),
        ({"required": True}, "[]", "needs at least one item"),
    ],
)
def test_array_refused(shape: dict[str, Any], value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(value, type="Array", **shape)


def test_json_text_may_be_nested_in_64_levels() -> None:
    assert read(nested_json(64), type="JSON") is not None
    for levels in (65, 2000, 100_000):
        with pytest.raises(ValueError, match=r"nested deeper than 64|is not valid JSON"):
            read(nested_json(levels), type="JSON")


@pytest.mark.parametrize(("type_name", "value"), [("JSON", '{"a": [1e400]}'), ("Array", '[{"a": -1e400}]')])
def test_a_number_beyond_all_bounds_is_refused_since_it_would_travel_as_null(type_name: str, value: str) -> None:
    with pytest.raises(ValueError, match="number"):
        read(value, type=type_name)
