"""Watching the sandbox, over a real socket."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.watch import MOST_VIEWERS
from tests.support.answers import Reply, Silence
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService
from tests.support.sandbox_watcher import Watcher, watching

NUMBER, CUSTOMER, PATIENT = "14155550100", "14155550177", "15005550005"
STREAM = "/sandbox/control/stream"
ASKS = [
    {"gather": [{"speak": "Press 1"}], "name": "choice", "numDigits": 1, "retries": 10},
    {"speak": "Thank you"},
]


def send(service: SandboxService, text: str = "hello") -> str:
    """Send a message and return its uuid."""
    return str(service.run("sendMessage", src=NUMBER, destination=CUSTOMER, text=text)["message_uuid"][0])


def call(service: SandboxService, **args: Any) -> str:
    """Make a call that lasts until somebody ends it, and return its uuid."""
    return str(service.run("makeCall", callFrom=NUMBER, callTo=PATIENT, **args)["request_uuid"])


def names(watcher: Watcher) -> list[str]:
    """Return the names of the events so far."""
    return [name for name, _ in watcher.seen]


def timeline(service: SandboxService, uuid: str) -> list[dict[str, Any]]:
    """Return what happened to a message or call."""
    found: list[dict[str, Any]] = service.http.get(f"/sandbox/control/timeline/{uuid}", auth=AUTH).json()["timeline"]
    return found


def error_of(response: httpx.Response, status: int) -> str:
    """Return the text of an error, which must have the one shape."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"api_id", "error"}
    return str(body["error"])


def test_first_comes_all_that_there_is(service: SandboxService) -> None:
    older, newer = send(service, "one"), send(service, "zwei €")
    with watching(service.http) as watcher:
        assert watcher.response.headers["content-type"].startswith("text/event-stream")
        assert watcher.response.headers["cache-control"] == "no-store"
        watcher.until_named("ready")
        messages = [data for name, data in watcher.seen if name == "message"]
        numbers = {data["number"] for name, data in watcher.seen if name == "number"}
    assert names(watcher)[0] == "reset"
    assert "call" not in names(watcher), "what is always there would only hide what somebody made"
    assert [message["message_uuid"] for message in messages] == [older, newer]
    assert [(message["text"], message["encoding"], message["units"]) for message in messages] == [
        ("one", "GSM-7", 1),
        ("zwei €", "GSM-7", 1),
    ]
    assert numbers == {"14155550100", "18005550100"}


def test_a_message_is_shown_in_each_of_its_states(service: SandboxService) -> None:
    with watching(service.http) as watcher:
        watcher.until_named("ready")
        uuid = send(service, "Grüße 👋")
        told = watcher.until(lambda name, data: name == "message" and data["message_state"] == "delivered")
    assert told["message_uuid"] == uuid
    assert (told["text"], told["encoding"]) == ("Grüße 👋", "UCS-2")
    assert [each["step"] for each in told["states"]] == ["queued", "sent", "delivered"]
    assert [each["step"] for each in timeline(service, uuid)] == ["queued", "sent", "delivered"]


def test_only_what_changed_is_sent(service: SandboxService) -> None:
    old = send(service)
    service.control("time", {"advance": 60})
    with watching(service.http) as watcher:
        watcher.until_named("ready")
        new = send(service)
        watcher.until(lambda name, data: name == "message" and data["message_state"] == "delivered")
    later = watcher.seen[names(watcher).index("ready") + 1 :]
    assert {(name, data["message_uuid"]) for name, data in later} == {("message", new)}
    assert old != new


def test_a_call_says_what_it_waits_for(service: SandboxService) -> None:
    with watching(service.http) as watcher:
        uuid = call(service, answer=ASKS)
        ringing = watcher.until(lambda name, data: name == "call" and data["call_state"] in ("queued", "ringing"))
        assert ringing["orders"] == ["answer", "hangup", "machine"]
        service.control(f"calls/{uuid}/answer")
        waiting = watcher.until(lambda name, data: name == "call" and data["waits_for"] == "dtmf")
        assert waiting["orders"] == ["digits", "speech", "hangup", "machine"]
        service.control(f"calls/{uuid}/digits", {"digits": "1"})
        over = watcher.until(lambda name, data: name == "call" and data["call_state"] == "completed")
    assert over["orders"] == []
    assert over["hangup_cause_name"] == "End Of XML Instructions"
    assert over["steps"] > waiting["steps"] > 0


