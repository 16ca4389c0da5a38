"""The datatypes of the marketplace format: what is accepted, and what goes on the wire."""

from typing import Any

import pytest

from app import json_text
from app.datatypes import Shape
from app.datatypes.formats import FORM_FORMATS
from app.datatypes.readers import DATATYPES, reader_for
from app.json_text import WrittenFloat
from app.manifest import METADATA, load_manifest


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


@pytest.mark.parametrize("shape", [{"type": "Integer"}, {"type": "String", "format": "colour"}])
def test_an_unknown_type_or_format_has_no_reader(shape: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        read("x", **shape)


@pytest.mark.parametrize(
    ("value", "text"), [("héllo", "héllo"), (" a ", " a "), (True, "true"), (7, "7"), (1.5, "1.5")]
)
def test_string(value: object, text: str) -> None:
    assert read(value, type="String") == text


@pytest.mark.parametrize(
    ("value", "text"), [("000", "000"), (0, "0"), ("0010", "0010"), (WrittenFloat("1.10"), "1.10")]
)
def test_codes_are_text_and_keep_their_zeros(value: object, text: str) -> None:
    assert read(value, type="String") == text


@pytest.mark.parametrize("name", sorted(FORM_FORMATS))
def test_what_only_a_form_has_to_know_leaves_the_value_as_it_is(name: str) -> None:
    assert read(" any text\n", type="String", format=name) == " any text\n"
    assert read(5, type="Select", options=["a"], open=True, format=name) == "5"


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
        ({"max": 0.1, "decimal": True}, "0.10000000000000000000001", "must be at most 0.1"),
        ({"min": 0.1, "decimal": True}, "0.09999999999999999999999", "must be at least 0.1"),
        ({"max": 2**53}, 2**53 + 1, "must be at most 9007199254740992"),
        ({"max": 300}, 10**40, "must be at most 300"),
        ({"decimal": True}, "1e400", "is a number that is too large"),
        ({}, 0.5, "must be a whole number"),
    ],
)
def test_number_out_of_its_range(shape: dict[str, Any], value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        read(value, type="Number", **shape)


@pytest.mark.parametrize("value", [2**64, -(2**70), 10**22 + 1, "12345678901234567890123"])
def test_integers_of_any_size_travel_as_they_are_written(value: object) -> None:
    assert json_text.render(read(value, type="Number")).decode() == str(value)
    assert json_text.render(read(value, type="Number", decimal=True)).decode() == str(value)


@pytest.mark.parametrize("value", ["0.1", 0.1, "0.10", 0.5])
def test_a_number_at_the_end_of_its_range_is_within_it(value: object) -> None:
    assert read(value, type="Number", decimal=True, min=0.1, max=0.5) == float(str(value))


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


@pytest.mark.parametrize("is_open", [True, False])
def test_a_select_of_countries_knows_their_names(is_open: bool) -> None:  # noqa: FBT001  # drawn
    shape: dict[str, Any] = {"type": "Select", "options": ["US", "DE", "GB"], "format": "country", "open": is_open}
    assert read("de", **shape) == "DE"
    for text, meant in [("Germany", "DE"), ("GBR", "GB"), ("United Sttes", "US")]:
        with pytest.raises(ValueError, match=rf", did you mean {meant}\??$"):
            read(text, **shape)
    with pytest.raises(ValueError, match=r"^(?!.*did you mean)"):
        read("Atlantis", **shape)


def test_an_open_select_of_countries_takes_new_ones() -> None:
    assert read("xk", type="Select", options=["US"], format="country", open=True) == "XK"
    with pytest.raises(ValueError, match=r"^must be one of US$"):
        read("XK", type="Select", options=["US"], format="country")


def test_a_huge_value_that_is_no_option_is_refused_in_few_words() -> None:
    with pytest.raises(ValueError, match=r"^must be one of ") as refused:
        read("x" * 1_000_000, type="Select", options=[f"option{number}" for number in range(250)])
    assert len(str(refused.value)) < 300


def test_the_items_of_a_list_have_its_format_or_its_options() -> None:
    destinations = ["+1 (415) 555-0100", "sip:a@b.example"]
    assert read(destinations, type="List", join="<", format="phone") == "14155550100<sip:a@b.example"
    assert read("SMS,Voice", type="List", join=",", options=["voice", "sms"]) == "sms,voice"


@pytest.mark.parametrize(
    ("value", "on_the_wire"),
    [
        ("2016-05-28 00:00:00", "2016-05-28 00:00:00"),
        ("2016-05-28", "2016-05-28 00:00:00"),
        ("2016-05-28T10:20:30", "2016-05-28 10:20:30"),
        ("20160528T102030.999", "2016-05-28 10:20:30.999"),
        ("20160528", "2016-05-28 00:00:00"),
        (20160528, "2016-05-28 00:00:00"),
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


@pytest.mark.parametrize("value", ["2016-05-28", "20160528", 20160528])
def test_a_range_up_to_a_date_ends_with_that_day(value: object) -> None:
    assert read(value, type="Datepicker", name="endTimeLte") == "2016-05-28 23:59:59"
    assert read(value, type="Datepicker", name="endTimeLte", dateOnly=True) == "2016-05-28"
    for name in ("endTimeGte", "endTimeGt", "endTimeLt", "endTime"):
        assert read(value, type="Datepicker", name=name) == "2016-05-28 00:00:00"


def test_every_upper_bound_of_the_manifest_is_known_by_its_name() -> None:
    args = [arg for block in load_manifest(METADATA).blocks.values() for arg in block.args if arg.type == "Datepicker"]
    assert [arg.name for arg in args if arg.wire_name.endswith("__lte") != arg.name.endswith("Lte")] == []


@pytest.mark.parametrize("value", ["2016-05-28 00:00", "2016-05-28T00:00:00Z", 1464393600])
def test_a_range_up_to_a_time_ends_there(value: object) -> None:
    assert read(value, type="Datepicker", name="endTimeLte") == "2016-05-28 00:00:00"


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


def test_null_and_the_empty_text_are_kept_inside_of_a_value() -> None:
    value = {"type": "text", "index": "", "inner": None}
    assert read(value, type="JSON", structure=STRUCTURE) == value
    assert read([value], type="Array", structure=STRUCTURE) == [value]
    assert read({"a": [None, ""], "b": {"c": None}}, type="JSON") == {"a": [None, ""], "b": {"c": None}}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":[0.00500,123456789012345678901234567890,-0.0,1E5,1.0]}',
        '{"text":"cut \\ud83d","n":0.10,"id":18446744073709551616}',
    ],
)
def test_numbers_inside_of_json_travel_as_they_are_written(text: str) -> None:
    for value in (text, json_text.parse(text)):
        assert json_text.render(read(value, type="JSON")).decode() == text
        assert (
            json_text.render(read([value] if value is not text else f"[{text}]", type="Array")).decode() == f"[{text}]"
        )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "type is missing"),
        ({"type": ""}, "type is missing"),
        ({"type": None}, "type is missing"),
        ({"type": "text", "indx": None}, r"indx is not known, did you mean index\?"),
        ({"type": "video"}, "type must be one of text, media"),
        ({"type": "text", "index": -1}, "index must be at least 0"),
        ({"type": "text", "indx": 1}, r"indx is not known, did you mean index\?"),
        ({"type": "text", "inner": {"ok": "perhaps"}}, "inner ok must be true or false"),
        ([], "must be a JSON object"),
        ("{", "is not valid JSON: .* at line 1, column 2"),
        ('{"type": "text",\n "index": 1,}', "is not valid JSON: .* at line 2, column"),
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
def test_a_number_beyond_all_bounds_is_refused(type_name: str, value: str) -> None:
    for given in (value, json_text.parse(value)):
        with pytest.raises(ValueError, match=r"^holds a number that is too large$"):
            read(given, type=type_name)


@pytest.mark.parametrize("value", ['{"a": NaN}', '{"a": Infinity}', '{"a": [-Infinity]}'])
def test_what_is_no_json_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^is not valid JSON"):
        read(value, type="JSON")


def test_files_that_must_be_there() -> None:
    for value in ("[]", list[str]()):
        assert read(value, type="File", multiple=True) == []
        with pytest.raises(ValueError, match="needs at least one file"):
            read(value, type="File", multiple=True, required=True)
