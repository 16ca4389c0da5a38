"""What Plivo sends, over the whole service: verified, recognised, kept, and read again."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.protocol.signatures import Version, sign
from app.protocol.signed_text import Request
from tests.support.in_process import AUTH_ID, CREDENTIALS, App, error_in

PUBLIC_URL = "https://connector.example.com/plivo"
TOKEN = CREDENTIALS["authToken"]
RECEIVED = {
    "MessageUUID": "5b0e0000-0000-4000-8000-000000000001",
    "From": "14155550123",
    "To": "14155550100",
    "Type": "sms",
    "Text": "Grüße & more",
    "Units": "1",
}


def answer(request: httpx.Request) -> httpx.Response:
    """Accept the token of the tests, and no other."""
    is_known = request.headers["authorization"] == httpx.BasicAuth(AUTH_ID, TOKEN)._auth_header
    return httpx.Response(200, json={"auth_id": AUTH_ID}) if is_known else httpx.Response(401, text="no")


def app(**settings: Any) -> App:
    return App(answer, public_url=PUBLIC_URL, **settings)


def subscribed(service: App, **args: Any) -> dict[str, Any]:
    reply = service.call("createSubscription", **CREDENTIALS, **args).json()
    assert reply["callback"] == "success", reply
    made: dict[str, Any] = reply["contextWrites"]["to"]
    return made


def send(
    service: App,
    url: str,
    params: dict[str, str],
    *,
    nonce: str = "n1",
    method: str = "POST",
    token: str = TOKEN,
    version: Version = Version.V3,
) -> httpx.Response:
    """Send what Plivo would, to the place that the address has behind a proxy that takes the prefix off."""
    path = url.removeprefix(PUBLIC_URL)
    if method == "GET":
        query = f"?{urlencode(params)}"
        headers = sign(Request("GET", url + query), nonce=nonce, tokens=[token], version=version)
        return service.get(path + query, headers=headers)
    body = urlencode(params).encode()
    content_type = "application/x-www-form-urlencoded"
    headers = sign(Request("POST", url, body, content_type), nonce=nonce, tokens=[token], version=version)
    return service.request("POST", path, content=body, headers={**headers, "content-type": content_type})


def events_of(service: App, made: dict[str, Any], **args: Any) -> list[dict[str, Any]]:
    reply = service.call("getEvents", **CREDENTIALS, subscriptionId=made["subscription_id"], **args).json()
    assert reply["callback"] == "success", reply
    events: list[dict[str, Any]] = reply["contextWrites"]["to"]["events"]
    return events


@pytest.mark.parametrize("version", [Version.V3, Version.V2, Version.V1])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_message_that_came_in_can_be_read(method: str, version: Version) -> None:
    with app() as service:
        made = subscribed(service)
        assert made["events_url"] == f"{PUBLIC_URL}/events/{made['subscription_id']}"
        response = send(service, made["events_url"], RECEIVED, method=method, version=version)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/xml")
        assert response.text.endswith("<Response/>")
        (event,) = events_of(service, made)
        assert event["id"].startswith("evt_")
        assert event["type"] == "message.received"
        assert event["account"] == AUTH_ID
        assert event["subscription"] == made["subscription_id"]
        assert event["sequence"] == 1
        assert event["occurred_at"].endswith("Z")
        assert event["raw"] == RECEIVED
        assert event["data"] == {
            "message_uuid": RECEIVED["MessageUUID"],
            "from_number": "14155550123",
            "to_number": "14155550100",
            "message_type": "sms",
            "text": "Grüße & more",
            "units": 1,
            "message_direction": "inbound",
        }


def test_what_plivo_repeats_is_one_event() -> None:
    with app() as service:
        made = subscribed(service)
        for nonce in ("one", "two"):
            assert send(service, made["events_url"], RECEIVED, nonce=nonce).status_code == 200
        assert len(events_of(service, made)) == 1


def test_a_nonce_that_was_seen_is_a_replay() -> None:
    with app() as service:
        made = subscribed(service)
        assert send(service, made["events_url"], RECEIVED).status_code == 200
        for params in (RECEIVED, {**RECEIVED, "MessageUUID": "another"}):
            response = send(service, made["events_url"], params)
            assert response.status_code == 403
            error = error_in(response)
            assert error["status_code"] == "SIGNATURE_REJECTED"
            assert "replay" in error["status_msg"]
        assert len(events_of(service, made)) == 1


@pytest.mark.parametrize("mode", ["200", "mirror"])
def test_what_is_forged_is_rejected_and_kept_nowhere(mode: str) -> None:
    with app(error_status=mode) as service:
        made = subscribed(service)
        response = send(service, made["events_url"], RECEIVED, token="somebody-else")
        assert response.status_code == 403
        assert error_in(response)["status_code"] == "SIGNATURE_REJECTED"
        assert TOKEN not in response.text
        unsigned = service.request("POST", f"/events/{made['subscription_id']}", content=urlencode(RECEIVED))
        assert unsigned.status_code == 403
        assert events_of(service, made) == []


def test_a_signature_covers_the_body_and_the_place() -> None:
    with app() as service:
        made, other = subscribed(service), subscribed(service)
        body = urlencode(RECEIVED).encode()
        kind = "application/x-www-form-urlencoded"
        headers = sign(Request("POST", made["events_url"], body, kind), nonce="n", tokens=[TOKEN])
        headers["content-type"] = kind
        for place, content in ((other, body), (made, body + b"&Text=more")):
            path = f"/events/{place['subscription_id']}"
            assert service.request("POST", path, content=content, headers=headers).status_code == 403


def test_a_subscription_that_is_not_there_is_told() -> None:
    with app() as service:
        response = send(service, f"{PUBLIC_URL}/events/sub_nobody", RECEIVED)
        assert response.status_code == 404
        assert error_in(response)["status_code"] == "NOT_FOUND"


def test_without_a_public_url_nothing_is_made_or_taken() -> None:
    with App(answer) as service:
        error = error_in(service.call("createSubscription", **CREDENTIALS))
        assert error["status_code"] == "NOT_CONFIGURED"
        assert "PUBLIC_URL" in error["status_msg"]
        assert service.request("POST", "/events/sub_x").status_code == 501


def test_only_who_has_the_accounts_token_sees_a_subscription() -> None:
    with app() as service:
        made = subscribed(service)
        send(service, made["events_url"], RECEIVED)
        for block in ("getEvents", "getSingleSubscription", "deleteSubscription", "getDeliveries"):
            args = {"authId": AUTH_ID, "authToken": "guess", "subscriptionId": made["subscription_id"]}
            assert error_in(service.call(block, **args))["status_code"] == "API_ERROR"
            args |= {"authId": "MANOTHERACCOUNT"}
            assert error_in(service.call(block, **args))["fields"] == ["subscriptionId"]
        assert error_in(service.call("getSubscriptions", authId=AUTH_ID, authToken="guess"))["http_status"] == 401
        assert len(events_of(service, made)) == 1


def test_a_token_that_plivo_changed_is_learnt_and_the_old_one_counts_a_while() -> None:
    with app() as service:
        made = subscribed(service)
        service.plivo = lambda _: httpx.Response(200, json={})
        reply = service.call(
            "getSingleSubscription", authId=AUTH_ID, authToken="new", subscriptionId=made["subscription_id"]
        )
        assert reply.json()["callback"] == "success"
        for token in ("new", TOKEN):
            params = {**RECEIVED, "MessageUUID": token}
            assert send(service, made["events_url"], params, token=token, nonce=token).status_code == 200


def test_events_that_nobody_asked_for_are_not_kept() -> None:
    with app() as service:
        made = subscribed(service, events="message.received, call.*")
        send(service, made["events_url"], {**RECEIVED, "Status": "sent"}, nonce="a")
        send(service, made["events_url"], RECEIVED, nonce="b")
        call = {"CallUUID": "c", "From": "1", "To": "2", "Direction": "inbound", "Event": "Hangup"}
        send(service, made["events_url"], call, nonce="c")
        assert [event["type"] for event in events_of(service, made)] == ["message.received", "call.ended"]
        error = error_in(service.call("createSubscription", **CREDENTIALS, events=["message.recieved"]))
        assert error["fields"] == ["events"]


def test_events_are_read_page_by_page_and_by_type() -> None:
    with app() as service:
        made = subscribed(service)
        for number in range(5):
            state = "sent" if number % 2 else "delivered"
            params = {**RECEIVED, "MessageUUID": f"m{number}", "Status": state, "Sequence": "2"}
            send(service, made["events_url"], params, nonce=f"n{number}")
        args = {**CREDENTIALS, "subscriptionId": made["subscription_id"], "limit": 2}
        first = service.call("getEvents", **args).json()["contextWrites"]["to"]
        assert ([event["sequence"] for event in first["events"]], first["more"]) == ([1, 2], True)
        second = service.call("getEvents", **args, after=first["after"]).json()["contextWrites"]["to"]
        assert [event["sequence"] for event in second["events"]] == [3, 4]
        last = service.call("getEvents", **args, after=second["after"]).json()["contextWrites"]["to"]
        assert ([event["sequence"] for event in last["events"]], last["more"]) == ([5], False)
        assert [event["sequence"] for event in events_of(service, made, types="message.sent")] == [2, 4]
        assert events_of(service, made, after=2**53 - 1) == []
        for block in ("getEvents", "getDeliveries"):
            assert error_in(service.call(block, **args, after=10**20))["fields"] == ["after"]


def test_a_message_is_answered_with_the_reply() -> None:
    with app() as service:
        made = subscribed(service, reply="Thanks <you> & bye")
        response = send(service, made["events_url"], RECEIVED)
        assert '<Message src="14155550100" dst="14155550123">Thanks &lt;you&gt; &amp; bye</Message>' in response.text


def test_a_subscription_with_a_key_is_made_once() -> None:
    with app() as service:
        first = subscribed(service, idempotencyKey="one")
        assert subscribed(service, idempotencyKey="one") == first
        assert subscribed(service, idempotencyKey="two") != first


def test_a_key_belongs_to_one_request_for_a_subscription() -> None:
    with app() as service:
        first = subscribed(service, idempotencyKey="one", events="message.received", reply="Hi")
        assert subscribed(service, idempotencyKey="one", reply="Hi", events=["message.received"]) == first
        refusal = service.call("createSubscription", **CREDENTIALS, idempotencyKey="one", reply="Hi")
        assert error_in(refusal)["status_code"] == "IDEMPOTENCY_CONFLICT"


def test_a_rotation_with_a_key_is_made_once() -> None:
    with app() as service:
        made = {**CREDENTIALS, "subscriptionId": subscribed(service)["subscription_id"]}

        def rotated(**more: str) -> Any:
            return service.call("rotateSubscriptionSecret", **made, **more).json()["contextWrites"]["to"]

        first = rotated(idempotencyKey="one")
        assert rotated(idempotencyKey="one") == first
        other = rotated(idempotencyKey="two")["secret"]
        assert len({first["secret"], other, rotated()["secret"], rotated()["secret"]}) == 4


def test_a_dry_run_makes_nothing() -> None:
    with app() as service:
        reply = service.call("createSubscription", **CREDENTIALS, dryRun=True).json()["contextWrites"]["to"]
        assert reply["dryRun"] is True
        listed = service.call("getSubscriptions", **CREDENTIALS).json()["contextWrites"]["to"]
        assert listed == {"objects": []}


def test_a_body_that_is_too_large_is_refused() -> None:
    with app(max_body_bytes=2000) as service:
        made = subscribed(service)
        assert send(service, made["events_url"], {**RECEIVED, "Text": "x" * 3000}).status_code == 413


def test_what_is_unknown_is_handed_on_as_it_is() -> None:
    with app() as service:
        made = subscribed(service)
        assert send(service, made["events_url"] + "?tag=7", {"Novelty": "1"}).status_code == 200
        (event,) = events_of(service, made)
        assert (event["type"], event["data"]) == ("plivo.unknown", {"tag": "7", "novelty": "1"})


def test_half_a_character_is_an_event_like_any_other() -> None:
    with app() as service:
        made = subscribed(service)
        path, body = made["events_url"].removeprefix(PUBLIC_URL), b'{"MessageUUID": "\\ud800", "Text": "\\udfff"}'
        request = Request("POST", made["events_url"], body, "application/json")
        headers = sign(request, nonce="n1", tokens=[TOKEN], version=Version.V2)
        answered = service.request("POST", path, content=body, headers={**headers, "content-type": "application/json"})
        assert answered.status_code == 200
        (event,) = events_of(service, made)
        assert event["raw"] == {"MessageUUID": "\ud800", "Text": "\udfff"}


@pytest.mark.parametrize("reply", ["\x00", "Bye \x01", "\ud800"])
def test_a_reply_that_no_page_can_carry_is_refused(reply: str) -> None:
    with app() as service:
        refused = error_in(service.call("createSubscription", **CREDENTIALS, reply=reply))
        assert (refused["fields"], "XML cannot carry" in refused["errors"]["reply"]) == (["reply"], True)
        made = subscribed(service)
        args = {**CREDENTIALS, "subscriptionId": made["subscription_id"]}
        assert error_in(service.call("updateSubscription", **args, reply=reply))["fields"] == ["reply"]


def test_a_sender_that_no_page_can_carry_gets_no_reply_and_is_an_event() -> None:
    with app() as service:
        made = subscribed(service, reply="Thanks")
        response = send(service, made["events_url"], {**RECEIVED, "From": "\x01<"})
        assert (response.status_code, "Message" in response.text) == (200, False)
        assert [event["data"]["from_number"] for event in events_of(service, made)] == ["\x01<"]


def test_what_breaks_inside_is_not_taken_for_an_event_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError

    with app() as service:
        made = subscribed(service)
        with monkeypatch.context() as patched:
            patched.setattr("app.events.receive.xml_answer", breaks)
            broken = send(service, made["events_url"], RECEIVED)
        assert (broken.status_code, error_in(broken)["status_code"]) == (500, "INTERNAL_PACKAGE_ERROR")
        assert send(service, made["events_url"], RECEIVED, nonce="n2").status_code == 200
        assert len(events_of(service, made)) == 1


def test_the_id_of_no_event_is_told() -> None:
    with app() as service:
        args = {**CREDENTIALS, "subscriptionId": subscribed(service, url="https://example.com/")["subscription_id"]}
        for event_id in ("evt_0", "\ud800"):
            assert error_in(service.call("replayEvents", **args, eventId=event_id))["fields"] == ["eventId"]
