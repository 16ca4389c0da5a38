"""Events on their way to a subscriber on a real socket, from a running service, on both stores."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, cast

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook, WebhookVerificationError

from app import __version__, egress
from app.events import delivery
from app.events.delivery import UNDER_WAY, UNDER_WAY_TO_ONE
from tests.support.from_plivo import PUBLIC_URL, FromPlivo
from tests.support.node import Judges, RaisedError
from tests.support.recorder import Recorder
from tests.support.service import Service
from tests.support.stores import Place
from tests.support.subscriber import Answer, Arrival, Subscriber


@contextmanager
def running(place: Place, recorder: Recorder, **settings: Any) -> Iterator[FromPlivo]:
    given = {
        "plivo_api_url": recorder.url,
        "public_url": PUBLIC_URL,
        "secret_key": "a secret of the tests",
        "store_url": place.url,
        "fetch_private_addresses": True,
        "delivery_retries": "0,0",
        **settings,
    }
    with Service(**given) as service:
        yield FromPlivo(service)


@pytest.fixture
def plivo(place: Place, recorder: Recorder) -> Iterator[FromPlivo]:
    with running(place, recorder) as sender:
        yield sender


def test_an_event_is_delivered_once_and_signed(plivo: FromPlivo, judges: Judges) -> None:
    """Verified by the library in Python and Node, and by Svix."""
    with Subscriber() as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.status(made, "Grüße 🎉", "delivered")
        plivo.status(made, "Grüße 🎉", "delivered")
        (delivery,) = plivo.wait_for(made, "delivered")
        (arrival,) = subscriber.arrivals
    assert (delivery["attempts"], delivery["http_status"], delivery["error"]) == (1, 204, None)
    assert arrival.event == Webhook(made["secret"]).verify(arrival.body, arrival.headers)
    assert arrival.headers["webhook-id"] == arrival.event["id"] == delivery["event_id"]
    assert arrival.event["data"]["message_uuid"] == "Grüße 🎉"
    assert arrival.headers["user-agent"] == f"plivo-connector/{__version__}"
    assert list(arrival.event) == [
        "id", "type", "occurred_at", "account", "subscription", "sequence", "data", "raw"
    ]  # fmt: skip
    for judge in ("standardWebhooks", "svix"):
        assert judges.call(judge, made["secret"], arrival.body.decode(), arrival.headers) == arrival.event
        with pytest.raises(RaisedError):
            judges.call(judge, made["secret"], arrival.body.decode() + " ", arrival.headers)


def test_a_subscriber_that_fails_gets_the_event_again_under_the_same_id(plivo: FromPlivo) -> None:
    answers: Iterator[Answer] = iter([500, (302, {"location": "http://127.0.0.1:1/"}), 200])
    with Subscriber(lambda _: next(answers)) as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.status(made, "m1")
        (delivery,) = plivo.wait_for(made, "delivered")
        assert delivery["attempts"] == 3
        assert len({arrival.headers["webhook-id"] for arrival in subscriber.arrivals}) == 1
        assert len(subscriber.arrivals) == 3


def test_what_nobody_takes_is_dead_and_can_be_replayed(plivo: FromPlivo) -> None:
    status = 503
    with Subscriber(lambda _: status) as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.status(made, "m1")
        (dead,) = plivo.wait_for(made, "dead")
        assert (dead["attempts"], dead["http_status"]) == (3, 503)
        assert "503" in dead["error"]
        status = 200
        assert plivo.call("replayEvents", subscriptionId=made["subscription_id"])["replayed"] == 1
        (delivery,) = plivo.wait_for(made, "delivered")
        assert delivery["event_id"] == dead["event_id"]
        assert {arrival.headers["webhook-id"] for arrival in subscriber.arrivals} == {dead["event_id"]}


def test_a_replay_is_made_once_under_its_idempotency_key(plivo: FromPlivo) -> None:
    with Subscriber() as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.status(made, "m1")
        plivo.status(made, "m2")
        first, second = plivo.wait_for(made, "delivered", 2)
        wish = {"subscriptionId": made["subscription_id"], "eventId": first["event_id"], "idempotencyKey": "once"}
        for _ in range(3):
            assert plivo.call("replayEvents", **wish)["replayed"] == 1
            plivo.wait_for(made, "delivered", 2)
        for other in ({"eventId": second["event_id"]}, {"eventId": ""}, {"since": "2026-01-01"}):
            assert plivo.service.fail("replayEvents", **wish | other)["status_code"] == "IDEMPOTENCY_CONFLICT"
        assert plivo.call("replayEvents", **wish | {"idempotencyKey": "again"})["replayed"] == 1
        plivo.wait_for(made, "delivered", 2)
        names = [arrival.headers["webhook-id"] for arrival in subscriber.arrivals]
    assert Counter(names) == {first["event_id"]: 3, second["event_id"]: 1}


def test_an_event_that_fails_holds_only_its_own(place: Place, recorder: Recorder) -> None:
    def answer(arrival: Arrival) -> Answer:
        is_held = arrival.event["data"]["message_uuid"] == "held" and not is_open.is_set()
        return (503, {"retry-after": "1"}) if is_held else 200

    is_open = threading.Event()
    with running(place, recorder, delivery_retries="0," * 99 + "0") as plivo, Subscriber(answer) as subscriber:
        made = plivo.subscribe(subscriber.url)
        for state in ("queued", "sent", "delivered"):
            for message in ("held", "free"):
                plivo.status(made, message, state)
        assert {entry["sequence"] for entry in plivo.wait_for(made, "delivered", 3)} == {2, 4, 6}
        is_open.set()
        plivo.wait_for(made, "delivered", 6)
    for message in ("held", "free"):
        states = [
            arrival.event["data"]["message_state"]
            for arrival in subscriber.arrivals
            if arrival.event["data"]["message_uuid"] == message
        ]
        assert list(dict.fromkeys(states)) == ["queued", "sent", "delivered"]


def test_gone_ends_the_subscription_and_a_new_url_begins_it_again(plivo: FromPlivo) -> None:
    with Subscriber(lambda _: 410) as gone, Subscriber() as taker:
        made = plivo.subscribe(gone.url)
        plivo.status(made, "m1")
        plivo.wait_for(made, "dead")
        shown = plivo.wait_until_stopped(made)
        assert shown["state"] == "ended"
        assert "410" in shown["reason"]
        plivo.status(made, "m2")
        assert [entry["state"] for entry in plivo.deliveries(made)] == ["dead", "dead"]
        refused = plivo.service.fail("replayEvents", subscriptionId=made["subscription_id"])
        assert refused["fields"] == ["subscriptionId"]
        plivo.call("updateSubscription", subscriptionId=made["subscription_id"], url=taker.url)
        plivo.call("replayEvents", subscriptionId=made["subscription_id"])
        plivo.wait_for(made, "delivered", 2)
        assert len(gone.arrivals) == 1


def test_a_rotated_secret_signs_beside_the_old_one(plivo: FromPlivo) -> None:
    with Subscriber() as subscriber:
        made = plivo.subscribe(subscriber.url)
        rotated = plivo.call("rotateSubscriptionSecret", subscriptionId=made["subscription_id"])
        plivo.status(made, "m1")
        (arrival,) = subscriber.wait_for(1)
    assert rotated["secret"] != made["secret"]
    for secret in (rotated["secret"], made["secret"]):
        Webhook(secret).verify(arrival.body, arrival.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_AAAA").verify(arrival.body, arrival.headers)


def test_cloudevents_are_what_their_library_reads(plivo: FromPlivo) -> None:
    with Subscriber() as subscriber:
        made = plivo.subscribe(subscriber.url, format="cloudevents")
        plivo.status(made, "m1", "delivered")
        (arrival,) = subscriber.wait_for(1)
    assert arrival.headers["content-type"] == "application/cloudevents+json"
    event = JSONFormat().read(CloudEvent, arrival.body)
    assert event.get_type() == "message.delivered"
    assert event.get_id() == arrival.headers["webhook-id"]
    data = event.get_data()
    assert isinstance(data, dict)
    assert (data["message_uuid"], data["raw"]["Status"]) == ("m1", "delivered")


def test_a_private_address_gets_nothing(place: Place, recorder: Recorder) -> None:
    with running(place, recorder, fetch_private_addresses=False) as plivo, Subscriber() as subscriber:
        refused = plivo.service.fail("createSubscription", url=subscriber.url)
        assert (refused["status_code"], refused["fields"]) == ("INVALID_FIELDS", ["url"])
        # What does not look like one is found out when it is connected to.
        made = plivo.subscribe(subscriber.url.replace("127.0.0.1", "0x7f000001"))
        refused = plivo.service.fail("updateSubscription", subscriptionId=made["subscription_id"], url="http://[::1]/")
        assert refused["fields"] == ["url"]
        plivo.status(made, "m1")
        (dead,) = plivo.wait_for(made, "dead")
        assert "not a public one" in dead["error"]
        assert subscriber.arrivals == []


def test_a_name_that_becomes_private_after_a_look_at_it_gets_nothing(
    place: Place, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """127.0.0.2 stands for a public address; the name has it once, and from then on the private one."""
    real = socket.getaddrinfo
    answers = iter(["127.0.0.2"])

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        return real(next(answers, "127.0.0.1") if host == "rebinds.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(egress, "is_public", lambda address: address == "127.0.0.2")
    with Subscriber(lambda _: 500, host="127.0.0.2") as public, Subscriber(port=public.port) as private:
        with running(place, recorder, fetch_private_addresses=False) as plivo:
            made = plivo.subscribe(f"http://rebinds.example:{public.port}/events")
            plivo.status(made, "m1")
            (dead,) = plivo.wait_for(made, "dead")
        assert (len(public.arrivals), private.arrivals) == (1, [])
        assert (dead["attempts"], dead["http_status"]) == (3, None)
        assert "not a public one" in dead["error"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_into_a_private_network_is_not_followed(plivo: FromPlivo, status: int) -> None:
    with Subscriber() as private, Subscriber(lambda _: (status, {"location": private.url})) as public:
        made = plivo.subscribe(public.url)
        plivo.status(made, "m1")
        (dead,) = plivo.wait_for(made, "dead")
        assert (len(public.arrivals), private.arrivals) == (3, [])
        assert dead["http_status"] == status


def test_what_was_not_delivered_when_the_service_ended_is_delivered_by_the_next(
    place: Place, recorder: Recorder
) -> None:
    status = 500
    with Subscriber(lambda _: status) as subscriber:
        with running(place, recorder, delivery_retries="1,1,1,1,1,1,1,1,1,1") as plivo:
            made = plivo.subscribe(subscriber.url)
            plivo.status(made, "m1")
            subscriber.wait_for(1)
        status = 200
        with running(place, recorder) as plivo:
            plivo.wait_for(made, "delivered")
        assert len({arrival.headers["webhook-id"] for arrival in subscriber.arrivals}) == 1


def test_a_store_that_is_down_is_told_to_plivo_and_nothing_is_lost(place: Place, recorder: Recorder) -> None:
    """The same request, with the same nonce, is taken once the store is back."""
    with Subscriber() as subscriber:
        with running(place, recorder) as plivo:
            made = plivo.subscribe(subscriber.url)
        if place.url.startswith("sqlite"):
            return  # a file in use cannot be taken away without being lost
        with running(place, recorder) as plivo:
            place.break_down()
            response = plivo.post(made, {"MessageUUID": "m1", "Status": "sent"})
            assert response.status_code == 503
            assert response.json()["contextWrites"]["to"]["status_code"] == "STORE_UNAVAILABLE"
            place.mend()
            plivo.status(made, "m1")
            plivo.wait_for(made, "delivered")
        assert len(subscriber.arrivals) == 1


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a subscriber be as slow as it likes: it is neither given up nor told again."""
    monkeypatch.setattr(delivery, "TIMEOUT", 600.0)
    monkeypatch.setitem(cast("Any", delivery.Deliverer.__init__).__kwdefaults__, "lease", 900.0)


