"""Verified caller ids: a code is sent to a number, and with it the number is verified.

Nobody receives the code: it is the last four digits of the number, and the reply's message says it.
"""

from app.sandbox.data import countries
from app.sandbox.engine import resources
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Refusal, Reply, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record, Table
from app.sandbox.products.verify import check_code, code_for

CODE_LENGTH = 4
CODE_LIFE = 900.0
"""Seconds for which a code is taken (Plivo's fifteen minutes)."""

_COLLECTION = ACCOUNT + "/VerifiedCallerId/"
_PENDING = _COLLECTION + "Verification/"
VERIFY = _PENDING + "{verification_uuid}/"


def pending(request: Request) -> Table[Record]:
    """Return the verifications that wait for their code."""
    return request.table(_PENDING, Record)


def _initiate(request: Request) -> Reply:
    parameters = request.parameters
    number = parameters["phone_number"].removeprefix("+")
    code = code_for(number, CODE_LENGTH)
    verification_uuid = request.state.uuid()
    fields = {
        "alias": parameters.get("alias") or "",
        "channel": parameters.get("channel") or "sms",
        "country": parameters.get("country") or countries.iso_of(number) or "",
        "phone_number": f"+{number}",
        "subaccount": parameters.get("subaccount") or "",
        "otp": code,
    }
    pending(request).put(verification_uuid, Record(request.owner(), fields, request.now))
    message = f"Verification code is sent to number +{number} which is valid for 15 minutes (in this sandbox: {code})"
    return request.answer(201, message=message, verification_uuid=verification_uuid)


def _verify(request: Request) -> Reply:
    verification_uuid = request.path["verification_uuid"]
    verification = request.find(pending(request), verification_uuid)
    if verification is None:
        raise not_found()
    if verification.since is not None and request.now >= verification.since + CODE_LIFE:
        raise Refusal(400, "otp has expired")
    check_code(verification, request.parameters["otp"])
    pending(request).drop(verification_uuid)
    number = verification.fields["phone_number"].removeprefix("+")
    _, record = resources.add(request, request.catalog.resources[_COLLECTION], number)
    record.owner = verification.owner
    known = {name: value for name, value in verification.fields.items() if name in record.fields}
    record.fields.update(known, verification_uuid=verification_uuid)
    shown = {name: record.fields[name] for name in request.block.example if name in record.fields}
    return request.answer(201, **shown)


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _initiate,
    ("POST", VERIFY): _verify,
}
