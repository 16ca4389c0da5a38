"""Campaigns of US 10DLC messaging and their numbers.

The SDK sends an empty text for every text that it was not given: an update through it blanks what it does not name.
"""

from tests.evidence.sdk_calls.row import URL, Row

_CAMPAIGN = {"campaignId": "CEXMPL1"}
_NUMBER = {**_CAMPAIGN, "number": "14155550123"}
_STATUS = {"url": URL + "status", "method": "GET"}
_NO_STATUS = {"url": "", "method": "POST"}

_TEXTS = {
    "description": "News about orders of the shop, sent to its customers",
    **{f"sample{i}": f"Your order 471{i} is on its way" for i in range(1, 6)},
    "messageFlow": "Customers tick a box when they order at example.com",
    "helpMessage": "Call 14155550100 for help",
    "helpKeywords": ["HELP", "INFO"],
    "optinMessage": "You will get news about your orders",
    "optinKeywords": ["START", "YES"],
    "optoutMessage": "You will get no more messages",
    "optoutKeywords": ["STOP", "END"],
    "termsAndConditionsLink": URL + "terms",
    "privacyPolicyLink": URL + "privacy",
}
_JOINED = {"helpKeywords": "HELP,INFO", "optinKeywords": "START,YES", "optoutKeywords": "STOP,END"}
_NO_TEXTS = dict.fromkeys(
    (
        "description",
        *(f"sample{i}" for i in range(1, 6)),
        "message_flow",
        "help_message",
        "help_keywords",
        "optin_message",
        "optin_keywords",
        "optout_message",
        "optout_keywords",
        "terms_and_conditions_link",
        "privacy_policy_link",
    ),
    "",
)

ROWS = (
    Row(
        "createCampaign",
        "campaign.create",
        required={"brandId": "BEXMPL1", "vertical": "RETAIL", "usecase": "MIXED"},
        optional={
            "campaignAlias": "Orders",
            "subUsecases": ["CUSTOMER_CARE", "2FA"],
            **_TEXTS,
            "subscriberOptin": True,
            "subscriberOptout": True,
            "subscriberHelp": True,
            "embeddedLink": True,
            "embeddedPhone": True,
            "ageGated": True,
            "directLending": True,
            "affiliateMarketing": True,
            **_STATUS,
        },
        sdk_values=_JOINED,
        defaults={
            **_NO_TEXTS,
            "sub_usecases": [],
            "subscriber_optin": False,
            "subscriber_optout": False,
            "subscriber_help": False,
            "embedded_link": False,
            "embedded_phone": False,
            "age_gated": False,
            "direct_lending": False,
            "affiliate_marketing": False,
            **_NO_STATUS,
        },
        not_in_sdk=("resellerId",),
    ),
    Row(
        "importCampaign",
        "campaign.import_campaign",
        required={**_CAMPAIGN, "campaignAlias": "Orders"},
        optional=_STATUS,
    ),
    Row("getSingleCampaign", "campaign.get", required=_CAMPAIGN),
    Row(
        "getCampaigns",
        "campaign.list",
        optional={
            "brandId": "BEXMPL1",
            "registrationStatus": "Active",
            "usecase": "2FA",
            "campaignSource": "shared",
            "limit": 7,
            "offset": 40,
        },
    ),
    Row(
        "updateCampaign",
        "campaign.update",
        required=_CAMPAIGN,
        optional={**_TEXTS, "resellerId": "R000001"},
        sdk_values=_JOINED,
        defaults={**_NO_TEXTS, "reseller_id": ""},
    ),
    Row("deleteCampaign", "campaign.delete", required=_CAMPAIGN),
    Row(
        "linkCampaignNumbers",
        "campaign.number_link",
        required={**_CAMPAIGN, "numbers": ["14155550123", "14155550124"]},
        optional=_STATUS,
        echoes=("campaign_id",),
        defaults=_NO_STATUS,
    ),
    Row("getCampaignNumbers", "campaign.get_numbers", required=_CAMPAIGN, optional={"limit": 7, "offset": 40}),
    Row("getSingleCampaignNumber", "campaign.get_number", required=_NUMBER),
    Row(
        "unlinkCampaignNumber",
        "campaign.number_unlink",
        required=_NUMBER,
        optional=_STATUS,
        defaults=_NO_STATUS,
    ),
)