@pytest.mark.usefixtures("patient")
def test_a_slow_subscriber_holds_no_other_up(plivo: FromPlivo) -> None:
    go_on = threading.Event()

    def wait(_: Arrival) -> Answer:
        go_on.wait(600)
        return 200

    with Subscriber(wait) as slow, Subscriber() as quick:
        lazy, ready = plivo.subscribe(slow.url), plivo.subscribe(quick.url)
        for number in range(40):
            plivo.status(lazy, f"m{number}")
            plivo.status(ready, f"m{number}")
        plivo.wait_for(ready, "delivered", 40)
        assert plivo.deliveries(lazy, "delivered") == []
        go_on.set()
        plivo.wait_for(lazy, "delivered", 40)
    for subscriber in (slow, quick):
        assert set(Counter(arrival.headers["webhook-id"] for arrival in subscriber.arrivals).values()) == {1}


@pytest.mark.usefixtures("patient")
def test_many_slow_subscribers_together_hold_no_other_up(plivo: FromPlivo) -> None:
    """They would have all the turns that there are."""
    go_on = threading.Event()

    def wait(_: Arrival) -> Answer:
        go_on.wait(600)
        return 200

    with Subscriber(wait) as slow, Subscriber() as quick:
        lazy = [plivo.subscribe(slow.url) for _ in range(UNDER_WAY // UNDER_WAY_TO_ONE + 1)]
        for number in range(UNDER_WAY_TO_ONE):
            for made in lazy:
                plivo.status(made, f"m{number}")
        ready = plivo.subscribe(quick.url)
        for number in range(5):
            plivo.status(ready, f"m{number}")
        plivo.wait_for(ready, "delivered", 5)
        assert [plivo.deliveries(made, "delivered") for made in lazy] == [[]] * len(lazy)
        go_on.set()
        for made in lazy:
            plivo.wait_for(made, "delivered", UNDER_WAY_TO_ONE)


def test_nothing_that_is_kept_can_be_read_without_the_key(plivo: FromPlivo, place: Place) -> None:
    with Subscriber() as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.post(made, {"MessageUUID": "m1", "From": "1", "To": "2", "Text": "a very private text"})
        subscriber.wait_for(1)
    kept = place.contents()
    for secret in (b"a very private text", made["secret"][6:].encode(), b"to:ken/+=", json.dumps("to:ken/+=").encode()):
        assert secret not in kept


def test_dates_in_retry_after_are_obeyed(place: Place, recorder: Recorder) -> None:
    later = formatdate(4_000_000_000, usegmt=True)
    answers: Iterator[Answer] = iter([(429, {"retry-after": later})])
    with running(place, recorder) as plivo, Subscriber(lambda _: next(answers)) as subscriber:
        made = plivo.subscribe(subscriber.url)
        plivo.status(made, "m1")
        subscriber.wait_for(1)
        (pending,) = plivo.wait_for(made, "pending")
        while pending["attempts"] == 0:
            (pending,) = plivo.wait_for(made, "pending")
        assert pending["next_attempt_at"] > pending["last_attempt_at"]
        assert pending["http_status"] == 429
