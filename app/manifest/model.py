"""What a block is: one Plivo operation, as the manifest describes it.

Marketplace keys (name, type, info, …) are what platforms see; vendor-side keys (``request``, ``rules``, ``wire``,
``join``, …) say how a block becomes a Plivo request. There are no expressions: behaviour is a named datatype or
attribute, implemented once in Python.
"""

import re
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.datatypes import Shape

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_CAPITAL = re.compile(r"[A-Z]")


class ManifestModel(BaseModel):
    """An object of the manifest: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OptionsSource(ManifestModel):
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
        hosted_as: Plivo's name of the URL that this stands for: the connector hosts what it says.
        lasting: what is hosted for it stays; else it is there for a day.
        not_sent: it steers the connector; Plivo does not get it.
    """

    info: str = Field(min_length=1)
    placeholder: str | None = None
    default: Any = None
    example: Any = None
    wire: str = ""
    options_from: OptionsSource | None = Field(default=None, alias="optionsFrom")
    sms_text: bool = Field(default=False, alias="smsText")
    hosted_as: str | None = Field(default=None, alias="hostedAs")
    lasting: bool = False
    not_sent: bool = Field(default=False, alias="notSent")

    @property
    def stays_here(self) -> bool:
        """Whether Plivo knows nothing of it: it steers the connector, or stands for a URL that the connector gives."""
        return self.not_sent or self.hosted_as is not None

    @cached_property
    def wire_name(self) -> str:
        """Plivo's name: ``wire`` if given, else snake_case with an underscore before every capital."""
        return self.wire or _CAPITAL.sub(lambda capital: "_" + capital.group().lower(), self.name)


class Request(ManifestModel):
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


class ExactlyOne(ManifestModel):
    """Exactly one of these args must be given."""

    exactly_one: tuple[str, ...] = Field(alias="exactlyOne", min_length=2)


class AtLeastOne(ManifestModel):
    """One or more of these args must be given."""

    at_least_one: tuple[str, ...] = Field(alias="atLeastOne", min_length=2)


class Conditional(ManifestModel):
    """When all args of ``when`` have one of the listed values (null: not given), others are required."""

    when: dict[str, tuple[Any, ...]]
    require: tuple[str, ...] = Field(min_length=1)


Rule = ExactlyOne | AtLeastOne | Conditional


class Window(ManifestModel):
    """The time window that Plivo puts around a list (Plivo's documentation, per list).

    Attributes:
        field: Plivo's name of the time that filters it, like ``end_time``.
        days: how many days back it looks when no filter is given; None: all of it.
        widest: the widest range in days; None: no limit.
    """

    field: str
    days: int | None = None
    widest: int | None = None


class Listing(ManifestModel):
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


class Block(ManifestModel):
    """One Plivo operation.

    Attributes:
        title: what it does in a few words, for menus, file names and the titles of tools.
        keywords: plain words and synonyms that people look for it with.
        not_found_hint: what a 404 of Plivo's may mean beside a wrong id, and which block helps then.
        listing: what a list block needs to walk all pages; None for every other block.
        example: an example of Plivo's reply.
        varying: fields of the reply that may be of another type than in the example.
        costs: running it spends money.
        local: it is answered here: the request is looked at, not made.
        writes: it is answered here, and changes something all the same.
        destructive: it ends or destroys something; None: DELETE does, nothing else.
        idempotent: doing it twice is the same as doing it once; None: reading and DELETE are, nothing else.
    """

    name: str = Field(pattern=r"^[a-z][A-Za-z0-9]*$")
    title: str = Field(default="", max_length=40)
    keywords: tuple[str, ...] = ()
    group: str
    description: str = Field(min_length=1)
    request: Request
    rules: tuple[Rule, ...] = ()
    args: tuple[Arg, ...] = ()
    example: dict[str, Any]
    varying: tuple[str, ...] = ()
    deprecated: bool = False
    costs: bool = False
    local: bool = False
    writes: bool = False
    destructive: bool | None = None
    idempotent: bool | None = None
    not_found_hint: str = Field(default="", alias="notFoundHint")
    listing: Listing | None = Field(default=None, alias="list")

    @property
    def is_read_only(self) -> bool:
        """Whether it changes nothing."""
        return (self.local and not self.writes) or self.request.method == "GET"

    @property
    def is_destructive(self) -> bool:
        """Whether it ends or destroys something."""
        return self.request.method == "DELETE" if self.destructive is None else self.destructive

    @property
    def is_idempotent(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.is_read_only or self.request.method == "DELETE" if self.idempotent is None else self.idempotent


class Accounts(ManifestModel):
    """Where credentials come from, and which args they are."""

    domain: str
    test: str
    credentials: tuple[Literal["authId"], Literal["authToken"]]


class Package(ManifestModel):
    """Facts about the package as a whole, as the marketplace format names them."""

    package: Literal["Plivo"]
    tagline: str
    description: str
    image: str
    keywords: tuple[str, ...]
    accounts: Accounts
    steps: tuple[str, ...]


class DatatypeNote(ManifestModel):
    """A custom datatype as the platforms see it."""

    name: str
    description: str
    example: Any
