"""Powerpacks and their pools of numbers: a powerpack's ``number_pool`` is the path of its pool."""

from app.sandbox.data import countries
from app.sandbox.engine import listing, resources
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.paths import ACCOUNT, segments_of
from app.sandbox.engine.replies import Json, Refusal, Reply, not_found
from app.sandbox.engine.request import Handler, Handlers, Request
from app.sandbox.engine.tables import Record, Table
from app.sandbox.products import numbers

_POWERPACKS = ACCOUNT + "/Powerpack/"
_POWERPACK = _POWERPACKS + "{powerpack_uuid}/"
_POOL = ACCOUNT + "/NumberPool/{number_pool_uuid}/"
_RENTED = ACCOUNT + "/Number/"
_KINDS = {"Number": "number", "Shortcode": "shortcode", "Tollfree": "tollfree"}
"""What a pool has, by the segment of its path → the parameter that names one."""


def number_of(request: Request, powerpack_uuid: str) -> str | None:
    """Return a number that a powerpack would send from; None where it has none."""
    powerpack = request.find(request.table(_POWERPACKS, Record), powerpack_uuid)
    if powerpack is None:
        return None
    pool = segments_of(powerpack.fields["number_pool"])[-1]
    for kind in ("Number", "Tollfree"):
        table = request.state.table(f"NumberPool/{pool}/{kind}", Record, inner=True)
        for number, _ in table.newest_first():
            return number
    return None


def _resource(request: Request) -> Resource:
    return request.catalog.resources[f"{_POOL}{_kind(request)}/"]


def _kind(request: Request) -> str:
    """Return which part of a pool the path is about: Number, Shortcode or Tollfree."""
    return segments_of(request.template)[5]


def _table(request: Request) -> Table[Record]:
    """Return that part of the pool.

    Raises:
        Refusal: 404, no powerpack of the account has this pool.
    """
    uuid = request.path["number_pool_uuid"]
    for _, powerpack in request.visible(request.table(_POWERPACKS, Record)):
        if segments_of(powerpack.fields["number_pool"])[-1] == uuid:
            return request.table(f"{_POOL}{_kind(request)}/", Record)
    raise not_found()


def _about(request: Request) -> Json:
    uuid = request.path["number_pool_uuid"]
    return {"uuid": uuid, "number_pool": request.uri("NumberPool", uuid)}


def _list(request: Request) -> Reply:
    beginnings = [text.strip().removeprefix("+") for text in (request.parameters.get("starts_with") or "").split(",")]
    rows = (
        row
        for row in request.visible(_table(request))
        if any(row[0].startswith((text, f"1{text}")) for text in beginnings)
    )
    resource = _resource(request)
    return listing.page(
        request,
        rows,
        lambda key, record: resources.view(request, resource, key, record),
        skip=("starts_with",),
        about=_about(request),
    )


def _get(request: Request) -> Reply:
    _table(request)
    return resources.get(request, _resource(request))


def _add(request: Request) -> Reply:
    table, resource = _table(request), _resource(request)
    number = request.path[_KINDS[_kind(request)]]
    rented = request.find(request.table(_RENTED, Record), number)
    if rented is None and request.block.request.fixed.get("rent") == "true":
        rented = numbers.buy(request, number)
    if rented is None:
        raise not_found()
    is_tollfree = rented.fields["number_type"] == "tollfree"
    if _kind(request) == "Tollfree" and not is_tollfree:
        raise Refusal(400, f"{number} is not a toll-free number")
    record = table.get(number)
    if record is None:
        _, record = resources.add(request, resource, number)
        known = {
            "account_phone_number_resource": request.uri("Number", number),
            "country_iso2": countries.iso_of(number),
            "number": number,
            "service": request.parameters.get("service") or "sms",
            "type": "tollfree" if is_tollfree else "fixed",
        }
        record.fields.update(known)
    return request.answer(200, **{**resources.view(request, resource, number, record), **_about(request)})


def _remove(request: Request) -> Reply:
    table, key = _table(request), request.path[_KINDS[_kind(request)]]
    if request.find(table, key) is None:
        raise not_found()
    table.drop(key)
    if request.parameters.get("unrent"):
        request.table(_RENTED, Record).drop(key)
    return request.answer(200)


def _delete(request: Request) -> Reply:
    """Delete a powerpack with its pool; its numbers are given back when ``unrent_numbers`` is true."""
    _, powerpack = resources.existing(request, request.catalog.resources[_POWERPACKS])
    pool = segments_of(powerpack.fields["number_pool"])[-1]
    for kind in _KINDS:
        table = request.state.table(f"NumberPool/{pool}/{kind}", Record, inner=True)
        for key, _ in table.newest_first():
            table.drop(key)
            if request.parameters.get("unrent_numbers"):
                request.table(_RENTED, Record).drop(key)
    return resources.answer(request)


def _pool_handlers() -> dict[tuple[str, str], Handler]:
    handlers: dict[tuple[str, str], Handler] = {}
    for kind, parameter in _KINDS.items():
        collection = f"{_POOL}{kind}/"
        item = f"{collection}{{{parameter}}}/"
        handlers |= {("GET", collection): _list, ("GET", item): _get, ("DELETE", item): _remove}
        if kind != "Shortcode":
            handlers["POST", item] = _add
    return handlers


HANDLERS: Handlers = {("DELETE", _POWERPACK): _delete, **_pool_handlers()}
