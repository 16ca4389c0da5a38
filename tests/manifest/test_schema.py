"""Schemas and examples: what they promise is what the args take and Plivo gives, for every block."""

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.blocks.arguments import Arguments
from app.datatypes import Shape
from app.datatypes.readers import reader_for
from app.manifest import METADATA, load_manifest
from app.manifest.model import Arg, Block
from app.manifest.schema import example_args, example_request, reply_schema, request_schema, value_schema

BLOCKS: Mapping[str, Block] = load_manifest(METADATA).blocks
CREDENTIALS = {"authId", "authToken"}
UNIVERSAL = {"to", "additionalFields", "idempotencyKey", "dryRun"}
WALK = {"returnAll", "maxItems", "continueFrom"}

every_block = pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)


def fits(schema: Mapping[str, Any], *values: object) -> list[bool]:
    """Say of each value whether it is what a schema describes; the schema itself must be one."""
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    return [bool(validator.is_valid(value)) for value in values]


def made(*args: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **facts: Any) -> Block:
    """Make a block of these args."""
    named = [{"type": "String", "info": "Text.", **arg} for arg in args]
    known = {"name": "block", "group": "Things", "description": "Does a thing.", "example": {}, **facts}
    return Block.model_validate({**known, "request": {"method": "POST", "path": "/v1/"}, "args": named, "rules": rules})


def shape(type_name: str, **facts: Any) -> Shape:
    return Shape.model_validate({"name": "value", "type": type_name, **facts})


@every_block
def test_the_examples_fit_their_schemas_and_the_args(block: Block) -> None:
    example = example_request(block)
    assert all(fits(request_schema(block), example))
    Arguments(block).read(example)
    assert all(fits(reply_schema(block.example), block.example))


@every_block
def test_a_schema_names_what_the_block_takes_and_nothing_else(block: Block) -> None:
    schema = request_schema(block)
    names = CREDENTIALS | {arg.name for arg in block.args} | UNIVERSAL | (WALK if block.listing else set())
    assert schema["properties"].keys() == names
    required = {arg.name for arg in block.args if arg.required}
    assert set(schema.get("required", ())) == required
    example = example_args(block)
    assert not CREDENTIALS & example.keys()
    without = [{name: example[name] for name in example if name != left_out} for left_out in required]
    assert not any(fits(schema, {**example, "noSuchField": 1}, *without))


@every_block
def test_the_example_of_an_arg_is_in_the_form_that_is_described(block: Block) -> None:
    for name, schema in request_schema(block)["properties"].items():
        assert all(fits(schema, *schema.get("examples", ()))), name


@every_block
def test_the_schema_of_an_arg_takes_its_example_and_its_options(block: Block) -> None:
    for arg in block.args:
        schema = value_schema(arg)
        options = arg.options if arg.type == "Select" else ()
        *good, other = fits(schema, *schema.get("examples", ()), *options, "no such option")
        assert all(good), arg.name
        assert not options or other is arg.open


FLOWER = {"structure": [{"name": "kind", "type": "String", "required": True}, {"name": "petals", "type": "Number"}]}

