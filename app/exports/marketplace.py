"""The manifest as marketplaces read it.

Only marketplace keys are shown; what says how a block becomes a Plivo request stays inside. What is the same for every
block is added here: the common args and the callbacks.
"""

from collections.abc import Iterable
from typing import Any

from app.datatypes import Shape
from app.exports.events import event_entries
from app.manifest import Manifest
from app.manifest.common_args import shown_shapes
from app.manifest.model import Arg, Block
from app.manifest.schema import example_request, reply_schema

_CALLBACKS = [
    {"name": "error", "info": "Called with status_code and status_msg when the block failed."},
    {"name": "success", "info": "Called with Plivo's reply when the block succeeded."},
]


def package(manifest: Manifest, blocks: Iterable[Block], *, full: bool = False) -> dict[str, Any]:
    """Return the package with some of its blocks.

    Args:
        manifest: the whole manifest.
        blocks: the blocks that are shown.
        full: show an example and what is returned with each.
    """
    facts = manifest.package
    return {
        "package": facts.package,
        "tagline": facts.tagline,
        "description": facts.description,
        "image": facts.image,
        "keywords": facts.keywords,
        "accounts": facts.accounts.model_dump(),
        "steps": facts.steps,
        "datatypes": [note.model_dump() for note in manifest.datatypes],
        "blocks": [block_entry(block, full=full) for block in blocks],
        "events": list(event_entries(manifest.events)),
    }


def block_entry(block: Block, *, full: bool) -> dict[str, Any]:
    """Return the entry of a block."""
    before, after = shown_shapes(block)
    entry = {
        "name": block.name,
        "title": block.title,
        "description": block.description,
        "keywords": list(block.keywords),
        "group": block.group,
        "readOnly": block.is_read_only,
        "destructive": block.is_destructive,
        "idempotent": block.is_idempotent,
        "costs": block.costs,
        "deprecated": block.deprecated,
        "rules": [rule.model_dump(by_alias=True) for rule in block.rules],
        "args": [*map(_shape, before), *map(_arg, block.args), *map(_shape, after)],
        "callbacks": _CALLBACKS,
    }
    if full:
        entry["example"] = {"request": example_request(block), "reply": block.example}
        entry["returns"] = reply_schema(block.example, block.varying)
    return entry


def _arg(arg: Arg) -> dict[str, Any]:
    shown = _shape(arg) | {"placeholder": arg.placeholder, "default": arg.default, "example": arg.example}
    if arg.options_from is not None:
        shown["optionsFrom"] = arg.options_from.model_dump()
    return {name: value for name, value in shown.items() if value is not None}


def _shape(shape: Shape) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": shape.name,
        "type": shape.type,
        "label": shape.label or None,
        "info": shape.info,
        "required": shape.required,
        "format": shape.format,
        "open": shape.open or None,
        "options": list(shape.options) or None,
        "optionLabels": shape.option_labels or None,
        "structure": [_shape(field) for field in shape.structure] or None,
        "min": _number(shape.min),
        "max": _number(shape.max),
    }
    if shape.type.lower() == "list":
        item = {"type": "String"} | ({} if shape.format is None else {"format": shape.format})
        shown |= {"items": item, "separator": shape.join or ","}
    return {name: value for name, value in shown.items() if value is not None}


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value
