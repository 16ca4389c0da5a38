"""Plivo's Node SDK goes through the life of every resource that it knows, on the sandbox, over a real socket.

The script reports; here it is judged: that every method was called, that every call succeeded, that what was changed is
read back and what was deleted is gone, and that the replies have every field that the SDK's classes read.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import DIRECTORY, binary
from tests.support.patience import PATIENCE
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_sdk import Clock, served

FAULTS_OF_THE_SDK = {
    "callFeedback.create": "rating parameter is missing",  # it sends no body at all
    "phloMultiPartyCalls.get": "ReferenceError: action is not defined",
    **dict.fromkeys(  # it looks for its client under a symbol of another module
        [f"phloMember.{method}" for method in ("hold", "unhold", "voicemailDrop", "resumeCall", "hangup")],
        "TypeError: client is not a function",
    ),
}

REFUSED = {
    "powerpack.find_shortcode": "not found",  # Plivo gives short codes on request only
    "powerpack.remove_shortcode": "not found",
    "brand.trigger_otp": "resource not found",  # only this SDK has it, and the manifest has no block for it
}

NEVER_SENT: dict[str, set[str]] = {
    # What the SDK's classes read and no reply of Plivo's is known to have.
    "applications.list": {"[].apiId"},  # of the reply, not of a record
    "recordings.list": {"[].apiId"},
    "messages.get": {".log"},  # a parameter
    "messages.list": {"[].log"},
    "messages.listMedia": {".objects[].fileName", ".objects[].uploadTime"},  # of uploaded media
    "calls.transfer": {".callUuids"},
    "pricings.get": {".mms"},
    "profile.create": {".message"},
    "campaign.create": {".error"},  # where it fails
    "verify.verify": {".subaccount"},
    "loa.list": {".meta"},  # the reply has it; the SDK looks beside it
    "hostedMessagingNumber.list": {".meta"},
}

NOT_CALLED = {
    # Other names of what is called.
    *(f"subAccounts.{method}" for method in ("create", "get", "update", "delete")),
    # What the other methods are made of.
    "phloMultiPartyCall.update",
    "phloMember.update",
}

EXPECTED: dict[str, dict[str, Any]] = {
    # Read back after a change: the last result of a step, by the SDK's names.
    "accounts.get": {"city": "Berlin"},
    "subaccounts.get": {"name": "closed", "enabled": False},
    "subaccounts.list": {"0.name": "closed"},
    "applications.get": {"appName": "shop", "answerUrl": "https://example.com/answer2"},
    "applications.list": {"0.appName": "shop"},
    "endpoints.get": {"alias": "new"},
    "messages.get": {"messageState": "delivered", "toNumber": "14155550123"},
    "messages.list": {"0.messageState": "delivered"},
    "media.get": {"fileName": "menu.png", "contentType": "image/png", "size": 8},
    "messages.listMedia": {"objects.0.size": 8},
    "powerpacks.update": {"name": "other"},
    "powerpacks.list": {"0.name": "other"},
    "powerpack.count_numbers": {"": 2},
    "powerpack.find_tollfree": {"number": "18005550100", "type": "tollfree"},
    "powerpack.update": {"name": "third"},
    "calls.getQueuedCall": {"callStatus": "queued", "from": "14155550100"},
    "calls.getLiveCall": {"callStatus": "in-progress", "to": "14155550123"},
    "calls.getAllStream": {"meta.count": 1},
    "calls.get": {"hangupSource": "API Request", "toNumber": "14155550123"},
    "recordings.get": {"recordingFormat": "mp3"},
    "conferences.muteMember": {"message": "muted"},
    "conferences.kickMember": {"message": "kicked"},
    "multiPartyCalls.get": {"friendlyName": "room", "status": "Active"},
    "multiPartyCalls.getParticipant": {"role": "agent", "mute": True, "hold": True},
    "numbers.buy": {"status": "fulfilled"},
    "numbers.get": {"alias": "main line"},
    "pricings.get": {"countryCode": 49},
    "lookup.get": {"country.iso2": "US"},
    "profile.get": {"profile.website": "https://example.org"},
    "brand.get": {"brand.registrationStatus": "COMPLETED"},
    "campaign.get": {"campaign.registrationStatus": "ACTIVE"},
    "tollfreeVerification.get": {"usecase": "2FA"},
    "endUsers.get": {"lastName": "Byron"},
    "complianceDocuments.get": {"alias": "q", "fileName": "menu.png"},
    "complianceApplications.get": {"status": "draft", "alias": "Ada"},
    "phoneNumberCompliance.get": {"alias": "two", "countryIso": "IN"},
    "phoneNumberComplianceLink.link": {"updatedCount": 1},
    "verify_session.validate": {"message": "session validated successfully."},
    "verify.getVerifiedCallerId": {"alias": "hall"},
    "maskingSession.getMaskingSession": {"response.status": "active"},
    "hostedMessagingNumber.list": {"objects.0.alias": "theirs"},
    "phlos.get": {"name": "Support line"},
}

Step = dict[str, Any]


@pytest.fixture(scope="module")
def lines(node: None, tmp_path_factory: pytest.TempPathFactory) -> list[Step]:  # noqa: ARG001  # left out where there is no Node
    """Run the script and return what it reports."""
    picture = tmp_path_factory.mktemp("node") / "menu.png"
    picture.write_bytes(b"\x89PNG1234")
    return list(_reported(picture))


@pytest.fixture
def steps(node: None, lines: list[Step]) -> list[Step]:  # noqa: ARG001  # left out where there is no Node
    """Every call that was made."""
    return [line for line in lines if "step" in line]


def test_every_method_of_the_sdk_is_called(steps: list[Step], lines: list[Step]) -> None:
    called = {step["step"] for step in steps}
    assert set(lines[-1]["methods"]) - called == NOT_CALLED


def test_every_call_succeeds_and_what_was_deleted_is_gone(steps: list[Step]) -> None:
    failed = {}
    for step in steps:
        if not step["step"].endswith("after delete"):
            if "raised" in step:
                failed[step["step"]] = step["raised"]
        elif "not found" not in step.get("raised", ""):
            failed[step["step"]] = step.get("raised", "is still there")
    expected = {**FAULTS_OF_THE_SDK, **REFUSED}
    assert {name: words for name, words in failed.items() if expected.get(name, "nothing") not in words} == {}
    assert failed.keys() == expected.keys()


def test_the_replies_have_every_field_that_the_sdk_reads(steps: list[Step]) -> None:
    lacking: dict[str, set[str]] = {}
    for step in steps:
        if fields := set(step.get("missing", ())) - NEVER_SENT.get(step["step"], set()):
            lacking.setdefault(step["step"], set()).update(fields)
    assert lacking == {}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_changed_is_read_back(name: str, steps: list[Step]) -> None:
    last = [step for step in steps if step["step"] == name][-1]
    assert {place: _at(last["returned"], place) for place in EXPECTED[name]} == EXPECTED[name]


def _reported(picture: Path) -> Iterator[Step]:
    clock = Clock()
    command = [binary(), "life_cycles.mjs"]
    with (
        served(clock) as url,
        (picture.parent / "complaints").open("wb") as complaints,
        subprocess.Popen(  # noqa: S603  # ours
            [*command, url, *AUTH, str(picture)],
            cwd=DIRECTORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        for text in process.stdout:
            line = json.loads(text)
            if "wait" in line:
                clock.ahead += line["wait"]
                process.stdin.write("\n")
                process.stdin.flush()
            yield line
        assert process.wait(PATIENCE) == 0, (picture.parent / "complaints").read_text()


def _at(value: Any, place: str) -> Any:
    for part in filter(None, place.split(".")):
        value = value[int(part)] if isinstance(value, list) else value.get(part)
    return value
