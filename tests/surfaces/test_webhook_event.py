"""Events the marketplace's way: read and verified, and kept nowhere."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.in_process import App, error_in

URL = "https://webhooks.example.com/api/message/Plivo/webhookEvent/project/key"
FORM = "application/x-www-form-urlencoded"
RECEIVED = {"MessageUUID": "m1", "From": "14155550123", "To": "14155550100", "Text": "Hi & bye"}
LISTENERS = [{"authId": "MA1", "authToken": "one"}, {"authId": "MA2", "authToken": "two"}]


def args(signer: str = "one", **more: Any) -> dict[str, Any]:
    body = urlencode(RECEIVED)
    headers = {**sign(Request("POST", URL, body.encode(), FORM), nonce="n", tokens=[signer]), "Content-Type": FORM}
    return {"body": body, "headers": headers, "params": LISTENERS, "url": URL, "method": "POST", **more}


def test_an_event_goes_to_those_whose_token_signed_it() -> None:
    with App() as service:
        reply = service.call("webhookEvent", **args("two")).json()
    assert reply["callback"] == "success"
    told = reply["contextWrites"]["to"]
    assert told.keys() == {"http_resp", "client_msg", "params"}
    assert told["params"] == LISTENERS[1:]
    assert told["http_resp"].endswith("<Response/>")
    assert told["client_msg"]["type"] == "message.received"
    assert told["client_msg"]["account"] == "MA2"
    assert told["client_msg"]["data"]["text"] == "Hi & bye"
    assert told["client_msg"]["raw"] == RECEIVED


def test_who_asks_for_itself_gives_its_credentials() -> None:
    given = {"authId": "MA3", "authToken": "three"}
    header = {"authorization": f"Basic {b64encode(b'MA3:three').decode()}"}
    with App(error_status="mirror") as service:
        for listeners in ([], LISTENERS):
            asked = args("three", params=listeners)
            by_header = service.request("POST", "/api/Plivo/webhookEvent", json={"args": asked}, headers=header)
            for reply in (by_header, service.call("webhookEvent", **asked, **given)):
                told = reply.json()["contextWrites"]["to"]
                assert (told["client_msg"]["account"], told["params"]) == ("MA3", [])
        forged = service.call("webhookEvent", **args("four"), **given)
        assert (forged.status_code, error_in(forged)["status_code"]) == (403, "SIGNATURE_REJECTED")


@pytest.mark.parametrize("body", [RECEIVED, urlencode(RECEIVED)], ids=["read", "as it came"])
def test_a_body_comes_as_it_was_or_read(body: Any) -> None:
    with App() as service:
        reply = service.call("webhookEvent", **args(body=body)).json()
    assert reply["contextWrites"]["to"]["client_msg"]["raw"] == RECEIVED


@pytest.mark.parametrize(
    "forged", [{"body": "MessageUUID=m2"}, {"headers": {}}, {"params": []}, {"url": URL + "/x"}], ids=str
)
def test_what_nobody_signed_is_told_nobody(forged: dict[str, Any]) -> None:
    with App(error_status="mirror") as service:
        response = service.call("webhookEvent", **args(**forged))
    assert response.status_code == 403
    assert error_in(response)["status_code"] == "SIGNATURE_REJECTED"


def test_without_the_address_nothing_can_be_verified() -> None:
    with App() as service:
        assert error_in(service.call("webhookEvent", **args(url="")))["fields"] == ["url"]
        assert error_in(service.call("webhookEvent", **args(headers="no")))["fields"] == ["headers"]
        assert error_in(service.post("webhookEvent", b"["))["status_code"] == "JSON_VALIDATION"


def test_every_type_of_event_is_described() -> None:
    with App() as service:
        events = service.get("/api/Plivo").json()["events"]
    names = [event["name"] for event in events]
    assert len(names) == len(set(names)) > 60
    assert {"message.received", "call.ended", "recording.ready", "api.result"} <= set(names)
    for event in events:
        assert event.keys() == {"name", "description", "payload", "steps", "args"}
        assert event["payload"]["type"] == event["name"]
        assert "__WEBHOOK_URL__" in event["steps"][1]
