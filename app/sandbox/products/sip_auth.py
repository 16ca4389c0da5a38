"""Credentials for SIP authentication: one that an application relies on cannot be deleted."""

from app.sandbox.engine import resources
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Refusal, Reply
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record

_ITEM = ACCOUNT + "/SipAuth/Credential/{credential_uuid}/"

ASSIGNED = (
    "This credential is currently assigned to an application. "
    "Remove the assignment first by setting sip_auth_type to empty."
)
"""What Plivo's documentation says."""


def _delete(request: Request) -> Reply:
    applications = request.visible(request.table(ACCOUNT + "/Application/", Record))
    held = (fields for _, record in applications if (fields := record.fields).get("sip_auth_type"))
    if any(fields.get("credential_uuid") == request.path["credential_uuid"] for fields in held):
        raise Refusal(409, ASSIGNED)
    return resources.answer(request)


HANDLERS: Handlers = {("DELETE", _ITEM): _delete}
