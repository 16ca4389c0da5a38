"""Phone numbers: searched, bought, listed, changed, given back."""

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import Difference, Row

_NUMBER = {"number": "14155550123"}
_PYTHON_TRUE = "the SDK writes Python's True into a query; a JSON API reads true"

ROWS = (
    Row(
        "getRentedNumbers",
        "numbers.list",
        optional={
            "type": "local",
            "numberStartsWith": "1415",
            "subaccount": SUBACCOUNT,
            "alias": "Support line",
            "services": ["voice", "sms"],
            "tendlcRegistrationStatus": "COMPLETED",
            "tendlcCampaignId": "CY5NVUA",
            "tollFreeSmsVerification": "VERIFIED",
            "renewalDate": "2026-02-01",
            "renewalDateLte": "2026-02-02",
            "renewalDateLt": "2026-02-03",
            "renewalDateGte": "2026-02-04",
            "renewalDateGt": "2026-02-05",
            "cnamLookup": "enabled",
            "tollFreeSmsVerificationOrderStatus": "APPROVED",
            "limit": 7,
            "offset": 40,
        },
        keywords={
            "numberStartsWith": "number_startswith",
            "renewalDateLte": "renewal_date__lte",
            "renewalDateLt": "renewal_date__lt",
            "renewalDateGte": "renewal_date__gte",
            "renewalDateGt": "renewal_date__gt",
        },
        defaults={"limit": 20, "offset": 0},
        not_in_sdk=("numberType",),
    ),
    Row("getRentedNumber", "numbers.get", required=_NUMBER),
    Row(
        "addOwnCarrierNumber",
        "numbers.create",
        required={"numbers": ["18555550123", "18555550124"], "carrier": "19000000000000", "region": "United States"},
        optional={"numberType": "local", "appId": "21000000000000001", "subaccount": SUBACCOUNT},
        sdk_values={"numbers": "18555550123,18555550124"},
    ),
    Row(
        "updateNumber",
        "numbers.update",
        required=_NUMBER,
        optional={
            "appId": "21000000000000001",
            "subaccount": SUBACCOUNT,
            "alias": "Support line",
            "verificationInfo": {"id_type": "passport"},
            "cnamLookup": "disabled",
        },
        echoes=("number",),
        not_in_sdk=(
            "cnam",
            "cnamCallbackUrl",
            "cnamCallbackMethod",
            "callerReputation",
            "profileUuid",
            "callerReputationCallbackUrl",
            "callerReputationCallbackMethod",
            "complianceApplicationId",
        ),
    ),
    Row("unrentNumber", "numbers.delete", required=_NUMBER),
    Row(
        "searchNewNumbers",
        "numbers.search",
        required={"countryIso": "US"},
        optional={
            "type": "local",
            "pattern": "415",
            "region": "California",
            "services": ["voice", "sms"],
            "lata": "722",
            "rateCenter": "SNFC CNTRL",
            "limit": 7,
            "offset": 40,
            "eligible": True,
            "city": "San Francisco",
            "npanxx": "415555",
            "localCallingArea": "6722",
        },
        sdk_values={"services": "voice,sms"},
        differences=(Difference("eligible", True, "true", _PYTHON_TRUE, cases=("all",)),),
    ),
    Row(
        "buyNumber",
        "numbers.buy",
        required=_NUMBER,
        optional={
            "appId": "21000000000000001",
            "verificationInfo": {"id_type": "passport"},
            "cnamLookup": "enabled",
            "haEnable": True,
            "complianceApplicationId": "10000000-0000-4000-8000-000000000001",
        },
        echoes=("number",),
    ),
)
