"""What many operations of the OpenAPI document share: envelopes, the failure, the header of the idempotency key."""

from typing import Any

ENVELOPE_NOTE = (
    "Every answer is an envelope: `callback` is `success` or `error`, and what there is to say stands under "
    "`contextWrites.to`. Failures answer with HTTP 200 too, unless the service runs with `ERROR_STATUS=mirror`."
)

_PROBLEM = {
    "type": "object",
    "description": "What went wrong.",
    "properties": {
        "status_code": {"type": "string", "description": "What kind of failure it is, like INVALID_FIELDS."},
        "status_msg": {"description": "The reason: a text, or Plivo's own object."},
        "fields": {"type": "array", "items": {"type": "string"}, "description": "Names of the fields concerned."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "The reason for each field.",
        },
        "http_status": {"type": "integer", "description": "Plivo's HTTP status."},
        "api_id": {"type": "string", "description": "Plivo's id of the request."},
        "retryable": {"type": "boolean", "description": "Whether the same request may safely be sent again."},
        "retry_after": {"type": "number", "description": "Seconds to wait before that."},
        "hint": {"type": "string", "description": "What usually helps."},
        "look_in": {"type": "string", "description": "The block that shows whether Plivo acted."},
        "request_id": {"type": "string", "description": "Finds the request in the service's log."},
    },
    "required": ["status_code", "status_msg"],
}


def envelope(callback: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an envelope.

    Args:
        callback: ``success`` or ``error``.
        content: the schema of what stands under ``to``, or under the name that the request gives.
    """
    written: dict[str, Any] = {"type": "object", "properties": {"to": content}}
    if content.get("type") != "array":  # of which openapi-generator would make `Array` without its items
        written["additionalProperties"] = content
    return {
        "type": "object",
        "properties": {"callback": {"type": "string", "enum": [callback]}, "contextWrites": written},
        "required": ["callback", "contextWrites"],
    }


def answer_schemas(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the components of what is answered with an envelope.

    Args:
        name: what they are named after.
        content: the schema of what a success brings.
    """
    if content["type"] == "array":
        return {f"{name}Success": envelope("success", content)}
    return {f"{name}Reply": content, f"{name}Success": envelope("success", ref(f"{name}Reply"))}


def answers(name: str, example: object = None) -> dict[str, Any]:
    """Return the responses of an operation that answers with an envelope, whose components are named after ``name``."""
    success, failure = ref(f"{name}Success"), ref("Failure")
    either = {
        "oneOf": [success, failure],
        "discriminator": {
            "propertyName": "callback",
            "mapping": {"success": success["$ref"], "error": failure["$ref"]},
        },
    }
    return responses(either, None if example is None else {"callback": "success", "contextWrites": {"to": example}})


def responses(schema: dict[str, Any], example: object = None) -> dict[str, Any]:
    """Return the responses of an operation: its answer, and a failure with a status of its own."""
    media = {"schema": schema} | ({} if example is None else {"example": example})
    return {
        "200": {"description": "The answer, or why there is none.", "content": {"application/json": media}},
        "default": {
            "description": "A failure with its own HTTP status.",
            "content": {"application/json": {"schema": ref("Failure")}},
        },
    }


def ref(name: str) -> dict[str, Any]:
    """Refer to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Failure": envelope("error", ref("Problem")),
    "Problem": _PROBLEM,
}
"""Components that every document has."""

PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Your own name for this request, like an order number: with the same name it is never sent "
        "twice, and a repetition gets the first reply. The field idempotencyKey works as well.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }
}
"""Parameters that operations refer to."""
