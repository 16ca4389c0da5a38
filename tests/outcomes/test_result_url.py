"""``resultUrl``: a running service between a Plivo and a receiver on real sockets, on both stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app import __version__
from app.outcomes import service as outcomes_service
from app.outcomes import tracking, watcher
from app.protocol.signatures import sign
from app.protocol.signed_text import Request
from tests.support.from_plivo import FORM, PUBLIC_URL
from tests.support.node import Judges
from tests.support.plivo_records import PlivoRecords
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service
from tests.support.stores import Place, SqlitePlace
from tests.support.subscriber import Answer, Arrival, Subscriber

MESSAGE = {"src": "14155550100", "destination": "14155550123", "text": "Hi"}
CALL = {"callFrom": "14155550100", "callTo": "14155550123"}
DELIVERED = {"message_state": "delivered", "units": 1, "to_number": "14155550123"}
SPOKEN = [{"speak": "Hello"}]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask Plivo again after moments, not seconds."""
    for module in (tracking, watcher):
        monkeypatch.setattr(module, "FIRST_LOOK", 0.02)


@pytest.fixture
def plivo() -> Iterator[PlivoRecords]:
    with PlivoRecords() as records:
        yield records


@pytest.fixture
def receiver() -> Iterator[Subscriber]:
    with Subscriber() as subscriber:
        yield subscriber


@contextmanager
def running(place: Place, plivo: PlivoRecords, **settings: Any) -> Iterator[Service]:
    given = {
        "plivo_api_url": plivo.url,
        "public_url": PUBLIC_URL,
        "secret_key": "a secret of the tests",
        "store_url": place.url,
        "fetch_private_addresses": True,
        "delivery_retries": "0,0",
        "plivo_retries": 0,
        **settings,
    }
    with Service(**given) as service:
        yield service


def run(service: Service, block: str, **args: Any) -> dict[str, Any]:
    """Call a block that must succeed and return its reply."""
    envelope = service.call(block, **args)
    assert envelope["callback"] == "success", envelope
    reply: dict[str, Any] = envelope["contextWrites"]["to"]
    return reply


def tell(service: Service, url: str, params: dict[str, str], *, token: str = AUTH_TOKEN) -> httpx.Response:
    """Send what Plivo sends to an address that it was given."""
    body = urlencode(params).encode()
    headers = sign(Request("POST", url, body, FORM), nonce="n", tokens=[token])
    path = url.removeprefix(PUBLIC_URL)
    return service.http.post(path, content=body, headers={**headers, "content-type": FORM})


def status(uuid: str, state: str, **more: str) -> dict[str, str]:
    sequence = str({"queued": 1, "sent": 2}.get(state, 3))
    return {"MessageUUID": uuid, "To": "14155550123", "Status": state, "Sequence": sequence, **more}


def hang_up(uuid: str, **more: str) -> dict[str, str]:
    return {
        "CallUUID": uuid, "RequestUUID": uuid, "Event": "Hangup", "CallStatus": "completed", "Direction": "outbound",
        "To": "14155550123", "Duration": "7", "HangupCauseName": "Normal Hangup", **more,
    }  # fmt: skip


def settled(service: Service) -> list[dict[str, Any]]:
    """Return what became of every result of the account, when none is pending any more."""
    subscription = run(service, "getResultSecret")["subscription_id"]
    while True:
        found: list[dict[str, Any]] = run(service, "getDeliveries", subscriptionId=subscription)["deliveries"]
        if all(delivery["state"] != "pending" for delivery in found):
            return found


def results(arrivals: list[Arrival]) -> list[dict[str, Any]]:
    return [arrival.event["data"] for arrival in arrivals]


