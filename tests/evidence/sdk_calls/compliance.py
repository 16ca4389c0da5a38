"""Regulatory compliance of numbers: document types, documents, requirements and applications."""

from tests.evidence.sdk_calls.media import PDF
from tests.evidence.sdk_calls.row import ABSENT, EMPTY_FORM, Difference, Row

_END_USER = "3e2b9c40-0000-4000-8000-000000000001"
_DOCUMENT = {"complianceDocumentId": "5c1d7f08-0000-4000-8000-000000000001"}
_DOCUMENT_TYPE = "7b8e2d15-0000-4000-8000-000000000001"
_REQUIREMENT = {"complianceRequirementId": "8d4a6e23-0000-4000-8000-000000000001"}
_APPLICATION = {"complianceApplicationId": "a19f4b36-0000-4000-8000-000000000001"}
_PAGE = {"limit": 7, "offset": 40}
_NUMBERS = {"endUserType": "business", "numberType": "local", "countryIso2": "DE"}
_COUNTRY = {"countryIso2": "country_iso2"}

_OF_DOCUMENT = {"endUserId": _END_USER, "documentTypeId": _DOCUMENT_TYPE, "alias": "Passport of Jane"}
_FILE = {**_OF_DOCUMENT, "file": PDF}
_FILE_DIFFERENCES = (
    Difference(
        "file", PDF.as_part(ABSENT), PDF.as_part(), "the SDK does not say what kind of file it sends", cases=("all",)
    ),
    Difference(
        "file",
        [["file", ABSENT, ""]],
        ABSENT,
        "the SDK sends an empty file called file to force a multipart body",
        cases=("required",),
    ),
)
_ANY_NAME = {
    "data_fields": "it passes any keyword on; the names that Plivo documents are args, additionalFields the rest"
}
_DATA_FIELDS = (
    "firstName",
    "lastName",
    "dateOfBirth",
    "placeOfBirth",
    "nationality",
    "uniqueIdentificationNumber",
    "typeOfId",
    "dateOfIssue",
    "dateOfExpiration",
    "businessName",
    "authorizedRepresentativeName",
    "addressLine1",
    "addressLine2",
    "city",
    "postalCode",
    "country",
    "typeOfUtility",
    "billId",
    "billDate",
    "billingId",
    "billingDate",
    "supportPhoneNumber",
    "supportEmail",
    "useCaseDescription",
)

ROWS = (
    Row(
        "getSingleComplianceDocumentType",
        "compliance_document_types.get",
        required={"documentTypeId": _DOCUMENT_TYPE},
        keywords={"documentTypeId": "doc_id"},
    ),
    Row("getComplianceDocumentTypes", "compliance_document_types.list", optional=_PAGE),
    Row(
        "createComplianceDocument",
        "compliance_documents.create",
        optional=_FILE,
        differences=(*_FILE_DIFFERENCES, EMPTY_FORM),
        not_in_sdk=_DATA_FIELDS,
        not_offered=_ANY_NAME,
    ),
    Row("getSingleComplianceDocument", "compliance_documents.get", required=_DOCUMENT),
    Row("getComplianceDocuments", "compliance_documents.list", optional={**_OF_DOCUMENT, **_PAGE}),
    Row(
        "updateComplianceDocument",
        "compliance_documents.update",
        required=_DOCUMENT,
        optional=_FILE,
        differences=(*_FILE_DIFFERENCES, EMPTY_FORM),
        not_in_sdk=_DATA_FIELDS,
        not_offered=_ANY_NAME,
    ),
    Row("deleteComplianceDocument", "compliance_documents.delete", required=_DOCUMENT),
    Row("getSingleComplianceRequirement", "compliance_requirements.get", required=_REQUIREMENT),
    Row(
        "getComplianceRequirements",
        "compliance_requirements.list",
        optional={**_NUMBERS, "phoneNumber": "4930123456"},
        keywords=_COUNTRY,
    ),
    Row(
        "createComplianceApplication",
        "compliance_applications.create",
        optional={
            **_REQUIREMENT,
            "endUserId": _END_USER,
            "documentIds": ["5c1d7f08-0000-4000-8000-000000000001", "5c1d7f08-0000-4000-8000-000000000002"],
            "alias": "Office in Berlin",
            **_NUMBERS,
        },
        keywords=_COUNTRY,
        nulls=(
            "compliance_requirement_id",
            "end_user_id",
            "document_ids",
            "alias",
            "end_user_type",
            "country_iso2",
            "number_type",
        ),
    ),
    Row("getSingleComplianceApplication", "compliance_applications.get", required=_APPLICATION),
    Row(
        "getComplianceApplications",
        "compliance_applications.list",
        optional={"status": "accepted", **_NUMBERS, "alias": "Office in Berlin", "endUserId": _END_USER, **_PAGE},
        keywords=_COUNTRY,
    ),
    Row(
        "updateComplianceApplication",
        "compliance_applications.update",
        required=_APPLICATION,
        optional={"documentIds": ["5c1d7f08-0000-4000-8000-000000000001"]},
        nulls=("document_ids",),
    ),
    Row("deleteComplianceApplication", "compliance_applications.delete", required=_APPLICATION),
    Row(
        "submitComplianceApplication",
        "compliance_applications.submit",
        required=_APPLICATION,
        differences=(Difference("(body)", ABSENT, "{}", "a POST without parameters sends {}, as others do"),),
    ),
)
