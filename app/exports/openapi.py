"""Blocks, and what else the service answers, as OpenAPI 3.1.

Written for the tools that read it: names of components become names of classes, ``summary`` becomes a menu entry or a
file's name, and nothing is said twice that a generator would then make two of.
"""

from collections.abc import Iterable
from typing import Any

from app import __version__
from app.exports.openapi_parts import ENVELOPE_NOTE, PARAMETERS, SCHEMAS, answer_schemas, answers
from app.exports.openapi_service import SERVICE_PATHS, SERVICE_SCHEMAS, SERVICE_TAGS
from app.manifest import Manifest
from app.manifest.model import Block
from app.manifest.schema import example_args, reply_schema, request_schema


def document(
    manifest: Manifest, blocks: Iterable[Block] | None = None, *, public_url: str | None = None
) -> dict[str, Any]:
    """Return the document of the whole service, or of some blocks alone.

    Args:
        manifest: the whole manifest.
        blocks: what an importer wants and nothing else; None: all of them, and the service's other paths.
        public_url: where the service is reached; None: where the document came from.
    """
    chosen = sorted(manifest.blocks.values() if blocks is None else blocks, key=lambda block: block.group)
    paths = {f"/api/Plivo/{block.name}": {"post": _operation(block)} for block in chosen}
    tags = [{"name": name} for name in dict.fromkeys(_tag(block) for block in chosen)]
    schemas = dict(SCHEMAS)
    for block in chosen:
        schemas |= answer_schemas(_component(block), reply_schema(block.example, block.varying))
    if blocks is None:
        paths |= SERVICE_PATHS
        tags += SERVICE_TAGS
        schemas |= SERVICE_SCHEMAS
    facts = manifest.package
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Plivo connector",
            "version": __version__,
            "summary": facts.tagline,
            "description": f"{facts.description}\n\n{ENVELOPE_NOTE}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": (public_url or "").rstrip("/") or "/"}],
        "security": [{"Basic": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "Basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The Auth ID of the Plivo account as user name, its Auth Token as password. "
                    "The fields authId and authToken work as well.",
                }
            },
            "parameters": PARAMETERS,
            "schemas": schemas,
        },
    }


def _operation(block: Block) -> dict[str, Any]:
    schema = request_schema(block)
    for field in schema["properties"].values():
        if "examples" in field:
            field["examples"] = _unmistakable(field["examples"])
    content: dict[str, Any] = {}
    if any(arg.type == "File" for arg in block.args):
        # In front, because openapi-generator takes the first: of two forms that differ it refers to the second's class,
        # and leaves it out where it is a form's.
        content["multipart/form-data"] = {"schema": request_schema(block, uploads=True)}
    content["application/json"] = {"schema": schema, "example": _unmistakable(example_args(block))}
    key = {} if block.is_read_only else {"parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}]}
    return {
        "operationId": block.name,
        "tags": [_tag(block)],
        "summary": block.title,
        "description": block.description,
        "deprecated": block.deprecated,
        "x-read-only": block.is_read_only,
        "x-costs": block.costs,
        "x-destructive": block.is_destructive,
        **key,
        "requestBody": {"required": True, "content": content},
        "responses": answers(_component(block), _unmistakable(block.example)),
    }


def _component(block: Block) -> str:
    return block.name[0].upper() + block.name[1:]


def _tag(block: Block) -> str:
    # Generators make modules and classes of it, whose names cannot begin with a digit.
    return f"Plivo {block.group}" if block.group[0].isdigit() else block.group


def _unmistakable(example: Any) -> Any:
    """Leave out what spectral takes for a schema with an example: an ``example`` beside a ``type``.

    Templates of WhatsApp messages have both, as names of data.
    """
    if isinstance(example, list):
        return [_unmistakable(item) for item in example]
    if not isinstance(example, dict):
        return example
    misread = {"example"} if "type" in example else set()
    return {name: _unmistakable(value) for name, value in example.items() if name not in misread}
