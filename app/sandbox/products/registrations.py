"""10DLC brands, campaigns and the numbers linked to them, and what restricts toll-free verifications.

Creating, showing and listing is the generic engine's work, and so is the review; here is what may be
deleted or changed when, and the numbers of a campaign.
"""

from collections import Counter

from app.sandbox.engine import listing, resources
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Json, Refusal, Reply, not_found
from app.sandbox.engine.request import Handler, Handlers, Request
from app.sandbox.engine.tables import Record, Table

_BRAND = ACCOUNT + "/10dlc/Brand/{brand_id}/"
_CAMPAIGNS = ACCOUNT + "/10dlc/Campaign/"
_CAMPAIGN = _CAMPAIGNS + "{campaign_id}/"
_NUMBERS = _CAMPAIGN + "Number/"
_NUMBER = _NUMBERS + "{number}/"
POOL_LIMIT = 49
"""Numbers that may be linked to a campaign without asking the carriers."""

_RENTED = ACCOUNT + "/Number/"
_TOLLFREES = ACCOUNT + "/TollfreeVerification/"
_TOLLFREE = _TOLLFREES + "{uuid}/"


def _delete_brand(request: Request) -> Reply:
    brand_id = request.path["brand_id"]
    campaigns = request.visible(request.table(_CAMPAIGNS, Record))
    # The example's campaign is always there, and must not keep the example's brand from being deleted.
    made = (record for key, record in campaigns if not request.state.is_seed("10dlc/Campaign", key))
    if any(record.fields.get("brand_id") == brand_id for record in made):
        raise Refusal(400, f"brand {brand_id} still has campaigns")
    return resources.answer(request)


def _import_campaign(request: Request) -> Reply:
    resource = request.catalog.resources[_CAMPAIGNS]
    campaign_id = request.parameters["campaign_id"]
    record = request.find(request.table(_CAMPAIGNS, Record), campaign_id)
    if record is None:
        _, record = resources.add(request, resource, campaign_id)
        record.fields.update(campaign_source="shared", brand_id=resource.shape["brand_id"])
    else:
        request.announce("review", campaign_id)
    return resources.reply_created(request, resource, campaign_id, record)


def _delete_campaign(request: Request) -> Reply:
    linked = [_view(request, *row) for row in request.visible(_table(request))]
    for item in linked:
        if item["status"] == "PROCESSING":
            raise Refusal(400, f"number {item['number']} is still being processed")
    for item in linked:
        _unlink(request, item["number"])
    return resources.answer(request)


def _table(request: Request) -> Table[Record]:
    return request.table(_NUMBERS, Record)


def _resource(request: Request) -> Resource:
    return request.catalog.resources[_NUMBERS]


def _view(request: Request, number: str, record: Record) -> Json:
    return resources.view(request, _resource(request), number, record)


def _campaign(request: Request) -> Json:
    """Return what lists of numbers say about their campaign.

    Raises:
        Refusal: 404, it is not there.
    """
    resources.require_parent(request)
    campaign = request.table(_CAMPAIGNS, Record).get(request.path["campaign_id"])
    fields = {} if campaign is None else campaign.fields
    return {name: fields.get(name) for name in ("campaign_id", "campaign_alias", "usecase")}


def _link(request: Request) -> Reply:
    campaign_id = _campaign(request)["campaign_id"]
    numbers = [cleaned(number) for number in request.parameters["numbers"]]
    rented = request.table(_RENTED, Record)
    for number in numbers:
        if request.find(rented, number) is None:
            raise Refusal(400, f"The number {number} is not a valid number")
    for number in numbers:
        record = Record(request.owner(), {"number": number, "status": "PROCESSING"}, request.now)
        _table(request).put(number, record)
        _tell_number(request, number, campaign_id, "COMPLETED")
        request.announce("review", number)
    message = f"Request to link {','.join(numbers)} to campaign {campaign_id} was received and is being processed"
    return request.answer(200, message=message)


def _tell_number(request: Request, number: str, campaign_id: str | None, status: str) -> None:
    record = request.find(request.table(_RENTED, Record), number)
    if record is not None:
        record.fields.update(tendlc_campaign_id=campaign_id, tendlc_registration_status=status)


def _list(request: Request) -> Reply:
    rows = list(request.visible(_table(request)))
    states = Counter(_view(request, number, record)["status"] for number, record in rows)
    summary = {status: states[status] for status in ("COMPLETED", "FAILED", "PROCESSING")}
    about = {**_campaign(request), "number_pool_limit": POOL_LIMIT, "phone_numbers_summary": summary}
    return listing.page(request, rows, lambda number, record: _view(request, number, record), about=about)


def _existing(request: Request) -> Json:
    record = request.find(_table(request), request.path["number"])
    if record is None:
        raise not_found(f"The number {request.path['number']} is not linked to this campaign")
    item = _view(request, request.path["number"], record)
    return {"number": item["number"], "status": item["status"]}


def _get(request: Request) -> Reply:
    return request.answer(200, **_campaign(request), phone_numbers=[_existing(request)])


def _unlink(request: Request, number: str) -> None:
    _table(request).drop(number)
    _tell_number(request, number, None, "UNREGISTERED")


def _unlink_one(request: Request) -> Reply:
    campaign_id, number = _campaign(request)["campaign_id"], _existing(request)["number"]
    _unlink(request, number)
    request.announce("review", number)
    message = f"Request to unlink {number} from campaign {campaign_id} was received and is being processed"
    return request.answer(200, message=message)


def _while(*states: str) -> Handler:
    """Answer on a toll-free verification only while it is in one of these states."""

    def handle(request: Request) -> Reply:
        resource = request.catalog.resources[_TOLLFREES]
        status = resources.view(request, resource, *resources.existing(request, resource))["status"]
        if status not in states:
            raise Refusal(400, f"the verification is {status}")
        return resources.answer(request)

    return handle


HANDLERS: Handlers = {
    ("DELETE", _BRAND): _delete_brand,
    ("POST", _CAMPAIGNS + "Import/"): _import_campaign,
    ("DELETE", _CAMPAIGN): _delete_campaign,
    ("POST", _NUMBERS): _link,
    ("GET", _NUMBERS): _list,
    ("GET", _NUMBER): _get,
    ("DELETE", _NUMBER): _unlink_one,
    ("POST", _TOLLFREE): _while("SUBMITTED", "UPDATE_REQUIRED"),
    ("DELETE", _TOLLFREE): _while("SUBMITTED", "PROCESSING", "UPDATE_REQUIRED"),
}
