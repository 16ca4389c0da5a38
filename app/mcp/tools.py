"""What agents see: ten curated blocks under their own names, and four tools that reach all others.

The list is read by a model at the start of every conversation, so it is short: a curated tool shows the args that most
calls need, with the first sentence of what the manifest says. The rest (WhatsApp's trees, paging, the args of every
block) stands in ``describe_block``, and every tool takes it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.manifest.common_args import CREDENTIAL_NAMES
from app.manifest.model import Arg, Block
from app.manifest.schema import reply_schema, request_schema, value_schema
from app.mcp import Reach, is_free_reading, needs_confirmation

COUNT = 10
"""Curated tools in the list."""

CURATED: Mapping[str, tuple[str, ...]] = {
    "sendMessage": ("destination", "src", "powerpackUuid", "text", "type", "mediaUrls"),
    "previewMessage": ("text", "destination"),
    "getMessages": ("messageDirection", "messageState", "messageTimeGte", "messageTimeLte", "fromNumber", "toNumber"),
    "makeCall": (
        "callFrom", "callTo", "answer", "answerUrl", "timeLimit", "ringTimeout", "machineDetection", "waitSeconds",
    ),
    "getCallsDetails": ("callDirection", "endTimeGte", "endTimeLte", "fromNumber", "toNumber"),
    "hangupSingleCall": ("callUuid",),
    "getEvents": ("subscriptionId", "after", "types", "limit"),
    "lookupNumber": ("number",),
    "createVerifySession": ("recipient", "channel", "locale"),
    "validateVerifySession": ("sessionUuid", "otp"),
    "getSingleMessage": ("messageUuid",),
}  # fmt: skip
"""The blocks most agents need, the first of them first, each with the args that its tool shows. The list takes as many
of them as it has places; args that a block does not have are left out."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_LONGEST_DESCRIPTION = 240

_NAME = {"type": "string", "description": "Name of the block, as search_blocks gives it."}
_ARGS = {"type": "object", "description": "Args of the block, as describe_block gives them."}
_CONFIRM = {
    "type": "string",
    "description": "Token of the preview, once the user agreed. Leave out to see the preview.",
}
_CONFIRMING = {"confirm": {"type": "string"}, "preview": {"type": "object"}}
_OBJECT: dict[str, Any] = {"type": "object"}


def curated(blocks: Mapping[str, Block]) -> list[Block]:
    """Return the blocks that are tools of their own."""
    return [blocks[name] for name in CURATED if name in blocks][:COUNT]


def list_tools(blocks: Mapping[str, Block], reach: Reach) -> list[dict[str, Any]]:
    """Return the tools within reach, each as MCP's JSON shows it."""
    tools = [_block_tool(block) for block in curated(blocks) if reach.holds(block)]
    return [*tools, *_general_tools(reach)]


def summary(block: Block) -> dict[str, Any]:
    """Return what ``search_blocks`` tells of a block."""
    return {
        "name": block.name,
        "title": block.title,
        "description": shortened(block.description, _LONGEST_DESCRIPTION),
        "group": block.group,
        "readOnly": block.is_read_only,
        "costs": block.costs,
        "destructive": block.is_destructive,
    }


def description(block: Block) -> dict[str, Any]:
    """Return what ``describe_block`` tells of a block: everything that a call needs."""
    schema = request_schema(block)
    for name in CREDENTIAL_NAMES:
        del schema["properties"][name]
    # The key under contextWrites, which no agent sees.
    schema["properties"].pop("to", None)
    return summary(block) | {
        "description": block.description,
        "idempotent": block.is_idempotent,
        "deprecated": block.deprecated,
        "callWith": caller_tool(block),
        "args": schema,
        "rules": [rule.model_dump(by_alias=True) for rule in block.rules],
        "reply": block.example,
    }


def caller_tool(block: Block) -> str:
    """Return the general tool that runs a block."""
    return "read_block" if is_free_reading(block) else "write_block"


def shortened(text: str, longest: int) -> str:
    """Return as many whole sentences of a text as fit, at least the first."""
    first, *others = _SENTENCE.split(text)
    for sentence in others:
        if len(first) + 1 + len(sentence) > longest:
            break
        first += f" {sentence}"
    return first


