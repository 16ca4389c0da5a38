"""Identities and addresses: the old proofs that some countries wanted.

The SDK cannot make an address in Denmark, its check of the codes that are needed there fails; ``translations`` has it.
"""

from typing import Any

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.media import PNG
from tests.evidence.sdk_calls.row import ABSENT, URL, Difference, Row

_IDENTITY = {"identityId": "20220771838737"}
_ADDRESS = {"addressId": "20220771838738"}
_FILE = {"file": "file_to_upload"}
_WIRE_FILE = {"file": "file"}
_LINES = {"addressLine1": "address_line1", "addressLine2": "address_line2"}

_PERSON = {"salutation": "Ms", "firstName": "Jane", "lastName": "Doe"}
_PLACE = {
    "addressLine1": "1 Example Street",
    "addressLine2": "2nd floor",
    "city": "Madrid",
    "region": "Madrid",
    "postalCode": "28001",
}
_WHO = {
    "countryIso": "ES",
    **_PERSON,
    "birthPlace": "Madrid",
    "birthDate": "1990-01-31",
    "nationality": "ES",
    "idNationality": "DE",
    "idIssueDate": "2020-02-29",
    "idType": "passport",
    "idNumber": "X4711",
}
_CODES = {"fiscalIdentificationCode": "B00000000", "streetCode": "0017", "municipalCode": "0101"}
_REST = {"alias": "Jane", "autoCorrectAddress": True, "file": PNG, "callbackUrl": URL + "status"}
_FILTERS = {"countryIso": "ES", "customerName": "Jane Doe", "alias": "Jane", "verificationStatus": "accepted"}
_PAGE = {"limit": 7, "offset": 40}
_DEFAULT_PAGE = {"limit": 20, "offset": 0}

_DIFFERENCES = (
    Difference(
        "auto_correct_address",
        "True",
        "true",
        "the SDK writes Python's True into a form; a JSON API reads true",
        cases=("all",),
    ),
    Difference(
        "file_to_upload",
        PNG.name,
        ABSENT,
        "the SDK dumps its locals: the path of the file on the caller's machine, which is nobody's business",
        cases=("all",),
    ),
    Difference(
        "file",
        [["file", ABSENT, ""]],
        ABSENT,
        "the SDK sends an empty file called file to force a multipart body",
        cases=("required",),
    ),
)
_FORM: dict[str, Any] = {
    "keywords": {**_FILE, **_LINES},
    "wire_names": _WIRE_FILE,
    "differences": _DIFFERENCES,
}

ROWS = (
    Row(
        "createIdentity",
        "identities.create",
        required={**_WHO, **_PLACE},
        optional={**_CODES, **_REST, "businessName": "Example S.L.", "subaccount": SUBACCOUNT},
        **_FORM,
    ),
    Row("getSingleIdentity", "identities.get", required=_IDENTITY),
    Row("getIdentities", "identities.list", optional={**_FILTERS, **_PAGE}, defaults=_DEFAULT_PAGE),
    Row(
        "updateIdentity",
        "identities.update",
        required={**_IDENTITY, **_WHO},
        optional={**_PLACE, **_CODES, **_REST, "businessName": "Example S.L.", "subaccount": SUBACCOUNT},
        **_FORM,
    ),
    Row("deleteIdentity", "identities.delete", required=_IDENTITY),
    Row(
        "createAddress",
        "addresses.create",
        required={"countryIso": "FR", **_PERSON, **_PLACE, "addressProofType": "others"},
        optional={**_CODES, **_REST},
        **_FORM,
    ),
    Row("getSingleAddress", "addresses.get", required=_ADDRESS),
    Row(
        "getAddresses",
        "addresses.list",
        optional={**_FILTERS, "validationStatus": "rejected", **_PAGE},
        defaults=_DEFAULT_PAGE,
    ),
    Row(
        "updateAddress",
        "addresses.update",
        required={**_ADDRESS, **_PERSON},
        optional={"countryIso": "FR", **_PLACE, **_REST},
        **_FORM,
    ),
    Row("deleteAddress", "addresses.delete", required=_ADDRESS),
)
