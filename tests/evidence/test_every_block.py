"""A sweep over the real manifest: what every block must do, whatever it is for."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from app.blocks import CleanArgs
from app.blocks.arguments import Arguments, trimmed
from app.blocks.request import compile_request
from app.datatypes import Shape
from app.datatypes.formats import FORMATS
from app.errors import InvalidFields, RequiredFields
from app.manifest import METADATA, load_manifest
from app.manifest.model import Arg, AtLeastOne, Block, Conditional, ExactlyOne

BLOCKS = load_manifest(METADATA).blocks
ORIGINAL_FIELDS: dict[str, list[str]] = json.loads((Path(__file__).parent / "original_fields.json").read_text())
CREDENTIALS = {"authId": "MAXXXX", "authToken": "token"}

SAMPLES: dict[str, Any] = {
    "boolean": True,
    "datepicker": "2026-01-31 09:00:00",
    "map": "50.37, 26.56",
    "file": "https://example.com/a.png",
}
SAMPLE_TEXTS = dict.fromkeys(("phone", "recipient", "sender", "number"), "14155550100") | {
    "url": "https://example.com/"
}

NO_TEXT: list[Any] = [{"a": 1}, [[1]]]
WRONG: dict[str, list[Any]] = {
    "string": NO_TEXT,
    "number": [*NO_TEXT, "many", True],
    "boolean": [*NO_TEXT, "perhaps", 2],
    "select": NO_TEXT,
    "list": [{"a": 1}, [{"a": 1}], "[1"],
    "datepicker": [*NO_TEXT, "someday", True],
    "map": [*NO_TEXT, "here"],
    "array": [{"a": 1}, "text", 5, [5]],
    "json": ["text", 5, True],
    "file": [{"a": 1}, 5, "nowhere"],
}

every_block = pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)


@cache
def compiled(name: str) -> Arguments:
    return Arguments(BLOCKS[name])


def sample(shape: Shape) -> Any:
    """Return a value that fits: the example where there is one."""
    if isinstance(shape, Arg) and shape.example is not None:
        return shape.example
    type_name = shape.type.lower()
    if type_name == "number":
        return next((int(bound) for bound in (shape.min, shape.max) if bound is not None), 1)
    if type_name in ("array", "json"):
        fields = {field.name: sample(field) for field in shape.structure if field.required}
        return [fields] if type_name == "array" else fields
    if type_name in SAMPLES:
        return SAMPLES[type_name]
    text = shape.options[0] if shape.options else SAMPLE_TEXTS.get(shape.format or "", "x")
    return [text] if type_name == "list" else text


def wrong_values(arg: Arg, block: Block) -> Iterator[Any]:
    """Yield values that do not fit an arg."""
    type_name = arg.type.lower()
    yield from WRONG[type_name]
    if arg.format in FORMATS:
        yield "?" if type_name == "string" else ["?"]
    if arg.options and not arg.open:
        yield "no such option" if type_name == "select" else ["no such option"]
    if arg.structure and not arg.open and type_name in ("array", "json"):
        unknown = {**(sample(arg)[0] if type_name == "array" else sample(arg)), "no such field": 1}
        yield [unknown] if type_name == "array" else unknown
    if type_name == "number" and not arg.decimal:
        yield "1.5"
    if arg.min is not None:
        yield arg.min - 1
    if arg.max is not None:
        yield arg.max + 1
    if arg.join:
        yield [f"a{arg.join}b"]
    if arg.wire_name in block.request.path_parameters:
        yield from (".", "..")


def args_with(block: Block, *names: str) -> dict[str, Any]:
    """Return the smallest set of args that the block accepts and that has these in it."""
    by_name = {arg.name: arg for arg in block.args}
    args = {name: sample(by_name[name]) for name in names}
    args |= {arg.name: sample(arg) for arg in block.args if arg.required}
    missing = True
    while missing:
        missing = False
        for name in names_that_rules_ask_for(block, args):
            missing = True
            args[name] = sample(by_name[name])
    return args


def names_that_rules_ask_for(block: Block, args: dict[str, Any]) -> Iterator[str]:
    for rule in block.rules:
        match rule:
            case ExactlyOne(exactly_one=names) | AtLeastOne(at_least_one=names):
                if not args.keys() & set(names):
                    yield names[0]
            case Conditional(when=when, require=required):
                if all(args.get(name) in accepted for name, accepted in when.items()):
                    taken = {arg.hosted_as for arg in block.args if arg.name in args}
                    urls = {arg.name: arg.wire_name for arg in block.args}
                    yield from (name for name in required if name not in args and urls[name] not in taken)


def read(block: Block, args: dict[str, Any]) -> CleanArgs:
    return compiled(block.name).read({**CREDENTIALS, **args})


def form_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_every_block_of_the_original_package_is_there() -> None:
    assert len(ORIGINAL_FIELDS) == 68
    assert ORIGINAL_FIELDS.keys() <= BLOCKS.keys()


@pytest.mark.parametrize("name", ORIGINAL_FIELDS)
def test_every_field_of_the_original_package_is_accepted(name: str) -> None:
    """Also with the space behind its name that some of them had."""
    block = BLOCKS[name]
    for field in ORIGINAL_FIELDS[name]:
        assert field in {arg.name for arg in block.args}
        args = args_with(block, field)
        args[f"{field} "] = args.pop(field)
        assert field in read(block, trimmed(args)).values


@every_block
def test_nothing_given_names_everything_required_in_manifest_order(block: Block) -> None:
    expected = {arg.name for arg in block.args if arg.required}
    for rule in block.rules:
        match rule:
            case ExactlyOne(exactly_one=names) | AtLeastOne(at_least_one=names):
                expected.update(names)
            case Conditional(when=when, require=names) if all(None in accepted for accepted in when.values()):
                expected.update(names)
    with pytest.raises(RequiredFields) as raised:
        compiled(block.name).read({})
    fields = raised.value.details["fields"]
    assert fields == ["authId", "authToken", *(arg.name for arg in block.args if arg.name in expected)]


@every_block
def test_each_required_field_is_missed(block: Block) -> None:
    for arg in block.args:
        if arg.required:
            with pytest.raises(RequiredFields) as raised:
                read(block, args_with(block) | {arg.name: ""})
            assert raised.value.details["fields"] == [arg.name]


@every_block
def test_a_value_that_does_not_fit_is_told_by_name(block: Block) -> None:
    for arg in block.args:
        args = args_with(block, arg.name)
        for wrong in wrong_values(arg, block):
            with pytest.raises(InvalidFields) as raised:
                read(block, args | {arg.name: wrong})
            assert raised.value.details["fields"] == [arg.name], wrong


@every_block
def test_an_unknown_field_is_told_by_name(block: Block) -> None:
    with pytest.raises(InvalidFields) as raised:
        read(block, args_with(block) | {"noSuchField": 1})
    assert raised.value.details["fields"] == ["noSuchField"]


@every_block
def test_the_example_of_every_arg_is_accepted_from_json_and_from_a_form(block: Block) -> None:
    for arg in block.args:
        args = args_with(block, arg.name)
        values = read(block, args).values
        assert values.keys() == args.keys()
        assert read(block, {name: form_text(value) for name, value in args.items()}).values == values


@every_block
def test_every_arg_arrives_at_its_place_and_nothing_else_is_sent(block: Block) -> None:
    request = block.request
    build = compile_request(block)
    path = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(request.path)))
    wire_names = {arg.name: arg.wire_name for arg in block.args}
    for arg in block.args:
        args = read(block, args_with(block, arg.name))
        stays = {arg.name for arg in block.args if arg.stays_here}
        values = {wire_names[name]: value for name, value in args.values.items() if name not in stays}
        in_path = {name: values.pop(name) for name in request.path_parameters}
        parameters = values.keys() | request.fixed.keys()
        sent = build(args)
        match = path.fullmatch(sent.path)
        assert match
        account = {"auth_id": "MAXXXX"} if "{auth_id}" in request.path else {}
        assert {name: unquote(text) for name, text in match.groupdict().items()} == account | in_path
        query = parse_qs(sent.query, keep_blank_values=True)
        assert query.keys() == (parameters if request.method in ("GET", "DELETE") else set())
        if request.body == "json":
            assert (sent.json or {}).keys() == (set() if request.method == "GET" else parameters)
