"""Transcriptions of recordings."""

from tests.evidence.sdk_calls.row import ABSENT, URL, Difference, Row

_ID = "c83f5a10-90d4-11f0-9d2c-0242ac110006"
_TRANSCRIPTION = {"transcriptionId": _ID}
_ECHO_WITH_TYPE = "the SDK repeats the path value, but only when there are other parameters"

ROWS = (
    Row(
        "createTranscription",
        "transcriptions.create_transcription",
        required={"recordingId": _ID},
        optional={"transcriptionCallbackUrl": URL + "transcribed"},
        echoes=("recording_id",),
    ),
    Row(
        "getSingleTranscription",
        "transcriptions.get_transcription",
        required=_TRANSCRIPTION,
        optional={"type": "diarized"},
        differences=(Difference("transcription_id", _ID, ABSENT, _ECHO_WITH_TYPE, cases=("all",)),),
    ),
    Row("deleteTranscription", "transcriptions.delete_transcription", required=_TRANSCRIPTION),
)
