"""What Plivo counts together: which limit a block's requests come under, and how much they weigh."""

import pytest

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.plivo import UpstreamRequest
from app.ratelimit.quotas import Bucket, bucket_of, weight_of

BLOCKS = load_manifest(METADATA).blocks

NAMED = {
    "makeCall": Bucket.CALLS,
    "addMultiPartyCallParticipant": Bucket.CALLS,
    "sendMessage": Bucket.MESSAGES,
    "getMessages": Bucket.MESSAGES,
    "getCallsDetails": Bucket.VOICE,
    "getRecordings": Bucket.VOICE,
    "getApplications": Bucket.VOICE,
}


def block(method: str, path: str, host: str = "api.plivo.com") -> Block:
    args = [
        {"name": name, "type": "String", "info": "Text.", "required": True, "example": "x", "wire": name}
        for name in ("a", "b")
        if f"{{{name}}}" in path
    ]
    facts = {"name": "block", "group": "Things", "description": "Does a thing.", "example": {}, "args": args}
    return Block.model_validate({**facts, "request": {"method": method, "path": path, "host": host}})


@pytest.mark.parametrize(("name", "bucket"), NAMED.items())
def test_blocks_that_everybody_uses(name: str, bucket: Bucket) -> None:
    assert bucket_of(BLOCKS[name]) == bucket


def test_only_two_requests_make_calls() -> None:
    """Plivo's documentation names call.create and multiparty_call.add_participant."""
    calls = {each.request.path for each in BLOCKS.values() if bucket_of(each) is Bucket.CALLS}
    assert calls == {
        "/v1/Account/{auth_id}/Call/",
        "/v1/Account/{auth_id}/MultiPartyCall/{mpc_id}/Participant/",
    }


@pytest.mark.parametrize(
    ("method", "path", "bucket"),
    [
        ("POST", "/v1/Account/{auth_id}/Call/", Bucket.CALLS),
        ("GET", "/v1/Account/{auth_id}/Call/", Bucket.VOICE),
        ("DELETE", "/v1/Account/{auth_id}/Call/", Bucket.VOICE),
        ("POST", "/v1/Account/{auth_id}/Call/{a}/", Bucket.VOICE),
        ("POST", "/v1/Account/{auth_id}/Call/{a}/Speak/", Bucket.VOICE),
        ("DELETE", "/v1/Account/{auth_id}/Request/{a}/", Bucket.VOICE),
        ("GET", "/v1/Account/{auth_id}/Recording/{a}/", Bucket.VOICE),
        ("POST", "/v1/Account/{auth_id}/Conference/{a}/Member/{b}/Mute/", Bucket.VOICE),
        ("POST", "/v1/Account/{auth_id}/Endpoint/", Bucket.VOICE),
        ("GET", "/v1/Account/{auth_id}/Application/{a}/", Bucket.VOICE),
        ("POST", "/v1/Account/{auth_id}/MultiPartyCall/{a}/Participant/", Bucket.CALLS),
        ("GET", "/v1/Account/{auth_id}/MultiPartyCall/{a}/Participant/", None),
        ("POST", "/v1/Account/{auth_id}/MultiPartyCall/{a}/Participant/{b}/", None),
        ("POST", "/v1/Account/{auth_id}/MultiPartyCall/{a}/", None),
        ("POST", "/v1/Account/{auth_id}/Message/", Bucket.MESSAGES),
        ("GET", "/v1/Account/{auth_id}/Message/{a}/Media/", Bucket.MESSAGES),
        ("GET", "/v1/Account/{auth_id}/", None),
        ("GET", "/v1/Account/{auth_id}/ComplianceApplication/", None),
        ("GET", "/v1/Account/{auth_id}/HostedMessagingNumber/", None),
        ("GET", "/v1/Account/{auth_id}/Zentrunk/Call/", None),
        ("POST", "/v1/Account/{auth_id}/Powerpack/", None),
        ("POST", "/v1/Call/{a}/Feedback/", None),
        ("GET", "/v1/Number/{a}", None),
    ],
)
def test_the_path_tells_the_limit_and_what_plivo_names_none_for_has_none(
    method: str, path: str, bucket: Bucket | None
) -> None:
    assert bucket_of(block(method, path)) is bucket


@pytest.mark.parametrize(
    ("bucket", "method", "body", "weight"),
    [
        (Bucket.CALLS, "POST", {"to": "14155550100"}, 1),
        (Bucket.CALLS, "POST", {"to": "14155550100<sip:a@phone.plivo.com<14155550101"}, 3),
        (Bucket.MESSAGES, "POST", {"dst": "14155550100<14155550101", "text": "a<b<c"}, 2),
        (Bucket.MESSAGES, "POST", {"text": "<"}, 1),
        (Bucket.MESSAGES, "GET", None, 0),
        (Bucket.VOICE, "POST", {"to": "1<2"}, 0),
    ],
)
def test_every_destination_is_a_call_or_message(
    bucket: Bucket, method: str, body: dict[str, object] | None, weight: int
) -> None:
    request = UpstreamRequest(method=method, host="api.plivo.com", path="/", query="", json=body)
    assert weight_of(bucket, request) == weight
