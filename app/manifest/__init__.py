"""The manifest: the only description of every block, read from ``metadata/`` once at start.

``load_manifest`` checks everything it can and reports all problems of all files at once. The format
is the marketplace package format (package facts, datatypes, blocks with args) plus the vendor-side keys
of :mod:`app.manifest.model`, which are not served.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.datatypes import Shape
from app.errors import ConfigurationError
from app.manifest.checks import broken_links, problems_of, repeated_titles
from app.manifest.events import EventFamily, EventKind, problems_of_kinds
from app.manifest.model import Block, DatatypeNote, Package
from app.protocol.countries import COUNTRIES

_APP = Path(__file__).parent.parent

METADATA = next((path for path in (_APP / "metadata", _APP.parent / "metadata") if path.is_dir()), _APP / "metadata")
"""The manifest that the service ships with: inside the package where it is installed, beside it in a checkout."""

_T = TypeVar("_T")
_S = TypeVar("_S", bound=Shape)
_OptionLabels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Manifest:
    """The whole manifest, checked."""

    package: Package
    datatypes: tuple[DatatypeNote, ...]
    blocks: Mapping[str, Block]
    events: tuple[EventKind, ...] = ()

    def groups(self) -> dict[str, list[Block]]:
        """Return the blocks by group, groups in alphabetical order."""
        groups: dict[str, list[Block]] = {}
        for block in sorted(self.blocks.values(), key=lambda block: block.group):
            groups.setdefault(block.group, []).append(block)
        return groups


def load_manifest(directory: Path) -> Manifest:
    """Read and check ``package.json``, ``datatypes.json``, ``blocks/*.json`` and ``events/*.json``.

    ``option_labels.json``, where there is one, says by format (language, voice) what options are called, so that no
    block repeats it; countries have their names from :mod:`app.protocol.countries`.

    Raises:
        ConfigurationError: lists every problem, each with its file and block.
    """
    problems: list[str] = []
    package = _read(directory / "package.json", TypeAdapter(Package), problems)
    datatypes = _read(directory / "datatypes.json", TypeAdapter(tuple[DatatypeNote, ...]), problems)
    option_labels = _read_option_labels(directory, problems)
    blocks: dict[str, Block] = {}
    places: dict[str, str] = {}
    for path in sorted((directory / "blocks").glob("*.json")):
        entries = _read(path, _ENTRIES, problems)
        for position, entry in enumerate(entries or ()):
            where = f"{path.name}: {entry.get('name', position) if isinstance(entry, dict) else position}"
            block = _check(where, entry, _BLOCK, problems)
            if block is None:
                continue
            block = block.model_copy(update={"args": tuple(_labelled(arg, option_labels) for arg in block.args)})
            if block.name in blocks:
                problems.append(f"{where}: another block has this name")
            blocks[block.name] = block
            places[block.name] = where
            problems.extend(f"{where}: {problem}" for problem in problems_of(block))
    for name, block in blocks.items():
        problems.extend(f"{places[name]}: {problem}" for problem in broken_links(block, blocks))
    problems.extend(f"{places[name]}: {problem}" for name, problem in repeated_titles(blocks))
    events = _read_events(directory, problems)
    if not blocks and not problems:
        problems.append(f"{directory / 'blocks'}: no block found")
    elif package and package.accounts.test not in blocks:
        problems.append(f"package.json: accounts.test: there is no block {package.accounts.test}")
    if problems or package is None or datatypes is None:
        raise ConfigurationError("The manifest has problems:\n" + "\n".join(f"  {problem}" for problem in problems))
    return Manifest(package, datatypes, blocks, events)


_ENTRIES: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[Any, ...])
_BLOCK = TypeAdapter(Block)


def _read_events(directory: Path, problems: list[str]) -> tuple[EventKind, ...]:
    families = [
        _read(path, TypeAdapter(EventFamily), problems) for path in sorted((directory / "events").glob("*.json"))
    ]
    kinds = tuple(kind for family in families if family for kind in family.complete())
    problems.extend(f"events: {problem}" for problem in problems_of_kinds(kinds))
    return kinds


def _read_option_labels(directory: Path, problems: list[str]) -> _OptionLabels:
    path = directory / "option_labels.json"
    read = _read(path, TypeAdapter(dict[str, dict[str, str]]), problems) if path.exists() else None
    return {"country": COUNTRIES} | (read or {})


def _labelled(shape: _S, option_labels: _OptionLabels) -> _S:
    """Give the options of a shape, and of its fields, the labels that go with its format."""
    known = option_labels.get(shape.format or "")
    if not known and not shape.structure:
        return shape
    known = known or {}
    labels = {option: known[option] for option in shape.options if option in known}
    structure = tuple(_labelled(field, option_labels) for field in shape.structure)
    return shape.model_copy(update={"option_labels": labels | shape.option_labels, "structure": structure})


def _read(path: Path, adapter: TypeAdapter[_T], problems: list[str]) -> _T | None:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        problems.append(f"{path.name}: cannot be read: {error.strerror}")
    except ValueError as error:
        problems.append(f"{path.name}: is not JSON: {error}")
    else:
        return _check(path.name, content, adapter, problems)
    return None


def _check(where: str, content: object, adapter: TypeAdapter[_T], problems: list[str]) -> _T | None:
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            steps = ".".join(str(step) for step in problem["loc"])
            problems.append(": ".join(part for part in (where, steps, problem["msg"]) if part))
    return None
