"""Number masking sessions."""

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import URL, Row

_SESSION = {"sessionUuid": "b614d7c9-fc3f-48b9-a5fc-0718c93a15cb"}
_ECHO = ("session_uuid",)
_SETTINGS = {
    "sessionExpiry": 7200,
    "callTimeLimit": 600,
    "ringTimeout": 45,
    "record": True,
    "recordFileFormat": "wav",
    "recordingCallbackUrl": URL + "recorded",
    "recordingCallbackMethod": "GET",
    "firstPartyPlayUrl": URL + "first.mp3",
    "secondPartyPlayUrl": URL + "second.mp3",
    "geomatch": False,
    "subaccount": SUBACCOUNT,
    "callbackUrl": URL + "events",
    "callbackMethod": "POST",
}
_ONLY_WHEN_CREATED = {
    "initiateCallToFirstParty": True,
    "isPinAuthenticationRequired": False,
    "generatePin": True,
    "generatePinLength": 6,
    "firstPartyPin": "0123",
    "secondPartyPin": "4321",
    "pinPromptPlay": URL + "prompt.mp3",
    "pinRetry": 0,
    "pinRetryWait": 7,
    "incorrectPinPlay": URL + "wrong.mp3",
    "unknownCallerPlay": URL + "unknown.mp3",
    "virtualNumberCooloffPeriod": 90,
    "forcePinAuthentication": True,
}

ROWS = (
    Row(
        "createMaskingSession",
        "masking_sessions.create_masking_session",
        required={"firstParty": "14155550100", "secondParty": "14155550123"},
        optional={**_SETTINGS, **_ONLY_WHEN_CREATED, "createSessionWithSingleParty": False},
    ),
    Row(
        "createMaskingSession",
        "masking_sessions.create_masking_session",
        required={"firstParty": "14155550100", "createSessionWithSingleParty": True},
        optional=_SETTINGS,
    ),
    Row("getSingleMaskingSession", "masking_sessions.get_masking_session", required=_SESSION),
    Row(
        "getMaskingSessions",
        "masking_sessions.list_masking_session",
        optional={
            "firstParty": "14155550100",
            "secondParty": "14155550123",
            "virtualNumber": "14155550199",
            "status": "expired",
            "createdTime": "2026-01-15 01:00:00",
            "createdTimeGt": "2026-01-01 02:00:00",
            "createdTimeGte": "2026-01-01 03:00:00",
            "createdTimeLt": "2026-01-31 04:00:00",
            "createdTimeLte": "2026-01-31 05:00:00",
            "expiryTime": "2026-01-15 06:00:00",
            "expiryTimeGt": "2026-01-01 07:00:00",
            "expiryTimeGte": "2026-01-01 08:00:00",
            "expiryTimeLt": "2026-01-31 09:00:00",
            "expiryTimeLte": "2026-01-31 10:00:00",
            "duration": 3600,
            "durationGt": 60,
            "durationGte": 61,
            "durationLt": 7199,
            "durationLte": 7200,
            "subaccount": SUBACCOUNT,
            "limit": 7,
            "offset": 40,
        },
        keywords={
            f"{field}{end.title()}": f"{wire}__{end}"
            for field, wire in (
                ("createdTime", "created_time"),
                ("expiryTime", "expiry_time"),
                ("duration", "duration"),
            )
            for end in ("gt", "gte", "lt", "lte")
        },
    ),
    Row(
        "updateMaskingSession",
        "masking_sessions.update_masking_session",
        required=_SESSION,
        optional={
            **_SETTINGS,
            "firstParty": "14155550100",
            "secondParty": "14155550123",
            "createSessionWithSingleParty": True,
        },
        echoes=_ECHO,
    ),
    Row("deleteMaskingSession", "masking_sessions.delete_masking_session", required=_SESSION, echoes=_ECHO),
)
