"""Tools for AI agents, as the Model Context Protocol shows them.

=============  =========================================================================
``tools``      what agents see: ten curated blocks, and four tools that reach all others
``search``     blocks by plain questions
``confirm``    what costs money or destroys is confirmed before it happens
``agent``      runs a tool call; knows nothing of the protocol
``replies``    what a tool call is answered with
``server``     the protocol: the only module that imports the SDK, which takes 0.6 s
=============  =========================================================================
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.blocks import Result
from app.errors import ConfigurationError, ConnectorError, InvalidFields
from app.manifest.model import Block

_YES = ("true", "1", "yes", "on")
_NO = ("false", "0", "no", "off")


def is_free_reading(block: Block) -> bool:
    """Whether a block changes nothing and costs nothing: all that MCP_READONLY leaves."""
    return block.is_read_only and not block.costs and not block.is_destructive


def needs_confirmation(block: Block) -> bool:
    """Whether running a block spends money, or ends or destroys something."""
    return block.costs or block.is_destructive


@dataclass(frozen=True)
class Reach:
    """Which blocks agents can reach.

    Attributes:
        groups: names of the groups; None: all.
        read_only: only blocks that change nothing and cost nothing.
    """

    groups: frozenset[str] | None = None
    read_only: bool = False

    @classmethod
    def of_settings(cls, groups: str | None, *, read_only: bool, known: Iterable[str]) -> "Reach":
        """Return what the settings allow.

        Args:
            groups: MCP_GROUPS: names separated by commas, in any capitals; None for all.
            read_only: MCP_READONLY.
            known: the groups of the manifest.

        Raises:
            ConfigurationError: a group does not exist.
        """
        try:
            return cls(_groups(groups, known), read_only)
        except ValueError as error:
            raise ConfigurationError(f"MCP_GROUPS: {error}") from None

    def narrowed(self, groups: str | None, read_only: str | None, known: Iterable[str]) -> "Reach":
        """Return what the headers of a request leave of it; they never widen it.

        Args:
            groups: X-MCP-Groups, None where there is none.
            read_only: X-MCP-Readonly, None where there is none.
            known: the groups of the manifest.

        Raises:
            InvalidFields: a header cannot be read.
        """
        errors = {}
        wanted, wants_reading = None, False
        try:
            wanted = _groups(groups, known)
        except ValueError as error:
            errors["X-MCP-Groups"] = str(error)
        word = (read_only or "").strip().lower()
        if word in _YES:
            wants_reading = True
        elif word and word not in _NO:
            errors["X-MCP-Readonly"] = "must be true or false"
        if errors:
            raise InvalidFields(errors)
        if wanted is not None and self.groups is not None:
            wanted &= self.groups
        return Reach(self.groups if wanted is None else wanted, self.read_only or wants_reading)

    def holds(self, block: Block) -> bool:
        """Whether a block can be reached."""
        if self.groups is not None and block.group not in self.groups:
            return False
        return is_free_reading(block) or not self.read_only


def _groups(names: str | None, known: Iterable[str]) -> frozenset[str] | None:
    wanted = [name.strip() for name in (names or "").split(",") if name.strip()]
    if not wanted:
        return None
    spelled = {name.lower(): name for name in known}
    unknown = sum(name.lower() not in spelled for name in wanted)
    if unknown:
        raise ValueError(f"{unknown} of these names are not groups; the groups are {', '.join(spelled.values())}")
    return frozenset(spelled[name.lower()] for name in wanted)


def _tell_nobody(_: str, __: Result) -> None: ...


@dataclass(frozen=True)
class Caller:
    """Who calls a tool.

    Attributes:
        credentials: ``authId`` and ``authToken`` as raw args; empty where there are none. They never stand in the
            arguments of a tool, which models write and clients keep.
        missing: what to do where there are none.
        reach: what this caller can reach.
        refused: why the caller gets nothing at all.
        told: is told of the result of every block that was run.
    """

    credentials: Mapping[str, str] = field(repr=False)
    missing: str
    reach: Reach
    refused: ConnectorError | None = None
    told: Callable[[str, Result], None] = _tell_nobody
