"""What the manifest cannot say about single operations."""

from collections.abc import Mapping

from app.sandbox.engine.paths import ACCOUNT

STATUSES: Mapping[tuple[str, str], int] = {
    ("POST", "/10dlc/Brand/"): 200,
    ("POST", "/10dlc/Campaign/"): 200,
    ("POST", "/10dlc/Campaign/Import/"): 200,
    ("POST", "/10dlc/Campaign/{campaign_id}/"): 200,
    ("POST", "/10dlc/Campaign/{campaign_id}/Number/"): 200,
    ("POST", "/Endpoint/"): 200,
    ("POST", "/Masking/Session/{session_uuid}/"): 200,
    ("POST", "/Number/"): 202,
    ("POST", "/Powerpack/"): 200,
    ("POST", "/Powerpack/{powerpack_uuid}/"): 200,
    ("POST", "/Profile/"): 200,
    ("POST", "/Profile/{profile_uuid}/"): 200,
    ("POST", "/Transcription/{recording_id}/"): 201,
    ("DELETE", "/Transcription/{transcription_id}/"): 202,
    ("POST", "/Verification/Address/"): 202,
    ("POST", "/Verification/Identity/"): 202,
    ("POST", "/Verify/Session/"): 202,
    ("POST", "/VerifiedCallerId/{phone_number}/"): 200,
    ("DELETE", "/VerifiedCallerId/{phone_number}/"): 200,
}
"""Statuses of success that differ from 201 for a create, 202 for an update or an action, 204 for a bare delete."""

EVENT_CALLBACKS = frozenset(
    (method, ACCOUNT + path)
    for method, path in (
        ("POST", "/Call/{call_uuid}/Record/"),
        ("POST", "/Conference/{conference_name}/Record/"),
        ("POST", "/Masking/Session/"),
        ("POST", "/Masking/Session/{session_uuid}/"),
        ("POST", "/TollfreeVerification/"),
        ("POST", "/TollfreeVerification/{uuid}/"),
        ("POST", "/Verification/Address/"),
        ("POST", "/Verification/Address/{address_id}/"),
        ("POST", "/Verification/Identity/"),
        ("POST", "/Verification/Identity/{identity_id}/"),
    )
)
"""Operations whose ``callback_url`` hears of an event; elsewhere it makes the request asynchronous."""
