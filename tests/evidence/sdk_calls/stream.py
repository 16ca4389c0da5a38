"""Audio streams, queued calls, feedback and lookups; some of them on hosts of their own."""

from tests.evidence.sdk_calls.row import ASYNC, URL, Row

_CALL = {"callUuid": "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21"}
_STREAM = {**_CALL, "streamId": "20170ada-0000-4000-8000-000000000001"}

ROWS = (
    Row(
        "getQueuedCalls",
        "queued_calls.list_ids",
        optional={"limit": 7, "offset": 40, **ASYNC},
        defaults={"limit": 20, "offset": 0},
    ),
    Row("getSingleQueuedCallDetails", "queued_calls.get", required=_CALL, optional=ASYNC, keywords={"callUuid": "_id"}),
    Row(
        "sendCallFeedback",
        "call_feedback.create",
        required={**_CALL, "rating": 4},
        optional={"issues": ["AUDIO_LAG", "BROKEN_AUDIO"], "notes": "choppy"},
    ),
    Row(
        "lookupNumber",
        "lookup.get",
        required={"number": "14155550123"},
        not_offered={"info_type": "carrier is its only value, so it is always sent"},
    ),
    Row(
        "startStream",
        "calls.start_stream",
        required={**_CALL, "serviceUrl": "wss://example.com/audio"},
        optional={
            "bidirectional": True,
            "audioTrack": "inbound",
            "contentType": "audio/x-mulaw;rate=8000",
            "streamTimeout": 600,
            "extraHeaders": ["a=1", "b=2"],
            "statusCallbackUrl": URL + "stream",
            "statusCallbackMethod": "GET",
            "cxBot": True,
        },
        sdk_values={"extraHeaders": "a=1,b=2"},
        echoes=("call_uuid",),
        not_in_sdk=("noiseCancellation", "noiseCancellationLevel"),
    ),
    Row("stopStream", "calls.delete_specific_stream", required=_STREAM, echoes=("call_uuid", "stream_id")),
    Row("stopStreams", "calls.delete_all_streams", required=_CALL, echoes=("call_uuid",)),
    Row("getSingleStream", "calls.get_details_of_specific_stream", required=_STREAM),
    Row("getStreams", "calls.get_all_streams", required=_CALL),
)
