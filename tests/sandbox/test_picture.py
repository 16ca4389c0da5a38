"""What is shown of a sandbox: the newest of each kind, and of long texts the beginning."""

import json
from typing import Any

from app.sandbox.picture import LONGEST_TEXT, MOST_RECORDS
from tests.support.sandbox_driver import Driver, dial, send, subaccount


def shown(plivo: Driver, kind: str) -> list[dict[str, Any]]:
    """Return the records of a kind that the account sees, the oldest first."""
    picture = plivo.app._watch.picture.of(plivo.auth[0])
    return [json.loads(record) for (name, _), record in picture.items() if name == kind]


def test_the_newest_are_shown(plivo: Driver) -> None:
    sent = [send(plivo, text=str(number))[0] for number in range(MOST_RECORDS + 5)]
    assert [message["message_uuid"] for message in shown(plivo, "message")] == sent[5:]


def test_of_a_long_text_the_beginning_is_shown(plivo: Driver) -> None:
    send(plivo, text="x" * (LONGEST_TEXT + 1), type="whatsapp")
    (message,) = shown(plivo, "message")
    assert message["text"] == "x" * LONGEST_TEXT + "…"
    assert message["encoding"] is None


def test_a_message_says_what_was_reached_so_far(plivo: Driver) -> None:
    send(plivo, "15005550004")
    courses = []
    for pause in (0.0, 0.6, 1.0):
        plivo.wait(pause)
        (message,) = shown(plivo, "message")
        courses.append([state["step"] for state in message["states"]])
    assert courses == [["queued"], ["queued", "sent"], ["queued", "sent", "undelivered"]]
    assert (message["error_code"], message["total_amount"]) == ("80", "0.00550")


def test_a_call_says_how_long_it_has_lasted_and_why_it_ended(plivo: Driver) -> None:
    dial(plivo, wait=5)
    (call,) = shown(plivo, "call")
    assert (call["call_state"], call["call_duration"], call["hangup_cause_name"]) == ("in-progress", 2, None)
    assert call["orders"] == [], "nobody follows it: the sandbox is not open"
    plivo.wait(60)
    (call,) = shown(plivo, "call")
    assert (call["call_state"], call["call_duration"], call["hangup_cause_name"]) == ("completed", 15, "Normal Hangup")


def test_looking_keeps_nothing_alive(plivo: Driver) -> None:
    """What nobody uses goes first; to be looked at is no use."""
    send(plivo)
    plivo.app._state.settle()
    shown(plivo, "message")
    assert plivo.app._state._touched == {}


def test_a_subaccount_sees_its_own(plivo: Driver) -> None:
    branch = subaccount(plivo)
    send(plivo), dial(plivo)
    (uuid,) = send(branch)
    assert [message["message_uuid"] for message in shown(branch, "message")] == [uuid]
    assert shown(branch, "call") == shown(branch, "number") == []
    assert len(shown(plivo, "message")) == 2
