"""The list of tools: short, valid, and true to the manifest."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.mcp import Reach
from app.mcp.tools import COUNT, caller_tool, curated, description, list_tools

BLOCKS = load_manifest(METADATA).blocks
TOOLS = {tool["name"]: tool for tool in list_tools(BLOCKS, Reach())}
GENERAL = ["search_blocks", "describe_block", "read_block", "write_block"]


def test_ten_blocks_and_four_general_tools_fit_into_25_kb() -> None:
    assert [*TOOLS][-4:] == GENERAL
    assert len(TOOLS) == COUNT + 4
    assert len(json.dumps(list(TOOLS.values()))) < 25_000


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_schemas_are_valid_and_portable(tool: dict[str, Any]) -> None:
    """Objects at the root, and one type each: platforms drop arrays of types."""
    for schema in (tool["inputSchema"], tool["outputSchema"]):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert '"type": [' not in json.dumps(schema)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_no_tool_takes_credentials(tool: dict[str, Any]) -> None:
    assert "auth" not in json.dumps(tool["inputSchema"]).lower()


@pytest.mark.parametrize("block", curated(BLOCKS), ids=lambda block: block.name)
def test_a_tool_says_what_its_block_is(block: Block) -> None:
    tool = TOOLS[block.name]
    hints = tool["annotations"]
    assert tool["title"] == block.title
    assert hints["destructiveHint"] == block.is_destructive
    assert hints["readOnlyHint"] == (block.is_read_only and not block.costs)
    assert ("confirm" in tool["inputSchema"]["properties"]) == (block.costs or block.is_destructive)
    assert tool["inputSchema"]["required"] == [arg.name for arg in block.args if arg.required]
    Draft202012Validator(tool["outputSchema"]).validate(block.example)


def test_a_narrower_reach_lists_less() -> None:
    read_only = [tool["name"] for tool in list_tools(BLOCKS, Reach(read_only=True))]
    assert "write_block" not in read_only
    assert "sendMessage" not in read_only
    assert "getMessages" in read_only
    numbers = [tool["name"] for tool in list_tools(BLOCKS, Reach(groups=frozenset({"Numbers"})))]
    assert numbers == GENERAL


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_description_holds_what_a_call_needs_and_no_credentials(block: Block) -> None:
    told = description(block)
    args = told["args"]["properties"]
    assert args.keys() >= {arg.name for arg in block.args} | {"additionalFields"}
    assert not {"authId", "authToken", "to"} & (args.keys() - {arg.name for arg in block.args})
    assert not {"authId", "authToken"} & {*told["args"].get("required", [])}
    assert caller_tool(block) == told["callWith"]
    Draft202012Validator.check_schema(told["args"])