def test_plivo_tells_and_the_outcome_is_posted_once_and_signed(
    place: Place, plivo: PlivoRecords, receiver: Subscriber, judges: Judges
) -> None:
    """Verified by the library in Python and Node, and by Svix."""
    with running(place, plivo) as service:
        reply = run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url, idempotencyKey="order-1")
        assert reply == {"api_id": "api-1", "message": "taken", "message_uuid": ["message-1-0"]}
        (sent,) = plivo.sent
        assert sent.keys() == {"src", "dst", "text", "url"}
        for state in ("queued", "sent", "delivered", "delivered", "read"):
            assert tell(service, sent["url"], status("message-1-0", state, Units="2")).status_code == 200
        (arrival,) = receiver.wait_for(1)
        secret = run(service, "getResultSecret")["secret"]
        assert [delivery["state"] for delivery in settled(service)] == ["delivered"]
    assert plivo.asked == []
    assert arrival.headers["user-agent"] == f"plivo-connector/{__version__}"
    assert arrival.event["type"] == "message.result"
    assert arrival.event["account"] == AUTH_ID
    assert arrival.event["data"] == {
        "block": "sendMessage",
        "message_uuid": "message-1-0",
        "to_number": "14155550123",
        "idempotency_key": "order-1",
        "state": "delivered",
        "units": 2,
    }
    assert len(receiver.arrivals) == 1
    assert arrival.event == Webhook(secret).verify(arrival.body, arrival.headers)
    for judge in ("standardWebhooks", "svix"):
        assert judges.call(judge, secret, arrival.body.decode(), arrival.headers) == arrival.event
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(arrival.body + b" ", arrival.headers)


