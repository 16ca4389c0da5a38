"""Whole flows as people build them: ``python -m app`` with its sandbox, all by HTTP, receivers on real sockets.

Each test makes or takes a call, or a message, acts for the other side of it, and looks at what came of it everywhere.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.support.process import ROOT
from tests.support.sandbox_process import SandboxProcess
from tests.support.subscriber import Answer, Arrival, Subscriber

PATIENT, NO_ANSWER, BUSY, UNDELIVERED = "15005550005", "15005550002", "15005550001", "15005550004"
PRESSES_1 = "15005550011"
CALL = {"callFrom": "14155550100", "callTo": PATIENT}
MESSAGE = {"src": "14155550100", "destination": "14155550123", "text": "Your table is ready."}

MENU = [
    {
        "gather": [{"speak": "Press 1 for sales, 2 for support."}],
        "name": "choice",
        "numDigits": 1,
        "timeout": 60,
        "retries": 2,
        "branches": {"1": [{"speak": "This is sales."}], "2": [{"speak": "This is support."}]},
        "onInvalid": [{"speak": "There is no such choice."}],
    },
    {"speak": "Good bye."},
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("service"), DELIVERY_RETRIES="0.1,0.1,0.1") as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Subscriber]:
    with Subscriber() as subscriber:
        yield subscriber


def call(service: SandboxProcess, **args: Any) -> str:
    """Make a call and let it ring; return its uuid."""
    uuid: str = service.run("makeCall", **{**CALL, **args})["request_uuid"]
    service.control("time", advance=4)
    return uuid


def spoken(service: SandboxProcess, uuid: str) -> list[str]:
    """Return what was said in a call, from its beginning to its end."""
    service.steps(uuid, "ended")
    return [step["text"] for step in service.timeline(uuid) if step["step"] == "Speak"]


def guide(name: str, heading: str, language: str) -> str:
    """Return the first piece of code below a heading of a guide."""
    text = (ROOT / "docs" / "guides" / name).read_text().split(f"\n## {heading}\n")[1]
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(
    ("pressed", "said", "digits"),
    [
        ("1", ["This is sales."], {"choice": "1"}),
        ("2", ["This is support."], {"choice": "2"}),
        ("92", ["There is no such choice.", "Press 1 for sales, 2 for support.", "This is support."], {"choice": "2"}),
    ],
    ids=["one branch", "the other", "an invalid digit first"],
)
def test_a_menu(
    service: SandboxProcess, receiver: Subscriber, pressed: str, said: list[str], digits: dict[str, str]
) -> None:
    uuid = call(service, answer=MENU, resultUrl=receiver.url)
    service.steps(uuid, "waiting")
    service.control(f"calls/{uuid}/digits", digits=pressed)
    assert spoken(service, uuid) == ["Press 1 for sales, 2 for support.", *said, "Good bye."]
    (arrival,) = receiver.wait_for(1)
    result = arrival.event["data"]
    assert (result["request_uuid"], result["state"], result["digits"]) == (uuid, "completed", digits)


def test_the_question_of_the_guide(service: SandboxProcess) -> None:
    answer = json.loads(guide("calls-without-a-server.md", "Ask for a digit", "json"))
    uuid = call(service, answer=answer)
    service.steps(uuid, "waiting")
    service.control(f"calls/{uuid}/digits", digits="2")
    assert spoken(service, uuid)[1:] == ["Cancelled.", "You pressed 2. Goodbye."]


def test_an_appointment_is_confirmed_and_the_caller_waits_for_it(service: SandboxProcess) -> None:
    answer = [
        {
            "gather": [{"speak": "Your appointment is on {{vars.day}}. Press 1 to confirm."}],
            "name": "confirmed",
            "numDigits": 1,
            "branches": {"1": [{"speak": "Thank you, see you on {{vars.day}}."}]},
        }
    ]
    args = {**CALL, "callTo": PRESSES_1, "answer": answer, "answerVars": {"day": "Monday <9 am>"}, "waitSeconds": 50}
    reply = service.run("makeCall", **args)
    assert (reply["outcome"]["state"], reply["outcome"]["digits"]) == ("completed", {"confirmed": "1"})
    assert spoken(service, reply["request_uuid"]) == [
        "Your appointment is on Monday <9 am>. Press 1 to confirm.",
        "Thank you, see you on Monday <9 am>.",
    ]


def test_voicemail_with_its_recording(service: SandboxProcess, receiver: Subscriber) -> None:
    uuid = call(service, answer=[{"voicemail": "Please leave a message.", "maxLength": 30}], resultUrl=receiver.url)
    assert spoken(service, uuid) == ["Please leave a message."]
    (arrival,) = receiver.wait_for(1)
    (recording,) = arrival.event["data"]["recordings"]
    assert arrival.event["data"]["state"] == "completed"
    listed = service.run("getRecordings", callUuid=uuid)["objects"]
    assert [one["recording_url"] for one in listed] == [recording if isinstance(recording, str) else recording["url"]]


@pytest.mark.parametrize("number", [NO_ANSWER, BUSY])
def test_a_call_is_forwarded_and_nobody_is_there(service: SandboxProcess, number: str) -> None:
    answer = [
        {"forward": number, "timeout": 5, "ifNoAnswer": [{"speak": "Nobody can talk to you now."}]},
        {"speak": "Good bye."},
    ]
    uuid = call(service, answer=answer)
    service.steps(uuid, "leg")
    service.control("time", advance=60)
    assert spoken(service, uuid) == ["Nobody can talk to you now.", "Good bye."]


@pytest.mark.parametrize(("number", "state"), [(NO_ANSWER, "no-answer"), (BUSY, "busy")])
def test_a_call_that_nobody_takes_is_told_once(
    service: SandboxProcess, receiver: Subscriber, number: str, state: str
) -> None:
    uuid = call(service, callTo=number, answer=[{"speak": "Hello"}], resultUrl=receiver.url)
    service.control("time", advance=120)
    (arrival,) = receiver.wait_for(1)
    assert (arrival.event["data"]["request_uuid"], arrival.event["data"]["state"]) == (uuid, state)


def test_an_incoming_sms_is_answered_and_delivered(service: SandboxProcess, receiver: Subscriber) -> None:
    number = service.run("getRentedNumbers", limit=1)["objects"][0]["number"]
    made = service.run(
        "createSubscription", number=number, events="message.received", reply="We are open until 6.", url=receiver.url
    )
    came = service.control("messages/inbound", **{"from": "14155550199", "to": number, "text": "Are you open?"})
    (arrival,) = receiver.wait_for(1)
    event = Webhook(made["secret"]).verify(arrival.body, arrival.headers)
    assert event["type"] == "message.received"
    assert event["data"]["message_uuid"] == came["message_uuid"]
    assert (event["data"]["from_number"], event["data"]["text"]) == ("14155550199", "Are you open?")
    replies = service.wait_for(
        lambda: [
            message
            for message in service.run("getMessages", messageDirection="outbound")["objects"]
            if message["to_number"] == "14155550199"
        ]
    )
    assert [message["from_number"] for message in replies] == [number]
    service.run("deleteSubscription", subscriptionId=made["subscription_id"])


def test_a_subscriber_that_fails_twice_gets_everything_in_order(service: SandboxProcess) -> None:
    answers: Iterator[Answer] = iter([500, 503])
    taken: list[Arrival] = []

    def answer(arrival: Arrival) -> Answer:
        status = next(answers, 204)
        if status == 204:
            taken.append(arrival)
        return status

    with Subscriber(answer) as subscriber:
        made = service.run("createSubscription", url=subscriber.url, events="message.*")
        sent = service.run("sendMessage", **MESSAGE, url=made["events_url"])
        service.control("time", advance=60)
        subscriber.wait_for(5)
        subscription = made["subscription_id"]
        deliveries = service.run("getDeliveries", subscriptionId=subscription)["deliveries"]
        service.run("deleteSubscription", subscriptionId=subscription)
    assert [delivery["attempts"] for delivery in deliveries] == [3, 1, 1]
    assert [arrival.event["type"] for arrival in taken] == ["message.queued", "message.sent", "message.delivered"]
    assert {arrival.event["data"]["message_uuid"] for arrival in taken} == set(sent["message_uuid"])
    assert len({arrival.headers["webhook-id"] for arrival in subscriber.arrivals}) == 3


def test_a_bulk_is_told_message_by_message(service: SandboxProcess, receiver: Subscriber) -> None:
    """One post for each row, whatever became of it; the same bulk again posts nothing."""
    rows = [{"destination": "14155550123", "ref": "1"}, {"destination": UNDELIVERED, "ref": "2"}]
    common = {"src": "14155550100", "text": "Hello", "resultUrl": receiver.url, "idempotencyKey": "flow"}
    for _ in range(2):
        assert service.run("sendMessage/bulk", rows, **common)["succeeded"] == 2
        service.control("time", advance=60)
        receiver.wait_for(2)
    told = {arrival.event["data"]["ref"]: arrival.event["data"]["state"] for arrival in receiver.arrivals}
    assert told == {"1": "delivered", "2": "undelivered"}
    subscription = service.run("getResultSecret")["subscription_id"]
    service.wait_for(
        lambda: not service.run("getDeliveries", subscriptionId=subscription, state="pending")["deliveries"] or None
    )
    assert len(receiver.arrivals) == 2


def test_results_are_verified_by_the_secret_that_the_block_tells(service: SandboxProcess, receiver: Subscriber) -> None:
    made = service.run("sendMessage", **MESSAGE, resultUrl=receiver.url)
    secret = service.run("getResultSecret")["secret"]
    (arrival,) = receiver.wait_for(1)
    event = Webhook(secret).verify(arrival.body, arrival.headers)
    assert (event["type"], event["data"]["message_uuid"]) == ("message.result", made["message_uuid"][0])


def test_the_callers_own_addresses_are_told_as_ever(service: SandboxProcess, receiver: Subscriber) -> None:
    """Plivo tells them, and the connector asks for the outcome."""
    with Subscriber(lambda _: 200) as own:
        service.run("sendMessage", **MESSAGE, url=own.url, resultUrl=receiver.url)
        service.control("time", advance=60)
        (arrival,) = receiver.wait_for(1)
        own.wait_for(3)
    assert arrival.event["data"]["state"] == "delivered"
    states = [re.search(rb"Status=(\w+)", report.body) for report in own.arrivals]
    assert [state.group(1) for state in states if state] == [b"queued", b"sent", b"delivered"]
