"""Where Plivo is told to send events: on the sandbox, whose applications and numbers are as Plivo's."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.in_process import error_in
from tests.support.sandbox_desk import ACCOUNT, PUBLIC_URL, THEIRS, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.app:
        yield desk


def urls(application: dict[str, Any]) -> dict[str, Any]:
    return {name: application[name] for name in ("answer_url", "message_url", "message_method", "hangup_url")}


def test_an_application_is_pointed_here_and_put_back(desk: Desk) -> None:
    app_id = desk.application()
    before = urls(desk.read(app_id))
    made = desk.call("createSubscription", appId=app_id)
    assert made["attached"] == {
        "app_id": app_id,
        "number": None,
        "copied_from": None,
        "replaced": {"message_url": THEIRS["messageUrl"], "hangup_url": THEIRS["hangupUrl"]},
    }
    assert urls(desk.read(app_id)) == {
        "answer_url": THEIRS["answerUrl"],
        "message_url": made["events_url"],
        "message_method": "POST",
        "hangup_url": made["events_url"],
    }
    gone = desk.delete(made)
    assert gone["put_back"] == {
        "message_url": THEIRS["messageUrl"],
        "message_method": "GET",
        "hangup_url": THEIRS["hangupUrl"],
        "hangup_method": "POST",
    }
    assert urls(desk.read(app_id)) == before
    refused = error_in(desk.app.call("getEvents", **ACCOUNT, subscriptionId=made["subscription_id"]))
    assert refused["fields"] == ["subscriptionId"]


def test_an_address_that_was_changed_meanwhile_is_left_alone(desk: Desk) -> None:
    app_id = desk.application()
    made = desk.call("createSubscription", appId=app_id)
    desk.call("updateApplication", appId=app_id, messageUrl="https://new.example/message")
    gone = desk.delete(made)
    assert gone["put_back"].keys() == {"hangup_url", "hangup_method"}
    assert "https://new.example/message" in gone["left_alone"]["message_url"]
    assert desk.read(app_id)["message_url"] == "https://new.example/message"
    assert desk.read(app_id)["hangup_url"] == THEIRS["hangupUrl"]


def test_an_application_of_one_number_is_pointed_here(desk: Desk) -> None:
    app_id = desk.application()
    number = desk.number(app_id)
    made = desk.call("createSubscription", number=f"+{number}")
    assert made["attached"]["app_id"] == app_id == desk.application_of(number)
    assert desk.read(app_id)["message_url"] == made["events_url"]
    desk.delete(made)
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]


def test_a_number_whose_application_others_share_gets_a_copy(desk: Desk) -> None:
    app_id = desk.application()
    number, other = desk.number(app_id), desk.number(app_id)
    made = desk.call("createSubscription", number=number)
    assert made["attached"]["copied_from"] == app_id
    copy = desk.application_of(number)
    assert copy == made["attached"]["app_id"] != app_id
    assert desk.application_of(other) == app_id
    assert urls(desk.read(app_id))["message_url"] == THEIRS["messageUrl"]
    assert urls(desk.read(str(copy))) == {
        "answer_url": THEIRS["answerUrl"],
        "message_url": made["events_url"],
        "message_method": "POST",
        "hangup_url": made["events_url"],
    }
    assert desk.delete(made)["put_back"] == {"application": app_id}
    assert desk.application_of(number) == app_id
    assert error_in(desk.app.call("getSingleApplication", **ACCOUNT, appId=copy))["http_status"] == 404


def test_a_number_without_an_application_gets_one_and_loses_it_again(desk: Desk) -> None:
    number = desk.number(None)
    desk.call("updateNumber", number=number, appId=None)
    made = desk.call("createSubscription", number=number)
    assert desk.application_of(number) == made["attached"]["app_id"]
    desk.delete(made)
    assert desk.application_of(number) is None


@pytest.mark.parametrize("leaves_first", [0, 1])
def test_two_subscriptions_on_one_number_both_get_everything(desk: Desk, leaves_first: int) -> None:
    app_id = desk.application()
    number = desk.number(app_id)
    pair = [desk.call("createSubscription", number=number) for _ in range(2)]
    first, second = pair
    assert second["attached"]["replaced"]["message_url"] == first["events_url"]
    now = desk.read(app_id)["message_url"]
    assert desk.send(now, MessageUUID="m1", From="1", To="2", Text="Hi").status_code == 200
    assert desk.send(now, MessageUUID="m2", From="1", To="2", Status="sent").status_code == 200
    assert desk.types(first) == ["message.received"]
    assert desk.types(second) == ["message.received", "message.sent"]
    desk.delete(pair[leaves_first])
    stays = pair[1 - leaves_first]
    now = desk.read(app_id)["message_url"]
    assert now == stays["events_url"]
    assert desk.send(now, MessageUUID="m3", From="1", To="2", Text="Hi").status_code == 200
    assert desk.types(stays).count("message.received") == 2
    desk.delete(stays)
    assert urls(desk.read(app_id))["message_url"] == THEIRS["messageUrl"]
    assert urls(desk.read(app_id))["hangup_url"] == THEIRS["hangupUrl"]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)], ids=str)
def test_a_copy_is_there_as_long_as_a_subscription_needs_it(desk: Desk, order: tuple[int, ...]) -> None:
    """Whoever leaves, the others go on getting what comes, and the last one puts back what the first had found."""
    app_id = desk.application()
    number, _ = desk.number(app_id), desk.number(app_id)
    before = desk.call("getApplications")["meta"]["total_count"]
    made = [desk.call("createSubscription", number=number, answer={"speak": "Hello"}) for _ in range(3)]
    copy = made[0]["attached"]["app_id"]
    assert {one["attached"]["app_id"] for one in made} == {copy}
    for gone in order[:-1]:
        desk.delete(made[gone])
        stay = [made[one] for one in order[order.index(gone) + 1 :]]
        assert desk.application_of(number) == copy
        now = desk.read(copy)
        assert now["message_url"] == now["hangup_url"] == now["answer_url"]
        assert now["message_url"] in {one["events_url"] for one in stay}
        assert desk.send(now["message_url"], MessageUUID=f"m{gone}", From="1", To="2", Text="Hi").status_code == 200
        assert [desk.types(one) for one in stay] == [["message.received"] * (order.index(gone) + 1)] * len(stay)
    assert desk.delete(made[order[-1]])["put_back"] == {"application": app_id}
    assert desk.application_of(number) == app_id
    assert desk.call("getApplications")["meta"]["total_count"] == before


def test_a_copy_that_could_not_be_deleted_again_is_not_forgotten(desk: Desk) -> None:
    app_id = desk.application()
    number, _ = desk.number(app_id), desk.number(app_id)
    before = desk.call("getApplications")["meta"]["total_count"]
    desk.disturb = lambda request: (
        httpx.Response(400, json={"error": "no"})
        if request.method == "DELETE" or (request.method == "POST" and "/Number/" in request.url.path)
        else None
    )
    error = error_in(desk.app.call("createSubscription", **ACCOUNT, number=number))
    (kept,) = desk.call("getSubscriptions")["objects"]
    assert kept["subscription_id"] in error["done"]
    desk.disturb = lambda _: None
    desk.delete(kept)
    assert desk.call("getApplications")["meta"]["total_count"] == before
    assert desk.application_of(number) == app_id


def test_the_same_key_goes_on_where_the_first_request_failed(desk: Desk) -> None:
    app_id = desk.application()
    desk.disturb = lambda request: (
        httpx.Response(502, text="lost") if request.method == "POST" and app_id in request.url.path else None
    )
    error_in(desk.app.call("createSubscription", **ACCOUNT, appId=app_id, idempotencyKey="k"))
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]
    desk.disturb = lambda _: None
    made = desk.call("createSubscription", appId=app_id, idempotencyKey="k")
    assert desk.read(app_id)["message_url"] == made["events_url"]
    again = desk.call("createSubscription", appId=app_id, idempotencyKey="k")
    assert again == made
    desk.delete(made)
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]


def test_calls_that_come_in_do_what_the_answer_says(desk: Desk) -> None:
    app_id = desk.application()
    made = desk.call("createSubscription", appId=app_id, answer={"speak": "We are closed."})
    assert made["attached"]["replaced"]["answer_url"] == THEIRS["answerUrl"]
    assert desk.read(app_id)["answer_url"] == made["events_url"]
    call = {"CallUUID": "c1", "From": "1", "To": "2", "Direction": "inbound", "CallStatus": "ringing"}
    told = desk.send(made["events_url"], Event="StartApp", **call).text
    page = told.partition('<Redirect method="POST">')[2].partition("<")[0]
    assert "We are closed." in desk.app.request("POST", page.removeprefix(PUBLIC_URL), data=call).text
    assert desk.types(made) == ["call.received"]
    desk.delete(made)
    assert desk.read(app_id)["answer_url"] == THEIRS["answerUrl"]


def test_what_plivo_refuses_leaves_nothing_behind(desk: Desk) -> None:
    app_id = desk.application()
    desk.disturb = lambda request: (
        httpx.Response(400, json={"error": "no"}) if request.method == "POST" and app_id in request.url.path else None
    )
    error = error_in(desk.app.call("createSubscription", **ACCOUNT, appId=app_id))
    assert (error["status_code"], error["done"]) == ("API_ERROR", "Nothing was changed.")
    assert desk.call("getSubscriptions")["objects"] == []
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]


def test_a_copy_that_the_number_was_not_given_is_deleted_again(desk: Desk) -> None:
    app_id = desk.application()
    number = desk.number(app_id)
    desk.number(app_id)
    before = desk.call("getApplications")["meta"]["total_count"]
    desk.disturb = lambda request: (
        httpx.Response(400, json={"error": "no"})
        if request.method == "POST" and "/Number/" in request.url.path
        else None
    )
    error = error_in(desk.app.call("createSubscription", **ACCOUNT, number=number))
    assert "was deleted again" in error["done"]
    assert desk.call("getApplications")["meta"]["total_count"] == before
    assert desk.application_of(number) == app_id


def test_what_nobody_knows_the_outcome_of_can_be_put_back(desk: Desk) -> None:
    """The change was made, but the answer was lost."""
    app_id = desk.application()

    desk.disturb = lambda request: (
        httpx.Response(502, text="lost") if request.method == "POST" and app_id in request.url.path else None
    )
    error = error_in(desk.app.call("createSubscription", **ACCOUNT, appId=app_id))
    assert "not known" in error["done"]
    (kept,) = desk.call("getSubscriptions")["objects"]
    assert kept["subscription_id"] in error["done"]
    desk.disturb = lambda _: None
    desk.call("updateApplication", appId=app_id, messageUrl=kept["events_url"], hangupUrl=kept["events_url"])
    desk.delete(kept)
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]


def test_a_deletion_that_plivo_does_not_answer_can_be_tried_again(desk: Desk) -> None:
    app_id = desk.application()
    made = desk.call("createSubscription", appId=app_id)
    desk.disturb = lambda _: httpx.Response(503, text="not now")
    error = error_in(desk.app.call("deleteSubscription", **ACCOUNT, subscriptionId=made["subscription_id"]))
    assert "again" in error["done"]
    desk.disturb = lambda _: None
    assert desk.delete(made)["deleted"] is True
    assert desk.read(app_id)["message_url"] == THEIRS["messageUrl"]


@pytest.mark.parametrize(("arg", "value"), [("number", "14155550000"), ("appId", "99999999999999999")])
def test_what_does_not_exist_cannot_be_attached(desk: Desk, arg: str, value: str) -> None:
    error = error_in(desk.app.call("createSubscription", **ACCOUNT, **{arg: value}))
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", [arg])
    assert desk.call("getSubscriptions")["objects"] == []


def test_an_application_that_is_gone_does_not_keep_a_subscription_alive(desk: Desk) -> None:
    app_id = desk.application()
    made = desk.call("createSubscription", appId=app_id)
    desk.call("deleteApplication", appId=app_id)
    assert "does not exist" in desk.delete(made)["left_alone"]["application"]
