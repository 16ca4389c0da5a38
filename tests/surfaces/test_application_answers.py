"""The answers of applications, which end with them: on the sandbox, whose applications are as Plivo's."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from lxml import etree

from app.storage.sqlite import SqliteEngine
from tests.support.in_process import App, accept, error_in
from tests.support.sandbox_desk import ACCOUNT, PUBLIC_URL, Desk
from tests.support.stores import Place

HELLO: list[dict[str, Any]] = [{"speak": "Hello"}]
LONG: list[dict[str, Any]] = [{"speak": f"Sentence {n} of {n * n}."} for n in range(400)]
ANSWERS = pytest.mark.parametrize("answer", [HELLO, LONG], ids=["in the address", "in the store"])
CALL = {"callFrom": "14155550100", "callTo": "14155550123"}
ELSEWHERE = "https://theirs.example/answer"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.app:
        yield desk


class Application:
    """An application with an answer that is hosted here."""

    def __init__(self, desk: Desk, answer: list[dict[str, Any]]) -> None:
        self.desk = desk
        self.id = str(desk.call("createApplication", appName=f"app{len(desk.app.sent)}", answer=answer)["app_id"])

    @property
    def url(self) -> str:
        return str(self.desk.read(self.id)["answer_url"])

    def update(self, **args: Any) -> None:
        self.desk.call("updateApplication", appId=self.id, **args)


def status(desk: Desk, url: str) -> int:
    page = desk.app.request("POST", url.removeprefix(PUBLIC_URL), data={"From": "1"})
    assert page.headers["content-type"].startswith("application/xml")
    return page.status_code


@ANSWERS
@pytest.mark.parametrize("new", [{"answer": [{"speak": "New"}]}, {"answer": LONG}, {"answerUrl": ELSEWHERE}])
def test_it_ends_when_the_application_is_pointed_elsewhere(
    desk: Desk, answer: list[dict[str, Any]], new: dict[str, Any]
) -> None:
    application = Application(desk, answer)
    old = application.url
    assert status(desk, old) == 200
    application.update(**new)
    assert status(desk, old) == 404
    assert application.url == ELSEWHERE or status(desk, application.url) == 200


@ANSWERS
def test_it_ends_when_the_application_is_deleted(desk: Desk, answer: list[dict[str, Any]]) -> None:
    application = Application(desk, answer)
    application.update(answer=answer)
    url = application.url
    desk.call("deleteApplication", appId=application.id)
    assert status(desk, url) == 404


@ANSWERS
def test_it_stays_when_something_else_is_changed(desk: Desk, answer: list[dict[str, Any]]) -> None:
    application = Application(desk, answer)
    url = application.url
    application.update(messageUrl="https://theirs.example/message")
    application.update(answerUrl=url)
    assert status(desk, url) == 200


@ANSWERS
def test_it_stays_while_another_application_is_pointed_at_it(desk: Desk, answer: list[dict[str, Any]]) -> None:
    first, other = Application(desk, answer), Application(desk, HELLO)
    url = first.url
    other.update(answerUrl=url)
    desk.call("deleteApplication", appId=first.id)
    assert status(desk, url) == 200
    desk.call("deleteApplication", appId=other.id)
    assert status(desk, url) == 404


@pytest.mark.parametrize("block", ["updateApplication", "deleteApplication"])
def test_an_application_of_another_account_ends_nothing(desk: Desk, block: str) -> None:
    """Of two accounts one may not end what the other's application says, not even where Plivo takes any id."""
    application = Application(desk, HELLO)
    url = application.url
    desk.disturb = lambda _: httpx.Response(202, json={"message": "changed", "api_id": "a"})
    args = {"answer": HELLO} if block == "updateApplication" else {}
    theirs = {"authId": "MAOTHERXXXXXXXXXXXXX", "authToken": "t0ken"}
    desk.app.call(block, **theirs, appId=application.id, **args)
    assert status(desk, url) == 200


@pytest.mark.parametrize("refusal", [400, 401, 404])
def test_what_plivo_refuses_ends_nothing(desk: Desk, refusal: int) -> None:
    application = Application(desk, HELLO)
    url = application.url
    desk.disturb = lambda _: httpx.Response(refusal, json={"error": "no", "api_id": "a"})
    for args in ({"answer": LONG}, {"answerUrl": url}):
        error_in(desk.app.call("updateApplication", **ACCOUNT, appId=application.id, **args))
    error_in(desk.app.call("deleteApplication", **ACCOUNT, appId=application.id))
    assert status(desk, url) == 200


@pytest.mark.parametrize("block", ["makeCall", "createApplication", "updateApplication"])
def test_nothing_is_kept_of_what_plivo_refused(block: str, place: Place) -> None:
    """Or whoever has no token could fill the store."""
    args = {
        "makeCall": CALL,
        "createApplication": {"appName": "x"},
        "updateApplication": {"appId": "12345678901234567"},
    }[block]

    def rows() -> int:
        return asyncio.run(answers_kept(place))

    with App(accept, public_url=PUBLIC_URL, store_url=place.url, secret_key="key") as app:
        app.call(block, **ACCOUNT, **args, answer=LONG)
        after_one = rows()
        app.plivo = lambda _: httpx.Response(401, json={"error": "no", "api_id": "a"})
        assert error_in(app.call(block, **ACCOUNT, **args, answer=LONG))["status_code"] == "API_ERROR"
        assert rows() == after_one > 0


