"""JSON Schemas (2020-12) and examples of what blocks take and give, derived from the manifest."""

from collections.abc import Callable, Container, Iterable
from typing import Any

from app.datatypes import Shape
from app.manifest.common_args import CREDENTIAL_NAMES, CREDENTIALS, taken_options
from app.manifest.model import Arg, AtLeastOne, Block, Conditional, ExactlyOne

EXAMPLE_CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "your-auth-token"}


def request_schema(block: Block) -> dict[str, Any]:
    """Return the schema of a block's args as JSON."""
    shapes = (*(arg.shape for arg in CREDENTIALS), *block.args, *(arg.shape for arg in taken_options(block)))
    return {
        "type": "object",
        "properties": {shape.name: value_schema(shape) for shape in shapes},
        "required": [*CREDENTIAL_NAMES, *(arg.name for arg in block.args if arg.required)],
        "additionalProperties": False,
    }


def value_schema(shape: Shape) -> dict[str, Any]:
    """Return the schema of one value. Texts that mean the same (``"60"`` for 60) are accepted, but not described."""
    schema = ({"description": shape.info} if shape.info else {}) | _SCHEMAS[shape.type.lower()](shape)
    if shape.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if isinstance(shape, Arg):
        schema |= {"default": shape.default} if shape.default is not None else {}
        schema |= {"examples": [shape.example]} if shape.example is not None else {}
    return schema


def reply_schema(example: object, varying: Container[str] = ()) -> dict[str, Any]:
    """Return what an example tells of a reply: Plivo may leave out, null or add anything.

    Args:
        example: the reply, or a part of it.
        varying: names of fields whose type the example does not tell.
    """
    match example:
        case dict():
            return {
                "type": ["object", "null"],
                "properties": {
                    name: {} if name in varying else reply_schema(value, varying) for name, value in example.items()
                },
            }
        case list():
            return {"type": ["array", "null"]} | ({"items": reply_schema(example[0], varying)} if example else {})
        case bool():
            return {"type": ["boolean", "null"]}
        case int() | float():
            return {"type": ["number", "null"]}
        case str():
            return {"type": ["string", "null"]}
    return {}


def example_request(block: Block) -> dict[str, Any]:
    """Return example args: what is required, and what the rules ask for beyond that."""
    examples = {arg.name: arg.example for arg in block.args if arg.example is not None}
    chosen = [arg.name for arg in block.args if arg.required]
    for rule in block.rules:
        match rule:
            case ExactlyOne(exactly_one=names) | AtLeastOne(at_least_one=names):
                chosen += _first_unless_any(names, chosen, examples)
            case Conditional(when=conditions, require=names):
                given = {name: examples[name] for name in chosen}
                if all(given.get(name) in accepted for name, accepted in conditions.items()):
                    chosen += [name for name in names if name not in chosen]
    return EXAMPLE_CREDENTIALS | {name: examples[name] for name in chosen}


def _first_unless_any(names: Iterable[str], chosen: list[str], examples: dict[str, Any]) -> list[str]:
    if any(name in chosen for name in names):
        return []
    return [name for name in names if name in examples][:1]


def _options(shape: Shape) -> dict[str, Any]:
    if not shape.options:
        return {}
    listed = {"enum": list(shape.options)}
    return {"anyOf": [listed, {"type": "string"}]} if shape.open else listed


def _object(shape: Shape) -> dict[str, Any]:
    if not shape.structure:
        return {"type": "object"}
    return {
        "type": "object",
        "properties": {
            # What is open is so at every depth, as for the readers.
            field.name: value_schema(field.model_copy(update={"open": True}) if shape.open else field)
            for field in shape.structure
        },
        "required": [field.name for field in shape.structure if field.required],
        "additionalProperties": shape.open,
    }


def _number(shape: Shape) -> dict[str, Any]:
    bounds = {"minimum": shape.min, "maximum": shape.max}
    return {"type": "number" if shape.decimal else "integer"} | {
        name: bound for name, bound in bounds.items() if bound is not None
    }


def _text(_: Shape) -> dict[str, Any]:
    return {"type": "string"}


_SCHEMAS: dict[str, Callable[[Shape], dict[str, Any]]] = {
    "credentials": _text,
    "string": _text,
    "datepicker": _text,
    "number": _number,
    "boolean": lambda _: {"type": "boolean"},
    "select": lambda shape: {"type": "string"} | _options(shape),
    "list": lambda shape: {"type": ["array", "string"], "items": {"type": "string"} | _options(shape)},
    "map": lambda _: {"type": ["string", "object", "array"]},
    "array": lambda shape: {"type": "array", "items": _object(shape)},
    "json": lambda shape: _object(shape) if shape.structure else {"type": ["object", "array"]},
    "file": lambda shape: {"type": ["array", "string"], "items": _text(shape)} if shape.multiple else _text(shape),
}
"""Lower-case type name → the schema of what JSON should hold for it."""
