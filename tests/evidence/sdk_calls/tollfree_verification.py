"""Verifications of US and Canadian toll-free numbers."""

from tests.evidence.sdk_calls.row import URL, Row

_PROFILE = "3e95b7d0-0000-4000-8000-000000000001"
_REQUEST = {"uuid": "9a3f5c71-0000-4000-8000-000000000001"}
_UUID = {"uuid": "tollfree_verification_uuid"}

_ANSWERS = {
    "usecase": ["2FA", "CUSTOMER_CARE"],
    "usecaseSummary": "News about orders",
    "messageSample": "Your order 4711 is on its way",
    "optinType": "WEB_FORM",
    "optinImageUrl": [URL + "a.png", URL + "b.png"],
    "volume": "10,000",
    "additionalInformation": "None",
    "termsAndConditionsLink": URL + "terms",
    "privacyPolicyLink": URL + "privacy",
    "optinMessage": "You will get news about your orders",
    "helpMessage": "Call 14155550100 for help",
    "extraData": "customer 4711",
    "callbackUrl": URL + "status",
    "callbackMethod": "GET",
}
_JOINED = {"usecase": "2FA,CUSTOMER_CARE", "optinImageUrl": f"{URL}a.png,{URL}b.png"}

ROWS = (
    Row(
        "createTollfreeVerification",
        "tollfree_verification.create",
        required={"number": "18005550100", "profileUuid": _PROFILE},
        optional=_ANSWERS,
        sdk_values=_JOINED,
    ),
    Row("getSingleTollfreeVerification", "tollfree_verification.get", required=_REQUEST, keywords=_UUID),
    Row(
        "getTollfreeVerifications",
        "tollfree_verification.list",
        optional={
            "number": "18005550100",
            "status": "UPDATE_REQUIRED",
            "profileUuid": _PROFILE,
            "usecase": ["2FA", "CUSTOMER_CARE"],
            "createdGt": "2026-01-01",
            "createdGte": "2026-01-02",
            "createdLt": "2026-01-30",
            "createdLte": "2026-01-31",
            "limit": 7,
            "offset": 40,
        },
        keywords={
            "createdGt": "created__gt",
            "createdGte": "created__gte",
            "createdLt": "created__lt",
            "createdLte": "created__lte",
        },
        sdk_values=_JOINED,
        defaults={"limit": 20, "offset": 0},
        not_in_sdk=("created",),
    ),
    Row(
        "updateTollfreeVerification",
        "tollfree_verification.update",
        required=_REQUEST,
        optional={"profileUuid": _PROFILE, **_ANSWERS},
        keywords=_UUID,
        sdk_values=_JOINED,
        echoes=("tollfree_verification_uuid",),
    ),
    Row("deleteTollfreeVerification", "tollfree_verification.delete", required=_REQUEST, keywords=_UUID),
)
