"""Derives from the manifest which resources exist and what their items look like.

A path that ends in a parameter is an item's path; the path before it is the collection's. A resource
can be stored when something can be created in its collection. The shape of an item is what the
examples show: the reply of get, else the first item of the list.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.manifest import Block
from app.sandbox.replies import Json
from app.sandbox.resources import TRAITS, Traits
from app.sandbox.router import Router, is_parameter, segments_of

_ACCOUNT_IN_PATH = re.compile(r"/v1/Account/[^/]+/")


@dataclass(frozen=True)
class Resource:
    """One kind of item that can be created, and how it is shown.

    Attributes:
        collection: path template of the collection.
        id_parameter: the last parameter of the item's path.
        id_field: the field of an item that holds the same value.
        shape: an example item.
        settable: fields that can be posted, with the value each has when it was not.
    """

    collection: str
    id_parameter: str
    id_field: str
    shape: Json
    settable: Json
    traits: Traits


class Catalog:
    """All resources of a manifest, by the template of their collection."""

    def __init__(self, router: Router) -> None:
        self.resources: dict[str, Resource] = {}
        for _, template in router.operations:
            parts = _split(template)
            if parts is None or parts[0] in self.resources:
                continue
            collection, parameter = parts
            create = router.operations.get(("POST", collection))
            get = router.operations.get(("GET", template))
            listing = router.operations.get(("GET", collection))
            if create is not None and (get or listing):
                shape = _shape(get.blocks[-1] if get else None, listing.blocks[-1] if listing else None)
                self.resources[collection] = _resource(collection, parameter, shape, create.blocks[-1])

    def of_item(self, template: str) -> Resource | None:
        """Return the resource that this path template names one item of."""
        parts = _split(template)
        return self.resources.get(parts[0]) if parts else None

    def around(self, template: str) -> tuple[Resource, str] | None:
        """Return the innermost stored resource that a longer path lies in, and its item's template."""
        segments = segments_of(template)
        for length in range(len(segments) - 1, 3, -1):
            inner = "/" + "/".join(segments[:length]) + "/"
            if is_parameter(segments[length - 1]) and (resource := self.of_item(inner)) is not None:
                return resource, inner
        return None


def resolve(template: str, values: Mapping[str, str]) -> str:
    """Put values into a path template."""
    return (
        "/"
        + "/".join(values[segment[1:-1]] if is_parameter(segment) else segment for segment in segments_of(template))
        + "/"
    )


def localised(example: Any, account: str) -> Any:
    """Return a copy of an example whose paths name this account instead of the example's."""
    match example:
        case dict():
            return {key: localised(value, account) for key, value in example.items()}
        case list():
            return [localised(value, account) for value in example]
        case str():
            return _ACCOUNT_IN_PATH.sub(f"/v1/Account/{account}/", example)
    return example


def wrapper_of(example: Mapping[str, Any]) -> str | None:
    """Return the key that a get reply wraps its item in (``brand``, ``response``), None where it does not."""
    keys = [key for key in example if key not in ("api_id", "message")]
    if len(keys) == 1 and isinstance(example[keys[0]], dict):
        return keys[0]
    return None


def items_key_of(example: Mapping[str, Any]) -> str | None:
    """Return the key that a list reply has its items under (``objects``, ``calls``, …)."""
    if isinstance(example.get("objects"), list):
        return "objects"
    return next((key for key, value in example.items() if isinstance(value, list)), None)


def _split(template: str) -> tuple[str, str] | None:
    segments = segments_of(template)
    if not is_parameter(segments[-1]) or segments[-1] == "{auth_id}":
        return None
    return "/" + "/".join(segments[:-1]) + "/", segments[-1][1:-1]


def _shape(get: Block | None, listing: Block | None) -> Json:
    listed: Json = {}
    if listing is not None:
        example = listing.example
        inner = wrapper_of(example)
        items_in = example[inner] if inner else example
        items = items_in.get(items_key_of(items_in) or "", [])
        listed = items[0] if items and isinstance(items[0], dict) else {}
    if get is None:
        return deepcopy(listed)
    wrapper = wrapper_of(get.example)
    item = get.example[wrapper] if wrapper else get.example
    return {key: deepcopy(value) for key, value in {**listed, **item}.items() if key != "api_id"}


def _resource(collection: str, parameter: str, shape: Json, create: Block) -> Resource:
    traits = TRAITS.get(collection.removeprefix("/v1/Account/{auth_id}"), Traits())
    candidates = (traits.id_field, parameter, parameter.rsplit("_", 1)[-1], "uuid", "id")
    id_field = next((field for field in candidates if field in shape), parameter)
    settable: Json = {}
    for arg in create.args:
        field = traits.renamed.get(arg.wire_name, arg.wire_name)
        if field in shape and field != id_field:
            settable[field] = _default_of(arg.default, shape[field])
    return Resource(collection, parameter, id_field, shape, settable, traits)


def _default_of(default: Any, example: Any) -> Any:
    match example:
        case bool():
            return default in (True, "true")
        case str():
            return "" if default is None else str(default)
        case int() | float():
            return default
        case list() | dict():
            return type(example)()
    return default
