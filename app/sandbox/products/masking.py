"""Number masking: a session gives two parties a number between them, until it expires."""

from app.sandbox.engine import resources
from app.sandbox.engine.notation import timestamp_like
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Refusal, Reply, invalid
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record, Table

SESSION_LIFE = 3600
"""Seconds that a session lasts, unless ``session_expiry`` says otherwise (Plivo's default)."""

STAYS = 1800.0
"""Seconds after which a party that was called first hangs up."""

PLACE = "Masking/Session"
"""Name of the table of sessions."""

_COLLECTION = ACCOUNT + f"/{PLACE}/"
_ITEM = _COLLECTION + "{session_uuid}/"
PARTIES = ("first_party", "second_party")


def table(request: Request) -> Table[Record]:
    """Return all sessions."""
    return request.table(_COLLECTION, Record)


def session_of(request: Request, caller: str, number: str) -> str | None:
    """Return the id of the active session that a party reaches the other one by at this number; None for none."""
    for session_uuid, session in request.visible(table(request)):
        parties = [session.fields[name] for name in PARTIES]
        is_active = session.since is not None and request.now < session.since
        if is_active and session.fields["virtual_number"] == number and caller in parties and all(parties):
            return session_uuid
    return None


def next_number(request: Request, session_uuid: str, owner: str) -> int:
    """Return the number of the next event of a session, from 1 on."""
    numbers = request.state.table("Masking/Sequence", Record)
    last = numbers.get(session_uuid) or Record(owner, {"last": 0})
    last.fields["last"] += 1
    numbers.put(session_uuid, last)
    return int(last.fields["last"])


def _create(request: Request) -> Reply:
    resource, parameters = request.catalog.resources[_COLLECTION], request.parameters
    parties = [str(parameters[name]).removeprefix("+") for name in PARTIES if parameters.get(name)]
    if len(parties) != len(set(parties)):
        raise invalid("second_party", "it is the first party's number")
    virtual_number = _free_number(request, set(parties))
    item_id, record = resources.add(request, resource)
    if parameters.get("generate_pin"):
        length = parameters.get("generate_pin_length") or 4
        record.fields.update({f"{name}_pin": request.state.digits(length) for name in PARTIES})
    record.fields.update(
        duration=0,
        interaction=None,
        last_interaction_time="",
        subaccount=parameters.get("subaccount") or None,
        virtual_number=virtual_number,
        **{name: (parameters.get(name) or "").removeprefix("+") for name in PARTIES},
    )
    _expire(request, record, parameters.get("session_expiry") or SESSION_LIFE)
    request.announce("masking", item_id)
    return resources.reply_created(request, resource, item_id, record, virtual_number=f"+{virtual_number}")


def _free_number(request: Request, parties: set[str]) -> str:
    """Return a rented number over which none of the parties talks already; the example's where there is none."""
    taken = set()
    resource = request.catalog.resources[_COLLECTION]
    for key, record in request.visible(request.table(_COLLECTION, Record)):
        item = resources.view(request, resource, key, record)
        if item["status"] == "active" and parties.intersection(item[name] for name in PARTIES):
            taken.add(item["virtual_number"])
    rented = (number for number, _ in request.visible(request.table(ACCOUNT + "/Number/", Record)))
    return next((number for number in rented if number not in taken | parties), resource.shape["virtual_number"])


def _expire(request: Request, record: Record, life: int) -> None:
    record.since = request.now + life
    record.fields["expiry_time"] = timestamp_like(record.fields["created_time"], record.since)
    record.fields["duration"] = life


def _update(request: Request) -> Reply:
    resource = request.catalog.resources[_COLLECTION]
    _, record = resources.existing(request, resource)
    if life := request.parameters.get("session_expiry"):
        _expire(request, record, life)
        request.announce("changed", request.path["session_uuid"])
    was_heard_of = record.fields.get("callback_url")
    reply = resources.update(request, resource)
    if not was_heard_of:
        request.announce("heard of", request.path["session_uuid"])
    return reply


def _delete(request: Request) -> Reply:
    resource = request.catalog.resources[_COLLECTION]
    item_id, record = resources.existing(request, resource)
    if resources.view(request, resource, item_id, record)["status"] == "expired":
        raise Refusal(400, "Session already expired")
    return resources.delete(request, resource)


def _list(request: Request) -> Reply:
    if request.parameters.get("status") == "all":
        del request.parameters["status"]
    return resources.answer(request)


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _create,
    ("GET", _COLLECTION): _list,
    ("POST", _ITEM): _update,
    ("DELETE", _ITEM): _delete,
}
