"""What the manifest cannot say about resources, a line each."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from app.sandbox.data import limits
from app.sandbox.engine.notation import calendar_date
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.state import State
from app.sandbox.engine.tables import Record
from app.sandbox.engine.traits import Dependents, Draft, Initial, Review, Traits

_APPLICATION = ACCOUNT + "/Application/"
_PROFILE = ACCOUNT + "/Profile/"
_TRUNKING = ACCOUNT + "/Zentrunk/"
_END_USER = ACCOUNT + "/EndUser/"

REVIEW = 2.0
"""Seconds that a review takes: of brands, campaigns, documents, templates."""

SESSION_LIFE = 600.0
"""Seconds after which a code that was sent for verification is no longer taken."""

TRANSCRIPT = "Speaker 0: This is the sandbox, nobody spoke here."
"""What was said in every recording."""


def _md5(draft: Draft) -> str:
    """Plivo shows an endpoint's password only as its MD5."""
    return hashlib.md5(draft.parameters["password"].encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _reviewed(field: str, before: Any, after: Any, **more: tuple[Any, Any]) -> Mapping[str, tuple[Any, ...]]:
    """Return the stages of fields that have one value during a review and another one after it."""
    return {name: ((0.0, first), (REVIEW, then)) for name, (first, then) in {field: (before, after), **more}.items()}


def _of_profile(field: str) -> Initial:
    """A brand shows what its profile says of the company."""

    def value(draft: Draft) -> Any:
        profile = draft.state.table("Profile", Record).get(draft.item["profile_uuid"])
        return draft.item[field] if profile is None else profile.fields.get(field, draft.item[field])

    return value


def _upload(draft: Draft) -> str:
    """A letter of authorisation is shown as the address under which it was stored."""
    return f"https://media.plivo.com/Account/{draft.account}/LOA/{draft.item['loa_id']}/{draft.parameters['file'].name}"


def _file_of_letter(draft: Draft) -> Any:
    letter = draft.state.table("HostedMessagingNumber/LOA", Record).get(draft.item["loa_id"])
    return None if letter is None else letter.fields["file"]


_OF_PROFILE = (
    "address",
    "authorized_contact",
    "company_name",
    "ein",
    "ein_issuing_country",
    "entity_type",
    "vertical",
    "website",
)

_VERIFIED_PERSON = Traits(
    checks={"country_iso": limits.country, "nationality": limits.country},
    review=Review(
        _reviewed("verification_status", "pending", "accepted", validation_status=("pending", "accepted")),
        on_update=True,
    ),
)

TRAITS: Mapping[str, Traits] = {
    "/10dlc/Brand/": Traits(
        references={"profile_uuid": _PROFILE},
        initial={field: _of_profile(field) for field in _OF_PROFILE},
        review=Review(
            _reviewed(
                "registration_status",
                "PROCESSING",
                "COMPLETED",
                vetting_status=("PENDING", "ACTIVE"),
                vetting_score=(None, 75),
            )
        ),
    ),
    "/10dlc/Campaign/": Traits(
        references={"brand_id": ACCOUNT + "/10dlc/Brand/"},
        initial={"sub_usecase": lambda draft: ",".join(draft.parameters.get("sub_usecases") or [])},
        review=Review(_reviewed("registration_status", "PROCESSING", "ACTIVE"), on_update=True),
    ),
    "/10dlc/Campaign/{campaign_id}/Number/": Traits(review=Review(_reviewed("status", "PROCESSING", "COMPLETED"))),
    "/Application/": Traits(
        renamed={"default_number_app": "default_app"},
        checks={"app_name": limits.app_name},
        references={"credential_uuid": ACCOUNT + "/SipAuth/Credential/"},
        initial={
            "application_type": lambda _: "XML",
            "answer_method": lambda draft: draft.parameters.get("answer_method") or "POST",
            "hangup_url": lambda draft: draft.parameters.get("hangup_url") or draft.item["answer_url"],
            "hangup_method": lambda draft: draft.parameters.get("hangup_method") or "POST",
            "fallback_method": lambda draft: draft.parameters.get("fallback_method") or "POST",
            "message_method": lambda draft: draft.parameters.get("message_method") or "POST",
            "log_incoming_messages": lambda draft: draft.parameters.get("log_incoming_messages", True),
            "log_incoming_message": lambda draft: draft.parameters.get("log_incoming_messages", True),
            "sip_uri": lambda draft: f"sip:{draft.item['app_id']}@app.plivo.com",
        },
        # Plivo writes it with an s and without.
        on_update={"log_incoming_message": lambda draft: draft.item["log_incoming_messages"]},
        dependents=(
            Dependents(ACCOUNT + "/Endpoint/", "application", go_along=True, successor="new_endpoint_application"),
            Dependents(ACCOUNT + "/Number/", "application"),
        ),
    ),
    "/ComplianceApplication/": Traits(
        references={
            "compliance_requirement_id": ACCOUNT + "/ComplianceRequirement/",
            "end_user_id": _END_USER,
            "document_ids": ACCOUNT + "/ComplianceDocument/",
        },
        checks={"country_iso2": limits.country},
        initial={"status": lambda _: "draft"},
        review=Review(_reviewed("status", "submitted", "accepted"), on_create=False),
    ),
    "/ComplianceDocument/": Traits(
        references={"end_user_id": _END_USER, "document_type_id": ACCOUNT + "/ComplianceDocumentType/"},
        initial={"file_name": lambda draft: draft.item["file"]},
        on_update={"file_name": lambda draft: draft.item["file"]},
    ),
    "/Endpoint/": Traits(
        links={"app_id": ("application", _APPLICATION)},
        checks={"username": limits.username, "password": limits.password, "alias": limits.alias},
        initial={
            "username": lambda draft: draft.parameters["username"] + draft.state.digits(12),
            "password": _md5,
            "sip_uri": lambda draft: f"sip:{draft.item['username']}@phone.plivo.com",
            "sip_registered": lambda _: "false",
            "sip_contact": lambda _: None,
            "sip_expires": lambda _: None,
            "sip_user_agent": lambda _: None,
        },
        on_update={"password": lambda draft: _md5(draft) if "password" in draft.parameters else draft.item["password"]},
    ),
    "/HostedMessagingNumber/": Traits(
        references={"loa_id": ACCOUNT + "/HostedMessagingNumber/LOA/"},
        initial={
            "application": lambda draft: (
                f"/v1/Account/{draft.account}/Application/{draft.parameters['application_id']}/"
            ),
            "file": _file_of_letter,
            "linked_numbers": lambda draft: [draft.item["number"]],
        },
        review=Review(_reviewed("hosted_status", "processing", "completed")),
    ),
    "/HostedMessagingNumber/LOA/": Traits(initial={"file": _upload, "linked_numbers": lambda _: []}),
    "/Masking/Session/": Traits(
        # Counted from the end of the session.
        review=Review({"status": ((-math.inf, "active"), (0.0, "expired"))}, on_create=False),
    ),
    "/Number/": Traits(links={"app_id": ("application", _APPLICATION)}),
    "/PhoneNumber/Compliance/": Traits(
        initial={"linked_numbers": lambda _: []},
        review=Review(_reviewed("status", "submitted", "accepted"), on_update=True),
        no_filters=("expand",),
        not_found="Compliance application not found.",
    ),
    "/Powerpack/": Traits(
        initial={
            "application_type": lambda draft: (draft.parameters.get("application_type") or "xml").upper(),
            "number_pool": lambda draft: f"/v1/Account/{draft.account}/NumberPool/{draft.state.uuid()}/",
        },
        on_update={"application_type": lambda draft: draft.item["application_type"].upper()},
        no_filters=("service",),
    ),
    "/Profile/": Traits(initial={"profile_type": lambda _: "SECONDARY"}, not_found="Profile not found."),
    "/Subaccount/": Traits(
        id_field="auth_id",
        new_id=State.auth_id,
        initial={
            "account": lambda draft: f"/v1/Account/{draft.account}/",
            "auth_token": lambda draft: draft.state.token(),
            "new_auth_token": lambda draft: draft.item["auth_token"],
            "created": lambda draft: calendar_date(draft.now),
            "modified": lambda _: None,
            # Plivo assumes false; a sandbox subaccount works at once unless it was asked not to.
            "enabled": lambda draft: draft.parameters.get("enabled", True),
        },
        on_update={"modified": lambda draft: calendar_date(draft.now)},
    ),
    "/TollfreeVerification/": Traits(
        references={"profile_uuid": _PROFILE},
        review=Review(
            {"status": ((0.0, "SUBMITTED"), (REVIEW / 2, "PROCESSING"), (REVIEW, "APPROVED"))}, on_update=True
        ),
    ),
    "/Transcription/": Traits(
        review=Review(_reviewed("status", "in-progress", "success", transcription=("", TRANSCRIPT)))
    ),
    "/Verification/Address/": _VERIFIED_PERSON,
    "/Verification/Identity/": _VERIFIED_PERSON,
    "/Verify/Session/": Traits(
        review=Review({"status": ((0.0, "in-progress"), (SESSION_LIFE, "expired"))}),
    ),
    "/WhatsApp/Template/{waba_id}/": Traits(
        review=Review(
            _reviewed("status", "PENDING", "APPROVED", quality_score=({"score": "UNKNOWN"}, {"score": "GREEN"})),
            on_update=True,
        ),
    ),
    "/Zentrunk/Trunk/": Traits(
        references={
            "credential_uuid": _TRUNKING + "Credential/",
            "fallback_uri_uuid": _TRUNKING + "URI/",
            "ipacl_uuid": _TRUNKING + "IPAccessControlList/",
            "primary_uri_uuid": _TRUNKING + "URI/",
        },
        initial={
            "trunk_domain": lambda draft: f"{draft.item['trunk_id']}.zt.plivo.com",
            "trunk_status": lambda draft: draft.parameters.get("trunk_status") or "enabled",
        },
        not_found="Trunk details for {id} not found",
        error_key="Error",
    ),
}
"""Path of a collection, from the account's on → what is particular about it."""
