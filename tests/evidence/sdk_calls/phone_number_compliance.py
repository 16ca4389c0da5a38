"""Compliance of phone numbers by the newer API: data and documents in one form."""

from typing import Any

from tests.evidence.sdk_calls.media import PDF, PNG
from tests.evidence.sdk_calls.row import ABSENT, EMPTY_FORM, Difference, Row

_COMPLIANCE = {"complianceId": "b7e0d1c4-0000-4000-8000-000000000001"}
_NUMBERS = {"countryIso": "IN", "numberType": "local", "userType": "business"}
_END_USER = {
    "name": "Example",
    "last_name": "Shop",
    "email": "office@example.com",
    "address_line1": "1 Example Street",
    "address_line2": "2nd floor",
    "city": "Pune",
    "state": "MH",
    "postal_code": "411001",
    "country": "IN",
    "registration_number": "U4711",
}
_DATA: dict[str, Any] = {
    "alias": "Office in Pune",
    "end_user": _END_USER,
    "documents": [
        {"document_type_id": "d-1", "data_fields": {"id_number": "4711", "full name": "Example & Co"}},
        {"document_type_id": "d-2"},
    ],
    "callback_url": "https://example.com/status",
    "callback_method": "GET",
}
_NEW_DATA: dict[str, Any] = {
    "country_iso": "IN",
    "number_type": "local",
    **_DATA,
    "end_user": {"type": "business", **_END_USER},
}
_DOCUMENTS = {"documents": [PNG, PDF]}
_PART_NAMES = {"documents": "documents[{i}].file"}
_UNTYPED = tuple(
    Difference(
        f"documents[{i}].file",
        file.as_part(ABSENT),
        file.as_part(),
        "the SDK does not say what kind of file it sends",
        cases=("all",),
    )
    for i, file in enumerate(_DOCUMENTS["documents"])
)

ROWS = (
    Row("getNumberComplianceRequirements", "phone_number_compliance_requirements.get", optional=_NUMBERS),
    Row(
        "createNumberCompliance",
        "phone_number_compliance.create",
        required={"data": _NEW_DATA},
        optional=_DOCUMENTS,
        wire_names=_PART_NAMES,
        differences=(
            *_UNTYPED,
            Difference(
                "(content type)",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "the SDK has its HTTP library choose, which takes another form when there is no file",
                cases=("required",),
            ),
        ),
    ),
    Row(
        "getNumberCompliances",
        "phone_number_compliance.list",
        optional={
            **_NUMBERS,
            "status": "accepted",
            "alias": "Office in Pune",
            "expand": ["end_user", "linked_numbers"],
            "limit": 7,
            "offset": 40,
        },
        sdk_values={"expand": "end_user,linked_numbers"},
    ),
    Row(
        "getSingleNumberCompliance",
        "phone_number_compliance.get",
        required=_COMPLIANCE,
        optional={"expand": ["end_user", "documents"]},
        sdk_values={"expand": "end_user,documents"},
    ),
    Row(
        "updateNumberCompliance",
        "phone_number_compliance.update",
        required=_COMPLIANCE,
        optional={"data": _DATA, **_DOCUMENTS},
        wire_names=_PART_NAMES,
        differences=(*_UNTYPED, EMPTY_FORM),
    ),
    Row("deleteNumberCompliance", "phone_number_compliance.delete", required=_COMPLIANCE),
    Row(
        "linkNumberCompliance",
        "phone_number_compliance_link.link",
        required={
            "numbers": [
                {"number": "+912212345678", "compliance_application_id": "b7e0d1c4-0000-4000-8000-000000000001"},
                {"number": "+912212345679", "compliance_application_id": "b7e0d1c4-0000-4000-8000-000000000001"},
            ]
        },
    ),
)
