"""Audio streams of pages and of requests: over real sockets."""

import pytest
from plivo import plivoxml

from tests.support.recorder import Recorder
from tests.support.sandbox_calls import dial, is_signed, page, step, told, told_at, undocumented
from tests.support.sandbox_service import SandboxService

PATIENT = {"callTo": "15005550005", "ringUrl": "", "hangupUrl": ""}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_page_streams_its_call(service: SandboxService, method: str) -> None:
    with Recorder() as pages, Recorder() as status:
        element = plivoxml.StreamElement(
            "wss://example.com/audio",
            bidirectional=True,
            keepCallAlive=True,
            statusCallbackUrl=f"{status.url}/status",
            statusCallbackMethod=method,
            extraHeaders="shop=1",
        )
        pages.script(page(element, plivoxml.RedirectElement(f"{pages.url}/next")), page(plivoxml.HangupElement()))
        call = dial(service, pages, **PATIENT)
        (started,) = told_at(status, "/status", 1)
        (listed,) = service.run("getStreams", callUuid=call)["objects"]
        assert [request.path for request in pages.requests] == ["/answer"]
        service.run("stopStream", callUuid=call, streamId=listed["stream_id"])
        _, stopped = told_at(status, "/status", 2)
        assert all(is_signed(status, request) for request in status.requests)
        assert [path for path, _ in told(pages, 2)] == ["/answer", "/next"]
    assert (started["Event"], stopped["Event"]) == ("StartStream", "StopStream")
    assert {each["StreamID"] for each in (started, stopped)} == {listed["stream_id"]}
    assert (started["CallUUID"], started["ServiceURL"]) == (call, "wss://example.com/audio")
    assert (listed["service_url"], listed["status"]) == ("wss://example.com/audio", "in-progress")
    assert (started["bidirectional"], started["keepCallAlive"], started["extraHeaders"]) == ("true", "true", "shop=1")
    assert not undocumented(started, "stream.status")


def test_a_stream_that_does_not_keep_the_call_lets_the_page_go_on(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        element = plivoxml.StreamElement("wss://example.com/audio", statusCallbackUrl=f"{status.url}/status")
        pages.script(page(element, plivoxml.WaitElement(length=60), plivoxml.HangupElement()))
        call = dial(service, pages, **PATIENT)
        told_at(status, "/status", 1)
        step(service, call, "Wait")
        service.control("time", {"advance": 60})
        told_of = told_at(status, "/status", 2)
    assert [each["Event"] for each in told_of] == ["StartStream", "StopStream"]


def test_a_stream_of_a_request_is_told_of(service: SandboxService) -> None:
    with Recorder() as pages, Recorder() as status:
        pages.script(page(plivoxml.WaitElement(length=3600)))
        call = dial(service, pages, **PATIENT)
        pages.wait_for_requests(1)
        args = {"serviceUrl": "wss://example.com/audio", "statusCallbackUrl": f"{status.url}/status"}
        stream = service.run("startStream", callUuid=call, **args, streamTimeout=90)["stream_id"]
        told_at(status, "/status", 1)
        service.control("time", {"advance": 90})
        told_of = told_at(status, "/status", 2)
    assert [(each["Event"], each["StreamID"]) for each in told_of] == [("StartStream", stream), ("StopStream", stream)]
    assert {each["streamTimeout"] for each in told_of} == {"90"}


def test_a_service_that_is_no_websocket_is_not_streamed_to(service: SandboxService) -> None:
    with Recorder() as pages:
        pages.script(page(plivoxml.StreamElement("https://example.com/audio")))
        call = dial(service, pages, **PATIENT)
        assert "wss" in step(service, call, "refused")["reason"]
        assert service.run("getStreams", callUuid=call)["objects"] == []
