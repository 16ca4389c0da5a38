"""Calls that do what their pages say: the whole service over real sockets, the sandbox fetching its own pages."""

from typing import Any

import pytest
from plivo import plivoxml
from plivo.utils import validate_v3_signature

from tests.support.answers import Reply
from tests.support.recorder import RecordedRequest, Recorder
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService, form

CALL = {"callFrom": "14155550100", "callTo": "14155550123"}
XML = {"Content-Type": "application/xml"}


def page(*elements: Any) -> Reply:
    """Return a page as Plivo's own SDK writes it."""
    response = plivoxml.ResponseElement()
    for element in elements:
        response.add(element)
    return Reply(response.to_string().encode(), headers=XML)


def in_progress(service: SandboxService) -> str:
    """Make the one call that there is be answered, and return its uuid."""
    calls: list[str] = []
    while not calls:
        live = service.run("getLiveCalls", toNumber=CALL["callTo"])["calls"]
        calls = [each for each in live if service.control(f"calls/{each}/answer").status_code == 200]
    return calls[0]


def dial(service: SandboxService, receiver: Recorder, **args: Any) -> str:
    """Make a call whose URLs are the receiver's, let it be answered, and return its uuid."""
    urls = {
        "answerUrl": f"{receiver.url}/answer",
        "ringUrl": f"{receiver.url}/ring",
        "hangupUrl": f"{receiver.url}/hangup",
    }
    return str(service.run("makeCall", **{**CALL, **urls, **args})["request_uuid"])


def told(receiver: Recorder, number: int) -> list[tuple[str, dict[str, str]]]:
    """Return the path and the parameters of so many requests."""
    receiver.wait_for_requests(number)
    return [(request.path, form(request)) for request in receiver.requests[:number]]


def pages(service: SandboxService, call_uuid: str) -> list[dict[str, Any]]:
    """Return what happened to a call."""
    found = service.http.get(f"/sandbox/control/timeline/{call_uuid}", auth=AUTH)
    steps: list[dict[str, Any]] = found.json()["timeline"]
    return steps


ASKS = [
    {"gather": [{"speak": "Press 1 for sales"}], "name": "choice", "numDigits": 1, "retries": 3, "timeout": 1},
    {"speak": "Thank you"},
]


def test_a_hosted_answer_asks_for_a_digit() -> None:
    """The first phone call in one request: what was pressed comes back with it."""
    with SandboxService() as service:
        reply = service.run("makeCall", **{**CALL, "callTo": "15005550011"}, answer=ASKS, waitSeconds=30)
        assert reply["outcome"]["state"] == "completed"
        assert reply["outcome"]["digits"] == {"choice": "1"}
        steps = [step["step"] for step in pages(service, reply["request_uuid"])]
    assert [step for step in steps if step in ("ringing", "answered", "heard", "Speak", "ended")] == [
        "ringing",
        "answered",
        "Speak",
        "heard",
        "Speak",
        "ended",
    ]


def test_whoever_controls_the_sandbox_presses() -> None:
    with SandboxService() as service:
        call = service.run("makeCall", **CALL, answer=ASKS)["request_uuid"]
        assert service.control("time", {"advance": 1}).status_code == 200
        assert in_progress(service) == call
        assert service.control(f"calls/{call}/digits", {"digits": "1"}).json()["message"] == "digits pressed"
        ended: list[dict[str, Any]] = []
        while not ended:
            ended = [step for step in pages(service, call) if step["step"] == "ended"]
        (heard,) = [step for step in pages(service, call) if step["step"] == "heard"]
        assert (heard["kind"], heard["text"]) == ("dtmf", "1")
        assert ended[0]["cause"] == "End Of XML Instructions"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_urls_of_a_call_are_asked_in_order_and_signed(method: str) -> None:
    with Recorder() as receiver, SandboxService() as service:
        receiver.script(Reply(), page(plivoxml.SpeakElement("Hello"), plivoxml.HangupElement()), Reply())
        methods = dict.fromkeys(("answerMethod", "ringMethod", "hangupMethod"), method)
        call = dial(service, receiver, **methods)
        ring, answer, hangup = told(receiver, 3)
        for request in receiver.requests:
            assert _is_signed(receiver, request)
    assert [ring[0], answer[0], hangup[0]] == ["/ring", "/answer", "/hangup"]
    assert [each[1]["Event"] for each in (ring, answer, hangup)] == ["Ring", "StartApp", "Hangup"]
    assert [each[1]["CallStatus"] for each in (ring, answer, hangup)] == ["ringing", "in-progress", "completed"]
    assert {each[1]["CallUUID"] for each in (ring, answer, hangup)} == {call}
    assert (hangup[1]["HangupCauseCode"], hangup[1]["HangupSource"]) == ("4000", "Answer XML")


