"""The generic resource engine: create, list, get, update and delete for whatever the manifest describes.

What a path and method mean follows from the path's form (see ``catalog``). An operation that is none of
these is answered with its example; one inside a stored resource first needs that resource to be there.
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox.engine import listing
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.examples import NOTHING, filled, wrapper_of
from app.sandbox.engine.fields import NO_ID, UPDATE_TIMES, blank_fields, link, post, stamp
from app.sandbox.engine.paths import ACCOUNT, segments_of
from app.sandbox.engine.replies import NO_CONTENT, Json, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Request, sub_account_field
from app.sandbox.engine.tables import Record
from app.sandbox.engine.traits import Dependents, Draft


def answer(request: Request) -> Reply:
    """Answer any operation that no life cycle answers.

    Raises:
        Refusal: 404, the path names something that is not there.
    """
    require_parent(request)
    method = request.block.request.method
    collection = request.catalog.resources.get(request.template)
    if collection is not None and method == "POST":
        return create(request, collection)
    if collection is not None and request.block.listing is not None:
        return list_items(request, collection)
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
    return reply_created(request, resource, *add(request, resource))


def reply_created(request: Request, resource: Resource, item_id: str, record: Record, **more: Any) -> Reply:
    """Answer that an item was made; more is what the reply says otherwise than the item."""
    return _reply_about(request, resource, item_id, record, 201, more)


def add(request: Request, resource: Resource, item_id: str | None = None) -> tuple[str, Record]:
    """Put a new item into its table.

    Args:
        request: whose parameters are the item's fields.
        resource: what it is.
        item_id: its id; None to make one.

    Raises:
        Refusal: a parameter names something that is not there.
    """
    traits = resource.traits
    pattern = str(resource.shape.get(resource.id_field) or "")
    if item_id is None:
        item_id = traits.new_id(request.state) if traits.new_id else request.state.like(pattern)
    fields = blank_fields(request, resource, pattern, item_id)
    post(request, resource, fields)
    draft = Draft(request.state, request.account, request.now, fields, request.parameters)
    for field, initial in traits.initial.items():
        if field in resource.shape:
            fields[field] = initial(draft)
    record = Record(request.owner(), fields)
    if traits.review and traits.review.on_create:
        record.since = request.now
    request.table(resource.collection, Record).put(item_id, record)
    request.announce("review", item_id)
    return item_id, record


def list_items(request: Request, resource: Resource) -> Reply:
    """List the items that the account may know of."""
    table = request.table(resource.collection, Record)
    return listing.page(
        request,
        request.visible(table),
        lambda key, record: view(request, resource, key, record),
        skip=resource.traits.no_filters,
    )


def get(request: Request, resource: Resource) -> Reply:
    """Show one item."""
    return reply_item(request, view(request, resource, *existing(request, resource)))


def reply_item(request: Request, item: Json) -> Reply:
    """Answer with an item, in what the example wraps it."""
    wrapper = wrapper_of(request.block.example)
    return Reply(200, {"api_id": request.state.uuid(), **({wrapper: item} if wrapper else item)})


def update(request: Request, resource: Resource) -> Reply:
    """Change the fields that were given."""
    item_id, record = existing(request, resource)
    change(request, resource, record)
    request.announce("review", item_id)
    return _reply_about(request, resource, item_id, record, 202)


def change(request: Request, resource: Resource, record: Record) -> None:
    """Put the parameters into an item's fields, all or none.

    Raises:
        Refusal: a parameter names something that is not there.
    """
    fields = dict(record.fields)
    post(request, resource, fields)
    if request.parameters.get("subaccount"):
        record.owner = request.owner()
    draft = Draft(request.state, request.account, request.now, fields, request.parameters)
    for field, value in resource.traits.on_update.items():
        if field in resource.shape:
            fields[field] = value(draft)
    stamp(fields, UPDATE_TIMES, resource, request.now)
    record.fields = fields
    if resource.traits.review and resource.traits.review.on_update:
        record.since = request.now


def delete(request: Request, resource: Resource) -> Reply:
    """Delete an item, and see to what depends on it."""
    item_id, record = existing(request, resource)
    for dependents in resource.traits.dependents:
        _release(request, resource, item_id, dependents)
    request.table(resource.collection, Record).drop(item_id)
    return _reply_about(request, resource, item_id, record, 200)


def existing(request: Request, resource: Resource) -> tuple[str, Record]:
    """Return the item that the path names.

    Raises:
        Refusal: 404, it is not there.
    """
    item_id = request.path[segments_of(request.template)[-1][1:-1]]
    record = request.find(request.table(resource.collection, Record), item_id)
    if record is None:
        raise _missing(resource, item_id)
    return item_id, record


def view(request: Request, resource: Resource, item_id: str, record: Record) -> Json:
    """Return an item as Plivo shows it to this account now. What is inside its fields is not to be changed."""
    item = dict(record.fields)
    if "resource_uri" in item:
        item["resource_uri"] = request.uri(*request.below_account(resource.collection), item_id)
    if "sub_account" in item:
        item["sub_account"] = sub_account_field(record.owner)
    if "sub_account_name" in item:
        item["sub_account_name"] = request.name_of(record.owner)
    if resource.traits.review and record.since is not None:
        age = request.now - record.since
        for field, stages in resource.traits.review.stages.items():
            if field in item:
                item[field] = next(value for after, value in reversed(stages) if age >= after)
    return item


def require_parent(request: Request) -> None:
    """Check that what a longer path lies in is there: a call of a stream, a campaign of a number.

    Raises:
        Refusal: 404, it is not.
    """
    parent = request.catalog.parent_of(request.template)
    if parent is None:
        return
    resource, template = parent
    item_id = request.path[segments_of(template)[-1][1:-1]]
    owner = request.state.owner_of("/".join(request.below_account(resource.collection)), item_id)
    if owner is None or not request.may_see(owner):
        raise _missing(resource, item_id)


def _missing(resource: Resource, item_id: str) -> Refusal:
    return not_found(resource.traits.not_found.format(id=item_id), key=resource.traits.error_key)


def _release(request: Request, resource: Resource, item_id: str, dependents: Dependents) -> None:
    """Delete what is linked to an item, or link it to the item's successor, or to nothing."""
    successor = request.parameters.get(dependents.successor)
    if successor == item_id:
        raise invalid(dependents.successor, "it is the one that is being deleted")
    replacement = link(request, dependents.successor, resource.collection, successor)
    goes_along = dependents.go_along and request.parameters.get("cascade") is not False
    path_below_account = [*request.below_account(resource.collection), item_id]
    table = request.table(dependents.collection, Record)
    for key, record in table.newest_first():
        linked = record.fields.get(dependents.field)
        if linked is None or segments_of(linked)[3:] != path_below_account:
            continue
        if goes_along:
            table.drop(key)
        else:
            record.fields[dependents.field] = replacement


