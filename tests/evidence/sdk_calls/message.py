"""Messages and recordings."""

from typing import Any

from plivo.utils.interactive import Interactive
from plivo.utils.location import Location
from plivo.utils.template import Template

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import ABSENT, ASYNC, URL, Difference, Row

_MESSAGE = {"messageUuid": "5b0e0000-0000-4000-8000-000000000001"}
_RECORDING = {"recordingId": "0d8f4b1e-0000-4000-8000-000000000001"}
_ECHO_WITH_CALLBACK = "the SDK repeats the path value, but only when there are other parameters"

_MESSAGE_KEYWORDS = {"destination": "dst", "type": "type_"}
_MESSAGE_DEFAULTS = {"type": "sms", "method": "POST", "log": "true", "trackable": False}

_LOCATION = {"latitude": "37.7749", "longitude": "-122.4194", "name": "Store", "address": "1 Example Street"}
_TEMPLATE: dict[str, Any] = {
    "name": "order_update",
    "language": "en_US",
    "components": [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "4711"},
                {"type": "currency", "currency": {"fallback_value": "$1", "currency_code": "USD", "amount_1000": 1000}},
            ],
        },
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "payload", "payload": "4711"}]},
    ],
}
_INTERACTIVE: dict[str, Any] = {
    "type": "list",
    "header": {"type": "media", "media": URL + "a.png"},
    "body": {"text": "When?"},
    "footer": {"text": "Reply STOP to end"},
    "action": {"sections": [{"title": "Days", "rows": [{"id": "1", "title": "Monday", "description": "morning"}]}]},
}

ROWS = (
    Row(
        "sendMessage",
        "messages.create",
        required={"destination": ["14155550123", "14155550124"], "src": "14155550100", "text": "Grüße & 50 %"},
        optional={
            "type": "mms",
            "mediaUrls": [URL + "a.png", URL + "b.png"],
            "mediaIds": ["4bbe2a5c-0000-4000-8000-000000000001"],
            "url": URL + "report",
            "method": "GET",
            "log": "content_only",
            "messageExpiry": 600,
            "trackable": True,
            "dltEntityId": "1501",
            "dltTemplateId": "1507",
            "dltTemplateCategory": "transactional",
        },
        keywords=_MESSAGE_KEYWORDS,
        sdk_values={"destination": "14155550123<14155550124"},
        defaults=_MESSAGE_DEFAULTS,
    ),
    Row(
        "sendMessage",
        "messages.create",
        required={"destination": "14155550123", "powerpackUuid": "86bbb125-0000-4000-8000-000000000001", "text": "x"},
        optional=_MESSAGE_DEFAULTS,
        keywords=_MESSAGE_KEYWORDS,
        defaults=_MESSAGE_DEFAULTS,
    ),
    Row(
        "sendMessage",
        "messages.create",
        required={"destination": "14155550123", "src": "14155550100", "type": "whatsapp", "template": _TEMPLATE},
        optional={
            "interactive": _INTERACTIVE,
            "location": _LOCATION,
            **{name: value for name, value in _MESSAGE_DEFAULTS.items() if name != "type"},
        },
        keywords=_MESSAGE_KEYWORDS,
        sdk_values={
            "template": Template(**_TEMPLATE),
            "interactive": Interactive(**_INTERACTIVE),
            "location": Location(**_LOCATION),
        },
        defaults={name: value for name, value in _MESSAGE_DEFAULTS.items() if name != "type"},
    ),
    Row(
        "getMessages",
        "messages.list",
        optional={
            "subaccount": SUBACCOUNT,
            "messageDirection": "inbound",
            "messageTimeGt": "2026-01-01 01:00:00",
            "messageTimeGte": "2026-01-01 02:00:00",
            "messageTimeLt": "2026-01-31 03:00:00",
            "messageTimeLte": "2026-01-31 04:00:00",
            "messageTime": "2026-01-15 05:00:00",
            "messageState": "undelivered",
            "limit": 7,
            "offset": 40,
            "errorCode": 200,
            "powerpackId": "86bbb125-0000-4000-8000-000000000001",
            "tendlcCampaignId": "CY5NVUA",
            "tendlcRegistrationStatus": "registered",
            "destinationCountryIso2": "DE",
            "messageType": "mms",
            "conversationId": "c0000000",
            "conversationOrigin": "utility",
            "fromNumber": "14155550100",
            "toNumber": "14155550123",
        },
        keywords={
            "messageTimeGt": "message_time__gt",
            "messageTimeGte": "message_time__gte",
            "messageTimeLt": "message_time__lt",
            "messageTimeLte": "message_time__lte",
            "destinationCountryIso2": "destination_country_iso2",
        },
    ),
    Row("getSingleMessage", "messages.get", required=_MESSAGE),
    Row(
        "getMessageMedia",
        lambda client, message_uuid: client.messages.get(message_uuid).listMedia(),
        first={f"Message/{_MESSAGE['messageUuid']}/": {"message_uuid": _MESSAGE["messageUuid"]}},
        required=_MESSAGE,
    ),
    Row(
        "getRecordings",
        "recordings.list",
        optional={
            "subaccount": SUBACCOUNT,
            "callUuid": "c2000000-0000-4000-8000-000000000001",
            "addTimeGt": "2026-01-01 01:00:00",
            "addTimeGte": "2026-01-01 02:00:00",
            "addTimeLt": "2026-01-31 03:00:00",
            "addTimeLte": "2026-01-31 04:00:00",
            "recordingStorageDuration": 30,
            "recordingStorageDurationGt": 31,
            "recordingStorageDurationGte": 32,
            "recordingStorageDurationLt": 33,
            "recordingStorageDurationLte": 34,
            "limit": 7,
            "offset": 40,
            "fromNumber": "14155550100",
            "toNumber": "14155550123",
            "conferenceName": "daily call",
            "mpcName": "weekly call",
            "conferenceUuid": "c3000000-0000-4000-8000-000000000001",
            "mpcUuid": "c4000000-0000-4000-8000-000000000001",
            "cursor": "bmV4dA==",
            **ASYNC,
        },
        keywords={
            "addTimeGt": "add_time__gt",
            "addTimeGte": "add_time__gte",
            "addTimeLt": "add_time__lt",
            "addTimeLte": "add_time__lte",
            "recordingStorageDurationGt": "recording_storage_duration__gt",
            "recordingStorageDurationGte": "recording_storage_duration__gte",
            "recordingStorageDurationLt": "recording_storage_duration__lt",
            "recordingStorageDurationLte": "recording_storage_duration__lte",
        },
        defaults={"limit": 20, "offset": 0},
        not_in_sdk=("addTime",),
    ),
    Row(
        "getSingleRecording",
        "recordings.get",
        required=_RECORDING,
        optional=ASYNC,
        differences=(
            Difference("recording_id", _RECORDING["recordingId"], ABSENT, _ECHO_WITH_CALLBACK, cases=("all",)),
        ),
    ),
    Row("deleteRecording", "recordings.delete", required=_RECORDING, optional=ASYNC, echoes=("recording_id",)),
)
