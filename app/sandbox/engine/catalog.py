"""Derives from the manifest which resources exist and what their items look like.

A path that ends in a parameter is an item's path, unless there are items below it; the path before it
is the collection's. A resource can be stored when an item can be shown, or created and listed. The
shape of an item is what the examples show: the reply of get, else the first item of the list.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.manifest.model import Arg, Block
from app.sandbox.engine.examples import items_in, wrapper_of
from app.sandbox.engine.paths import ACCOUNT, is_parameter, segments_of
from app.sandbox.engine.replies import Json
from app.sandbox.engine.router import Router
from app.sandbox.engine.traits import Traits


@dataclass(frozen=True)
class Resource:
    """One kind of item that can be stored, and how it is shown.

    Attributes:
        collection: path template of the collection.
        id_parameter: the last parameter of the item's path.
        id_field: the field of an item that holds the same value.
        shape: an example item.
        example_path: values for the parameters of the item's path: those of the example item.
        settable: fields that can be posted, with the value each has when it was not.
        nested: the same for fields of an object in a field (``campaign_attributes``).
    """

    collection: str
    id_parameter: str
    id_field: str
    shape: Json
    example_path: Mapping[str, str]
    settable: Json
    nested: Mapping[str, Json]
    traits: Traits


class Catalog:
    """All resources of a manifest, by the template of their collection.

    Args:
        router: the operations of the manifest.
        traits: path of a collection below the account's → what is particular about it.
        statuses: (method, path below the account's) → status of success, where it is not the usual one.
    """

    def __init__(self, router: Router, traits: Mapping[str, Traits], statuses: Mapping[tuple[str, str], int]) -> None:
        self.statuses = statuses
        self.resources: dict[str, Resource] = {}
        for _, template in router.operations:
            parts = _split(template)
            if parts is None or parts[0] in self.resources or _has_items(router, template):
                continue
            collection, parameter = parts
            create = router.operations.get(("POST", collection))
            get = router.operations.get(("GET", template))
            listing = router.operations.get(("GET", collection))
            if get or (create and listing):
                shape = _shape(get.blocks[-1] if get else None, listing.blocks[-1] if listing else None)
                # What is only added by its name is described by the item's path.
                describing = create or router.operations.get(("POST", template))
                args = describing.blocks[-1].args if describing else ()
                example_path = _example_path(router, template)
                self.resources[collection] = _resource(
                    collection,
                    parameter,
                    shape,
                    example_path,
                    args,
                    traits.get(collection.removeprefix(ACCOUNT), Traits()),
                )

    def of_item(self, template: str) -> Resource | None:
        """Return the resource that this path template names one item of."""
        parts = _split(template)
        return self.resources.get(parts[0]) if parts else None

    def parent_of(self, template: str) -> tuple[Resource, str] | None:
        """Return the innermost stored resource that a longer path lies in, and its item's template."""
        segments = segments_of(template)
        for length in range(len(segments) - 1, 2, -1):
            inner = "/" + "/".join(segments[:length]) + "/"
            if is_parameter(segments[length - 1]) and (resource := self.of_item(inner)) is not None:
                return resource, inner
        return None


def _split(template: str) -> tuple[str, str] | None:
    segments = segments_of(template)
    if not is_parameter(segments[-1]) or segments[-1] == "{auth_id}":
        return None
    return "/" + "/".join(segments[:-1]) + "/", segments[-1][1:-1]


def _has_items(router: Router, template: str) -> bool:
    below = segments_of(template)
    return any(
        method == "GET" and segments[:-1] == below and is_parameter(segments[-1])
        for method, segments in ((method, segments_of(path)) for method, path in router.operations)
    )


def _example_path(router: Router, template: str) -> Mapping[str, str]:
    operations = (router.operations.get((method, template)) for method in ("GET", "POST", "DELETE"))
    block = next(operation for operation in operations if operation).blocks[-1]
    values = {arg.wire_name: arg.example for arg in block.args if arg.wire_name in block.request.path_parameters}
    return {name: str(value[0] if isinstance(value, list) else value) for name, value in values.items()}


def _shape(get: Block | None, listing: Block | None) -> Json:
    listed: Json = {}
    if listing is not None and listing.listing is not None:
        around, key = items_in(listing)
        items = (listing.example[around] if around else listing.example).get(key, [])
        listed = items[0] if items and isinstance(items[0], dict) else {}
    if get is None:
        return deepcopy(listed)
    wrapper = wrapper_of(get.example)
    item = get.example[wrapper] if wrapper else get.example
    return {key: deepcopy(value) for key, value in {**listed, **item}.items() if key != "api_id"}


def _resource(
    collection: str, parameter: str, shape: Json, example_path: Mapping[str, str], args: Iterable[Arg], traits: Traits
) -> Resource:
    candidates = (traits.id_field, parameter, parameter.rsplit("_", 1)[-1], "uuid", "id")
    id_field = next((field for field in candidates if field in shape), parameter)
    settable: Json = {}
    nested: dict[str, Json] = {field: {} for field, value in shape.items() if isinstance(value, dict)}
    for arg in args:
        field = traits.renamed.get(arg.wire_name, arg.wire_name)
        if field in shape and field != id_field:
            settable[field] = _default_of(arg.default, shape[field])
        for name, blanks in nested.items():
            if field in shape[name]:
                blanks[field] = _default_of(arg.default, shape[name][field])
    return Resource(collection, parameter, id_field, shape, example_path, settable, nested, traits)


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