def _reply_about(
    request: Request,
    resource: Resource,
    item_id: str,
    record: Record,
    status: int,
    more: Mapping[str, Any] | None = None,
) -> Reply:
    """Answer about an item as the example does; a message that quotes the example quotes the item instead."""
    if request.block.example == NOTHING:
        return Reply(status_of(request, 204))
    item = view(request, resource, item_id, record)
    body = filled(request.example(), item, resource.id_parameter, item_id)
    if isinstance(message := body.get("message"), str):
        for field, example in resource.shape.items():
            if _is_number(example) and isinstance(item.get(field), str):
                message = message.replace(example, item[field])
        body["message"] = message
    return Reply(status_of(request, status), {**body, **(more or {})})


def _is_number(example: object) -> bool:
    """Say whether a value can only stand for itself in a text: it is a phone number, or as long as one."""
    return isinstance(example, str) and example.isdigit() and len(example) > NO_ID


def status_of(request: Request, default: int) -> int:
    """Return an operation's status of success: its own one where it has one."""
    return request.catalog.statuses.get((request.block.request.method, request.template.removeprefix(ACCOUNT)), default)


def _from_example(request: Request) -> Reply:
    if request.block.example == NOTHING:
        return NO_CONTENT
    if request.block.listing is not None:
        return listing.paged(request, request.example()[request.block.listing.items])
    known = {**request.parameters, **request.path}
    default = 202 if request.block.request.method == "POST" else 200
    return Reply(status_of(request, default), filled(request.example(), known))