def _block_tool(block: Block) -> dict[str, Any]:
    confirms = needs_confirmation(block)
    properties = {arg.name: _short_schema(arg) for arg in _shown_args(block)}
    if confirms:
        properties["confirm"] = _CONFIRM
    more = f" Further args: describe_block {block.name}." if len(block.args) > len(properties) - confirms else ""
    return {
        "name": block.name,
        "title": block.title,
        "description": shortened(block.description, _LONGEST_DESCRIPTION) + more,
        "inputSchema": {
            "type": "object",
            "properties": properties,
            "required": [arg.name for arg in block.args if arg.required and arg.name in properties],
        },
        "outputSchema": _output_schema(block, _CONFIRMING if confirms else {}),
        "annotations": {
            "readOnlyHint": is_free_reading(block),
            "destructiveHint": block.is_destructive,
            "idempotentHint": block.is_idempotent and not block.costs,
            "openWorldHint": not block.local,
        },
    }


def _shown_args(block: Block) -> Iterator[Arg]:
    args = {arg.name: arg for arg in block.args}
    names = dict.fromkeys((*(arg.name for arg in block.args if arg.required), *CURATED[block.name]))
    return (args[name] for name in names if name in args)


def _short_schema(arg: Arg) -> dict[str, Any]:
    return value_schema(arg) | {"description": shortened(arg.info, len(arg.info) // 2)}


def _output_schema(block: Block, more: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a reply, one level deep: an error, and with ``more`` a preview, fit it too."""
    properties = {}
    for name, schema in reply_schema(block.example, block.varying).get("properties", {}).items():
        # Of the others the example does not tell; what is not named here may come as well.
        if kinds := [{"type": kind["type"]} for kind in schema.get("anyOf", ()) if "type" in kind]:
            properties[name] = {"anyOf": kinds}
    return {"type": "object", "properties": properties | more}


def _general_tools(reach: Reach) -> list[dict[str, Any]]:
    reading = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True}
    tools = [
        {
            "name": "search_blocks",
            "title": "Search blocks",
            "description": "Finds among all of Plivo's operations (blocks) those that do what you want. Use it when "
            "no other tool here fits; then describe_block, then read_block or write_block.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "Plain words: buy a number, hang up a call."},
                    "group": {"type": "string", "description": "Only blocks of this group, such as Calls or Numbers."},
                    "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
                },
                "required": ["query"],
            },
            "outputSchema": {
                "type": "object",
                "properties": {"blocks": {"type": "array", "items": _OBJECT}},
            },
            "annotations": reading | {"openWorldHint": False},
        },
        {
            "name": "describe_block",
            "title": "Describe block",
            "description": "Tells all args of a block as a JSON Schema, its rules, an example of its reply, and which "
            "tool calls it.",
            "inputSchema": {"type": "object", "properties": {"name": _NAME}, "required": ["name"]},
            "outputSchema": {"type": "object", "properties": {"args": _OBJECT, "reply": _OBJECT}},
            "annotations": reading | {"openWorldHint": False},
        },
        {
            "name": "read_block",
            "title": "Read with a block",
            "description": "Runs a block that only reads, and costs nothing.",
            "inputSchema": {"type": "object", "properties": {"name": _NAME, "args": _ARGS}, "required": ["name"]},
            "outputSchema": _OBJECT,
            "annotations": reading | {"openWorldHint": True},
        },
    ]
    if not reach.read_only:
        tools.append(
            {
                "name": "write_block",
                "title": "Write with a block",
                "description": "Runs a block that changes something or costs money. What costs money or destroys is "
                "first shown as a preview; show it to the user, and call again with its token once they agree.",
                "inputSchema": {
                    "type": "object",
                    "properties": {"name": _NAME, "args": _ARGS, "confirm": _CONFIRM},
                    "required": ["name"],
                },
                "outputSchema": {"type": "object", "properties": _CONFIRMING},
                "annotations": {
                    "readOnlyHint": False,
                    "destructiveHint": True,
                    "idempotentHint": False,
                    "openWorldHint": True,
                },
            }
        )
    return tools
