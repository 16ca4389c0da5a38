"""Brands of US 10DLC messaging."""

from tests.evidence.sdk_calls.row import URL, Row

_BRAND = {"brandId": "BEXMPL1"}

ROWS = (
    Row(
        "createBrand",
        "brand.create",
        required={
            "brandAlias": "Example Shop",
            "brandType": "STANDARD",
            "profileUuid": "3e95b7d0-0000-4000-8000-000000000001",
        },
        optional={
            "secondaryVetting": True,
            "businessContactEmail": "jane@example.com",
            "url": URL + "status",
            "method": "GET",
        },
        defaults={"secondary_vetting": False, "business_contact_email": "", "url": "", "method": "POST"},
    ),
    Row("getSingleBrand", "brand.get", required=_BRAND),
    Row(
        "getBrands",
        "brand.list",
        optional={"type": "STARTER", "status": "COMPLETED", "limit": 7, "offset": 40},
        not_in_sdk=("registrationStatus",),
    ),
    Row("getBrandUsecases", "brand.get_usecases", required=_BRAND),
    Row("deleteBrand", "brand.delete", required=_BRAND),
)
