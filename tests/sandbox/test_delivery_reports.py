"""What the sandbox tells of a message: over real sockets, judged by Plivo's own SDK."""

import pytest
from plivo.utils import validate_signature, validate_v3_signature

from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService, form

MESSAGE = {"src": "14155550100", "text": "hi"}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_each_state_is_told_once_and_in_order(method: str) -> None:
    with Recorder() as receiver, SandboxService() as service:
        url = f"{receiver.url}/status?shop=1"
        sent = service.run("sendMessage", **MESSAGE, destination="14155550123", url=f"{url}#rt=1", method=method)
        receiver.wait_for_requests(3)
        told = [form(request) for request in receiver.requests]
    assert [(each["Status"], each["Sequence"]) for each in told] == [("queued", "1"), ("sent", "2"), ("delivered", "3")]
    assert {each["MessageUUID"] for each in told} == set(sent["message_uuid"])
    assert [set(each) & {"SentTime", "DeliveryReportTime", "ErrorCode"} for each in told] == [
        set(),
        {"SentTime"},
        {"SentTime", "DeliveryReportTime"},
    ]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_official_sdk_accepts_the_signatures(method: str) -> None:
    with Recorder() as receiver, SandboxService() as service:
        service.run(
            "sendMessage", **MESSAGE, destination="14155550123", url=f"{receiver.url}/a%20b?q=%2F%2B", method=method
        )
        receiver.wait_for_requests(3)
        for request in receiver.requests:
            url, nonce = receiver.url + request.target, request.header("X-Plivo-Signature-V3-Nonce")
            signature = request.header("X-Plivo-Signature-V3")
            posted = form(request) if method == "POST" else {}
            assert validate_v3_signature(method, url, nonce, AUTH[1], signature, posted)
            assert not validate_v3_signature(method, url, nonce, "another", signature, posted)
            older = request.header("X-Plivo-Signature-V2"), request.header("X-Plivo-Signature-V2-Nonce")
            assert validate_signature(url, older[1], older[0], AUTH[1])


@pytest.mark.parametrize(
    ("number", "states"), [("15005550003", ["queued", "failed"]), ("15005550004", ["queued", "sent", "undelivered"])]
)
def test_a_message_that_does_not_arrive(number: str, states: list[str]) -> None:
    with Recorder() as receiver, SandboxService() as service:
        service.run("sendMessage", **MESSAGE, destination=number, url=receiver.url)
        receiver.wait_for_requests(len(states))
        told = [form(request) for request in receiver.requests]
    assert [each["Status"] for each in told] == states
    assert all(each["ErrorCode"] for each in told[-1:])
    assert not any("ErrorCode" in each for each in told[:-1])


def test_private_addresses_are_not_called() -> None:
    """A service that others reach calls nobody inside its network."""
    with Recorder() as receiver, SandboxService(host="0.0.0.0") as service:  # noqa: S104 - what is tested
        service.run("sendMessage", **MESSAGE, destination="14155550123", url=receiver.url)
        state = ""
        while state != "delivered":
            state = service.run("getMessages", limit=1)["objects"][0]["message_state"]
        assert receiver.connections == 0


def test_a_receiver_that_is_down_holds_nothing_up() -> None:
    with Recorder() as receiver, SandboxService() as service:
        receiver.script(Reply(status=500))
        service.run("sendMessage", **MESSAGE, destination="14155550123", url=receiver.url)
        receiver.wait_for_requests(3)
        assert [form(request)["Status"] for request in receiver.requests] == ["queued", "sent", "delivered"]
