"""Groups, hints and samples: what platforms and agents sort, warn and map by."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process import App, error_in

METADATA = Path(__file__).parent.parent.parent / "metadata"
HINTS = {"readOnly", "destructive", "costs", "idempotent", "deprecated"}
GROUPS = {
    *("Account", "Applications", "Calls", "Conferences", "Messages", "WhatsApp", "Verify", "Lookup", "Numbers"),
    *("10DLC", "Compliance", "Masking", "Multiparty", "PHLO", "SIP trunking", "SIP authentication", "AgentFlow"),
}
"""Those that the project names; there may be more."""

BILLED = {
    # The reference says so: by the minute, the message, the number, the request, the registration.
    *("makeCall", "addMultiPartyCallParticipant", "sendMessage", "buyNumber", "buyPoolNumber", "lookupNumber"),
    *("createBrand", "createCampaign", "createVerifySession", "createTranscription", "updateCampaign"),
    *("lookupCallerName", "updateProfile"),
}
ENDING = ("delete", "hangup", "unrent", "remove", "kick", "unlink", "stopMultiPartyCall")
NOT_TWICE = {"makeCall", "sendMessage", "buyNumber", "createSubaccount", "runPhlo", "createVerifySession", "sendDigits"}
LEGACY = {
    # In no current SDK (the reference).
    *("listIncomingCarriers", "getSingleIncomingCarrier", "addIncomingCarrier", "updateIncomingCarrier"),
    *("removeIncomingCarrier", "hangupCalls", "addOwnCarrierNumber"),
}

Entry = dict[str, Any]


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as running:
        yield running


@pytest.fixture(scope="module")
def package(app: App) -> Entry:
    content: Entry = app.get("/api/Plivo").json()
    return content


@pytest.fixture(scope="module")
def blocks(package: Entry) -> dict[str, Entry]:
    return {block["name"]: block for block in package["blocks"]}


@pytest.fixture(scope="module")
def methods() -> dict[str, str]:
    """The HTTP method of each block that asks Plivo, from the files."""
    return {
        block["name"]: block["request"]["method"]
        for path in (METADATA / "blocks").glob("*.json")
        for block in json.loads(path.read_text())
        if not block.get("local")
    }


def with_hint(blocks: dict[str, Entry], hint: str) -> set[str]:
    return {name for name, block in blocks.items() if block[hint]}


def test_every_block_has_a_group_and_all_hints(blocks: dict[str, Entry]) -> None:
    for block in blocks.values():
        assert isinstance(block["group"], str)
        assert {type(block[hint]) for hint in HINTS} == {bool}
    assert {block["group"] for block in blocks.values()} >= GROUPS


def test_reading_changes_nothing(blocks: dict[str, Entry], methods: dict[str, str]) -> None:
    """What only asks is safe in every respect but money; what does more is never called read-only."""
    read_only = with_hint(blocks, "readOnly")
    assert {name for name in read_only if name in methods} == {name for name in methods if methods[name] == "GET"}
    of_events = {"getSubscriptions", "getSingleSubscription", "getEvents", "getDeliveries", "getResultSecret"}
    assert read_only - methods.keys() == of_events | {"previewMessage", "renderXml", "getVoices"}
    assert read_only <= with_hint(blocks, "idempotent")
    assert not read_only & with_hint(blocks, "destructive")


def test_what_ends_or_destroys_says_so(blocks: dict[str, Entry]) -> None:
    expected = {name for name in blocks if name.startswith(ENDING)}
    assert len(expected) > 30
    assert expected <= with_hint(blocks, "destructive")


def test_what_can_be_undone_at_once_is_not_destructive(blocks: dict[str, Entry]) -> None:
    """Silence after a sound, a voice after a mute."""
    harmless = {name for name in blocks if name.startswith(("stopPlaying", "mute", "unmute", "enableHearing", "get"))}
    assert not harmless & with_hint(blocks, "destructive")


def test_what_spends_money_says_so(blocks: dict[str, Entry]) -> None:
    costs = with_hint(blocks, "costs")
    assert costs >= BILLED
    assert {name for name in costs if blocks[name]["readOnly"]} == {"lookupNumber", "lookupCallerName"}
    assert not {name for name in costs if name.startswith(("delete", "hangup", "unrent"))}


def test_the_credential_test_is_free_and_safe(package: Entry, blocks: dict[str, Entry]) -> None:
    test = blocks[package["accounts"]["test"]]
    assert (test["name"], test["readOnly"], test["costs"]) == ("getAccountDetails", True, False)
    assert [arg["name"] for arg in test["args"] if arg["required"]] == ["authId", "authToken"]


def test_what_would_happen_twice_is_not_idempotent(blocks: dict[str, Entry], methods: dict[str, str]) -> None:
    idempotent = with_hint(blocks, "idempotent")
    assert not NOT_TWICE & idempotent
    assert {name for name in methods if methods[name] == "DELETE"} <= idempotent


def test_what_plivo_left_behind_is_deprecated(blocks: dict[str, Entry]) -> None:
    deprecated = with_hint(blocks, "deprecated")
    assert deprecated >= LEGACY
    assert not deprecated & {"makeCall", "sendMessage", "getAccountDetails", "buyNumber", "createVerifySession"}


def test_a_group_alone(app: App, package: Entry) -> None:
    """The same entries in the same package, whatever the case of the name; together they are all."""
    names = sorted({block["group"] for block in package["blocks"]})
    seen = []
    for name in names:
        part = app.get("/api/Plivo", params={"group": name}).json()
        assert part["blocks"] == [block for block in package["blocks"] if block["group"] == name]
        assert {**part, "blocks": None} == {**package, "blocks": None}
        assert app.get("/api/Plivo", params={"group": name.swapcase()}).json() == part
        assert app.request("POST", "/api/Plivo", params={"group": name}).json() == part
        seen += [block["name"] for block in part["blocks"]]
    assert sorted(seen) == sorted(block["name"] for block in package["blocks"])


@pytest.mark.parametrize("group", ["", "nothing", "Call", "Calls,Messages", "%"])
def test_a_group_that_is_not_there(app: App, package: Entry, group: str) -> None:
    answer = app.get("/api/Plivo", params={"group": group})
    assert answer.status_code == 404
    error = error_in(answer)
    assert error["status_code"] == "NOT_FOUND"
    assert all(block["group"] in error["status_msg"] for block in package["blocks"])


def test_every_block_has_its_samples(app: App, blocks: dict[str, Entry]) -> None:
    """A request that has what is required, a reply, and what the reply is made of."""
    for name, listed in blocks.items():
        block = app.get(f"/api/Plivo/{name}").json()
        assert {key: value for key, value in block.items() if key in listed} == listed
        request = block["example"]["request"]
        assert {arg["name"] for arg in listed["args"] if arg["required"]} <= request.keys()
        assert request.keys() <= {arg["name"] for arg in listed["args"]}
        assert block["example"].keys() == {"request", "reply"}
        assert isinstance(block["example"]["reply"], dict)
        assert block["returns"]["properties"].keys() == block["example"]["reply"].keys()


def test_samples_hold_no_secret(app: App) -> None:
    sample = app.get("/api/Plivo/getAccountDetails").json()["example"]["request"]
    assert sample == {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "your-auth-token"}
