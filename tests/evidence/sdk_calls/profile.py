"""Profiles: the businesses that brands, toll-free verifications and caller names belong to."""

from typing import Any

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import URL, Row

_PROFILE = {"profileUuid": "3e95b7d0-0000-4000-8000-000000000001"}
_BUSINESS = {
    "website": URL,
    "address": {
        "street": "12 Example Street",
        "city": "New York",
        "state": "NY",
        "postal_code": "10001",
        "country": "US",
    },
    "authorizedContact": {
        "first_name": "Jane",
        "last_name": "Doe",
        "phone": "14155550123",
        "email": "jane@example.com",
        "title": "Ms",
        "seniority": "DIRECTOR",
    },
    "businessContactEmail": "office@example.com",
    "doingBusinessAs": "Example",
}


def _update(client: Any, profile_uuid: str, **params: Any) -> None:
    client.profile.update(profile_uuid, params)


ROWS = (
    Row(
        "createProfile",
        "profile.create",
        required={
            "profileAlias": "Example",
            "customerType": "DIRECT",
            "entityType": "PRIVATE",
            "companyName": "Example Shop Inc.",
            "vertical": "RETAIL",
        },
        optional={
            **_BUSINESS,
            "altBusinessId": "123456789",
            "altBusinessIdType": "DUNS",
            "plivoSubaccount": SUBACCOUNT,
            "ein": "12-3456789",
            "einIssuingCountry": "US",
            "stockSymbol": "EXMP",
            "stockExchange": "NYSE",
        },
        defaults={
            "alt_business_id": "",
            "alt_business_id_type": "",
            "plivo_subaccount": "",
            "ein": "",
            "ein_issuing_country": "",
            "stock_symbol": "",
            "stock_exchange": "",
            "website": "",
            "address": {},
            "authorized_contact": {},
            "business_contact_email": "",
            "doing_business_as": "",
        },
        not_in_sdk=("enableCallerReputation",),
    ),
    Row("getSingleProfile", "profile.get", required=_PROFILE),
    Row(
        "getProfiles",
        "profile.list",
        optional={"limit": 7, "offset": 40},
        not_in_sdk=("entityType", "type", "vertical"),
    ),
    Row(
        "updateProfile",
        _update,
        required={**_PROFILE, "companyName": "Example Shop Inc."},
        optional={**_BUSINESS, "entityType": "PUBLIC", "vertical": "LEGAL"},
        # It sends any dictionary; its comment names those above.
        not_in_sdk=(
            "ein",
            "einIssuingCountry",
            "altBusinessId",
            "altBusinessIdType",
            "enableCallerReputation",
            "callerReputationCarriers",
            "url",
            "method",
        ),
    ),
    Row("deleteProfile", "profile.delete", required=_PROFILE),
)