async def answers_kept(place: Place) -> int:
    async with aclosing(place.open()) as engine:
        if isinstance(engine, SqliteEngine):
            found = await engine.run(lambda connection: connection.execute("SELECT key FROM answers").fetchall())
            return len(found)
        return len(await engine.run("return redis.call('KEYS', '*answer:*')", []))


def test_where_nobody_knows_whether_plivo_changed_it_both_stay(desk: Desk) -> None:
    application = Application(desk, HELLO)
    old = application.url

    def lose(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadError("lost")
        return None

    desk.disturb = lose
    error = error_in(desk.app.call("updateApplication", **ACCOUNT, appId=application.id, answer=LONG))
    assert error["status_code"] == "API_DISCONNECTED"
    new = json.loads(desk.app.sent[-1].content)["answer_url"]
    desk.disturb = lambda _: None
    assert [status(desk, url) for url in (old, new)] == [200, 200]
    application.update(answer=HELLO)
    assert [status(desk, url) for url in (old, new, application.url)] == [404, 404, 200]


def test_of_two_changes_at_once_neither_answer_ends(desk: Desk) -> None:
    """Which of them Plivo took last nobody knows; the next change ends both."""
    application = Application(desk, HELLO)
    old = application.url
    plivo, are_both_there = desk.app.plivo, asyncio.Event()
    updates: list[httpx.Request] = []

    async def wait_for_both(request: httpx.Request) -> httpx.Response:
        updates.append(request)
        if len(updates) == 2:
            are_both_there.set()
        await are_both_there.wait()
        reply = plivo(request)
        return reply if isinstance(reply, httpx.Response) else await reply

    desk.app.plivo = wait_for_both
    args = {**ACCOUNT, "appId": application.id}
    answers = desk.app.call_at_once("updateApplication", {**args, "answer": HELLO}, {**args, "answer": LONG})
    desk.app.plivo = plivo
    assert [answer.json()["callback"] for answer in answers] == ["success", "success"]
    new = [json.loads(request.content)["answer_url"] for request in updates]
    assert [status(desk, url) for url in (old, *new)] == [200, 200, 200]
    application.update(answerUrl=ELSEWHERE)
    assert [status(desk, url) for url in (old, *new)] == [404, 404, 404]


@ANSWERS
def test_it_stays_while_a_subscription_stands_in_its_place(desk: Desk, answer: list[dict[str, Any]]) -> None:
    application = Application(desk, answer)
    url = application.url
    made = desk.call("createSubscription", appId=application.id, answer=HELLO)
    assert application.url == made["events_url"]
    assert status(desk, url) == 200
    desk.delete(made)
    assert (application.url, status(desk, url)) == (url, 200)
    desk.call("deleteApplication", appId=application.id)
    assert status(desk, url) == 404


def test_it_ends_when_the_application_was_pointed_elsewhere_behind_a_subscription(desk: Desk) -> None:
    application = Application(desk, HELLO)
    url = application.url
    made = desk.call("createSubscription", appId=application.id, answer=HELLO)
    application.update(answerUrl=ELSEWHERE)
    assert status(desk, url) == 200
    desk.delete(made)
    assert (application.url, status(desk, url)) == (ELSEWHERE, 404)


@pytest.mark.parametrize("leaves_first", [0, 1])
def test_it_stays_below_two_subscriptions_until_both_are_gone(desk: Desk, leaves_first: int) -> None:
    application = Application(desk, HELLO)
    url = application.url
    made = [desk.call("createSubscription", appId=application.id, answer=HELLO) for _ in range(2)]
    desk.delete(made.pop(leaves_first))
    assert status(desk, url) == 200
    desk.delete(made.pop())
    assert (application.url, status(desk, url)) == (url, 200)


@ANSWERS
def test_what_a_subscription_answers_ends_with_it(desk: Desk, answer: list[dict[str, Any]]) -> None:
    made = desk.call("createSubscription", appId=Application(desk, HELLO).id, answer=answer)
    said = desk.send(
        made["events_url"], Event="StartApp", CallUUID="c", From="1", To="2", Direction="inbound", CallStatus="ringing"
    )
    page = etree.fromstring(said.content).findtext("Redirect") or ""
    assert status(desk, page) == 200
    desk.delete(made)
    assert status(desk, page) == 404


def test_without_a_public_url_nothing_is_noted_and_applications_are_changed_all_the_same() -> None:
    with App() as app:
        for block, args in {
            "createApplication": {"appName": "x", "answerUrl": ELSEWHERE},
            "updateApplication": {"appId": "1", "answerUrl": ELSEWHERE},
            "deleteApplication": {"appId": "1"},
        }.items():
            assert app.call(block, **ACCOUNT, **args).json()["callback"] == "success"


@pytest.mark.parametrize("block", ["makeCall", "createApplication"])
def test_what_cannot_be_kept_is_not_sent(block: str) -> None:
    """And it has not used up the account's turn: what needs no store goes on."""
    args = {"makeCall": CALL, "createApplication": {"appName": "x"}}[block]
    with App(
        accept, public_url=PUBLIC_URL, store_url="redis://127.0.0.1:1/0", secret_key="key", plivo_rate_limit="on"
    ) as app:
        for _ in range(3):
            error = error_in(app.call(block, **ACCOUNT, **args, answer=LONG))
            assert error["status_code"] == "STORE_UNAVAILABLE"
            assert "answers" in error["status_msg"]
            assert "Nothing was sent" in error["status_msg"]
        assert app.sent == []
        assert app.call("makeCall", **ACCOUNT, **CALL, answer=HELLO).json()["callback"] == "success"
