"""What the manifest cannot say about resources: a small table, no behaviour."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.replies import Json
from app.sandbox.state import World, calendar_date


@dataclass(frozen=True)
class Draft:
    """An item that is being made, for the initial values that need to look at it."""

    world: World
    account: str
    now: float
    item: Json
    parameters: Mapping[str, Any]


Initial = Callable[[Draft], Any]


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
class Traits:
    """What is particular about one resource.

    Attributes:
        id_field: the field that holds the id, where it is not called as in the path.
        new_id: how an id is made, where the example's form does not do.
        renamed: parameter → field.
        links: parameter → (field, collection): the parameter is an id, the field the path of that item.
        initial: field → value of a new item; wins over what was posted.
        on_update: field → value after an update; wins over what was posted.
        dependents: what happens elsewhere when an item is deleted.
    """

    id_field: str = ""
    new_id: Callable[[World], str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    initial: Mapping[str, Initial] = field(default_factory=dict)
    on_update: Mapping[str, Initial] = field(default_factory=dict)
    dependents: tuple[Dependents, ...] = ()


_APPLICATION = "/v1/Account/{auth_id}/Application/"


def _md5(draft: Draft) -> str:
    """Plivo shows an endpoint's password only as its MD5."""
    return hashlib.md5(draft.parameters["password"].encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


TRAITS: Mapping[str, Traits] = {
    "/Application/": Traits(
        renamed={"default_number_app": "default_app"},
        initial={
            "answer_method": lambda draft: draft.parameters.get("answer_method") or "POST",
            "hangup_url": lambda draft: draft.parameters.get("hangup_url") or draft.item["answer_url"],
            "hangup_method": lambda draft: draft.parameters.get("hangup_method") or "POST",
            "fallback_method": lambda draft: draft.parameters.get("fallback_method") or "POST",
            "message_method": lambda draft: draft.parameters.get("message_method") or "POST",
            "log_incoming_messages": lambda draft: draft.parameters.get("log_incoming_messages", True),
            "sip_uri": lambda draft: f"sip:{draft.item['app_id']}@app.plivo.com",
        },
        dependents=(
            Dependents(
                "/v1/Account/{auth_id}/Endpoint/", "application", go_along=True, successor="new_endpoint_application"
            ),
            Dependents("/v1/Account/{auth_id}/Number/", "application"),
        ),
    ),
    "/Endpoint/": Traits(
        links={"app_id": ("application", _APPLICATION)},
        initial={
            "username": lambda draft: draft.parameters["username"] + draft.world.digits(12),
            "password": _md5,
            "sip_uri": lambda draft: f"sip:{draft.item['username']}@phone.plivo.com",
            "sip_registered": lambda _: "false",
            "sip_contact": lambda _: None,
            "sip_expires": lambda _: None,
            "sip_user_agent": lambda _: None,
        },
        on_update={"password": lambda draft: _md5(draft) if "password" in draft.parameters else draft.item["password"]},
    ),
    "/Number/": Traits(links={"app_id": ("application", _APPLICATION)}),
    "/Subaccount/": Traits(
        id_field="auth_id",
        new_id=World.auth_id,
        initial={
            "account": lambda draft: f"/v1/Account/{draft.account}/",
            "auth_token": lambda draft: draft.world.token(),
            "new_auth_token": lambda draft: draft.item["auth_token"],
            "created": lambda draft: calendar_date(draft.now),
            "modified": lambda _: None,
            # Plivo assumes false; a sandbox subaccount works at once unless it was asked not to.
            "enabled": lambda draft: draft.parameters.get("enabled", True),
        },
        on_update={"modified": lambda draft: calendar_date(draft.now)},
    ),
}
"""Path of a collection, from the account's on → what is particular about it."""

STATUSES: Mapping[tuple[str, str], int] = {
    ("POST", "/Endpoint/"): 200,
    ("POST", "/Number/"): 202,
}
"""Success statuses that differ from 201 for a create, 202 for an update or an action."""

FILTER_FIELDS: Mapping[str, str] = {
    "number_startswith": "number",
    "type": "number_type",
}
"""List parameter → field it looks at, where the item has no field of the parameter's own name."""

PREFIX_FILTERS = frozenset({"number_startswith", "from_number", "to_number", "alias", "app_name"})
"""List parameters that match the beginning of a field (Plivo documents them so)."""

CONTAINED_FILTERS = frozenset({"name"})
"""List parameters that match any part of a field."""

EVENT_CALLBACKS = frozenset(
    {
        ("POST", "/v1/Account/{auth_id}/Call/{call_uuid}/Record/"),
        ("POST", "/v1/Account/{auth_id}/Conference/{conference_name}/Record/"),
    }
)
"""Operations whose ``callback_url`` hears of an event; elsewhere it makes the request asynchronous."""