DESCRIBED: list[tuple[Shape, list[Any], list[Any]]] = [
    (shape("String"), ["", "x"], [5, None, [], {}]),
    (shape("Datepicker"), ["2016-05-28 00:00:00"], [5, None]),
    (shape("Number"), [0, -7, 60], ["60", 1.5, True, None]),
    (shape("Number", min=1, max=20), [1, 20], [0, 21]),
    (shape("Number", decimal=True), [1.5, 2], ["1.5", False]),
    (shape("Boolean"), [True, False], [0, "true", None]),
    (shape("Select", options=["GET", "POST"]), ["GET"], ["PUT", "", 5]),
    (shape("Select", options=["GET"], open=True), ["GET", "else"], [5]),
    (shape("List"), [[], ["a"]], [[5], {}, 5, "a,b"]),
    (shape("List", options=["sms"]), [["sms"]], [["fax"]]),
    (shape("Map"), ["50.37, 26.56", {"lat": 1, "lng": 2}], [5, True, {"lat": 1}]),
    (shape("JSON"), [{"a": 1}], ["x", 5, [1]]),
    (shape("JSON", **FLOWER), [{"kind": "rose"}, {"kind": "rose", "petals": 5}], [{}, [], {"kind": "rose", "x": 1}]),
    (shape("JSON", open=True, **FLOWER), [{"kind": "rose", "x": 1}], [{"x": 1}, {"kind": 5}]),
    (shape("Array", **FLOWER), [[], [{"kind": "rose"}]], [{"kind": "rose"}, [{}], [5], ["x"]]),
    (shape("File"), ["https://example.com/a.png"], [5, {}, []]),
    (shape("File", multiple=True), [["https://example.com/a.png"]], [5, [5], "https://example.com/a.png"]),
    (shape("String", nullable=True), ["x", None], [5]),
    (shape("Select", options=["GET"], nullable=True), ["GET", None], ["PUT"]),
    (shape("List", nullable=True), [["a"], None], [5, "a"]),
    (shape("Map", nullable=True), ["1, 2", None], [5]),
]


@pytest.mark.parametrize(("described", "good", "bad"), DESCRIBED, ids=[str(case[0]) for case in DESCRIBED])
def test_what_the_schema_of_a_type_describes(described: Shape, good: list[Any], bad: list[Any]) -> None:
    verdicts = fits(value_schema(described), *good, *bad)
    assert verdicts == [True] * len(good) + [False] * len(bad)


@pytest.mark.parametrize(("described", "good", "bad"), DESCRIBED, ids=[str(case[0]) for case in DESCRIBED])
def test_what_a_schema_describes_is_read(described: Shape, good: list[Any], bad: list[Any]) -> None:
    """A form that was filled by the schema must not be refused."""
    del bad
    for value in good:
        if value not in ("", None, "Map"):
            reader_for(described)(value)


def test_what_is_open_is_so_at_every_depth() -> None:
    """As the readers have it: Plivo's newer fields are let through wherever they stand."""
    inner = {"name": "inner", "type": "JSON", "structure": [{"name": "kind", "type": "Select", "options": ["rose"]}]}
    items = {"name": "items", "type": "Array", "structure": [inner]}
    value = {"items": [{"inner": {"kind": "tulip", "new": 1}, "new": 1}], "new": 1}
    for is_open in (True, False):
        described = shape("JSON", structure=[items], open=is_open)
        assert fits(value_schema(described), value) == [is_open]
        try:
            read = reader_for(described)(value)
        except ValueError:
            read = None
        assert read == (value if is_open else None)


def test_an_arg_tells_what_it_is_for() -> None:
    """But not its default: clients made from the schema would send it, and reset what an account says."""
    arg = Arg.model_validate({"name": "a", "type": "Number", "info": "How many.", "default": 20, "example": 5})
    assert value_schema(arg) == {"description": "How many.", "type": "integer", "examples": [5]}


@pytest.mark.parametrize(("format_name", "expected"), [("url", "uri"), ("email", "email"), ("secret", "password")])
def test_a_format_that_json_schema_knows_is_told(format_name: str, expected: str) -> None:
    assert value_schema(shape("String", format=format_name)) == {"type": "string", "format": expected}
    assert value_schema(shape("List", format=format_name))["items"] == {"type": "string", "format": expected}


def test_a_file_is_bytes_where_it_is_uploaded() -> None:
    binary = {"type": "string", "format": "binary"}
    assert value_schema(shape("File"), uploads=True) == binary
    assert value_schema(shape("File", multiple=True), uploads=True) == {"type": "array", "items": binary}
    arg = Arg.model_validate({"name": "a", "type": "File", "info": "Which.", "example": "https://example.com/a.png"})
    assert "examples" not in value_schema(arg, uploads=True)


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        (None, {"type": "object"}),
        ({"a": 1}, {"type": "object"}),
        ([{"a": 1}], {"type": "array", "items": {"type": "object"}}),
        ([[1]], {"type": "array", "items": {}}),
    ],
)
def test_json_is_what_its_example_is(example: object, expected: dict[str, Any]) -> None:
    schema = value_schema(Arg.model_validate({"name": "a", "type": "JSON", "info": "Any.", "example": example}))
    assert {name: fact for name, fact in schema.items() if name in ("type", "items")} == expected