def test_without_a_public_url_plivo_is_asked(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    with running(place, plivo, public_url=None) as service:
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        assert plivo.sent[0].keys() == {"src", "dst", "text"}
        plivo.wait_until_asked("message-1-0", 2)
        plivo.records["message-1-0"] = {"message_state": "sent"}
        plivo.wait_until_asked("message-1-0", 4)
        plivo.records["message-1-0"] = {**DELIVERED, "message_state": "failed", "error_code": "450"}
        (arrival,) = receiver.wait_for(1)
        assert [delivery["state"] for delivery in settled(service)] == ["delivered"]
    assert (arrival.event["data"]["state"], arrival.event["data"]["error_code"]) == ("failed", "450")


@pytest.mark.parametrize(
    ("block", "args"),
    [
        ("sendMessage", {**MESSAGE, "url": "https://example.com/status"}),
        ("sendMessage", {**MESSAGE, "additionalFields": {"url": "https://example.com/status"}}),
        ("makeCall", {**CALL, "answerUrl": "https://example.com/answer"}),
        ("makeCall", {**CALL, "answer": SPOKEN, "hangupUrl": "https://example.com/hangup"}),
    ],
    ids=["url", "additional url", "answerUrl", "hangupUrl"],
)
def test_addresses_of_the_callers_stay_theirs(
    place: Place, plivo: PlivoRecords, receiver: Subscriber, block: str, args: dict[str, Any]
) -> None:
    with running(place, plivo) as service:
        reply = run(service, block, **args, resultUrl=receiver.url)
        (sent,) = plivo.sent
        assert sent.get("url", sent.get("hangup_url")) in (
            "https://example.com/status", "https://example.com/hangup", None
        )  # fmt: skip
        uuid = reply.get("request_uuid") or reply["message_uuid"][0]
        plivo.records[uuid] = {**DELIVERED, "end_time": "2026-01-01 00:00:00", "hangup_cause_code": 3010}
        (arrival,) = receiver.wait_for(1)
    assert arrival.event["data"]["state"] in ("delivered", "busy")


def test_the_end_of_a_call_with_what_was_pressed(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    answer = [{"gather": [{"speak": "Press"}], "name": "choice", "branches": {"7": [{"hangup": True}]}}]
    with running(place, plivo) as service:
        run(service, "makeCall", **CALL, answer=answer, resultUrl=receiver.url)
        (sent,) = plivo.sent
        page = service.http.post(sent["answer_url"].removeprefix(PUBLIC_URL), data={"CallUUID": "call-1-0"}).text
        action = page.partition('action="')[2].partition('"')[0].removeprefix(PUBLIC_URL)
        service.http.post(action, data={"CallUUID": "call-1-0", "Digits": "7"})
        assert tell(service, sent["hangup_url"], hang_up("call-1-0")).status_code == 200
        (arrival,) = receiver.wait_for(1)
    assert arrival.event["type"] == "call.result"
    assert arrival.event["data"] == {
        "block": "makeCall",
        "request_uuid": "call-1-0",
        "call_uuid": "call-1-0",
        "to_number": "14155550123",
        "state": "completed",
        "duration": 7,
        "hangup_cause": "Normal Hangup",
        "digits": {"choice": "7"},
    }


def test_a_call_that_nobody_answers(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    with running(place, plivo) as service:
        run(service, "makeCall", **CALL, answer=SPOKEN, resultUrl=receiver.url)
        tell(service, plivo.sent[0]["hangup_url"], hang_up("call-1-0", CallStatus="no-answer", Duration="0"))
        (arrival,) = receiver.wait_for(1)
    assert arrival.event["data"]["state"] == "no-answer"


def test_every_destination_has_a_post_of_its_own(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    numbers = [f"1415555{number:04}" for number in range(200, 220)]
    with running(place, plivo) as service:
        run(service, "sendMessage", **{**MESSAGE, "destination": numbers}, resultUrl=receiver.url)
        for place_in_list, number in enumerate(numbers):
            uuid = f"message-1-{place_in_list}"
            tell(service, plivo.sent[0]["url"], {**status(uuid, "delivered"), "To": number})
        receiver.wait_for(len(numbers))
        assert len(settled(service)) == len(numbers)
    found = results(receiver.arrivals)
    assert sorted((data["message_uuid"], data["to_number"]) for data in found) == sorted(
        (f"message-1-{place_in_list}", number) for place_in_list, number in enumerate(numbers)
    )


def test_items_of_a_bulk_are_told_by_their_names(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    with running(place, plivo, public_url=None) as service:
        for number in range(1, 4):
            plivo.records[f"message-{number}-0"] = DELIVERED
        items = [{"destination": f"1415555012{number}", "ref": f"row {number}"} for number in range(3)]
        common = {"src": "14155550100", "text": "Hi", "resultUrl": receiver.url, "idempotencyKey": "campaign"}
        body = {"args": {"authId": AUTH_ID, "authToken": AUTH_TOKEN, **common}, "items": items}
        answer = service.http.post("/api/Plivo/sendMessage/bulk", json=body).json()["contextWrites"]["to"]
        assert answer["succeeded"] == 3
        receiver.wait_for(3)
        assert len(settled(service)) == 3
    assert sorted(data["ref"] for data in results(receiver.arrivals)) == ["row 0", "row 1", "row 2"]
    assert {data["idempotency_key"] for data in results(receiver.arrivals)} == {"campaign"}


def test_a_repetition_tells_nobody_twice_and_who_is_new_once(
    place: Place, plivo: PlivoRecords, receiver: Subscriber
) -> None:
    plivo.records["message-1-0"] = DELIVERED
    with running(place, plivo, public_url=None) as service, Subscriber() as other:
        for _ in range(3):
            run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url, idempotencyKey="order-1")
            receiver.wait_for(1)
        run(service, "sendMessage", **MESSAGE, resultUrl=other.url, idempotencyKey="order-1")
        other.wait_for(1)
        assert len(settled(service)) == 2
    assert len(plivo.sent) == len(receiver.arrivals) == len(other.arrivals) == 1


def test_what_plivo_refuses_is_told_to_the_caller_alone(
    place: Place, plivo: PlivoRecords, receiver: Subscriber
) -> None:
    with running(place, plivo) as service:
        plivo.refuses = 400
        refused = service.fail("sendMessage", **MESSAGE, resultUrl=receiver.url)
        assert refused["status_code"] == "API_ERROR"
        plivo.refuses = None
        plivo.records["message-1-0"] = DELIVERED
        run(service, "sendMessage", **MESSAGE, url="https://example.com", resultUrl=receiver.url)
        receiver.wait_for(1)
        assert len(settled(service)) == 1


def test_when_the_time_is_over_it_is_pending_and_unknown_where_plivo_cannot_be_asked(
    place: Place, plivo: PlivoRecords, receiver: Subscriber
) -> None:
    """Plivo never tells, and is asked at the end."""
    with running(place, plivo, result_timeout=1) as service:
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        receiver.wait_for(1)
        assert plivo.asked == ["message-1-0"]
        plivo.hides = 500
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        receiver.wait_for(2)
        assert len(settled(service)) == 2
    assert [data["state"] for data in results(receiver.arrivals)] == ["pending", "unknown"]


def test_forged_events_change_nothing(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    with running(place, plivo) as service:
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        url = plivo.sent[0]["url"]
        assert tell(service, url, status("message-1-0", "failed"), token="guess").status_code == 403
        unsigned = service.http.post(url.removeprefix(PUBLIC_URL), data=status("message-1-0", "failed"))
        assert unsigned.json()["contextWrites"]["to"]["status_code"] == "SIGNATURE_REJECTED"
        assert tell(service, f"{PUBLIC_URL}/events/out_nobody", status("message-1-0", "failed")).status_code == 200
        assert tell(service, url, status("message-9-9", "failed")).status_code == 200
        tell(service, url, status("message-1-0", "delivered"))
        receiver.wait_for(1)
        assert len(settled(service)) == 1
    assert [data["state"] for data in results(receiver.arrivals)] == ["delivered"]


def test_a_receiver_that_fails_gets_it_again_and_what_nobody_takes_can_be_replayed(
    place: Place, plivo: PlivoRecords
) -> None:
    """What one address does, 410 included, costs the others of the account nothing."""
    answers: Iterator[Answer] = iter([500, 503])
    status_of_gone = 410
    plivo.records = {f"message-{number}-0": DELIVERED for number in range(1, 4)}
    with (
        running(place, plivo, public_url=None) as service,
        Subscriber(lambda _: next(answers, 204)) as failing,
        Subscriber(lambda _: status_of_gone) as gone,
    ):
        run(service, "sendMessage", **MESSAGE, resultUrl=gone.url)
        gone.wait_for(1)
        run(service, "sendMessage", **MESSAGE, resultUrl=failing.url)
        failing.wait_for(3)
        by_state = {delivery["state"]: delivery for delivery in settled(service)}
        assert (by_state["dead"]["http_status"], by_state["delivered"]["attempts"]) == (410, 3)
        assert len({arrival.headers["webhook-id"] for arrival in failing.arrivals}) == 1
        status_of_gone = 200
        subscription = run(service, "getResultSecret")["subscription_id"]
        assert run(service, "replayEvents", subscriptionId=subscription)["replayed"] == 1
        gone.wait_for(2)
        (listed,) = run(service, "getSubscriptions")["objects"]
        assert (listed["state"], listed["events"]) == ("active", ["message.result", "call.result"])
        refused = service.fail("updateSubscription", subscriptionId=subscription, url=gone.url)
        assert refused["fields"] == ["subscriptionId"]


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "10.1.2.3", "[::1]", "169.254.169.254"])
def test_a_private_address_is_refused_before_anything_is_sent(place: Place, plivo: PlivoRecords, address: str) -> None:
    with running(place, plivo, fetch_private_addresses=False) as service:
        refused = service.fail("sendMessage", **MESSAGE, resultUrl=f"http://{address}/hook")
        assert (refused["status_code"], refused["fields"]) == ("INVALID_FIELDS", ["resultUrl"])
        assert plivo.sent == []


def test_a_private_address_in_disguise_gets_nothing(place: Place, plivo: PlivoRecords, receiver: Subscriber) -> None:
    plivo.records["message-1-0"] = DELIVERED
    with running(place, plivo, public_url=None, fetch_private_addresses=False) as service:
        disguised = receiver.url.replace("127.0.0.1", "0x7f000001")
        run(service, "sendMessage", **MESSAGE, resultUrl=disguised)
        while not (found := settled(service)):
            pass
        assert "not a public one" in found[0]["error"]
    assert receiver.arrivals == []


def test_what_is_waited_for_outlives_the_process(
    place: Place, plivo: PlivoRecords, receiver: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process may end while it asks: the second asks again when that one's lease is over, here 6 s."""
    monkeypatch.setattr(outcomes_service, "LEASE_MARGIN", 1.0)
    with running(place, plivo, public_url=None, plivo_timeout=5) as service:
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        plivo.wait_until_asked("message-1-0")
    plivo.records["message-1-0"] = DELIVERED
    with running(place, plivo, public_url=None, plivo_timeout=5) as service:
        receiver.wait_for(1)
        assert len(settled(service)) == 1
    assert len(receiver.arrivals) == 1


def test_two_processes_on_one_store_tell_each_outcome_once(
    place: Place, plivo: PlivoRecords, receiver: Subscriber
) -> None:
    """Plivo tells one of them while the other asks."""
    number = 20
    with running(place, plivo) as told, running(place, plivo, public_url=None) as asking:
        for each in range(1, number + 1):
            run(asking if each % 2 else told, "sendMessage", **MESSAGE, resultUrl=receiver.url)
            plivo.records[f"message-{each}-0"] = DELIVERED
        for each, sent in enumerate(plivo.sent, 1):
            if "url" in sent:
                assert tell(told, sent["url"], status(f"message-{each}-0", "delivered")).status_code == 200
        receiver.wait_for(number)
        assert len(settled(told)) == number
    found = [data["message_uuid"] for data in results(receiver.arrivals)]
    assert sorted(found) == sorted(f"message-{each}-0" for each in range(1, number + 1))


def test_the_key_is_made_beside_the_store_when_it_is_first_needed(
    tmp_path: Path, plivo: PlivoRecords, receiver: Subscriber
) -> None:
    """Without PUBLIC_URL and SECRET_KEY, as somebody starts who has read nothing yet."""
    place, key = SqlitePlace(tmp_path), tmp_path / "data" / "secret.key"
    plain = {"public_url": None, "secret_key": None}
    with running(place, plivo, **plain) as service:
        run(service, "sendMessage", **MESSAGE)
        assert not key.parent.exists()
        run(service, "sendMessage", **MESSAGE, resultUrl=receiver.url)
        assert key.stat().st_mode & 0o777 == 0o600
        plivo.wait_until_asked("message-2-0")
    plivo.records["message-2-0"] = DELIVERED
    with running(place, plivo, **plain):
        receiver.wait_for(1)


def test_a_key_that_cannot_be_kept_is_told(tmp_path: Path, plivo: PlivoRecords) -> None:
    place = SqlitePlace(tmp_path)
    place.path.parent.mkdir()
    (tmp_path / "data" / "secret.key").mkdir()
    with running(place, plivo, public_url=None, secret_key=None) as service:
        refused = service.fail("sendMessage", **MESSAGE, resultUrl="https://example.com/hook")
        assert refused["status_code"] == "NOT_CONFIGURED"
        assert "SECRET_KEY" in refused["status_msg"]
        assert plivo.sent == []


def test_nothing_that_is_kept_can_be_read_without_the_key(place: Place, plivo: PlivoRecords) -> None:
    url = "http://127.0.0.1:9/a-secret-hook"
    with running(place, plivo) as service:
        run(service, "sendMessage", **MESSAGE, resultUrl=url)
        kept = place.contents()
        tell(service, plivo.sent[0]["url"], status("message-1-0", "delivered"))
        settled(service)
        kept += place.contents()
    for secret in (AUTH_TOKEN, "a-secret-hook"):
        assert secret.encode() not in kept


def test_a_redis_without_a_key_to_seal_with_is_told(plivo: PlivoRecords, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("redis_server").url
    with Service(plivo_api_url=plivo.url, store_url=url) as service:
        refused = service.fail("sendMessage", **MESSAGE, resultUrl="https://example.com/hook")
        assert refused["status_code"] == "NOT_CONFIGURED"
        assert "SECRET_KEY" in refused["status_msg"]
        assert service.fail("getResultSecret")["status_code"] == "NOT_CONFIGURED"
        assert plivo.sent == []


def test_a_store_that_is_down_is_told_and_nothing_is_sent(place: Place, plivo: PlivoRecords) -> None:
    with running(place, plivo) as service:
        if place.url.startswith("sqlite"):
            return  # a file in use cannot be taken away without being lost
        place.break_down()
        refused = service.fail("sendMessage", **MESSAGE, resultUrl="https://example.com/hook")
        assert refused["status_code"] == "STORE_UNAVAILABLE"
        assert plivo.sent == []
        place.mend()
