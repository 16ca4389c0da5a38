"""JSON Schemas (2020-12) and examples of what blocks take and give, derived from the manifest."""

from collections.abc import Callable, Container, Iterable
from typing import Any

from app.datatypes import Shape
from app.manifest.common_args import CREDENTIALS, taken_options
from app.manifest.model import Arg, AtLeastOne, Block, Conditional, ExactlyOne

EXAMPLE_CREDENTIALS = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "your-auth-token"}

_FORM_FORMATS = {"url": "uri", "email": "email", "secret": "password"}
"""Format of the manifest → format of JSON Schema and OpenAPI, where they have one for it."""


def request_schema(block: Block, *, uploads: bool = False) -> dict[str, Any]:
    """Return the schema of a block's args.

    Credentials are described, not required: they may come by HTTP Basic instead.

    Args:
        block: what takes them.
        uploads: files are bytes, as in a multipart form; else the addresses to fetch them from, as in JSON.
    """
    shapes = (*(arg.shape for arg in CREDENTIALS), *block.args, *(arg.shape for arg in taken_options(block)))
    required = [arg.name for arg in block.args if arg.required]
    return {
        "type": "object",
        "properties": {shape.name: value_schema(shape, uploads=uploads) for shape in shapes},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def value_schema(shape: Shape, *, uploads: bool = False) -> dict[str, Any]:
    """Return the schema of one value.

    It describes the canonical form alone: what means the same (``"60"`` for 60, ``"a,b"`` for a list) is accepted,
    but makes generators of clients and forms stumble. For their sake there are no lists of types. Nor is there a
    ``default``: clients would send it, and reset what an account or an application says. The descriptions name it.

    Args:
        shape: what is described.
        uploads: a file is its bytes, else its address.
    """
    is_upload = uploads and shape.type.lower() == "file"
    schema = _upload(shape) if is_upload else _SCHEMAS[shape.type.lower()](shape)
    if shape.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    schema = ({"description": shape.info} if shape.info else {}) | schema
    if isinstance(shape, Arg) and shape.example is not None and not is_upload:
        schema["examples"] = [_as_described(shape, shape.example)]
    return schema


def reply_schema(example: object, varying: Container[str] = ()) -> dict[str, Any]:
    """Return what an example tells of a reply: Plivo may leave out or add anything, and null what stands inside.

    Args:
        example: the reply, or a part of it.
        varying: names of fields whose type the example does not tell.
    """
    match example:
        case dict():
            fields = {
                name: {} if name in varying else _or_null(reply_schema(value, varying))
                for name, value in example.items()
            }
            return {"type": "object"} | ({"properties": fields} if fields else {})
        case list():
            return {"type": "array", "items": reply_schema(example[0], varying) if example else {}}
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
    return {}


def example_args(block: Block) -> dict[str, Any]:
    """Return example args without credentials: what is required, and what the rules ask for beyond that."""
    examples = {arg.name: _as_described(arg, arg.example) for arg in block.args if arg.example is not None}
    chosen = [arg.name for arg in block.args if arg.required]
    for rule in block.rules:
        match rule:
            case ExactlyOne(exactly_one=names) | AtLeastOne(at_least_one=names):
                chosen += _first_unless_any(names, chosen, examples)
            case Conditional(when=conditions, require=names):
                given = {name: examples[name] for name in chosen}
                if all(given.get(name) in accepted for name, accepted in conditions.items()):
                    chosen += [name for name in names if name not in chosen]
    return {name: examples[name] for name in chosen}


def example_request(block: Block) -> dict[str, Any]:
    """Return example args, credentials first."""
    return EXAMPLE_CREDENTIALS | example_args(block)


def _first_unless_any(names: Iterable[str], chosen: list[str], examples: dict[str, Any]) -> list[str]:
    if any(name in chosen for name in names):
        return []
    return [name for name in names if name in examples][:1]


def _as_described(shape: Shape, example: object) -> object:
    """Return an example in the canonical form; the manifest may give one file of several as it is."""
    return [example] if shape.multiple and not isinstance(example, list) else example


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def _text(shape: Shape) -> dict[str, Any]:
    known = _FORM_FORMATS.get(shape.format or "")
    return {"type": "string"} | ({"format": known} if known else {})


def _choice(shape: Shape) -> dict[str, Any]:
    if not shape.options:
        return _text(shape)
    listed = {"type": "string", "enum": list(shape.options)}
    return {"anyOf": [listed, {"type": "string"}]} if shape.open else listed


def _object(shape: Shape) -> dict[str, Any]:
    if shape.format == "answer":
        return {"type": "array", "items": {"type": "object"}}
    if not shape.structure:
        return {"type": "object"}
    required = [field.name for field in shape.structure if field.required]
    return {
        "type": "object",
        "properties": {
            # What is open is so at every depth, as for the readers.
            field.name: value_schema(field.model_copy(update={"open": True}) if shape.open else field)
            for field in shape.structure
        },
        **({"required": required} if required else {}),
        "additionalProperties": shape.open,
    }


def _json(shape: Shape) -> dict[str, Any]:
    """Return what JSON without a structure is: what its example is, an object where there is none."""
    example = shape.example if isinstance(shape, Arg) else None
    if not isinstance(example, list):
        return _object(shape)
    return {"type": "array", "items": {"type": "object"} if all(isinstance(item, dict) for item in example) else {}}


def _number(shape: Shape) -> dict[str, Any]:
    bounds = {"minimum": shape.min, "maximum": shape.max}
    return {"type": "number" if shape.decimal else "integer"} | {
        name: int(bound) if bound.is_integer() else bound for name, bound in bounds.items() if bound is not None
    }


def _coordinates(_: Shape) -> dict[str, Any]:
    fields = {"lat": {"type": "number"}, "lng": {"type": "number"}}
    return {"anyOf": [{"type": "string"}, {"type": "object", "properties": fields, "required": list(fields)}]}


def _several(schema: dict[str, Any], shape: Shape) -> dict[str, Any]:
    return {"type": "array", "items": schema} if shape.multiple else schema


def _upload(shape: Shape) -> dict[str, Any]:
    return _several({"type": "string", "format": "binary"}, shape)


_SCHEMAS: dict[str, Callable[[Shape], dict[str, Any]]] = {
    "credentials": _text,
    "string": _text,
    "datepicker": lambda _: {"type": "string"},
    "number": _number,
    "boolean": lambda _: {"type": "boolean"},
    "select": _choice,
    "list": lambda shape: {"type": "array", "items": _choice(shape)},
    "map": _coordinates,
    "array": lambda shape: {"type": "array", "items": _object(shape)},
    "json": _json,
    "file": lambda shape: _several({"type": "string", "format": "uri"}, shape),
}
"""Lower-case type name → the schema of what JSON should hold for it."""