def test_one_file_of_several_is_shown_in_the_form_that_is_described() -> None:
    address = "https://example.com/a.png"
    arg = {"name": "files", "type": "File", "multiple": True, "required": True, "example": address}
    assert example_args(made(arg)) == {"files": [address]}


def test_fields_of_a_structure_tell_what_they_are_for() -> None:
    schema = value_schema(shape("JSON", structure=[{"name": "kind", "type": "String", "info": "Which one."}]))
    assert schema["properties"]["kind"] == {"description": "Which one.", "type": "string"}


def test_lists_take_what_walks_them() -> None:
    walking = {"returnAll": True, "maxItems": 1, "continueFrom": "x"}
    schema = request_schema(made(list={"items": "objects"}))
    assert walking.keys() == WALK
    assert fits(schema, walking, {"maxItems": 0}) == [True, False]
    assert not any(fits(request_schema(made()), *({name: value} for name, value in walking.items())))


@pytest.mark.parametrize(
    "reply", [{}, {"b": None}, {"a": None, "list": None, "new": 1}, {"list": []}, {"list": [{"x": None}]}]
)
def test_plivo_may_leave_out_null_or_add_anything(reply: dict[str, Any]) -> None:
    example = {"a": 1, "b": {"c": "x"}, "list": [{"x": True}], "unknown": None}
    assert all(fits(reply_schema(example), reply))


def test_a_field_that_varies_is_not_described() -> None:
    """Of several calls Plivo returns a list of ids, of one its id."""
    schema = reply_schema({"id": "x", "list": [{"id": "x"}], "other": "x"}, ["id"])
    assert all(fits(schema, {"id": "x"}, {"id": ["x", "y"]}, {"list": [{"id": 5}]}))
    assert not any(fits(schema, {"other": 5}, {"list": {}}))
    made_calls = reply_schema(BLOCKS["makeCall"].example, BLOCKS["makeCall"].varying)
    assert all(fits(made_calls, {"request_uuid": "x"}, {"request_uuid": ["x", "y"]}))


@pytest.mark.parametrize("reply", [5, [], {"a": "1"}, {"b": []}, {"list": {}}, {"list": [5]}, {"list": [{"x": 1}]}])
def test_another_type_is_not_what_the_example_says(reply: Any) -> None:
    assert not any(fits(reply_schema({"a": 1, "b": {"c": "x"}, "list": [{"x": True}]}), reply))


TWO = ({"name": "one", "example": "1"}, {"name": "two", "example": "2"}, {"name": "three", "example": "3"})


@pytest.mark.parametrize(
    ("rules", "required", "expected"),
    [
        ((), (), set()),
        ((), ("two",), {"two"}),
        (({"exactlyOne": ["one", "two"]},), (), {"one"}),
        (({"exactlyOne": ["one", "two"]},), ("two",), {"two"}),
        (({"atLeastOne": ["two", "three"]},), (), {"two"}),
        (({"when": {"one": [None]}, "require": ["three"]},), (), {"three"}),
        (({"when": {"one": ["1"]}, "require": ["three"]},), (), set()),
        (({"when": {"one": ["1"]}, "require": ["three"]},), ("one",), {"one", "three"}),
        (({"when": {"one": ["9"]}, "require": ["three"]},), ("one",), {"one"}),
    ],
)
def test_an_example_request_keeps_the_rules(
    rules: tuple[dict[str, Any], ...], required: tuple[str, ...], expected: set[str]
) -> None:
    """It has what is required, what the rules ask for, and nothing else."""
    block = made(*({**arg, "required": arg["name"] in required} for arg in TWO), rules=rules)
    example = example_request(block)
    assert example.keys() - CREDENTIALS == expected
    Arguments(block).read(example)
