"""Orders to the sandbox, over a real socket."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from plivo import plivoxml

from app.sandbox import outside
from tests.support.answers import Reply, Silence
from tests.support.recorder import Recorder
from tests.support.sandbox_calls import page, timeline
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService, form

NUMBER, CALLER = "14155550100", "14155550177"
INBOUND = {"from": CALLER, "to": NUMBER}
XML = {"Content-Type": "application/xml"}
CALL = {"callFrom": NUMBER, "callTo": "15005550005", "answerUrl": "https://example.com/answer"}


def link(service: SandboxService, receiver: Recorder, **urls: str) -> None:
    """Let an application whose URLs are the receiver's answer the number."""
    given = {name: f"{receiver.url}{path}" for name, path in urls.items()}
    app_id = service.run("createApplication", appName="shop", **given)["app_id"]
    service.run("updateNumber", number=NUMBER, appId=app_id)


def error_of(response: Any, status: int) -> str:
    """Return the text of an error, which must have the one shape."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"api_id", "error"}
    return str(body["error"])


def test_a_message_comes_in_and_is_answered(service: SandboxService) -> None:
    reply = b"<Response><Message>Thanks</Message></Response>"
    with Recorder() as receiver:
        link(service, receiver, answerUrl="/call", messageUrl="/message")
        receiver.script(Reply(reply, headers=XML))
        order = service.control("messages/inbound", {**INBOUND, "text": "hello"})
        receiver.wait_for_requests(1)
        told = form(receiver.only)
        assert (receiver.only.path, told["Text"], told["From"], told["To"]) == ("/message", "hello", CALLER, NUMBER)
        assert told["MessageUUID"] == order.json()["message_uuid"]
        sent: list[Any] = []
        while not sent:
            sent = [each for each in _messages(service) if each["message_direction"] == "outbound"]
        (received,) = [each for each in _messages(service) if each["message_direction"] == "inbound"]
    assert (sent[0]["from_number"], sent[0]["to_number"]) == (NUMBER, CALLER)
    assert received["message_state"] == "delivered"


def _messages(service: SandboxService) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = service.run("getMessages")["objects"]
    return listed


def test_a_message_that_nobody_takes_is_repeated(service: SandboxService) -> None:
    with Recorder() as receiver:
        link(service, receiver, answerUrl="/call", messageUrl="/message")
        receiver.script(Reply(status=500), Reply())
        service.control("messages/inbound", {**INBOUND, "text": "hello"})
        receiver.wait_for_requests(1)
        assert received_state(service) == "received"
        while len(receiver.requests) < 2:
            service.control("time", {"advance": 60})
        first, second = receiver.requests
        assert form(first) == form(second)
        while received_state(service) == "received":
            pass
        assert received_state(service) == "delivered"


def test_a_message_that_nobody_ever_takes_is_undelivered_and_no_fault_of_its_recipient(service: SandboxService) -> None:
    with Recorder() as receiver:
        link(service, receiver, answerUrl="/call", messageUrl="/message")
        receiver.script(Reply(status=500), Reply(status=500), Reply(status=404), Reply(status=500))
        message = service.control("messages/inbound", {**INBOUND, "text": "hello"}).json()["message_uuid"]
        receiver.wait_for_requests(1)
        while received_state(service) == "received":
            service.control("time", {"advance": 60})
        assert len(receiver.requests) == 4
    record = service.run("getSingleMessage", messageUuid=message)
    assert (record["message_state"], record["error_code"]) == ("undelivered", None)


def test_a_message_to_an_application_without_an_address_for_messages_stays_received(service: SandboxService) -> None:
    with Recorder() as receiver:
        link(service, receiver, answerUrl="/call")
        service.control("messages/inbound", {**INBOUND, "text": "hello"})
        assert received_state(service) == "received"


def received_state(service: SandboxService) -> str:
    (received,) = [each for each in _messages(service) if each["message_direction"] == "inbound"]
    state: str = received["message_state"]
    return state


def test_a_call_comes_in(service: SandboxService) -> None:
    with Recorder() as receiver:
        link(service, receiver, answerUrl="/call", hangupUrl="/over")
        receiver.script(Reply(b"<Response><Wait length='60'/></Response>", headers=XML), Reply())
        call = service.control("calls/inbound", INBOUND).json()["call_uuid"]
        receiver.wait_for_requests(1)
        assert service.run("getSingleLiveCallDetails", callUuid=call)["direction"] == "inbound"
        assert service.control(f"calls/{call}/hangup").status_code == 200
        receiver.wait_for_requests(2)
        answered, over = map(form, receiver.requests)
        assert (answered["Direction"], answered["From"], answered["To"]) == ("inbound", CALLER, NUMBER)
        assert "RequestUUID" not in answered
        assert (over["CallUUID"], over["HangupSource"]) == (call, "Caller")
        assert service.run("getSingleCallDetails", callUuid=call)["call_direction"] == "inbound"


def test_a_machine_answers(service: SandboxService) -> None:
    with Recorder() as receiver:
        urls = {"machineDetectionUrl": f"{receiver.url}/machine", "hangupUrl": f"{receiver.url}/over"}
        call = service.run("makeCall", **CALL, **urls, machineDetection="hangup")["request_uuid"]
        assert service.control(f"calls/{call}/machine").status_code == 200
        receiver.wait_for_requests(2)
        machine, over = map(form, receiver.requests)
        record = service.run("getSingleCallDetails", callUuid=call)
    assert (machine["Event"], machine["Machine"]) == ("MachineDetection", "true")
    assert over["HangupCauseCode"] == "9100"
    assert record["answered_by"] == "machine"


@pytest.mark.parametrize("detection", [{"machineDetection": "true"}, {}])
def test_the_record_says_who_answered_if_that_was_asked(service: SandboxService, detection: dict[str, str]) -> None:
    call = service.run("makeCall", **CALL, **detection)["request_uuid"]
    assert service.control(f"calls/{call}/answer").status_code == 200
    while "answered" not in [each["step"] for each in timeline(service, call)]:
        pass
    assert service.control(f"calls/{call}/hangup").status_code == 200
    record = service.run("getSingleCallDetails", callUuid=call)
    assert record.get("answered_by") == ("human" if detection else None)


def test_results_of_asynchronous_requests(service: SandboxService) -> None:
    with Recorder() as receiver:
        url = f"{receiver.url}/result"
        spawned = service.run(
            "createApplication",
            appName="later",
            answerUrl="https://example.com/",
            additionalFields={"callback_url": url, "callback_method": "POST"},
        )
        receiver.wait_for_requests(1)
        told = form(receiver.only)
    assert spawned["message"] == "async api spawned"
    assert told["api_id"] == spawned["api_id"]
    assert told["message"] == "created"


def test_faults_strike_until_they_are_taken_away(service: SandboxService) -> None:
    path = f"/sandbox/v1/Account/{AUTH[0]}/"
    assert service.control("faults", {"api": {"status": 503}}).json()["faults"]["api"]["probability"] == 1
    assert service.http.get(path, auth=AUTH).status_code == 503
    assert service.control("faults", {}).json()["faults"] == {}
    assert service.http.get(path, auth=AUTH).status_code == 200


def test_time_and_reset(service: SandboxService) -> None:
    uuid = service.run("sendMessage", src=NUMBER, destination=CALLER, text="hi")["message_uuid"][0]
    assert service.control("time", {"advance": 3600}).json()["ahead"] == 3600
    assert service.run("getSingleMessage", messageUuid=uuid)["message_state"] == "delivered"
    service.control("reset")
    assert _messages(service) == []
    assert service.control("time", {"advance": 0}).json()["ahead"] == 0


def test_one_jump_past_the_end_of_a_call_leaves_nothing_out(service: SandboxService) -> None:
    with Recorder() as receiver:
        more = page(plivoxml.WaitElement(length=5), plivoxml.RedirectElement(f"{receiver.url}/more"))
        receiver.script(Reply(), more, page(plivoxml.WaitElement(length=60)), Reply())
        urls = {name: f"{receiver.url}/{name}" for name in ("ringUrl", "answerUrl", "hangupUrl")}
        call = service.run("makeCall", **{**CALL, **urls, "callTo": CALLER})["request_uuid"]
        assert service.control("time", {"advance": 3600}).json()["ahead"] == 3600
        assert [request.path for request in receiver.requests] == ["/ringUrl", "/answerUrl", "/more", "/hangupUrl"]
    over = form(receiver.requests[-1])
    assert (over["CallUUID"], over["CallStatus"], over["HangupSource"]) == (call, "completed", "Callee")
    assert over["Duration"] == "15"


def test_one_jump_keeps_the_order_of_what_has_nothing_to_do_with_each_other(service: SandboxService) -> None:
    with Recorder() as receiver:
        lengths = {"/slow": 10, "/quick": 4}
        for path, length in lengths.items():
            answer = [{"wait": length}, {"redirect": receiver.url + path}]
            service.run("makeCall", **{**CALL, "answerUrl": "", "callTo": CALLER}, answer=answer)
        service.run("sendMessage", src=NUMBER, destination=CALLER, text="hi", url=f"{receiver.url}/message")
        service.control("time", {"advance": 3600})
        assert [request.path for request in receiver.requests] == [*["/message"] * 3, "/quick", "/slow"]


def test_two_who_move_the_clock_at_once_move_it_twice(service: SandboxService) -> None:
    service.run("makeCall", **{**CALL, "callTo": CALLER})
    with ThreadPoolExecutor(4) as threads:
        moved = threads.map(lambda _: service.control("time", {"advance": 100}).json()["ahead"], range(4))
        assert sorted(moved) == [100, 200, 300, 400]


def test_a_receiver_that_does_not_answer_does_not_hold_the_clock(
    service: SandboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "MOST_WAITED", 0.2)
    with Recorder() as receiver:
        receiver.script(Silence())
        urls = {"ringUrl": f"{receiver.url}/ring", "answerUrl": f"{receiver.url}/answer"}
        call = service.run("makeCall", **{**CALL, **urls, "callTo": CALLER})["request_uuid"]
        assert service.control("time", {"advance": 3600}).json()["ahead"] == 3600
        assert service.run("getSingleCallDetails", callUuid=call)["call_state"] == "ANSWER"
        receiver.release()


WRONG = [
    ("nothing", {}, 404, "there is no such order"),
    ("messages/inbound", {"to": NUMBER, "text": "hi"}, 400, "from: is missing"),
    ("messages/inbound", {**INBOUND, "text": "hi", "txt": "hi"}, 400, "txt: unknown"),
    ("messages/inbound", {**INBOUND, "text": 5}, 400, "text: must be a text"),
    ("messages/inbound", {**INBOUND, "text": "hi", "type": "fax"}, 400, "type: must be"),
    ("messages/inbound", {**INBOUND, "to": "14155550999", "text": "hi"}, 404, "to: this account does not rent"),
    ("calls/inbound", {"from": "nobody", "to": NUMBER}, 400, "from: must be a phone number"),
    ("calls/inbound", {"from": CALLER, "to": "18005550100"}, 409, "to: 18005550100 has no application"),
    ("calls/unknown/answer", {}, 404, "there is no such call"),
    ("faults", {"weather": {}}, 400, "weather: unknown stage"),
    ("faults", {"api": {"status": 99}}, 400, "api.status: must be a number"),
    ("faults", {"api": {"odds": 1}}, 400, "api.odds: unknown"),
    ("faults", {"api": 1}, 400, "api: must be an object"),
    ("time", {"advance": -1}, 400, "advance: must be a number"),
    ("time", {}, 400, "advance: must be a number"),
    ("time", [], 400, "the order must be a JSON object"),
    ("reset", {"all": True}, 400, "all: unknown"),
]


@pytest.mark.parametrize(("path", "body", "status", "error"), WRONG)
def test_wrong_orders(service: SandboxService, path: str, body: object, status: int, error: str) -> None:
    assert error_of(service.control(path, body), status).startswith(error)


def test_orders_that_do_not_fit_the_call(service: SandboxService) -> None:
    call = service.run("makeCall", **CALL)["request_uuid"]
    assert "answer it first" in error_of(service.control(f"calls/{call}/digits", {"digits": "1"}), 409)
    assert service.control(f"calls/{call}/answer").status_code == 200
    assert "answered before" in error_of(service.control(f"calls/{call}/answer"), 409)
    assert error_of(service.control(f"calls/{call}/digits", {"digits": "x"}), 400).startswith("digits: ")
    assert service.control(f"calls/{call}/hangup").status_code == 200


def test_credentials_are_needed(service: SandboxService) -> None:
    assert service.control("reset", auth=(AUTH[0], "wrong")).status_code == 401
    branch = service.run("createSubaccount", name="branch", enabled=True)
    pair = (branch["auth_id"], branch["auth_token"])
    assert error_of(service.control("reset", auth=pair), 403).startswith("only the main account")
    call = service.run("makeCall", **CALL)["request_uuid"]
    assert error_of(service.control(f"calls/{call}/hangup", auth=pair), 404).startswith("there is no such call")
    timeline = service.http.get(f"/sandbox/control/timeline/{call}", auth=pair)
    assert error_of(timeline, 404).startswith("nothing is known")
    wrong_method = service.http.get("/sandbox/control/reset", auth=AUTH)
    assert error_of(wrong_method, 405)
    assert wrong_method.headers["allow"] == "POST"