def test_the_timeline_of_a_call_holds_requests_pages_and_steps(service: SandboxService) -> None:
    page = (
        b"<Response><GetDigits action='%b/next' numDigits='1' timeout='600'><Speak>Press</Speak></GetDigits></Response>"
    )
    with Recorder() as receiver:
        xml = {"Content-Type": "application/xml"}
        receiver.script(Reply(page % receiver.url.encode(), headers=xml), Reply(b"gone away", status=503))
        uuid = call(service, answerUrl=f"{receiver.url}/answer")
        with watching(service.http) as watcher:
            watcher.until(lambda name, data: name == "call" and data["waits_for"] == "dtmf")
            service.control(f"calls/{uuid}/digits", {"digits": "7"})
            watcher.until(lambda name, data: name == "call" and data["call_state"] == "completed")
    steps = timeline(service, uuid)
    assert [each["step"] for each in steps] == [
        *("begins", "ringing", "answered", "request", "page", "GetDigits", "Speak", "waiting", "pressed", "heard"),
        *("request", "ended"),
    ]
    told = {each["step"]: each for each in reversed(steps)}
    assert told["request"]["status"] == 200
    assert told["request"]["parameters"]["CallUUID"] == uuid
    assert told["request"]["ms"] >= 0
    assert told["page"]["kind"] == "Answer"
    assert "<GetDigits" in told["page"]["xml"]
    assert (told["Speak"]["text"], told["waiting"]["kind"], told["pressed"]["digits"]) == ("Press", "dtmf", "7")
    assert (steps[-2]["status"], steps[-2]["reply"]) == (503, "gone away")
    assert steps[-1]["cause"] == "Error Reaching Action URL"


def test_a_request_says_which_fault_struck_it(service: SandboxService) -> None:
    service.control("faults", {"callbacks": {"status": 500}})
    with Recorder() as receiver, watching(service.http) as watcher:
        url = f"{receiver.url}/report"
        uuid = service.run("sendMessage", src=NUMBER, destination=CUSTOMER, text="hi", url=url)["message_uuid"][0]
        watcher.until(lambda name, data: name == "message" and data["steps"] > 0)
        assert receiver.requests == []
    request = next(each for each in timeline(service, uuid) if each["step"] == "request")
    assert (request["status"], request["fault"]) == (500, {"status": 500, "delay": 0.0})


def test_a_request_that_is_not_answered_yet_is_shown(service: SandboxService) -> None:
    with Recorder() as receiver, watching(service.http) as watcher:
        url = f"{receiver.url}/report"
        receiver.script(Silence(), Reply(), Reply(), Reply())
        service.run("sendMessage", src=NUMBER, destination=CUSTOMER, text="hi", url=url)
        asking = watcher.until(lambda name, data: name == "message" and data["asks"])
        assert asking["asks"] == f"POST {url}"
        receiver.release()
        watcher.until(lambda name, data: name == "message" and data["steps"] == 3 and not data["asks"])


def test_the_leg_that_a_call_dialled_has_a_timeline_too(service: SandboxService) -> None:
    with watching(service.http) as watcher:
        uuid = call(service, answer=[{"dial": CUSTOMER}])
        begun = watcher.until(lambda name, data: name == "call" and data["parent_call_uuid"] == uuid)
        service.control("time", {"advance": 60})
        leg = watcher.until(lambda name, data: name == "call" and data["call_uuid"] == begun["call_uuid"])
    assert [each["step"] for each in timeline(service, leg["call_uuid"])] == ["begins", "ringing", "answered", "ended"]
    assert leg["orders"] == []


