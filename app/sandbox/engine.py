"""The generic resource engine: create, list, get, update and delete for whatever the manifest describes.

What a path and method mean follows from the path's form (see ``catalog``). An operation that is none of
these is answered with its example; one inside a stored resource first needs that resource to be there.
"""

from copy import deepcopy

from app.sandbox import listing
from app.sandbox.catalog import Resource, items_key_of, localised, wrapper_of
from app.sandbox.replies import NO_CONTENT, Json, Reply, invalid, not_found
from app.sandbox.request import Request, Stored, sub_account_field
from app.sandbox.resources import STATUSES, Dependents, Draft
from app.sandbox.router import segments_of
from app.sandbox.state import MAIN_ACCOUNT

_NOTHING = {"status": "success"}
"""How an example shows a reply without a body."""


def answer(request: Request) -> Reply:
    """Answer any operation that no life cycle answers.

    Raises:
        Refusal: 404, the path names something that is not there.
    """
    _require_surroundings(request)
    method = request.block.request.method
    collection = request.catalog.resources.get(request.template)
    if collection is not None and method in ("GET", "POST"):
        return create(request, collection) if method == "POST" else list_items(request, collection)
    item_of = request.catalog.of_item(request.template)
    if item_of is not None:
        match method:
            case "GET":
                return get(request, item_of)
            case "DELETE":
                return delete(request, item_of)
        return update(request, item_of)
    return _from_example(request)


def create(request: Request, resource: Resource) -> Reply:
    """Make a new item from the parameters and answer as the example does."""
    item_id, record = add(request, resource)
    shown = view(request, resource, item_id, record)
    return Reply(_status(request, 201), _filled(request.example(), shown, resource.id_parameter, item_id))


def add(request: Request, resource: Resource, item_id: str | None = None) -> tuple[str, Stored]:
    """Put a new item on its shelf.

    Args:
        request: whose parameters are the item's fields.
        resource: what it is.
        item_id: its id; None to make one.

    Raises:
        Refusal: a parameter names something that is not there.
    """
    traits = resource.traits
    if item_id is None:
        pattern = str(resource.shape.get(resource.id_field) or "")
        item_id = traits.new_id(request.world) if traits.new_id else request.world.like(pattern)
    blank = {**localised(resource.shape, request.account), **deepcopy(resource.settable)}
    blank.update((field, None) for field, _ in traits.links.values())
    if resource.id_field in blank:
        blank[resource.id_field] = item_id
    fields = {**blank, **_posted(request, resource)}
    draft = Draft(request.world, request.account, request.now, fields, request.parameters)
    for field, initial in traits.initial.items():
        if field in resource.shape:
            fields[field] = initial(draft)
    record = Stored(request.owner(), fields)
    request.shelf(resource.collection, Stored).put(item_id, record)
    return item_id, record


def list_items(request: Request, resource: Resource) -> Reply:
    """List the items that the account may know of."""
    shelf = request.shelf(resource.collection, Stored)
    return listing.page(request, (view(request, resource, key, record) for key, record in request.visible(shelf)))


def get(request: Request, resource: Resource) -> Reply:
    """Show one item."""
    item_id, record = existing(request, resource)
    item = view(request, resource, item_id, record)
    wrapper = wrapper_of(request.block.example)
    return Reply(200, {"api_id": request.world.uuid(), **({wrapper: item} if wrapper else item)})


def update(request: Request, resource: Resource) -> Reply:
    """Change the fields that were given."""
    item_id, record = existing(request, resource)
    posted = _posted(request, resource)
    if request.parameters.get("subaccount"):
        record.owner = request.owner()
    record.fields.update(posted)
    draft = Draft(request.world, request.account, request.now, record.fields, request.parameters)
    for field, value in resource.traits.on_update.items():
        if field in resource.shape:
            record.fields[field] = value(draft)
    shown = view(request, resource, item_id, record)
    return Reply(_status(request, 202), _filled(request.example(), shown, resource.id_parameter, item_id))


def delete(request: Request, resource: Resource) -> Reply:
    """Delete an item, and see to what depends on it."""
    item_id, record = existing(request, resource)
    for dependents in resource.traits.dependents:
        _release(request, resource, item_id, dependents)
    request.shelf(resource.collection, Stored).drop(item_id)
    if request.block.example == _NOTHING:
        return NO_CONTENT
    shown = view(request, resource, item_id, record)
    return Reply(_status(request, 200), _filled(request.example(), shown, resource.id_parameter, item_id))


