"""One row of evidence: the same request, made by the official SDK and by the connector."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ABSENT = "(absent)"
"""Stands for a parameter that is not sent."""

Case = Literal["all", "required"]

URL = "https://example.com/"
ASYNC: Mapping[str, Any] = {"callbackUrl": URL + "async", "callbackMethod": "GET"}
"""The two args of Plivo's asynchronous answer, which the SDK calls like we do."""


@dataclass(frozen=True)
class LocalFile:
    """A file. The SDK is told where it lies, the connector gets it uploaded."""

    name: str
    media_type: str
    content: str

    def as_part(self, media_type: str | None = None) -> list[list[str]]:
        """Return what stands for the one part that it is, with its own media type unless another is given."""
        return [[self.name, media_type or self.media_type, self.content]]


def files_in(value: object) -> list[LocalFile]:
    """Return the files that an arg's value is."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, LocalFile)]


@dataclass(frozen=True)
class Difference:
    """One thing that the SDK sends otherwise than the connector, on purpose.

    Attributes:
        name: the parameter, ``(path)`` for the raw path, ``(body)`` for the body as a whole,
            ``(content type)`` for how it is written.
        sdk: its value on the SDK's wire, or ABSENT.
        ours: its value on the connector's wire, or ABSENT.
        reason: why the connector does not do as the SDK does.
        cases: where it shows.
    """

    name: str
    sdk: Any
    ours: Any
    reason: str
    cases: tuple[Case, ...] = ("all", "required")


EMPTY_FORM = Difference("", ABSENT, [""], "a form with nothing in it has one nameless, empty part", cases=("required",))
"""Many a server refuses a form without parts."""


@dataclass(frozen=True)
class Row:
    """How the SDK is told to do what a block does.

    Attributes:
        block: the block; several rows may show several ways to use one.
        sdk: the method of the SDK's client, or a function that takes the client first.
        first: what the SDK GETs before, to learn ids: path below the account → Plivo's answer.
        required: args of the connector without which the request cannot be made.
        optional: the other args that the SDK knows too.
        keywords: the SDK's keyword of an arg where it is not the arg's name in snake_case.
        wire_names: Plivo's name of an arg where the SDK's keyword is neither that nor that with an underscore;
            ``{i}`` in it counts the files.
        sdk_values: what the SDK must be given where it does not take the connector's value.
        sdk_insists: keyword arguments that the SDK's signature demands though the request does not need them.
        echoes: path parameters by their SDK name that it repeats among the parameters: its methods dump
            their locals. Plivo has them in the path already.
        defaults: what the SDK sends by itself when nothing was given. It is its taste, not Plivo's rule,
            and overwrites settings when something is updated, so the connector leaves it out.
        nulls: what the SDK sends as null when nothing was given, for the same lack of a reason.
        differences: any others.
        not_in_sdk: args that only Plivo's documentation knows; hand-written cases in ``translations`` show them.
        not_offered: keywords of the SDK that the connector leaves out, and why.
    """

    block: str
    sdk: str | Callable[..., Any]
    first: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: Mapping[str, Any] = field(default_factory=dict)
    optional: Mapping[str, Any] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    wire_names: Mapping[str, str] = field(default_factory=dict)
    sdk_values: Mapping[str, Any] = field(default_factory=dict)
    sdk_insists: Mapping[str, Any] = field(default_factory=dict)
    echoes: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    not_in_sdk: tuple[str, ...] = ()
    not_offered: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.block

    def args(self, case: Case) -> dict[str, Any]:
        """Return the args for the connector."""
        return {**self.required, **(self.optional if case == "all" else {})}

    def keyword(self, arg: str) -> str:
        """Return the SDK's keyword of an arg."""
        return self.keywords.get(arg) or re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), arg)

    def wire_name(self, arg: str) -> str:
        """Return Plivo's name of an arg, as the SDK shows it."""
        return self.wire_names.get(arg) or self.keyword(arg).removesuffix("_")

    def wire_names_of(self, arg: str) -> list[str]:
        """Return the names of the parameters that an arg becomes."""
        name = self.wire_name(arg)
        return [name.replace("{i}", str(i)) for i, _ in enumerate(files_in(self.args("all")[arg]))] or [name]

    def files(self, case: Case) -> list[LocalFile]:
        """Return the files that are uploaded."""
        return [file for value in self.args(case).values() for file in files_in(value)]

    def sdk_arguments(self, case: Case) -> dict[str, Any]:
        """Return the keyword arguments for the SDK, files by their names."""
        given = {self.keyword(arg): self.sdk_values.get(arg, value) for arg, value in self.args(case).items()}
        for keyword, value in given.items():
            if files := files_in(value):
                names = [file.name for file in files]
                given[keyword] = names if isinstance(value, list) else names[0]
        return {**self.sdk_insists, **given}

    def expected_differences(self, case: Case) -> dict[str, tuple[Any, Any]]:
        """Return (SDK's value, connector's value) by name of what is listed for a case."""
        given = self.sdk_arguments(case)
        expected: dict[str, tuple[Any, Any]] = {name: (given[name], ABSENT) for name in self.echoes}
        if case == "required":
            expected |= {name: (value, ABSENT) for name, value in self.defaults.items()}
            expected |= dict.fromkeys(self.nulls, (None, ABSENT))
        return expected | {each.name: (each.sdk, each.ours) for each in self.differences if case in each.cases}
