"""What Plivo counts together: which limit a block's requests come under, and how much they weigh."""

import pytest

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.plivo import UpstreamRequest
from app.ratelimit.quotas import WRITES, Bucket, route_of, weight_of

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
    assert route_of(BLOCKS[name]).bucket == bucket


def test_only_two_requests_make_calls() -> None:
    """Plivo's documentation names call.create and multiparty_call.add_participant."""
    calls = {each.request.path for each in BLOCKS.values() if route_of(each).bucket is Bucket.CALLS}
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
        ("GET", "/v1/Account/{auth_id}/MultiPartyCall/{a}/Participant/", Bucket.OTHERS),
        ("POST", "/v1/Account/{auth_id}/MultiPartyCall/{a}/Participant/{b}/", Bucket.OTHERS),
        ("POST", "/v1/Account/{auth_id}/MultiPartyCall/{a}/", Bucket.OTHERS),
        ("POST", "/v1/Account/{auth_id}/Message/", Bucket.MESSAGES),
        ("GET", "/v1/Account/{auth_id}/Message/{a}/Media/", Bucket.MESSAGES),
        ("GET", "/v1/Account/{auth_id}/", Bucket.OTHERS),
        ("GET", "/v1/Account/{auth_id}/ComplianceApplication/", Bucket.OTHERS),
        ("GET", "/v1/Account/{auth_id}/HostedMessagingNumber/", Bucket.OTHERS),
        ("GET", "/v1/Account/{auth_id}/Zentrunk/Call/", Bucket.OTHERS),
        ("POST", "/v1/Account/{auth_id}/Powerpack/", Bucket.OTHERS),
        ("POST", "/v1/Call/{a}/Feedback/", Bucket.OTHERS),
        ("GET", "/v1/Number/{a}", Bucket.OTHERS),
    ],
)
def test_the_path_tells_the_limit_and_what_plivo_names_none_for_has_one_of_ours(
    method: str, path: str, bucket: Bucket
) -> None:
    assert route_of(block(method, path)).bucket is bucket


def test_each_list_has_a_lane_and_what_changes_something_has_one_together() -> None:
    lanes = {
        name: route_of(BLOCKS[name]).lane for name in ("sendMessage", "getMessages", "getMessageMedia", "makeCall")
    }
    assert lanes == {
        "sendMessage": WRITES,
        "getMessages": "getMessages",
        "getMessageMedia": "getMessageMedia",
        "makeCall": WRITES,
    }
    assert {route_of(each).lane for each in BLOCKS.values() if each.request.method != "GET"} == {WRITES}


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
