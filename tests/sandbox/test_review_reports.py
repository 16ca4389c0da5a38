"""Who hears of registrations, verifications and Verify sessions: over real sockets."""

from typing import Any

import pytest
from plivo.utils import validate_signature, validate_v3_signature

from tests.support.answers import Reply
from tests.support.recorder import RecordedRequest, Recorder
from tests.support.sandbox_calls import told_at, undocumented
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService, form

PROFILE = "3e95b7d0-48c1-4a2f-9d63-b07f1e52c8a6"
"""That of the manifest's examples."""

BRAND, CAMPAIGN, NUMBER, TOLLFREE = "BEXMPL1", "CEXMPL1", "14155550100", "18005550100"
VERIFICATION = {"number": TOLLFREE, "profileUuid": PROFILE}


def begin(service: SandboxService, status: Recorder, block: str, **args: Any) -> Any:
    """Run a block that names the receiver, and let time pass for a review."""
    reply = service.run(block, **{"url": f"{status.url}/status", **args})
    service.control("time", {"advance": 2})
    return reply


def is_of_messaging(status: Recorder, request: RecordedRequest) -> bool:
    """Say whether Plivo's own SDK takes a request for one of Plivo's, by either kind of signature."""
    url, posted = status.url + request.target, form(request) if request.method == "POST" else {}
    older, newer = (
        (request.header(f"X-Plivo-Signature-{version}-Nonce"), request.header(f"X-Plivo-Signature-{version}"))
        for version in ("V2", "V3")
    )
    return bool(
        validate_signature(url, *older, AUTH[1])
        and validate_v3_signature(request.method, url, newer[0], AUTH[1], newer[1], posted)
    )


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_brand_and_a_campaign_are_registered(service: SandboxService, method: str) -> None:
    with Recorder() as status:
        args = {"brandAlias": "shop", "brandType": "STANDARD", "profileUuid": PROFILE}
        brand = begin(service, status, "createBrand", **args, method=method)["brand_id"]
        of_brand = told_at(status, "/status", 2)
        args = {"brandId": brand, "vertical": "RETAIL", "usecase": "LOW_VOLUME"}
        campaign = begin(service, status, "createCampaign", **args, method=method)["campaign_id"]
        of_campaign = told_at(status, "/status", 4)[2:]
        assert all(is_of_messaging(status, request) for request in status.requests)
    assert of_brand == [{"brand_id": brand, "status": state} for state in ("created", "registered")]
    known = {"campaign_id": campaign, "brand_id": brand}
    assert of_campaign == [{**known, "status": state} for state in ("created", "registered")]


def test_a_campaign_is_imported(service: SandboxService) -> None:
    with Recorder() as status:
        begin(service, status, "importCampaign", campaignId=CAMPAIGN, campaignAlias="news")
        told = told_at(status, "/status", 2)
    assert [(each["campaign_id"], each["status"]) for each in told] == [(CAMPAIGN, "created"), (CAMPAIGN, "registered")]


def test_a_number_is_linked_and_unlinked(service: SandboxService) -> None:
    with Recorder() as status:
        begin(service, status, "linkCampaignNumbers", campaignId=CAMPAIGN, numbers=[NUMBER])
        told_at(status, "/status", 2)
        begin(service, status, "unlinkCampaignNumber", campaignId=CAMPAIGN, number=NUMBER)
        told = told_at(status, "/status", 4)
    assert {(each["campaign_id"], each["number"]) for each in told} == {(CAMPAIGN, NUMBER)}
    assert [each["status"] for each in told] == ["created", "success"] * 2


def test_what_is_deleted_meanwhile_is_told_of_no_more(service: SandboxService) -> None:
    with Recorder() as status:
        url = f"{status.url}/status"
        made = service.run("createTollfreeVerification", **VERIFICATION, callbackUrl=url)["uuid"]
        told_at(status, "/status", 1)
        service.run("deleteTollfreeVerification", uuid=made)
        begin(service, status, "createBrand", brandAlias="shop", brandType="STANDARD", profileUuid=PROFILE)
        told = told_at(status, "/status", 3)
    assert [each["status"] for each in told] == ["SUBMITTED", "created", "registered"]


