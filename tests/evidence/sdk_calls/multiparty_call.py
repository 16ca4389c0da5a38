"""Multiparty calls, their participants and recordings."""

from collections.abc import Mapping
from typing import Any

from tests.evidence.sdk_calls.account import SUBACCOUNT
from tests.evidence.sdk_calls.row import ABSENT, ASYNC, URL, Case, Difference, Row

_NAME = "Support 4711"
_UUID = "0a7d5c3e-6b29-4f18-8d4a-9e1c2b3f4a56"
_PARTICIPANT = {"participantId": "10"}
_PARTICIPANTS = {"participantId": ["10", "11"]}
_MEMBER_PATH = f"/v1/Account/MAXXXXXXXXXXXXXXXXXX/MultiPartyCall/uuid_{_UUID}/Member/{{}}/Play/"

_OTHER_WAY = (
    "a multiparty call has a name and a uuid: the SDK has a keyword for each, mpcId says both, like Plivo's path"
)
_ECHO_WITH_CALLBACK = "the SDK repeats the path value, but only when there are other parameters"
_CALLER_NAME = "the SDK repeats the caller id as the caller's name, which Plivo does by itself"
_STRAY_COMMA = "a stray comma in the SDK makes a list of it; Plivo's other SDKs send the text"
_ESCAPED = "the same participant_id: the connector escapes whatever stands in a path, the SDK leaves a comma as it is"

_RECORDING = {
    "fileFormat": "wav",
    "recordingCallbackUrl": URL + "recorded",
    "recordingCallbackMethod": "GET",
    "transcript": True,
    "transcriptionUrl": URL + "transcribed",
}
_RECORDING_DEFAULTS = {"file_format": "mp3", "recording_callback_method": "POST", "transcript": False}
_TRACK = {"recordTrackType": "participant"}
_TRACK_DEFAULT = {"record_track_type": "all"}
_JOINING = {
    "callerName": "Acme Support",
    "callStatusCallbackUrl": URL + "call",
    "callStatusCallbackMethod": "GET",
    "sipHeaders": ["Order=4711", "Team=sales"],
    "confirmKey": "#",
    "confirmKeySoundUrl": URL + "confirm",
    "confirmKeySoundMethod": "POST",
    "dialMusic": "none",
    "ringTimeout": 60,
    "delayDial": 2,
    "maxDuration": 300,
    "maxParticipants": 2,
    "recordMinMemberCount": 2,
    "waitMusicUrl": URL + "wait",
    "waitMusicMethod": "POST",
    "agentHoldMusicUrl": URL + "agent",
    "agentHoldMusicMethod": "POST",
    "customerHoldMusicUrl": URL + "customer",
    "customerHoldMusicMethod": "POST",
    "recordingCallbackUrl": URL + "recorded",
    "recordingCallbackMethod": "POST",
    "statusCallbackUrl": URL + "status",
    "statusCallbackMethod": "POST",
    "onExitActionUrl": URL + "exit",
    "onExitActionMethod": "GET",
    "record": True,
    "recordParticipantTrack": True,
    "recordFileFormat": "wav",
    "statusCallbackEvents": ["participant-speak-events", "add-participant-api-events"],
    "stayAlone": True,
    "coachMode": False,
    "mute": True,
    "hold": True,
    "startMpcOnEnter": False,
    "endMpcOnExit": True,
    "relayDtmfInputs": True,
    "enterSound": "beep:2",
    "enterSoundMethod": "POST",
    "exitSound": "none",
    "exitSoundMethod": "POST",
    "startRecordingAudio": URL + "start.mp3",
    "startRecordingAudioMethod": "POST",
    "stopRecordingAudio": URL + "stop.mp3",
    "stopRecordingAudioMethod": "POST",
    "createMpcWithSingleParticipant": False,
    "sendDigits": "wwww2410@1000",
    "sendOnPreanswer": True,
    "transcriptionUrl": URL + "transcribed",
    "transcript": True,
    **ASYNC,
}
_JOINING_DEFAULTS = {
    "call_status_callback_method": "POST",
    "confirm_key_sound_method": "GET",
    "dial_music": "real",
    "ring_timeout": 45,
    "delay_dial": 0,
    "max_duration": 14400,
    "max_participants": 10,
    "record_min_member_count": 1,
    "wait_music_method": "GET",
    "agent_hold_music_method": "GET",
    "customer_hold_music_method": "GET",
    "recording_callback_method": "GET",
    "status_callback_method": "GET",
    "on_exit_action_method": "POST",
    "record": False,
    "record_participant_track": False,
    "record_file_format": "mp3",
    "status_callback_events": "mpc-state-changes,participant-state-changes",
    "stay_alone": False,
    "coach_mode": True,
    "mute": False,
    "hold": False,
    "start_mpc_on_enter": True,
    "end_mpc_on_exit": False,
    "relay_dtmf_inputs": False,
    "enter_sound": "beep:1",
    "enter_sound_method": "GET",
    "exit_sound": "beep:2",
    "exit_sound_method": "GET",
    "start_recording_audio_method": "GET",
    "stop_recording_audio_method": "GET",
    "create_mpc_with_single_participant": True,
    "send_on_preanswer": False,
    "transcript": False,
}
_JOINING_VALUES = {
    "sipHeaders": "Order=4711,Team=sales",
    "statusCallbackEvents": "participant-speak-events,add-participant-api-events",
}


