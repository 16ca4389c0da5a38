"""Writes the block pages and the coverage table from the manifest: ``make docs``.

``operations.json`` lists what Plivo offers, gathered from its official SDKs and its documentation; the
manifest lists what the connector offers. The coverage table puts them side by side.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.manifest import METADATA, Manifest, load_manifest
from app.manifest.model import Arg, Block
from app.manifest.schema import example_request
from docs.xml_page import xml_page

DOCS = Path(__file__).parent
_PARAMETER = re.compile(r"\{\w+\}")


def pages(manifest: Manifest) -> dict[Path, str]:
    """Return every generated page by its path."""
    groups = manifest.groups()
    written = {DOCS / "blocks" / f"{_slug(group)}.md": _group_page(group, blocks) for group, blocks in groups.items()}
    written[DOCS / "blocks" / "README.md"] = _index(groups)
    written[DOCS / "coverage.md"] = _coverage(manifest)
    written[DOCS / "xml.md"] = xml_page()
    return written


def coverage(manifest: Manifest) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield every operation of Plivo's with the names of the blocks that reach it.

    An operation with ``missing`` has none, and says why: what is known of it does not suffice.
    """
    for operation in json.loads((DOCS / "operations.json").read_text()):
        yield operation, [block.name for block in manifest.blocks.values() if _reaches(block, operation)]


def _reaches(block: Block, operation: dict[str, Any]) -> bool:
    request = block.request
    return (
        not block.local
        and "missing" not in operation
        and request.method == operation["method"]
        and request.host == operation.get("host", "api.plivo.com")
        and _PARAMETER.sub("{}", request.path) == _PARAMETER.sub("{}", operation["path"])
        and request.fixed == operation.get("fixed", {})
    )


def _group_page(group: str, blocks: list[Block]) -> str:
    contents = "\n".join(f"- [{block.name}](#{block.name.lower()}): {block.title}" for block in blocks)
    return f"# {group}\n\n{contents}\n\n" + "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    hints = [
        name
        for name, holds in (
            ("read only", block.is_read_only),
            ("ends or destroys something", block.is_destructive),
            ("costs money", block.costs),
            ("deprecated", block.deprecated),
        )
        if holds
    ]
    request = block.request
    host = "" if request.host == "api.plivo.com" else request.host
    way = "answered by the connector itself" if block.local else f"`{request.method} {host}{request.path}`"
    rows = "\n".join(_row(arg) for arg in block.args)
    table = (
        f"\n| field | type | | |\n|---|---|---|---|\n{rows}\n" if block.args else "\nIt takes no fields of its own.\n"
    )
    more = "\nA list: it also takes `returnAll`, `maxItems` and `continueFrom`.\n" if block.listing else ""
    example = json.dumps(example_request(block), ensure_ascii=False, indent=2)
    return (
        f"## {block.name}\n\n{block.description}\n\n"
        f"{way}{' · ' + ', '.join(hints) if hints else ''}\n"
        f"{table}{more}\n```json\n{example}\n```\n"
    )


def _row(arg: Arg) -> str:
    limits = [f"from {arg.min:g}" if arg.min is not None else "", f"up to {arg.max:g}" if arg.max is not None else ""]
    options = ", ".join(arg.options[:12]) + (", …" if len(arg.options) > 12 else "")  # noqa: PLR2004  # a table cell
    details = "; ".join(part for part in (options, " ".join(limits).strip()) if part)
    info = arg.info.replace("|", "&#124;")
    more = f" ({details.replace('|', '&#124;')})" if details else ""
    return f"| `{arg.name}` | {arg.type} | {'required' if arg.required else ''} | {info}{more} |"


def _index(groups: dict[str, list[Block]]) -> str:
    rows = "\n".join(
        f"| [{group}]({_slug(group)}.md) | {', '.join(f'`{block.name}`' for block in blocks)} |"
        for group, blocks in groups.items()
    )
    count = sum(len(blocks) for blocks in groups.values())
    return (
        f"# Blocks\n\n{count} blocks. Every page is made from the manifest with `make docs`.\n\n"
        f"| group | blocks |\n|---|---|\n{rows}\n"
    )


def _coverage(manifest: Manifest) -> str:
    known = [(operation, names) for operation, names in coverage(manifest) if "missing" not in operation]
    missing = [operation for operation, _ in coverage(manifest) if "missing" in operation]
    rows = "\n".join(
        f"| {operation['operation']} | {_request(operation)} | {', '.join(names)} |" for operation, names in known
    )
    left_out = "\n".join(
        f"| {operation['operation']} | {_request(operation)} | {operation['missing']} |" for operation in missing
    )
    return (
        "# Coverage\n\nThe operations of Plivo's that its official SDKs, its command-line tool and its documentation "
        "name, and the block that\nreaches each. Made with `make docs`.\n\n"
        f"{len(known)} operations have a block. {len(missing)} have none, because what is known of them does not "
        "suffice; they stand at the end.\n\n"
        f"| operation | request | block |\n|---|---|---|\n{rows}\n\n"
        f"## Without a block\n\n| operation | request | why |\n|---|---|---|\n{left_out}\n"
    )


def _request(operation: dict[str, Any]) -> str:
    return f"`{operation['method']} {operation['path']}`" if "path" in operation else "unknown"


def _slug(group: str) -> str:
    return group.lower().replace(" ", "-")


if __name__ == "__main__":
    for path, text in pages(load_manifest(METADATA)).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
