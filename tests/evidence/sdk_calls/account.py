"""Accounts, subaccounts and pricing."""

from tests.evidence.sdk_calls.row import Row

SUBACCOUNT = "SAXXXXXXXXXXXXXXXXXX"

_SUBACCOUNT_ID = {"subauthId": "auth_id"}
_DISABLED = {"enabled": False}

ROWS = (
    Row("getAccountDetails", "account.get"),
    Row(
        "updateAccount",
        "account.update",
        required={"name": "Example Company"},
        optional={"city": "San Francisco", "address": "1 Example Street"},
        nulls=("city", "address"),
        not_in_sdk=("state", "timezone"),
    ),
    Row(
        "createSubaccount",
        "subaccounts.create",
        required={"name": "Shop Berlin"},
        optional={"enabled": True},
        defaults=_DISABLED,
    ),
    Row("getSingleSubaccount", "subaccounts.get", required={"subauthId": SUBACCOUNT}, keywords=_SUBACCOUNT_ID),
    Row(
        "getSubaccounts",
        "subaccounts.list",
        optional={"limit": 7, "offset": 40},
        defaults={"limit": 20, "offset": 0},
    ),
    Row(
        "updateSubaccount",
        "subaccounts.update",
        required={"subauthId": SUBACCOUNT, "name": "Shop Berlin"},
        optional={"enabled": True},
        keywords=_SUBACCOUNT_ID,
        echoes=("auth_id",),
        defaults=_DISABLED,
    ),
    Row(
        "deleteSubaccount",
        "subaccounts.delete",
        required={"subauthId": SUBACCOUNT},
        optional={"cascade": True},
        keywords=_SUBACCOUNT_ID,
        echoes=("auth_id",),
    ),
    Row("getPricing", "pricing.get", required={"countryIso": "DE"}),
)
