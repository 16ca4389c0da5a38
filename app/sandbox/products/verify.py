"""Verify sessions: a code is sent, and the session is verified, expired or out of tries.

Nobody receives the code, so it can be known: it is the one that was asked for, else the last digits of
the recipient's number; the session shows it as ``otp``, which Plivo's does not.
"""

from app.sandbox.data import countries, magic
from app.sandbox.engine import resources
from app.sandbox.engine.catalog import Resource
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Refusal, Reply
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record

CODE_LENGTH = 6
"""Digits of a code, unless ``code_length`` says otherwise."""

MOST_TRIES = 10
"""Wrong codes after which a session takes none any more (Plivo's limit)."""

COLLECTION = ACCOUNT + "/Verify/Session/"
ITEM = COLLECTION + "{session_uuid}/"


def code_for(number: str, length: int) -> str:
    """Return the code that is sent to a number: its last digits."""
    return "".join(letter for letter in number if letter.isdigit())[-length:].zfill(length)


def check_code(record: Record, given: str) -> None:
    """Compare a code with the one that was sent, and count the try.

    Raises:
        Refusal: 400, it is wrong, or there were too many wrong ones.
    """
    tries = record.fields.get("tries", 0)
    if tries >= MOST_TRIES:
        raise Refusal(400, f"the maximum of {MOST_TRIES} validation attempts is reached")
    if given != record.fields["otp"]:
        record.fields["tries"] = tries + 1
        raise Refusal(400, "otp is incorrect")


def _resource(request: Request) -> Resource:
    return request.catalog.resources[COLLECTION]


def _create(request: Request) -> Reply:
    resource, parameters = _resource(request), request.parameters
    recipient = parameters["recipient"].removeprefix("+")
    channel = parameters.get("channel") or "sms"
    item_id, record = resources.add(request, resource)
    attempt_uuid = request.state.uuid()
    outcome = {magic.FAILED: "failed", magic.UNDELIVERED: "undelivered"}.get(recipient, "delivered")
    attempt = {"attempt_uuid": attempt_uuid, "channel": channel}
    charges = record.fields["charges"]
    record.fields.update(
        app_uuid=parameters.get("app_uuid") or resource.shape["app_uuid"],
        attempt_details=[{**attempt, "status": outcome, "time": record.fields["created_at"]}],
        charges={**charges, "attempt_charges": [{**attempt, "charge": charges["total_charge"]}]},
        brand_name=parameters.get("brand_name"),
        app_hash=parameters.get("app_hash"),
        channel=channel,
        destination_country_iso2=countries.iso_of(recipient),
        locale=parameters.get("locale") or "en",
        otp=parameters.get("otp") or code_for(recipient, parameters.get("code_length") or CODE_LENGTH),
        recipient=recipient,
    )
    return resources.reply_created(request, resource, item_id, record)


def _get(request: Request) -> Reply:
    item = resources.view(request, _resource(request), *resources.existing(request, _resource(request)))
    return resources.reply_item(request, {name: item[name] for name in (*_resource(request).shape, "otp")})


def _validate(request: Request) -> Reply:
    item_id, record = resources.existing(request, _resource(request))
    status = resources.view(request, _resource(request), item_id, record)["status"]
    if status != "in-progress":
        raise Refusal(400, f"the session is {status}")
    check_code(record, request.parameters["otp"])
    record.since = None
    record.fields["status"] = "verified"
    return request.answer(200, session_uuid=item_id)


HANDLERS: Handlers = {
    ("POST", COLLECTION): _create,
    ("GET", ITEM): _get,
    ("POST", ITEM): _validate,
}