def existing(request: Request, resource: Resource) -> tuple[str, Stored]:
    """Return the item that the path names.

    Raises:
        Refusal: 404, it is not there.
    """
    item_id = request.path[segments_of(request.template)[-1][1:-1]]
    record = request.find(request.shelf(resource.collection, Stored), item_id)
    if record is None:
        raise not_found(segments_of(resource.collection)[-1].lower())
    return item_id, record


def view(request: Request, resource: Resource, item_id: str, record: Stored) -> Json:
    """Return an item as Plivo shows it to this account."""
    shown = deepcopy(record.fields)
    if "resource_uri" in shown:
        shown["resource_uri"] = request.uri(*request.below_account(resource.collection), item_id)
    if "sub_account" in shown:
        shown["sub_account"] = sub_account_field(record.owner)
    return shown


def _posted(request: Request, resource: Resource) -> Json:
    """Return the fields that the parameters set.

    Raises:
        Refusal: one of them names something that is not there.
    """
    posted: Json = {}
    traits = resource.traits
    for name, value in request.parameters.items():
        if name in traits.links:
            field, collection = traits.links[name]
            posted[field] = _link(request, name, collection, value)
            continue
        field = traits.renamed.get(name, name)
        if field in resource.shape and field != resource.id_field:
            posted[field] = deepcopy(value)
    return posted


def _link(request: Request, name: str, collection: str, value: str | None) -> str | None:
    if not value:
        return None
    if request.find(request.shelf(collection, Stored), value) is None:
        raise invalid(name, f"there is no such {segments_of(collection)[-1].lower()}")
    return request.uri(*segments_of(collection)[3:], value)


def _release(request: Request, resource: Resource, item_id: str, dependents: Dependents) -> None:
    """Delete what is linked to an item, or link it to the item's successor, or to nothing."""
    successor = request.parameters.get(dependents.successor)
    if successor == item_id:
        raise invalid(dependents.successor, "it is the one that is being deleted")
    replacement = _link(request, dependents.successor, resource.collection, successor)
    goes_along = dependents.go_along and request.parameters.get("cascade") is not False
    path_below_account = [*request.below_account(resource.collection), item_id]
    shelf = request.shelf(dependents.collection, Stored)
    for key, record in shelf.newest_first():
        linked = record.fields.get(dependents.field)
        if linked is None or segments_of(linked)[3:] != path_below_account:
            continue
        if goes_along:
            shelf.drop(key)
        else:
            record.fields[dependents.field] = replacement


def _status(request: Request, default: int) -> int:
    key = (request.block.request.method, request.template.removeprefix("/v1/Account/{auth_id}"))
    return STATUSES.get(key, default)


def _require_surroundings(request: Request) -> None:
    """Check that what a longer path lies in is there: a call of a stream, a campaign of a number."""
    around = request.catalog.around(request.template)
    if around is None:
        return
    resource, template = around
    item_id = request.path[segments_of(template)[-1][1:-1]]
    holder = request.world.holder("/".join(request.below_account(resource.collection)), item_id)
    if holder is None or request.account not in (MAIN_ACCOUNT, holder):
        raise not_found(segments_of(resource.collection)[-1].lower())


def _from_example(request: Request) -> Reply:
    method = request.block.request.method
    if request.block.example == _NOTHING:
        return NO_CONTENT
    example = request.example()
    if method == "GET" and isinstance(example.get("meta"), dict) and (key := items_key_of(example)):
        return listing.paged(request, example[key])
    known = {**request.parameters, **request.path}
    return Reply(_status(request, 202 if method == "POST" else 200), _filled(example, known))


def _filled(example: Json, known: Json, id_parameter: str = "", item_id: str = "") -> Json:
    """Put what is known into an example reply, at any depth; texts of ``message`` stay."""
    filled: Json = {}
    for key, value in example.items():
        if key in ("api_id", "message"):
            filled[key] = value
        elif key == id_parameter:
            filled[key] = item_id
        elif key in known:
            filled[key] = known[key]
        elif isinstance(value, dict):
            filled[key] = _filled(value, known, id_parameter, item_id)
        else:
            filled[key] = value
    return filled