def _named(
    block: str,
    sdk: str,
    required: Mapping[str, Any] | None = None,
    keywords: Mapping[str, str] | None = None,
    sdk_values: Mapping[str, Any] | None = None,
    **more: Any,
) -> Row:
    """Return a row that gives a multiparty call by its name."""
    return Row(
        block,
        f"multi_party_calls.{sdk}",
        required={"mpcId": f"name_{_NAME}", **(required or {})},
        keywords={"mpcId": "friendly_name", **(keywords or {})},
        sdk_values={"mpcId": _NAME, **(sdk_values or {})},
        not_offered={"uuid": _OTHER_WAY},
        **more,
    )


def _with_uuid(
    block: str,
    sdk: str,
    required: Mapping[str, Any] | None = None,
    sdk_values: Mapping[str, Any] | None = None,
    **more: Any,
) -> Row:
    """Return a row that gives a multiparty call by its uuid."""
    return Row(
        block,
        f"multi_party_calls.{sdk}",
        required={"mpcId": f"uuid_{_UUID}", **(required or {})},
        keywords={"mpcId": "uuid"},
        sdk_values={"mpcId": _UUID, **(sdk_values or {})},
        not_offered={"friendly_name": _OTHER_WAY},
        **more,
    )


def _read_echo(name: str, value: str) -> Difference:
    return Difference(name, value, ABSENT, _ECHO_WITH_CALLBACK, cases=("all",))


def _in_a_list(name: str, value: str, *cases: Case) -> Difference:
    return Difference(name, [value], value, _STRAY_COMMA, cases=cases)


