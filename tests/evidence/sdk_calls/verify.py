"""Verification sessions and verified caller ids."""

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import URL, Row

_SESSION = {"sessionUuid": "4f8d26b1-93e0-4c57-a1f8-0b6d75c2e943"}
_NUMBER = {"phoneNumber": "14155550123"}
_CREDENTIALS = "the account is in the path and the credentials are in the header; they have no place in a body"

ROWS = (
    Row(
        "createVerifySession",
        "verify_session.create",
        required={"recipient": "14155550123"},
        optional={
            "appUuid": "97e1c05a-6b4d-4f28-8d30-c5a2f9b1e764",
            "otp": "482913",
            "channel": "voice",
            "url": URL + "status",
            "method": "GET",
            "locale": "fr_FR",
            "brandName": "Example Shop",
            "appHash": "FA+9qCX9VSu",
            "codeLength": 5,
            "dtmf": 1,
            "fraudCheck": "disabled",
        },
        defaults={"method": "POST"},
        not_in_sdk=("src",),
    ),
    Row("getSingleVerifySession", "verify_session.get", required=_SESSION),
    Row(
        "getVerifySessions",
        "verify_session.list",
        optional={
            "subaccount": SUBACCOUNT,
            "status": "in-progress",
            "sessionTime": "2026-01-15 01:00:00",
            "sessionTimeGt": "2026-01-01 02:00:00",
            "sessionTimeGte": "2026-01-01 03:00:00",
            "sessionTimeLt": "2026-01-31 04:00:00",
            "sessionTimeLte": "2026-01-31 05:00:00",
            "country": "DE",
            "alias": "Login codes",
            "appUuid": "97e1c05a-6b4d-4f28-8d30-c5a2f9b1e764",
            "recipient": "14155550123",
            "brandName": "Example Shop",
            "appHash": "FA+9qCX9VSu",
            "limit": 7,
            "offset": 40,
        },
        keywords={f"sessionTime{end.title()}": f"session_time__{end}" for end in ("gt", "gte", "lt", "lte")},
    ),
    Row(
        "validateVerifySession",
        "verify_session.validate",
        required={**_SESSION, "otp": "048291"},
        echoes=("session_uuid",),
    ),
    Row(
        "initiateCallerIdVerification",
        "verify_callerids.initiate_verify",
        required=_NUMBER,
        optional={"alias": "Front desk", "channel": "call", "country": "US", "subaccount": SUBACCOUNT},
        not_offered=dict.fromkeys(("account_id", "auth_id", "auth_token"), _CREDENTIALS),
    ),
    Row(
        "verifyCallerId",
        "verify_callerids.verify_caller_id",
        required={"verificationUuid": "6a20f9d7-c814-4e3b-97d5-1b4e8f0c3a72", "otp": "0829"},
        echoes=("verification_uuid",),
    ),
    Row("getSingleVerifiedCallerId", "verify_callerids.get_verified_caller_id", required=_NUMBER),
    Row(
        "getVerifiedCallerIds",
        "verify_callerids.list_verified_caller_id",
        optional={"country": "US", "subaccount": SUBACCOUNT, "alias": "Front desk", "limit": 7, "offset": 40},
    ),
    Row(
        "updateVerifiedCallerId",
        "verify_callerids.update_verified_caller_id",
        required=_NUMBER,
        optional={"alias": "Front desk", "subaccount": SUBACCOUNT},
        echoes=("phone_number",),
    ),
    Row(
        "deleteVerifiedCallerId",
        "verify_callerids.delete_verified_caller_id",
        required=_NUMBER,
        echoes=("phone_number",),
    ),
)
