"""What can be said about a resource that the manifest cannot say: the words for a table of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.engine.replies import Json
from app.sandbox.engine.state import State


@dataclass(frozen=True)
class Draft:
    """An item that is being made or changed, for the values that need to look at it."""

    state: State
    account: str
    now: float
    item: Json
    parameters: Mapping[str, Any]


Initial = Callable[[Draft], Any]

Check = Callable[[Any], None]
"""Raises a ValueError that says what a value must be."""


@dataclass(frozen=True)
class Dependents:
    """Items elsewhere that hold the path of an item of this resource.

    Attributes:
        collection: where they are.
        field: the field that holds the path.
        go_along: they are deleted together with it unless ``cascade`` is false; else only unlinked.
        successor: the parameter that names what they are linked to instead.
    """

    collection: str
    field: str
    go_along: bool = False
    successor: str = ""


@dataclass(frozen=True)
class Review:
    """What happens to an item by itself, as a function of time.

    Attributes:
        stages: field → its values, each with the seconds (since the item's ``since``) from which on it holds.
        on_create: they begin when an item is made.
        on_update: every change begins them anew.
    """

    stages: Mapping[str, tuple[tuple[float, Any], ...]]
    on_create: bool = True
    on_update: bool = False


@dataclass(frozen=True)
class Traits:
    """What is particular about one resource.

    Attributes:
        id_field: the field that holds the id, where it is not called as in the path.
        new_id: how an id is made, where the example's form does not do.
        renamed: parameter → field.
        links: parameter → (field, collection): the parameter is an id, the field the path of that item.
        references: parameter → collection: it names items that must be there, one or a list.
        checks: parameter → what Plivo demands of it beyond its type.
        initial: field → value of a new item; wins over what was posted.
        on_update: field → value after an update; wins over what was posted.
        review: what happens to an item by itself.
        dependents: what happens elsewhere when an item is deleted.
        no_filters: list parameters that do not filter.
        not_found: what Plivo says where an item is not there; ``{id}`` stands for its id.
        error_key: where it says so.
    """

    id_field: str = ""
    new_id: Callable[[State], str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    initial: Mapping[str, Initial] = field(default_factory=dict)
    on_update: Mapping[str, Initial] = field(default_factory=dict)
    review: Review | None = None
    dependents: tuple[Dependents, ...] = ()
    no_filters: tuple[str, ...] = ()
    not_found: str = "not found"
    error_key: str = "error"
