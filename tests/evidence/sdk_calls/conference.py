"""Conferences and their members."""

from tests.evidence.sdk_calls.row import ABSENT, ASYNC, URL, Difference, Row

_ROOM = {"conferenceName": "My Room"}
_MEMBERS = {**_ROOM, "memberId": ["10", "11"]}
_SDK_MEMBERS = {"memberId": "10,11"}
_ECHO = ("conference_name",)
_ECHOES = ("conference_name", "member_id")
_ESCAPED = "the same member_id: the connector escapes whatever stands in a path, the SDK leaves a comma as it is"


def _member(block: str, sdk: str, ending: str, required: dict[str, str] | None = None, **optional: str) -> Row:
    is_plain_hangup = not ending
    path = "/v1/Account/MAXXXXXXXXXXXXXXXXXX/Conference/My%20Room/Member/{}/" + ending
    return Row(
        block,
        sdk,
        required={**_MEMBERS, **(required or {})},
        optional={} if is_plain_hangup else {**optional, **ASYNC},
        sdk_values=_SDK_MEMBERS,
        echoes=() if is_plain_hangup else _ECHOES,
        differences=(Difference("(path)", path.format("10,11"), path.format("10%2C11"), _ESCAPED),),
    )


ROWS = (
    Row("getConferences", "conferences.list", optional=ASYNC),
    Row("getSingleConference", "conferences.get", required=_ROOM, optional=ASYNC, echoes=_ECHO),
    Row(
        "hangupConferences",
        "conferences.delete_all",
        optional=ASYNC,
        differences=(
            Difference("(body)", "{}", ABSENT, "a DELETE without parameters needs no body", cases=("required",)),
        ),
    ),
    Row("hangupSingleConference", "conferences.delete", required=_ROOM, optional=ASYNC, echoes=_ECHO),
    Row(
        "startRecordingConference",
        "conferences.record",
        required=_ROOM,
        optional={
            "fileFormat": "wav",
            "transcriptionType": "auto",
            "transcriptionUrl": URL + "transcribed",
            "transcriptionMethod": "GET",
            **ASYNC,
        },
        echoes=_ECHO,
        not_in_sdk=("timeLimit",),
    ),
    Row("stopRecordingConference", "conferences.record_stop", required=_ROOM, optional=ASYNC, echoes=_ECHO),
    _member("hangupMember", "conferences.member_hangup", ""),
    _member("kickMember", "conferences.member_kick", "Kick/"),
    _member("muteMember", "conferences.member_mute", "Mute/"),
    _member("unmuteMember", "conferences.member_mute_stop", "Mute/"),
    _member("playSoundToMember", "conferences.member_play", "Play/", {"url": URL + "a.mp3"}),
    _member("stopPlayingSoundToMember", "conferences.member_play_stop", "Play/"),
    _member("playTextToMember", "conferences.member_speak", "Speak/", {"text": "Grüße"}, voice="MAN", language="en-GB"),
    _member("stopPlayingTextToMember", "conferences.member_speak_stop", "Speak/"),
    _member("makeMemberDeaf", "conferences.member_deaf", "Deaf/"),
    _member("enableHearingForMember", "conferences.member_deaf_stop", "Deaf/"),
)
