"""What Plivo fetches: pages of hosted answers, and the blocks that take answers."""

import json
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.support.in_process import CREDENTIALS, App, accept, error_in

CALL = {**CREDENTIALS, "callFrom": "14155550100", "callTo": "14155550123"}
HELLO: list[dict[str, Any]] = [{"speak": "Hello {{From}}"}]
URL = "https://connector.example"


def sent_url(app: App, name: str = "answer_url") -> str:
    url: str = json.loads(app.sent[-1].content)[name]
    return url


def fetch(app: App, url: str, method: str = "POST", **fields: str) -> httpx.Response:
    path = url.removeprefix(URL)
    return app.request(method, path, data=fields) if method == "POST" else app.request(method, path, params=fields)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_with_an_answer_has_its_page_here(method: str) -> None:
    with App(public_url=URL) as app:
        assert app.call("makeCall", **CALL, answer=HELLO).json()["callback"] == "success"
        page = fetch(app, sent_url(app), method, From="1415<5")
    assert page.headers["content-type"].startswith("application/xml")
    assert etree.fromstring(page.content).findtext("Speak") == "Hello 1415<5"
    assert "answer" not in json.loads(app.sent[-1].content)


def test_without_an_address_of_its_own_the_service_says_so_and_sends_nothing() -> None:
    with App() as app:
        error = error_in(app.call("makeCall", **CALL, answer=HELLO))
        assert app.sent == []
        shown = app.call("makeCall", **CALL, answer=HELLO, dryRun=True).json()
    assert (error["status_code"], "PUBLIC_URL" in error["status_msg"]) == ("NOT_CONFIGURED", True)
    assert "hosted here" in shown["contextWrites"]["to"]["request"]["body"]["answer_url"]
    with App(error_status="mirror") as app:
        assert app.call("makeCall", **CALL, answer=HELLO).status_code == 501


def test_exactly_one_of_answer_and_its_url() -> None:
    with App(public_url=URL) as app:
        neither = error_in(app.call("makeCall", **CALL))
        both = error_in(app.call("makeCall", **CALL, answer=HELLO, answerUrl="https://example.com/"))
        assert app.sent == []
    assert (neither["status_code"], neither["fields"]) == ("REQUIRED_FIELDS", ["answerUrl", "answer"])
    assert (both["status_code"], both["fields"]) == ("INVALID_FIELDS", ["answerUrl", "answer"])


def test_every_problem_of_an_answer_is_told_before_anything_is_sent() -> None:
    with App(public_url=URL) as app:
        error = error_in(app.call("makeCall", **CALL, answer=[{"speek": "x"}, {"dial": "y"}]))
        assert app.sent == []
    assert error["fields"] == ["answer"]
    assert "step 1: speek" in error["errors"]["answer"]
    assert "step 2: dial" in error["errors"]["answer"]


@pytest.mark.parametrize("block", ["createApplication", "updateApplication"])
def test_applications_take_answers(block: str) -> None:
    args = {"appName": "mine"} if block == "createApplication" else {"appId": "12345678901234567"}
    with App(public_url=URL) as app:
        assert app.call(block, **CREDENTIALS, **args, answer=HELLO).json()["callback"] == "success"
        assert fetch(app, sent_url(app)).status_code == 200


def test_both_legs_of_a_transfer_take_answers() -> None:
    transfer = {**CREDENTIALS, "callUuid": "c-1", "legs": "both"}
    with App(public_url=URL) as app:
        lacking = error_in(app.call("transferCall", **transfer, alegAnswer=HELLO))
        assert (lacking["fields"], lacking["hint"]) == (
            ["blegUrl"],
            "blegUrl or blegAnswer is needed where legs is both.",
        )
        answer = app.call("transferCall", **transfer, alegAnswer=HELLO, blegUrl="https://example.com/b")
        assert answer.json()["callback"] == "success"
        assert fetch(app, sent_url(app, "aleg_url")).status_code == 200


def test_a_repeated_key_is_one_call_although_its_address_would_differ() -> None:
    with App(public_url=URL) as app:
        first = app.call("makeCall", **CALL, answer=HELLO, idempotencyKey="k")
        again = app.call("makeCall", **CALL, answer=HELLO, idempotencyKey="k")
        other = app.call("makeCall", **CALL, answer=[{"speak": "Other"}], idempotencyKey="k")
        assert len(app.sent) == 1
    assert again.json() == first.json()
    assert error_in(other)["status_code"] == "IDEMPOTENCY_CONFLICT"


@pytest.mark.parametrize("token", ["x", "A" * 300, "%2e%2e"])
def test_an_unknown_address_is_a_polite_404(token: str) -> None:
    with App(public_url=URL) as app:
        answer = app.request("POST", f"/answer/{token}", data={"From": "1"})
    assert answer.status_code == 404
    page = etree.fromstring(answer.content)
    assert [node.tag for node in page] == ["Speak", "Hangup"]
    assert "sorry" in (page.findtext("Speak") or "")


def test_the_schema_of_the_xml_is_served() -> None:
    with App() as app:
        etree.XMLSchema(etree.fromstring(app.get("/plivo.xsd").content))


def test_render_xml_shows_the_first_page_and_checks_what_one_has() -> None:
    with App(accept) as app:
        shown = app.call("renderXml", **CREDENTIALS, answer={"speak": "{{vars.a}}"}, answerVars={"a": "<b>"}).json()
        assert "&lt;b&gt;" in shown["contextWrites"]["to"]["xml"]
        odd = app.call("renderXml", **CREDENTIALS, xml='<Response><Speak mood="good">Hi</Speak></Response>').json()
        assert "mood" in odd["contextWrites"]["to"]["warnings"][0]
        wrong = error_in(app.call("renderXml", **CREDENTIALS, xml="<Response><Say/></Response>"))
        assert (wrong["status_code"], wrong["fields"]) == ("INVALID_FIELDS", ["xml"])
        assert app.sent == []


def test_voices_by_language() -> None:
    with App() as app:
        voices = app.call("getVoices", **CREDENTIALS, language="da-DK").json()["contextWrites"]["to"]["voices"]
    assert {"voice": "WOMAN", "language": "da-DK", "gender": "female"} in voices
    assert {voice["language"] for voice in voices} == {"da-DK"}