def test_a_tollfree_number_is_verified_anew_after_a_change(service: SandboxService) -> None:
    with Recorder() as status:
        url = f"{status.url}/status"
        made = service.run("createTollfreeVerification", **VERIFICATION, callbackUrl=url)["uuid"]
        told_at(status, "/status", 1)
        service.run("updateTollfreeVerification", uuid=made, volume="10")
        told_at(status, "/status", 2)
        service.control("time", {"advance": 2})
        told = told_at(status, "/status", 3)
        assert all(is_of_messaging(status, request) for request in status.requests)
    assert [each["status"] for each in told] == ["SUBMITTED", "SUBMITTED", "APPROVED"]
    assert told[2] == {"uuid": made, "number": TOLLFREE, "status": "APPROVED", "error_message": ""}
    assert not undocumented(told[2], "tollfree.verification")


def test_a_number_is_complied_for(service: SandboxService) -> None:
    with Recorder() as status:
        data = {"country_iso": "IN", "number_type": "local", "callback_url": f"{status.url}/status"}
        made = service.run("createNumberCompliance", data=data)["compliance_id"]
        service.control("time", {"advance": 2})
        told = told_at(status, "/status", 2)
    assert told == [{"compliance_id": made, "status": state} for state in ("submitted", "accepted")]


def test_a_number_gets_a_name_and_a_reputation(service: SandboxService) -> None:
    with Recorder() as status:
        urls = {"cnamCallbackUrl": f"{status.url}/name", "callerReputationCallbackUrl": f"{status.url}/reputation"}
        service.run("updateNumber", number=NUMBER, cnam="EXAMPLE INC", **urls)
        service.control("time", {"advance": 2})
        name, reputation = told_at(status, "/name", 1), told_at(status, "/reputation", 2)
    assert name == [{"number": NUMBER, "cnam": "EXAMPLE INC", "status": "success"}]
    assert [each["caller_reputation_status"] for each in reputation] == ["PENDING", "ACTIVE"]


@pytest.mark.parametrize(
    ("recipient", "channel", "states", "code"),
    [
        ("14155550123", "sms", ["queued", "sent", "delivered"], None),
        ("15005550003", "sms", ["queued", "failed"], "300"),
        ("15005550004", "sms", ["queued", "sent", "undelivered"], "80"),
        ("14155550123", "voice", ["ringing", "in-progress", "completed"], None),
    ],
)
def test_a_verify_session_goes_on_until_it_expires(
    service: SandboxService, recipient: str, channel: str, states: list[str], code: str | None
) -> None:
    with Recorder() as status:
        made = begin(service, status, "createVerifySession", recipient=recipient, channel=channel)["session_uuid"]
        service.control("time", {"advance": 10})
        told_at(status, "/status", len(states))
        service.control("time", {"advance": 600})
        told = told_at(status, "/status", len(states) + 1)
        session = service.run("getSingleVerifySession", sessionUuid=made)
        assert all(is_of_messaging(status, request) for request in status.requests)
    assert [each["ChannelStatus"] for each in told] == [*states, states[-1]]
    assert [each["SessionStatus"] for each in told] == ["in-progress"] * len(states) + ["expired"]
    assert {each["AttemptUUID"] for each in told} == {session["attempt_details"][0]["attempt_uuid"]}
    assert {each["Recipient"] for each in told} == {recipient}
    assert told[-1].get("ChannelErrorCode") == code
    assert not any(undocumented(each, "verify.session") for each in told)


def test_a_session_that_is_verified_does_not_expire(service: SandboxService) -> None:
    with Recorder() as status:
        made = begin(service, status, "createVerifySession", recipient="14155550123")["session_uuid"]
        told_at(status, "/status", 3)
        service.run("validateVerifySession", sessionUuid=made, otp="550123")
        begin(service, status, "createVerifySession", recipient="14155550124")
        service.control("time", {"advance": 600})
        told = told_at(status, "/status", 7)
    assert [each["SessionUUID"] == made for each in told] == [True] * 3 + [False] * 4
    assert told[6]["SessionStatus"] == "expired"


def test_what_is_not_taken_is_repeated(service: SandboxService) -> None:
    with Recorder() as status:
        status.script(Reply(status=202), Reply(status=500), Reply())
        service.run("importCampaign", campaignId=CAMPAIGN, campaignAlias="news", url=f"{status.url}/status")
        for number, seconds in ((1, 2), (2, 60)):
            told_at(status, "/status", number)
            service.control("time", {"advance": seconds})
        while len(status.requests) < 4:
            service.control("time", {"advance": 60})
        told = told_at(status, "/status", 4)
    assert sorted(each["status"] for each in told) == ["created", "created", "registered", "registered"]