def test_faults_clock_numbers_and_applications_are_shown(service: SandboxService) -> None:
    with watching(service.http) as watcher:
        watcher.until_named("ready")
        service.control("faults", {"api": {"delay": 0.01}})
        assert watcher.until_named("faults") == {"api": {"status": None, "delay": 0.01, "probability": 1.0}}
        service.control("time", {"advance": 60})
        assert watcher.until_named("clock") == {"ahead": 60}
        app_id = service.run("createApplication", appName="shop", answerUrl="https://example.com/")["app_id"]
        assert watcher.until_named("application")["app_name"] == "shop"
        service.run("updateNumber", number=NUMBER, appId=app_id)
        assert watcher.until_named("number")["app_id"] == app_id
        service.run("deleteApplication", appId=app_id)
        assert watcher.until_named("gone") == {"kind": "application", "id": app_id}


def test_a_reset_begins_anew(service: SandboxService) -> None:
    send(service)
    with watching(service.http) as watcher:
        watcher.until_named("ready")
        service.control("reset")
        watcher.until_named("reset")
        watcher.until_named("ready")
    assert "message" not in names(watcher)[names(watcher).index("ready") :]


def test_an_account_sees_what_is_its_own(service: SandboxService) -> None:
    mine = send(service)
    branch = service.run("createSubaccount", name="branch", enabled=True)
    pair = (branch["auth_id"], branch["auth_token"])
    theirs = service.run("sendMessage", authId=pair[0], authToken=pair[1], src=NUMBER, destination=CUSTOMER, text="x")
    with watching(service.http, auth=pair) as watcher, watching(service.http) as main:
        watcher.until_named("ready")
        main.until_named("ready")
        seen = [data["message_uuid"] for name, data in watcher.seen if name == "message"]
        assert seen == theirs["message_uuid"]
        assert [data["message_uuid"] for name, data in main.seen if name == "message"] == [mine, *seen]
        service.run("deleteSubaccount", subauthId=pair[0])
        with pytest.raises(AssertionError, match="the stream ended"):
            watcher.until_named("nothing")


def test_wrong_requests(service: SandboxService) -> None:
    assert service.http.get(STREAM, auth=(AUTH[0], "wrong")).status_code == 401
    refused = service.http.post(STREAM, auth=AUTH)
    assert error_of(refused, 405) == "method POST not allowed"
    assert refused.headers["allow"] == "GET"
    assert error_of(service.http.get(f"{STREAM}/more", auth=AUTH), 404).startswith("there is no such order")


def test_streams_are_bounded(service: SandboxService) -> None:
    with httpx.Client(base_url=service.url, trust_env=False) as http, ExitStack() as streams:
        for _ in range(MOST_VIEWERS):
            assert streams.enter_context(http.stream("GET", STREAM, auth=AUTH)).status_code == 200
        refused = http.get(STREAM, auth=AUTH)
        assert error_of(refused, 429).startswith(f"{MOST_VIEWERS} streams are open")
        assert refused.headers["retry-after"] == "5"
    # Who went away is found out of by and by.
    status = 429
    while status == 429:
        with service.http.stream("GET", STREAM, auth=AUTH) as response:
            status = response.status_code
    assert status == 200


def test_a_quiet_stream_says_that_it_is_alive(service: SandboxService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sandbox.watch.QUIET", 0.0)
    with service.http.stream("GET", STREAM, auth=AUTH) as response:
        assert ": still here" in response.iter_lines()


def test_streams_end_when_the_service_is_told_to_stop(tmp_path: Path) -> None:
    """It waits for what is being answered, and would cut a stream that did not end by itself."""
    with Process(tmp_path, SANDBOX="true") as process, watching(process.http) as watcher:
        watcher.until_named("ready")
        process.terminate()
        with pytest.raises(AssertionError, match="the stream ended"):
            watcher.until_named("nothing")
        assert process.wait() == 0


def test_faults_can_be_read(service: SandboxService) -> None:
    service.control("faults", {"api": {"delay": 0.01}})
    read = service.http.get("/sandbox/control/faults", auth=AUTH).json()
    assert read["faults"] == {"api": {"status": None, "delay": 0.01, "probability": 1}}
    assert set(read["stages"]) == {"api", "callbacks"}
