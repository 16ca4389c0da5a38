"""Every block as OpenAPI 3.1."""

from typing import Any

from app import __version__
from app.manifest import Manifest
from app.manifest.model import Block
from app.manifest.schema import example_request, reply_schema, request_schema

_ERROR = {
    "type": "object",
    "description": "What went wrong.",
    "properties": {
        "status_code": {"type": "string", "description": "What kind of failure it is, like INVALID_FIELDS."},
        "status_msg": {"description": "The reason: a text, or Plivo's own object."},
        "fields": {"type": "array", "items": {"type": "string"}, "description": "Names of the fields concerned."},
        "errors": {"type": "object", "description": "The reason for each field."},
        "http_status": {"type": "integer", "description": "Plivo's HTTP status."},
        "api_id": {"type": "string", "description": "Plivo's id of the request."},
        "retryable": {"type": "boolean", "description": "Whether the same request may safely be sent again."},
        "retry_after": {"type": "number", "description": "Seconds to wait before that."},
        "hint": {"type": "string", "description": "What usually helps."},
    },
    "required": ["status_code", "status_msg"],
}


def document(manifest: Manifest, groups: dict[str, list[Block]]) -> dict[str, Any]:
    """Return the document of some groups of blocks.

    Args:
        manifest: the whole manifest.
        groups: blocks by the name of their group.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "Plivo connector", "version": __version__, "description": manifest.package.description},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in groups],
        "paths": {
            f"/api/Plivo/{block.name}": {"post": _operation(block)} for blocks in groups.values() for block in blocks
        },
        "components": {"schemas": {"Failure": _envelope("error", _ERROR)}},
    }


def _operation(block: Block) -> dict[str, Any]:
    schema = request_schema(block)
    content = {"application/json": {"schema": schema, "example": example_request(block)}}
    if any(arg.type == "File" for arg in block.args):
        content["multipart/form-data"] = {"schema": schema}
    return {
        "operationId": block.name,
        "tags": [block.group],
        "summary": block.description.partition(". ")[0].rstrip("."),
        "description": block.description,
        "deprecated": block.deprecated,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {
                "description": "Plivo's reply, or why there is none: `callback` tells them apart.",
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [
                                _envelope("success", reply_schema(block.example, block.varying)),
                                {"$ref": "#/components/schemas/Failure"},
                            ]
                        },
                        "example": {"callback": "success", "contextWrites": {"to": block.example}},
                    }
                },
            },
            "default": {
                "description": "A failure with its own HTTP status.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
            },
        },
    }


def _envelope(callback: str, content: dict[str, Any]) -> dict[str, Any]:
    # Under contextWrites stands one key, `to` unless the request names another.
    return {
        "type": "object",
        "properties": {
            "callback": {"const": callback},
            "contextWrites": {"type": "object", "properties": {"to": content}, "additionalProperties": content},
        },
        "required": ["callback", "contextWrites"],
    }
