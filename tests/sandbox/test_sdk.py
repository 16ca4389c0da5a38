"""The official plivo SDK, its base URL pointed at the sandbox, works: every family, over a real socket."""

from collections.abc import Iterator

import pytest
from plivo.exceptions import (
    AuthenticationError,
    GeoPermissionError,
    PlivoRestError,
    ResourceNotFoundError,
    ValidationError,
)
from plivo.rest.client import Client

from tests.support.sandbox_driver import LIVE_CALL
from tests.support.sandbox_sdk import Clock, connect, served

ANSWER = "https://example.com/answer"


@pytest.fixture
def clock() -> Clock:
    """The sandbox's clock."""
    return Clock()


@pytest.fixture
def base_url(clock: Clock) -> Iterator[str]:
    """A server that has the sandbox below /sandbox."""
    with served(clock) as url:
        yield url


@pytest.fixture
def client(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The SDK as the main account."""
    with connect(base_url, monkeypatch) as connected:
        yield connected


def test_account(client: Client) -> None:
    """The SDK shows and changes the account."""
    assert client.account.update(city="Berlin").message == "changed"
    assert client.account.get().city == "Berlin"


def test_subaccounts(client: Client, base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK makes a subaccount, works as it, changes and deletes it."""
    created = client.subaccounts.create(name="branch", enabled=True)
    with connect(base_url, monkeypatch, (created.auth_id, created.auth_token)) as branch:
        assert branch.account.get().name == "branch"
        assert client.subaccounts.update(created.auth_id, "closed", enabled=False).message == "changed"
        with pytest.raises(AuthenticationError):
            branch.account.get()
    assert client.subaccounts.get(created.auth_id).name == "closed"
    assert client.subaccounts.list().objects[0].auth_id == created.auth_id
    client.subaccounts.delete(created.auth_id, cascade=True)
    assert created.auth_id not in [subaccount.auth_id for subaccount in client.subaccounts.list().objects]


def test_applications_and_endpoints(client: Client) -> None:
    """The SDK goes through the life of an application and an endpoint."""
    app_id = client.applications.create("shop", answer_url=ANSWER).app_id
    assert client.applications.get(app_id).app_name == "shop"
    client.applications.update(app_id, answer_url=ANSWER + "2")
    assert client.applications.list(app_name="shop").objects[0].answer_url == ANSWER + "2"
    endpoint_id = client.endpoints.create("zumba", "secret", "z", app_id=app_id).endpoint_id
    client.endpoints.update(endpoint_id, alias="new")
    assert client.endpoints.get(endpoint_id).alias == "new"
    assert client.endpoints.list(limit=1).meta.total_count == 2
    client.endpoints.delete(endpoint_id)
    client.applications.delete(app_id, cascade=False)
    with pytest.raises(ResourceNotFoundError):
        client.applications.get(app_id)


def test_messages(client: Client, clock: Clock) -> None:
    """The SDK sends messages and reads their records."""
    sent = client.messages.create(src="14155550100", dst="14155550123<14155550124", text="hi")
    assert len(sent.message_uuid) == 2
    assert client.messages.get(sent.message_uuid[0]).message_state == "queued"
    clock.ahead += 5
    assert client.messages.get(sent.message_uuid[0]).message_state == "delivered"
    assert client.messages.list(message_state="delivered", limit=20).meta.total_count == 2


def test_calls(client: Client, clock: Clock) -> None:
    """The SDK makes a call, does everything that can be done with a live one, and reads the record."""
    uuid = client.calls.create(from_="14155550100", to_="14155550123", answer_url=ANSWER).request_uuid
    clock.ahead += 5
    assert client.live_calls.list_ids().calls == [uuid, LIVE_CALL]
    assert client.live_calls.get(uuid).call_status == "in-progress"
    assert client.calls.play(uuid, "https://example.com/a.mp3").message == "play started"
    client.calls.play_stop(uuid)
    assert client.calls.speak(uuid, "hello").message == "speak started"
    client.calls.speak_stop(uuid)
    assert client.calls.send_digits(uuid, "12#").message == "digits sent"
    assert client.calls.transfer(uuid, legs="aleg", aleg_url=ANSWER).message == "call transfered"
    recording_id = client.calls.record(uuid, callback_url=ANSWER).recording_id
    clock.ahead += 5
    client.calls.record_stop(uuid)
    client.calls.hangup(uuid)
    assert client.calls.get(uuid).hangup_source == "API Request"
    assert client.calls.list(limit=5).objects[0].call_uuid == uuid
    assert client.recordings.list(call_uuid=uuid).objects[0].recording_id == recording_id
    assert client.recordings.get(recording_id).recording_format == "mp3"
    client.recordings.delete(recording_id)
    with pytest.raises(ResourceNotFoundError):
        client.calls.hangup(uuid)
    cancelled = client.calls.create(from_="14155550100", to_="14155550123", answer_url=ANSWER).request_uuid
    client.calls.cancel(cancelled)


def test_conferences(client: Client) -> None:
    """The SDK looks at the conference and does everything with its members."""
    conferences = client.conferences
    assert conferences.list().conferences == ["sandbox"]
    member = conferences.get("sandbox").members[0].member_id
    assert conferences.member_mute("sandbox", member).message == "muted"
    conferences.member_mute_stop("sandbox", member)
    assert conferences.member_deaf("sandbox", member).message == "deaf"
    conferences.member_deaf_stop("sandbox", member)
    assert conferences.member_play("sandbox", member, "https://example.com/a.mp3").member_id == member
    conferences.member_play_stop("sandbox", member)
    assert conferences.member_speak("sandbox", member, "hello").member_id == member
    conferences.member_speak_stop("sandbox", member)
    assert conferences.record("sandbox").recording_id
    conferences.record_stop("sandbox")
    assert conferences.member_kick("sandbox", member).message == "kicked"
    conferences.member_hangup("sandbox", conferences.get("sandbox").members[0].member_id)
    conferences.hangup("sandbox")
    conferences.hangup_all()


def test_numbers(client: Client) -> None:
    """The SDK finds, buys, lists, changes and gives back a number, and adds one of an own carrier."""
    number = client.numbers.search("US", pattern="415").objects[0].number
    assert client.numbers.buy(number).status == "fulfilled"
    client.numbers.update(number, alias="main line")
    assert client.numbers.get(number).alias == "main line"
    assert client.numbers.list(number_startswith="1415", services=["voice", "sms"]).meta.total_count == 2
    client.numbers.delete(number)
    with pytest.raises(ResourceNotFoundError):
        client.numbers.get(number)
    client.numbers.create("18555550123", "19000000000000", "United States")
    assert client.numbers.get("18555550123").carrier == "19000000000000"


def test_pricing(client: Client) -> None:
    """The SDK asks for a price."""
    assert client.pricing.get("DE").country_code == 49


@pytest.mark.parametrize(
    ("number", "error"),
    [("400", ValidationError), ("403", GeoPermissionError), ("429", PlivoRestError), ("500", PlivoRestError)],
)
def test_errors(client: Client, number: str, error: type[Exception]) -> None:
    """Refusal numbers raise what the SDK raises for Plivo's own errors."""
    with pytest.raises(error):
        client.messages.create(src="14155550100", dst=f"15005550{number}", text="hi")


def test_wrong_credentials(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK takes the 401 for what it is."""
    with (
        connect(base_url, monkeypatch, ("MASANDBOX00000000000", "wrong")) as client,
        pytest.raises(AuthenticationError),
    ):
        client.account.get()
