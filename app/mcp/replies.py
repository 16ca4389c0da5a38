"""What a tool call is answered with: an object for programs, and the same in words for models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import json_text
from app.errors import ConnectorError, InvalidFields, RequiredFields, describe
from app.manifest.model import Block
from app.mcp import is_free_reading

LARGEST_REPLY = 256 * 1024
"""Bytes of a reply that a model gets: more fills its memory and helps nobody."""

_LONGEST_TEXT = 12_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answers.

    Attributes:
        content: an object, for programs.
        text: the same in words and JSON, for models.
        is_error: it did not do what was asked.
    """

    content: dict[str, Any]
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be asked of the person before the call runs.

    Attributes:
        message: the question.
        state: comes back with the person's answer.
    """

    message: str
    state: str


def success(block: Block, content: bytes) -> Answer:
    """Return the answer to a call that a block was run for.

    Args:
        block: which.
        content: the reply, JSON text.
    """
    # Of what was done the reply is given whatever its size: an error would have it done again.
    if len(content) > LARGEST_REPLY and is_free_reading(block):
        return failure(
            InvalidFields(
                {"limit": f"the reply has {len(content)} bytes, too many to read: ask for fewer items, or filter them"}
            ),
            block,
        )
    reply = json_text.parse(content)
    return Answer(reply if isinstance(reply, dict) else {"reply": reply}, _as_text(content))


def failure(error: ConnectorError, block: Block | None) -> Answer:
    """Return the answer to a call that failed, with what to do next.

    Args:
        error: why.
        block: what was called, where that is known.
    """
    content = describe(error)
    lines = [f"{error.code}: {_plain(error.message)}"]
    if error.code == RequiredFields.code and isinstance(errors := error.details.get("errors"), dict):
        lines += [f"{name}: {reason}" for name, reason in errors.items()]
    if hint := error.details.get("hint"):
        lines.append(str(hint))
    lines.append(_next_step(error, block))
    return Answer(content, "\n".join(line for line in lines if line), is_error=True)


def preview(block: Block, dry_run: bytes, token: str) -> Answer:
    """Return what a model shows to the user before a call runs, with the token that confirms it.

    Args:
        block: what is called.
        dry_run: the request that it would make, JSON text.
        token: passed back, it runs the call.
    """
    why = " and ".join(_consequences(block))
    return Answer(
        {"confirm": token, "preview": json_text.parse(dry_run)},
        f"Nothing was done yet: {block.title} {why}. Show this preview to the user. If they agree, call the same "
        f"tool with the same arguments and confirm: {token}\n{_as_text(dry_run)}",
    )


def question(block: Block, args: Mapping[str, Any], dry_run: bytes, token: str) -> Question:
    """Return what the client asks the user before a call runs.

    Args:
        block: what is called.
        args: the args as they came.
        dry_run: the request that it would make, JSON text.
        token: comes back with the answer.
    """
    lines = [f"{block.title}? This {' and '.join(_consequences(block))}."]
    lines += [f"{name}: {_plain(value)[:300]}" for name, value in args.items()]
    if count := json_text.parse(dry_run).get("preview"):
        lines.append(f"SMS to be charged: {count['messages']}")
    return Question("\n".join(lines), token)


def found(blocks: Sequence[Mapping[str, Any]]) -> Answer:
    """Return the blocks that a search found, each as :func:`app.mcp.tools.summary` tells it."""
    lines = [f"{block['name']}: {block['title']}{_marks(block)}" for block in blocks]
    text = "\n".join(lines) or "No block fits. Try other words, or leave the query empty and name a group."
    return Answer({"blocks": list(blocks)}, text)


def described(description: dict[str, Any]) -> Answer:
    """Return a block as :func:`app.mcp.tools.description` tells it."""
    return Answer(description, _as_text(json_text.render(description), longest=LARGEST_REPLY))


def _next_step(error: ConnectorError, block: Block | None) -> str:
    match error.code:
        case "UNKNOWN_BLOCK":
            return "Find the right name with search_blocks."
        # What is told of a token, or of a person who said no, says itself what to do.
        case "REQUIRED_FIELDS" | "INVALID_FIELDS" if block and error.details.get("fields") != ["confirm"]:
            return f"describe_block {block.name} shows all args. Fix the call and try again."
    if error.details.get("retryable"):
        wait = error.details.get("retry_after")
        return f"It is safe to try again{f', in {wait} seconds' if wait else ''}."
    return ""


def _plain(message: object) -> str:
    return message if isinstance(message, str) else json_text.render(message).decode()


def _as_text(content: bytes, longest: int = _LONGEST_TEXT) -> str:
    text = content.decode()
    if len(text) <= longest:
        return text
    return f"{text[:longest]}\n… cut here, {len(text)} characters in all. Ask for fewer items, or filter them."


def _consequences(block: Block) -> list[str]:
    return ["costs money"] * block.costs + ["ends or deletes something"] * block.is_destructive


def _marks(block: Mapping[str, Any]) -> str:
    marks = ["reads"] * block["readOnly"] + ["costs money"] * block["costs"] + ["destroys"] * block["destructive"]
    return f" ({', '.join(marks)})" if marks else ""
