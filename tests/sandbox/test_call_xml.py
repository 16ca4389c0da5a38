"""Calls that do what their pages say: the whole service over real sockets, the sandbox fetching its own pages."""

import pytest
from plivo import plivoxml

from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.sandbox_calls import CALL, dial, in_progress, is_signed, page, step, timeline, told, undocumented
from tests.support.sandbox_service import SandboxService

ASKS = [
    {"gather": [{"speak": "Press 1 for sales"}], "name": "choice", "numDigits": 1, "retries": 3, "timeout": 1},
    {"speak": "Thank you"},
]


def test_a_hosted_answer_asks_for_a_digit(service: SandboxService) -> None:
    """The first phone call in one request: what was pressed comes back with it."""
    reply = service.run("makeCall", **{**CALL, "callTo": "15005550011"}, answer=ASKS, waitSeconds=30)
    assert reply["outcome"]["state"] == "completed"
    assert reply["outcome"]["digits"] == {"choice": "1"}
    steps = [happened["step"] for happened in timeline(service, reply["request_uuid"])]
    assert [name for name in steps if name in ("ringing", "answered", "heard", "Speak", "ended")] == [
        "ringing",
        "answered",
        "Speak",
        "heard",
        "Speak",
        "ended",
    ]


@pytest.mark.parametrize("timeout", [3, 40])
def test_a_menu_waits_as_long_as_it_says(service: SandboxService, timeout: int) -> None:
    asks = [{"gather": [{"speak": "Take your time"}], "timeout": timeout}]
    call = service.run("makeCall", **{**CALL, "callTo": "15005550005"}, answer=asks)["request_uuid"]
    service.control("time", {"advance": 5})
    assert step(service, call, "waiting")["seconds"] == timeout


def test_whoever_controls_the_sandbox_presses(service: SandboxService) -> None:
    call = service.run("makeCall", **CALL, answer=ASKS)["request_uuid"]
    assert service.control("time", {"advance": 1}).status_code == 200
    assert in_progress(service) == call
    assert service.control(f"calls/{call}/digits", {"digits": "1"}).json()["message"] == "digits pressed"
    assert step(service, call, "ended")["cause"] == "End Of XML Instructions"
    heard = step(service, call, "heard")
    assert (heard["kind"], heard["text"]) == ("dtmf", "1")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_urls_of_a_call_are_asked_in_order_and_signed(service: SandboxService, method: str) -> None:
    with Recorder() as receiver:
        receiver.script(Reply(), page(plivoxml.SpeakElement("Hello"), plivoxml.HangupElement()), Reply())
        methods = dict.fromkeys(("answerMethod", "ringMethod", "hangupMethod"), method)
        call = dial(service, receiver, **methods)
        ring, answer, hangup = told(receiver, 3)
        for request in receiver.requests:
            assert is_signed(receiver, request)
    assert [ring[0], answer[0], hangup[0]] == ["/ring", "/answer", "/hangup"]
    assert [each[1]["Event"] for each in (ring, answer, hangup)] == ["Ring", "StartApp", "Hangup"]
    assert [each[1]["CallStatus"] for each in (ring, answer, hangup)] == ["ringing", "in-progress", "completed"]
    assert {each[1]["CallUUID"] for each in (ring, answer, hangup)} == {call}
    assert (hangup[1]["HangupCauseCode"], hangup[1]["HangupSource"]) == ("4000", "Answer XML")


