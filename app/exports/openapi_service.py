"""The paths of the service that are no blocks: bulk, choices, the manifest, health."""

from typing import Any

from app.exports.openapi_parts import answer_schemas, answers, ref, responses
from app.manifest.common_args import CREDENTIALS
from app.manifest.schema import value_schema

_SEVERAL = "Many at once"
_CHOICES = "Choices"
_MANIFEST = "Manifest"
_HEALTH = "Health"

SERVICE_TAGS = [
    {"name": _SEVERAL, "description": "One block for up to 10,000 items."},
    {"name": _CHOICES, "description": "What a field may be, for drop-downs."},
    {"name": _MANIFEST, "description": "What blocks there are, and what they take."},
    {"name": _HEALTH, "description": "For whoever runs the service."},
]

_CREDENTIALS = {arg.name: value_schema(arg.shape) for arg in CREDENTIALS}
_TO = {"type": "string", "description": "Name of the answer's key under contextWrites; `to` where it is left out."}
_ANYTHING = {"type": "object", "additionalProperties": True}

_BULK_RESULT = {
    "type": "object",
    "properties": {
        "index": {"type": "integer", "description": "Place of the item, counted from 0."},
        "ref": {"type": "string", "description": "The item's own ref."},
        "duplicate_of": {"type": "integer", "description": "Place of the identical item that was run in its place."},
        "callback": {"type": "string", "enum": ["success", "error"]},
        "result": _ANYTHING | {"description": "Plivo's reply, or what went wrong."},
    },
    "required": ["index", "callback", "result"],
}

_BULK_REPLY = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": ref("BulkResult"), "description": "In the order of the items."},
        "total": {"type": "integer"},
        "succeeded": {"type": "integer"},
        "failed": {"type": "integer"},
        "remaining": {"type": "integer", "description": "Items that were not begun in time."},
        "hint": {"type": "string", "description": "How to go on where something remains."},
    },
    "required": ["results", "total", "succeeded", "failed", "remaining"],
}

_CHOICE = {
    "type": "object",
    "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
    "required": ["value", "label"],
}

SERVICE_SCHEMAS = {
    "BulkResult": _BULK_RESULT,
    **answer_schemas("RunBulk", _BULK_REPLY),
    "Choice": _CHOICE,
    **answer_schemas("GetOptions", {"type": "array", "items": ref("Choice")}),
}
"""Components of what they answer."""

_BULK = {
    "type": "object",
    "properties": {
        "args": _ANYTHING | {"description": "Fields that all items have in common."},
        "items": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10_000,
            "items": _ANYTHING,
            "description": "The fields of each call; `ref`, any text of yours, comes back with its result.",
        },
        "idempotencyKey": {
            "type": "string",
            "description": "Your own name for this bulk. Items are known by their content under it: sent again, each "
            "content goes out once, whatever rows were added, removed or sorted.",
        },
        "skipInvalid": {"type": "boolean", "description": "Run the valid items although others are not."},
        "skipDuplicates": {"type": "boolean", "description": "Run identical items once."},
        "to": _TO,
        **_CREDENTIALS,
    },
    "required": ["items"],
}

_TABLE = {
    "type": "object",
    "additionalProperties": True,
    "description": "A CSV file whose first line names the fields; other fields of the form are common to all rows.",
}
"""It names no field, so that generators make no class of it: openapi-generator would refer to it and leave it out."""

_QUERY = {
    "group": ("Only the blocks of this group, like Messages.", {"type": "string"}),
    "blocks": ("Only these blocks, separated by commas.", {"type": "string"}),
    "full": ("With an example and what is returned of every block.", {"type": "boolean"}),
}


def _in_path(name: str, told: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": told,
        "schema": {"type": "string"},
        "example": example,
    }


_BLOCK = _in_path("block", "Name of the block.", "sendMessage")


def _bulk() -> dict[str, Any]:
    example = {"args": {"src": "14155550100", "text": "Hello"}, "items": [{"destination": "14155550123", "ref": "7"}]}
    return {
        "operationId": "runBulk",
        "tags": [_SEVERAL],
        "summary": "Run a block many times",
        "description": "Runs a block once for every item. All items are checked before the first is sent. "
        "The body may also be NDJSON (`application/x-ndjson`, an item a line) or a table (`text/csv`, the first line "
        "names the fields); with `Accept: application/x-ndjson` each result streams as it comes.",
        "parameters": [_BLOCK, {"$ref": "#/components/parameters/IdempotencyKey"}],
        "requestBody": {
            "required": True,
            "content": {
                # What generators of clients know; they stumble over NDJSON and CSV.
                "application/json": {"schema": _BULK, "example": example},
                "multipart/form-data": {"schema": _TABLE},
            },
        },
        "responses": answers("RunBulk"),
    }


def _options() -> dict[str, Any]:
    body = {
        "type": "object",
        "properties": {
            "search": {"type": "string", "description": "Only choices with this text in them."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "How many at most."},
            "offset": {"type": "integer", "minimum": 0, "description": "How many to leave out first."},
            "to": _TO,
            **_CREDENTIALS,
        },
        "additionalProperties": True,
        "description": "Further fields of the form are taken where the choices depend on them.",
    }
    arg = _in_path("arg", "Name of the field, one with options or optionsFrom in the manifest.", "src")
    return {
        "operationId": "getOptions",
        "tags": [_CHOICES],
        "summary": "Get the choices for a field",
        "description": "The options of a field, or what the account has for it: its numbers, applications, …",
        "x-read-only": True,
        "parameters": [_BLOCK, arg],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": {"limit": 20}}}},
        "responses": answers("GetOptions"),
    }


def _manifest() -> dict[str, Any]:
    return {
        "operationId": "getManifest",
        "tags": [_MANIFEST],
        "summary": "Get the manifest",
        "description": "All blocks with their fields, from which a platform draws its forms.",
        "x-read-only": True,
        "security": [],
        "parameters": [
            {"name": name, "in": "query", "description": told, "schema": schema}
            for name, (told, schema) in _QUERY.items()
        ],
        "responses": responses(_ANYTHING | {"required": ["package", "blocks"]}),
    }


def _entry() -> dict[str, Any]:
    return {
        "operationId": "getManifestEntry",
        "tags": [_MANIFEST],
        "summary": "Get the manifest of one block",
        "description": "The entry of one block, with an example and what it returns.",
        "x-read-only": True,
        "security": [],
        "parameters": [_BLOCK],
        "responses": responses(_ANYTHING | {"required": ["name", "args"]}),
    }


def _health(name: str, summary: str, told: str) -> dict[str, Any]:
    state = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}
    return {
        "operationId": name,
        "tags": [_HEALTH],
        "summary": summary,
        "description": told,
        "x-read-only": True,
        "security": [],
        "responses": responses(state),
    }


SERVICE_PATHS: dict[str, Any] = {
    "/api/Plivo/{block}/bulk": {"post": _bulk()},
    "/api/Plivo/{block}/options/{arg}": {"post": _options()},
    "/api/Plivo": {"get": _manifest()},
    "/api/Plivo/{block}": {"get": _entry()},
    "/healthz": {"get": _health("isAlive", "Alive", "Whether the process answers.")},
    "/readyz": {"get": _health("isReady", "Ready", "Whether it is ready to serve. It never calls Plivo.")},
}
"""The paths that are no blocks."""