ROWS = (
    Row(
        "getMultiPartyCalls",
        "multi_party_calls.list",
        optional={
            "subAccount": SUBACCOUNT,
            "friendlyName": _NAME,
            "status": "ended",
            "terminationCauseCode": 1010,
            "endTimeGt": "2026-01-01 01:00:00",
            "endTimeGte": "2026-01-01 02:00:00",
            "endTimeLt": "2026-01-31 03:00:00",
            "endTimeLte": "2026-01-31 04:00:00",
            "creationTimeGt": "2026-01-01 05:00:00",
            "creationTimeGte": "2026-01-01 06:00:00",
            "creationTimeLt": "2026-01-31 07:00:00",
            "creationTimeLte": "2026-01-31 08:00:00",
            "limit": 7,
            "offset": 40,
            **ASYNC,
        },
        keywords={
            f"{field}{end.title()}": f"{wire}__{end}"
            for field, wire in (("endTime", "end_time"), ("creationTime", "creation_time"))
            for end in ("gt", "gte", "lt", "lte")
        },
    ),
    _named("getSingleMultiPartyCall", "get", optional=ASYNC, differences=(_read_echo("friendly_name", _NAME),)),
    _with_uuid("getSingleMultiPartyCall", "get", optional=ASYNC, differences=(_read_echo("uuid", _UUID),)),
    _named(
        "addMultiPartyCallParticipant",
        "add_participant",
        required={"role": "agent", "callFrom": "14155550100", "callTo": ["14155550123", "sip:alice@phone.plivo.com"]},
        optional=_JOINING,
        keywords={"callFrom": "from_", "callTo": "to_"},
        sdk_values={"callTo": "14155550123<sip:alice@phone.plivo.com", **_JOINING_VALUES},
        defaults=_JOINING_DEFAULTS,
        differences=(Difference("caller_name", "14155550100", ABSENT, _CALLER_NAME, cases=("required",)),),
        not_in_sdk=(
            "aiAgentStreamServiceUrl",
            "aiAgentStreamContentType",
            "aiAgentStreamExtraHeaders",
            "aiAgentStreamStatusCallbackUrl",
            "aiAgentStreamStatusCallbackMethod",
        ),
    ),
    _with_uuid(
        "addMultiPartyCallParticipant",
        "add_participant",
        required={"role": "supervisor", "callUuid": "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21"},
        optional=_JOINING,
        sdk_values=_JOINING_VALUES,
        defaults=_JOINING_DEFAULTS,
    ),
    _named(
        "startMultiPartyCall",
        "start",
        optional=ASYNC,
        differences=(
            _in_a_list("status", "active", "all", "required"),
            _in_a_list("callback_url", ASYNC["callbackUrl"], "all"),
            _in_a_list("callback_method", ASYNC["callbackMethod"], "all"),
        ),
    ),
    _named("stopMultiPartyCall", "stop", optional=ASYNC, echoes=("friendly_name",)),
    _named(
        "startRecordingMultiPartyCall",
        "start_recording",
        optional={**_RECORDING, **ASYNC},
        defaults=_RECORDING_DEFAULTS,
    ),
    _named("stopRecordingMultiPartyCall", "stop_recording", optional=ASYNC, echoes=("friendly_name",)),
    _named("pauseRecordingMultiPartyCall", "pause_recording", optional=ASYNC, echoes=("friendly_name",)),
    _with_uuid("resumeRecordingMultiPartyCall", "resume_recording", optional=ASYNC, echoes=("uuid",)),
    _named(
        "getMultiPartyCallParticipants",
        "list_participants",
        optional={"callUuid": "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21", **ASYNC},
    ),
    _named(
        "getSingleMultiPartyCallParticipant",
        "get_participant",
        required=_PARTICIPANT,
        optional=ASYNC,
        differences=(_read_echo("friendly_name", _NAME), _read_echo("participant_id", "10")),
    ),
    _named(
        "updateMultiPartyCallParticipant",
        "update_participant",
        required={**_PARTICIPANT, "mute": True},
        optional={"hold": False, "coachMode": True, **ASYNC},
    ),
    _with_uuid(
        "kickMultiPartyCallParticipant",
        "kick_participant",
        required=_PARTICIPANT,
        optional=ASYNC,
        echoes=("uuid", "participant_id"),
    ),
    _named(
        "startRecordingParticipant",
        "start_participant_recording",
        required=_PARTICIPANT,
        optional={**_RECORDING, **_TRACK, **ASYNC},
        defaults={**_RECORDING_DEFAULTS, **_TRACK_DEFAULT},
    ),
    *(
        _named(
            f"{action}RecordingParticipant",
            f"{action}_participant_recording",
            required=_PARTICIPANT,
            optional={**_TRACK, **ASYNC},
            echoes=("friendly_name", "participant_id"),
            defaults=_TRACK_DEFAULT,
        )
        for action in ("stop", "pause", "resume")
    ),
    _with_uuid(
        "playAudioToParticipant",
        "start_play_audio",
        required={**_PARTICIPANTS, "url": URL + "a.mp3"},
        sdk_values={"participantId": "10,11"},
        echoes=("uuid", "participant_id"),
        differences=(Difference("(path)", _MEMBER_PATH.format("10,11"), _MEMBER_PATH.format("10%2C11"), _ESCAPED),),
    ),
    _named("stopPlayingAudioToParticipant", "stop_play_audio", required=_PARTICIPANT),
)
