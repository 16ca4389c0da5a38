"""The manifest: the only description of every block, read from ``metadata/`` once at start.

``load_manifest`` checks everything it can and reports all problems of all files at once. The format
is the marketplace package format (package facts, datatypes, blocks with args) plus vendor-side keys
(``request``, ``rules``, ``wire``, ``join``, …) that say how a block becomes a Plivo request; those are
not served.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app import json_text
from app.datatypes import DATATYPES, Shape, reader_for
from app.errors import ConfigurationError
from app.formats import FORMATS

METADATA = Path(__file__).parent.parent / "metadata"
"""The manifest that the service ships with."""

CREDENTIAL_NAMES = ("authId", "authToken")
UNIVERSAL_NAMES = ("to", "additionalFields")
RESERVED_NAMES = frozenset(
    (*CREDENTIAL_NAMES, *UNIVERSAL_NAMES, "args", "idempotencyKey", "dryRun", "returnAll", "maxItems", "continueFrom")
)
"""Names that mean the same in every block, so no arg may have them."""

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_CAPITAL = re.compile(r"[A-Z]")

_T = TypeVar("_T")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OptionsSource(_Model):
    """Where the choices for an arg come from: a list block of the same account.

    Attributes:
        block: the list block.
        value: the field of an item that is the value; empty where the items are texts.
        label: the field that tells people what it is.
    """

    block: str
    value: str = ""
    label: str = ""


class Arg(Shape):
    """One arg of a block: what the platform's form shows, and what Plivo calls it.

    Attributes:
        placeholder: what an empty field of the form shows.
        default: what Plivo assumes; it is not sent.
        example: a value that fits.
        wire: Plivo's name where it does not follow from the arg's.
        options_from: where a platform gets choices from.
        sms_text: it is sent as SMS, so that a preview counts its segments.
    """

    info: str = Field(min_length=1)
    placeholder: str | None = None
    default: Any = None
    example: Any = None
    wire: str = ""
    options_from: OptionsSource | None = Field(default=None, alias="optionsFrom")
    sms_text: bool = Field(default=False, alias="smsText")

    @cached_property
    def wire_name(self) -> str:
        """Plivo's name: ``wire`` if given, else snake_case with an underscore before every capital."""
        return self.wire or _CAPITAL.sub(lambda capital: "_" + capital.group().lower(), self.name)


class Request(_Model):
    """The request that a block makes.

    Attributes:
        path: exactly as Plivo's, parameters in braces; ``{auth_id}`` is the account's.
        fixed: parameters with a constant value, sent where the args go.
        body: how parameters travel in a body; ``multipart`` takes files.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str = Field(pattern=r"^/[^?#\s]*$")
    host: str = Field(default="api.plivo.com", pattern=r"^[a-z.]+\.plivo\.com$")
    fixed: dict[str, Any] = Field(default_factory=dict)
    body: Literal["json", "multipart"] = "json"

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the path, ``auth_id`` left out."""
        return tuple(name for name in _PATH_PARAMETER.findall(self.path) if name != "auth_id")


class ExactlyOne(_Model):
    """Exactly one of these args must be given."""

    exactly_one: tuple[str, ...] = Field(alias="exactlyOne", min_length=2)


class AtLeastOne(_Model):
    """One or more of these args must be given."""

    at_least_one: tuple[str, ...] = Field(alias="atLeastOne", min_length=2)


class Conditional(_Model):
    """When all args of ``when`` have one of the listed values (null: not given), others are required."""

    when: dict[str, tuple[Any, ...]]
    require: tuple[str, ...] = Field(min_length=1)


Rule = ExactlyOne | AtLeastOne | Conditional


class Window(_Model):
    """The time window that Plivo puts around a list (Plivo's documentation, per list).

    Attributes:
        field: Plivo's name of the time that filters it, like ``end_time``.
        days: how many days back it looks when no filter is given; None: all of it.
        widest: the widest range in days; None: no limit.
    """

    field: str
    days: int | None = None
    widest: int | None = None


class Listing(_Model):
    """How a list block answers.

    Attributes:
        items: where the items stand in the reply, keys joined by dots; ``meta`` stands beside them.
    """

    items: str = "objects"
    window: Window | None = None

    def first_item(self, reply: object) -> object:
        """Return the first item of a reply, None where there is none."""
        for key in self.items.split("."):
            reply = reply.get(key) if isinstance(reply, dict) else None
        return reply[0] if isinstance(reply, list) and reply else None


class Block(_Model):
    """One Plivo operation.

    Attributes:
        listing: what a list block needs to walk all pages; None for every other block.
        example: an example of Plivo's reply.
        costs: running it spends money.
        local: it is answered here: the request is looked at, not made.
        destructive: it ends or destroys something; None: DELETE does, nothing else.
        idempotent: doing it twice is the same as doing it once; None: GET and DELETE are, nothing else.
    """

    name: str = Field(pattern=r"^[a-z][A-Za-z0-9]*$")
    group: str
    description: str = Field(min_length=1)
    request: Request
    rules: tuple[Rule, ...] = ()
    args: tuple[Arg, ...] = ()
    example: dict[str, Any]
    deprecated: bool = False
    costs: bool = False
    local: bool = False
    destructive: bool | None = None
    idempotent: bool | None = None
    listing: Listing | None = Field(default=None, alias="list")

    @property
    def is_read_only(self) -> bool:
        """Whether it changes nothing at Plivo."""
        return self.local or self.request.method == "GET"

    @property
    def is_destructive(self) -> bool:
        """Whether it ends or destroys something."""
        return self.request.method == "DELETE" if self.destructive is None else self.destructive

    @property
    def is_idempotent(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.request.method in ("GET", "DELETE") if self.idempotent is None else self.idempotent


class Accounts(_Model):
    """Where credentials come from, and which args they are."""

    domain: str
    test: str
    credentials: tuple[Literal["authId"], Literal["authToken"]]


class Credential(_Model):
    """How a platform's form explains one credential."""

    name: str
    info: str


class Package(_Model):
    """Facts about the package as a whole, as the marketplace format names them."""

    package: Literal["Plivo"]
    tagline: str
    description: str
    image: str
    keywords: tuple[str, ...]
    accounts: Accounts
    credentials: tuple[Credential, Credential]
    steps: tuple[str, ...]


class DatatypeNote(_Model):
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
