"""The manifest: the only description of every block, read from ``metadata/`` once at start.

``load_manifest`` checks everything it can and reports all problems of all files at once. The format
is the marketplace package format (package facts, datatypes, blocks with args) plus the vendor-side keys
of :mod:`app.blocks`, which are not served.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from app import json_text
from app.blocks import (
    RESERVED_NAMES,
    Arg,
    AtLeastOne,
    Block,
    Conditional,
    ExactlyOne,
    ManifestModel,
    Rule,
)
from app.datatypes import DATATYPES, Shape, reader_for
from app.errors import ConfigurationError
from app.formats import FORMATS

METADATA = Path(__file__).parent.parent / "metadata"
"""The manifest that the service ships with."""

_T = TypeVar("_T")


class Accounts(ManifestModel):
    """Where credentials come from, and which args they are."""

    domain: str
    test: str
    credentials: tuple[Literal["authId"], Literal["authToken"]]


class Credential(ManifestModel):
    """How a platform's form explains one credential."""

    name: str
    info: str


class Package(ManifestModel):
    """Facts about the package as a whole, as the marketplace format names them."""

    package: Literal["Plivo"]
    tagline: str
    description: str
    image: str
    keywords: tuple[str, ...]
    accounts: Accounts
    credentials: tuple[Credential, Credential]
    steps: tuple[str, ...]


class DatatypeNote(ManifestModel):
    """A custom datatype as the platforms see it."""

    name: str
    description: str
    example: Any


@dataclass(frozen=True)
class Manifest:
    """The whole manifest, checked."""

    package: Package
    datatypes: tuple[DatatypeNote, ...]
    blocks: Mapping[str, Block]

    def groups(self) -> dict[str, list[Block]]:
        """Return the blocks by group, groups in alphabetical order."""
        groups: dict[str, list[Block]] = {}
        for block in sorted(self.blocks.values(), key=lambda block: block.group):
            groups.setdefault(block.group, []).append(block)
        return groups


def load_manifest(directory: Path) -> Manifest:
    """Read and check ``package.json``, ``datatypes.json`` and ``blocks/*.json``.

    Raises:
        ConfigurationError: lists every problem, each with its file and block.
    """
    problems: list[str] = []
    package = _read(directory / "package.json", TypeAdapter(Package), problems)
    datatypes = _read(directory / "datatypes.json", TypeAdapter(tuple[DatatypeNote, ...]), problems)
    blocks: dict[str, Block] = {}
    places: dict[str, str] = {}
    for path in sorted((directory / "blocks").glob("*.json")):
        entries = _read(path, _ENTRIES, problems)
        for position, entry in enumerate(entries or ()):
            where = f"{path.name}: {entry.get('name', position) if isinstance(entry, dict) else position}"
            block = _check(where, entry, _BLOCK, problems)
            if block is None:
                continue
            if block.name in blocks:
                problems.append(f"{where}: another block has this name")
            blocks[block.name] = block
            places[block.name] = where
            problems.extend(f"{where}: {problem}" for problem in _problems_of(block))
    for name, block in blocks.items():
        problems.extend(f"{places[name]}: {problem}" for problem in _broken_links(block, blocks))
    if not blocks and not problems:
        problems.append(f"{directory / 'blocks'}: no block found")
    elif package and package.accounts.test not in blocks:
        problems.append(f"package.json: accounts.test: there is no block {package.accounts.test}")
    if problems or package is None or datatypes is None:
        raise ConfigurationError("The manifest has problems:\n" + "\n".join(f"  {problem}" for problem in problems))
    return Manifest(package, datatypes, blocks)


_ENTRIES: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[Any, ...])
_BLOCK = TypeAdapter(Block)


def _read(path: Path, adapter: TypeAdapter[_T], problems: list[str]) -> _T | None:
    try:
        content = json_text.parse(path.read_bytes())
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


def _problems_of(block: Block) -> Iterator[str]:
    names = [arg.name for arg in block.args]
    wire_names = [arg.wire_name for arg in block.args] + list(block.request.fixed)
    yield from (f"two args are called {name}" for name in _repeated(names))
    yield from (f"two parameters are called {name} on the wire" for name in _repeated(wire_names))
    for name in sorted(RESERVED_NAMES.intersection(names)):
        yield f"{name} is a reserved name"
    for parameter in block.request.path_parameters:
        arg = next((arg for arg in block.args if arg.wire_name == parameter), None)
        if arg is None:
            yield f"no arg fills {{{parameter}}} of the path"
        elif not arg.required:
            yield f"{arg.name} is in the path, so it must be required"
    for arg in block.args:
        yield from (f"{arg.name}: {problem}" for problem in _problems_of_arg(arg))
    for rule in block.rules:
        yield from (f"a rule names {name}, which is no arg" for name in _names_in(rule) if name not in names)


def _broken_links(block: Block, blocks: Mapping[str, Block]) -> Iterator[str]:
    for arg in block.args:
        source = arg.options_from
        if source is None:
            continue
        target = blocks.get(source.block)
        if target is None or target.listing is None:
            yield f"{arg.name}: optionsFrom: {source.block} is no list block"
            continue
        item = target.listing.first_item(target.example)
        for field in filter(None, (source.value, source.label)):
            if not isinstance(item, dict) or field not in item:
                yield f"{arg.name}: optionsFrom: an item of {source.block} has no {field}"


def _problems_of_arg(arg: Arg) -> Iterator[str]:
    shape_problems = list(_problems_of_shape(arg))
    yield from shape_problems
    if arg.required and arg.example is None:
        yield "is required, so it needs an example"
    if arg.example is not None and not shape_problems:
        try:
            reader_for(arg)(arg.example)
        except ValueError as error:
            yield f"its example does not fit: {error}"


def _problems_of_shape(shape: Shape) -> Iterator[str]:
    if shape.type.lower() not in DATATYPES:
        yield f"unknown type {shape.type}"
    if shape.format is not None and shape.format not in FORMATS:
        yield f"unknown format {shape.format}"
    if shape.type.lower() == "select" and not shape.options:
        yield "is a Select without options"
    for field in shape.structure:
        yield from (f"{field.name}: {problem}" for problem in _problems_of_shape(field))


def _names_in(rule: Rule) -> tuple[str, ...]:
    match rule:
        case ExactlyOne():
            return rule.exactly_one
        case AtLeastOne():
            return rule.at_least_one
        case Conditional():
            return (*rule.when, *rule.require)


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


if __name__ == "__main__":
    try:
        print(len(load_manifest(METADATA).blocks), "blocks, no problem found")  # noqa: T201  # `make check` shows it
    except ConfigurationError as error:
        sys.exit(str(error))
