"""What Plivo sends to its customers, as the manifest describes it (``metadata/events/*.json``).

A file holds the kinds of request of one family and what they have in common. A kind says how its requests are
recognised, which types of event they are, what makes two of them the same event, and how their parameters are called
and read. Kinds exclude each other, so that their order means nothing.
"""

import re
from functools import cached_property
from typing import Any

from pydantic import Field

from app.manifest.model import ManifestModel

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+")


class EventType(ManifestModel):
    """One type of event.

    Attributes:
        name: like ``message.delivered``.
        values: values of the kind's ``by`` parameter that mean this type; empty: all others do.
        recurs: equal requests may mean two events (a key pressed twice), so that the nonce tells them apart as well.
        example: parameters that differ from the kind's example.
    """

    name: str = Field(pattern=r"^[a-z]+\.[a-z_]+$")
    values: tuple[str, ...] = ()
    recurs: bool = False
    description: str = Field(min_length=1)
    example: dict[str, str] = Field(default_factory=dict)


class Reading(ManifestModel):
    """How parameters are called and read. What is not named here is text under its name in snake_case.

    Attributes:
        names: the name in the event's data, by Plivo's name, where it does not follow from it.
        numbers: parameters that are numbers.
        booleans: parameters that are true or false.
        times: parameters that are times; those without an offset are taken for UTC.
        lists: names of lists, by the beginning of the names of numbered parameters (Media0, Media1, …).
    """

    names: dict[str, str] = Field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    lists: dict[str, str] = Field(default_factory=dict)


class EventKind(ManifestModel):
    """A kind of request that Plivo makes.

    Attributes:
        when: parameters that it has, with the values that they may have; no values: any but an empty one.
        unless: parameters that it has not, or empty.
        by: the parameter that tells the type of event.
        types: what it may be.
        key: the parameter that names what it is about; events about one thing are delivered in order.
        identity: parameters that, with the type, make it the same event when Plivo repeats it; empty: all of them.
        xml: Plivo expects XML as the answer.
        time: parameters that tell when it happened, the first that is there counts.
        constants: what else the data says of every event of the kind.
        example: the parameters of such a request.
    """

    when: dict[str, tuple[str, ...]] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    by: str = ""
    types: tuple[EventType, ...] = Field(min_length=1)
    key: str
    identity: tuple[str, ...] = ()
    xml: bool = False
    time: tuple[str, ...] = ()
    constants: dict[str, Any] = Field(default_factory=dict)
    example: dict[str, str]
    reading: Reading = Reading()

    @cached_property
    def type_by_value(self) -> dict[str, str]:
        """The name of the type by the value of ``by``; under the empty text that of all others."""
        return {value: kind.name for kind in self.types for value in kind.values or ("",)}


class EventFamily(ManifestModel):
    """A file: kinds of request, and how the parameters of all of them are read."""

    reading: Reading = Reading()
    kinds: tuple[EventKind, ...]

    def complete(self) -> tuple[EventKind, ...]:
        """Return the kinds, each with what all of them have in common."""
        return tuple(kind.model_copy(update={"reading": self.reading}) for kind in self.kinds)


def data_name(parameter: str) -> str:
    """Return a parameter's name in snake_case: ``RecordingID`` → ``recording_id``."""
    return "_".join(_WORD.findall(parameter)).lower() or parameter


def problems_of_kinds(kinds: tuple[EventKind, ...]) -> list[str]:
    """Return what is wrong with the kinds, looked at together."""
    problems = []
    for kind in kinds:
        name = kind.types[0].name
        if bool(kind.by) != any(one.values for one in kind.types):
            problems.append(f"{name}: `by` and the values of its types need each other")
        if "" not in kind.type_by_value:
            problems.append(f"{name}: no type takes all other values")
        for one in kind.types:
            example = kind.example | one.example
            if [other for other in kinds if matches(other, example)] != [kind]:
                problems.append(f"{one.name}: its example is not recognised as this kind, and as no other")
            elif type_of(kind, example) != one.name:
                problems.append(f"{one.name}: its example is a {type_of(kind, example)}")
    return problems


def matches(kind: EventKind, params: dict[str, Any]) -> bool:
    """Say whether a request's parameters are of a kind."""
    return all(
        params.get(name) and (not values or params[name] in values) for name, values in kind.when.items()
    ) and not any(params.get(name) for name in kind.unless)


def type_of(kind: EventKind, params: dict[str, Any]) -> str:
    """Return the type of event that a request of a kind is."""
    value = params.get(kind.by, "")
    return kind.type_by_value.get(value if isinstance(value, str) else "", kind.type_by_value[""])


def recurs(kind: EventKind, name: str) -> bool:
    """Say whether a type of a kind may come twice without anything that tells the two apart."""
    return any(one.recurs for one in kind.types if one.name == name)