def test_get_input_redirect_and_record(service: SandboxService) -> None:
    with Recorder() as receiver:
        ask = plivoxml.GetInputElement(
            action=f"{receiver.url}/said",
            input_type="dtmf speech",
            execution_timeout=60,
            interim_speech_results_callback=f"{receiver.url}/heard",
        ).add(plivoxml.SpeakElement("What is it about?"))
        record = plivoxml.RecordElement(action=f"{receiver.url}/recorded", max_length=30)
        receiver.script(
            page(ask),
            Reply(),
            page(plivoxml.RedirectElement(f"{receiver.url}/more")),
            page(record),
            page(plivoxml.HangupElement()),
            Reply(),
        )
        call = dial(service, receiver, callTo="15005550005", ringUrl="")
        receiver.wait_for_requests(1)
        assert service.control(f"calls/{call}/speech", {"speech": "sales"}).status_code == 200
        receiver.wait_for_requests(4)
        assert service.control(f"calls/{call}/digits", {"digits": "#"}).status_code == 200
        _, heard, said, more, recorded, hangup = told(receiver, 6)
        recordings = service.run("getRecordings")["objects"]
    assert (heard[0], heard[1]["UnstableSpeech"], heard[1]["SequenceNumber"]) == ("/heard", "sales", "1")
    assert not undocumented(heard[1], "xml.getinput.interim", "call.answer")
    assert (said[1]["InputType"], said[1]["Speech"], said[1]["Digits"]) == ("speech", "sales", "")
    assert more[0] == "/more"
    assert recorded[1]["RecordUrl"].endswith(f"{recorded[1]['RecordingID']}.mp3")
    assert [(each["recording_id"], each["call_uuid"]) for each in recordings] == [(recorded[1]["RecordingID"], call)]
    assert hangup[1]["HangupCauseCode"] == "4000"


@pytest.mark.parametrize(
    ("number", "status"),
    [("15005550001", "busy"), ("15005550002", "no-answer"), ("15005550003", "failed"), ("14155550199", "completed")],
)
def test_dial_has_a_second_leg(service: SandboxService, number: str, status: str) -> None:
    with Recorder() as receiver:
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
def test_a_page_that_is_wrong_ends_the_call(service: SandboxService, reply: Reply, cause: str) -> None:
    with Recorder() as receiver:
        receiver.script(reply, Reply())
        dial(service, receiver, ringUrl="")
        _, hangup = told(receiver, 2)
    assert (hangup[1]["HangupCauseName"], hangup[1]["HangupSource"]) == (cause, "Error")


def test_the_fragment_of_a_url_says_how_often_it_is_asked(service: SandboxService) -> None:
    with Recorder() as receiver:
        receiver.script(Reply(status=503), Reply(status=503), page(plivoxml.HangupElement()), Reply())
        dial(service, receiver, ringUrl="", answerUrl=f"{receiver.url}/answer#rc=2&rp=5xx")
        requests = told(receiver, 4)
    assert [path for path, _ in requests] == ["/answer", "/answer", "/answer", "/hangup"]
    assert requests[3][1]["HangupCauseName"] == "Normal Hangup"


def test_the_fallback_takes_over(service: SandboxService) -> None:
    with Recorder() as receiver:
        receiver.script(Reply(status=500), page(plivoxml.HangupElement()), Reply())
        dial(service, receiver, ringUrl="", fallbackUrl=f"{receiver.url}/fallback")
        requests = told(receiver, 3)
    assert [path for path, _ in requests] == ["/answer", "/fallback", "/hangup"]
    assert requests[2][1]["HangupCauseName"] == "Normal Hangup"


def test_keys_that_are_not_valid_are_asked_for_again(service: SandboxService) -> None:
    with Recorder() as receiver:
        ask = plivoxml.GetDigitsElement(
            action=f"{receiver.url}/pressed",
            num_digits=1,
            valid_digits="12",
            retries=3,
            timeout=60,
            finish_on_key="none",
        )
        receiver.script(page(ask), page(plivoxml.HangupElement()))
        call = dial(service, receiver, callTo="15005550005", ringUrl="", hangupUrl="")
        receiver.wait_for_requests(1)
        service.control(f"calls/{call}/digits", {"digits": "9#2"})
        _, pressed = told(receiver, 2)
        heard = [each["text"] for each in timeline(service, call) if each["step"] == "heard"]
    assert pressed[1]["Digits"] == "2"
    assert heard == ["9", "#", "2"]