def _is_signed(receiver: Recorder, request: RecordedRequest) -> bool:
    signature, nonce = (request.header(f"X-Plivo-Signature-V3{end}") for end in ("", "-Nonce"))
    posted = form(request) if request.method == "POST" else {}
    return bool(validate_v3_signature(request.method, receiver.url + request.target, nonce, AUTH[1], signature, posted))


def test_get_input_redirect_and_record() -> None:
    with Recorder() as receiver, SandboxService() as service:
        ask = plivoxml.GetInputElement(
            action=f"{receiver.url}/said", input_type="dtmf speech", execution_timeout=60
        ).add(plivoxml.SpeakElement("What is it about?"))
        record = plivoxml.RecordElement(action=f"{receiver.url}/recorded", max_length=30)
        receiver.script(
            page(ask),
            page(plivoxml.RedirectElement(f"{receiver.url}/more")),
            page(record),
            page(plivoxml.HangupElement()),
            Reply(),
        )
        call = dial(service, receiver, callTo="15005550005", ringUrl="")
        receiver.wait_for_requests(1)
        assert service.control(f"calls/{call}/speech", {"speech": "sales"}).status_code == 200
        receiver.wait_for_requests(3)
        assert service.control(f"calls/{call}/digits", {"digits": "#"}).status_code == 200
        _, said, more, recorded, hangup = told(receiver, 5)
        recordings = service.run("getRecordings")["objects"]
    assert (said[1]["InputType"], said[1]["Speech"], said[1]["Digits"]) == ("speech", "sales", "")
    assert more[0] == "/more"
    assert recorded[1]["RecordUrl"].endswith(f"{recorded[1]['RecordingID']}.mp3")
    assert [(each["recording_id"], each["call_uuid"]) for each in recordings] == [(recorded[1]["RecordingID"], call)]
    assert hangup[1]["HangupCauseCode"] == "4000"


@pytest.mark.parametrize(
    ("number", "status"),
    [("15005550001", "busy"), ("15005550002", "no-answer"), ("15005550003", "failed"), ("14155550199", "completed")],
)
def test_dial_has_a_second_leg(number: str, status: str) -> None:
    with Recorder() as receiver, SandboxService() as service:
        dialled = plivoxml.DialElement(action=f"{receiver.url}/dialled").add(plivoxml.NumberElement(number))
        receiver.script(page(dialled), page(plivoxml.HangupElement()))
        call = dial(service, receiver, callTo="15005550005", ringUrl="", hangupUrl="")
        receiver.wait_for_requests(1)
        for _ in range(2):  # until it is decided, and until they have talked
            service.control("time", {"advance": 30})
        _, dialled_told = told(receiver, 2)
        legs = service.run("getCallsDetails", parentCallUuid=call)["objects"]
    assert dialled_told[1]["DialStatus"] == status
    assert [leg["to_number"] for leg in legs] == [number]
    assert dialled_told[1]["DialBLegUUID"] == (legs[0]["call_uuid"] if status == "completed" else "")


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(status=404), "Error Reaching Answer URL"),
        (Reply(b"<html>"), "Invalid Answer XML"),
        (Reply(b"<Say/>"), "Invalid Answer XML"),
    ],
)
def test_a_page_that_is_wrong_ends_the_call(reply: Reply, cause: str) -> None:
    with Recorder() as receiver, SandboxService() as service:
        receiver.script(reply, Reply())
        dial(service, receiver, ringUrl="")
        _, hangup = told(receiver, 2)
    assert (hangup[1]["HangupCauseName"], hangup[1]["HangupSource"]) == (cause, "Error")


def test_the_fallback_takes_over() -> None:
    with Recorder() as receiver, SandboxService() as service:
        receiver.script(Reply(status=500), page(plivoxml.HangupElement()), Reply())
        dial(service, receiver, ringUrl="", fallbackUrl=f"{receiver.url}/fallback")
        requests = told(receiver, 3)
    assert [path for path, _ in requests] == ["/answer", "/fallback", "/hangup"]
    assert requests[2][1]["HangupCauseName"] == "Normal Hangup"