def test_without_keys_the_page_goes_on(service: SandboxService) -> None:
    with Recorder() as receiver:
        ask = plivoxml.GetDigitsElement(action=f"{receiver.url}/pressed", timeout=60)
        receiver.script(page(ask, plivoxml.RedirectElement(f"{receiver.url}/nobody")), page(plivoxml.HangupElement()))
        dial(service, receiver, callTo="15005550005", ringUrl="", hangupUrl="")
        receiver.wait_for_requests(1)
        while len(receiver.requests) < 2:
            service.control("time", {"advance": 60})
        assert [request.path for request in receiver.requests] == ["/answer", "/nobody"]


def test_who_hangs_up_on_a_voicemail_has_left_a_message(service: SandboxService) -> None:
    with Recorder() as receiver:
        record = plivoxml.RecordElement(
            action=f"{receiver.url}/recorded", callback_url=f"{receiver.url}/ready", max_length=30
        )
        receiver.script(page(record), Reply())
        call = dial(service, receiver, callTo="15005550005", ringUrl="")
        receiver.wait_for_requests(1)
        step(service, call, "Record")
        service.control(f"calls/{call}/hangup")
        _, ready, recorded, hangup = told(receiver, 4)
    assert [ready[0], recorded[0], hangup[0]] == ["/ready", "/recorded", "/hangup"]
    assert ready[1]["RecordUrl"] == recorded[1]["RecordUrl"]
    assert hangup[1]["HangupSource"] == "Callee"


def test_a_transfer_leaves_the_page(service: SandboxService) -> None:
    with Recorder() as receiver:
        receiver.script(page(plivoxml.WaitElement(length=3600)), page(plivoxml.HangupElement()), Reply())
        call = dial(service, receiver, callTo="15005550005", ringUrl="")
        receiver.wait_for_requests(1)
        service.run("transferCall", callUuid=call, legs="aleg", alegUrl=f"{receiver.url}/elsewhere")
        requests = told(receiver, 3)
    assert [path for path, _ in requests] == ["/answer", "/elsewhere", "/hangup"]


def test_a_page_that_leads_to_itself_ends(service: SandboxService) -> None:
    with Recorder() as receiver:
        receiver.script(page(plivoxml.RedirectElement(f"{receiver.url}/again")))
        dial(service, receiver, callTo="15005550005", ringUrl="", hangupUrl=f"{receiver.url}/hangup")
        receiver.wait_for_requests(201)
        assert [request.path for request in receiver.requests].count("/again") == 199
        assert receiver.requests[200].path == "/hangup"


def test_what_a_page_sends_is_reported(service: SandboxService) -> None:
    with Recorder() as receiver:
        text = plivoxml.MessageElement(
            "We called", src="14155550100", dst="14155550123", callback_url=f"{receiver.url}/status"
        )
        receiver.script(page(text), Reply())
        dial(service, receiver, ringUrl="", hangupUrl="")
        requests = told(receiver, 4)
    assert [each["Status"] for path, each in requests if path == "/status"] == ["queued", "sent", "delivered"]


def test_an_answer_url_that_cannot_be_reached_leaves_the_line_silent(service: SandboxService) -> None:
    call = service.run("makeCall", **CALL, answerUrl="http://127.0.0.1:9/")["request_uuid"]
    assert in_progress(service) == call
    step(service, call, "silence")
    assert service.run("getLiveCalls", toNumber=CALL["callTo"])["calls"].count(call) == 1


def test_its_own_answers_are_reached_wherever_it_listens() -> None:
    """In a container it listens on every address, and calls no private one but its own."""
    with SandboxService(host="0.0.0.0") as service:  # noqa: S104 - what is tested
        call = service.run("makeCall", **{**CALL, "callTo": "15005550012"}, answer=ASKS)["request_uuid"]
        service.control("time", {"advance": 4})
        assert step(service, call, "heard")["text"] == "2"


def test_private_addresses_are_not_fetched() -> None:
    with Recorder() as receiver, SandboxService(host="0.0.0.0") as service:  # noqa: S104 - what is tested
        call = dial(service, receiver, ringUrl="", hangupUrl="")
        assert step(service, call, "request")["error"] == "the address is not one of the public Internet"
        assert receiver.connections == 0
