"""Credentials stay in the tab that they were typed into, history in the browser, and neither goes anywhere else."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.forms import body_of, reply_of, sign_in, typed_into
from tests.support.browser import Visit, visiting
from tests.support.process import Process
from tests.support.recorder import Recorder

AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
TOKEN = "s3cret-tökén:/+="


@pytest.fixture
def live(browser: Browser, recorder: Recorder, tmp_path: Path) -> Iterator[Visit]:
    """A visit to a service that is no sandbox."""
    with Process(tmp_path, PLIVO_API_URL=recorder.url) as process, visiting(browser, process.url) as visit:
        yield visit


def stored(page: Page, storage: str) -> str:
    """Return all that a storage of the browser holds."""
    kept: str = page.evaluate(f"JSON.stringify({{...{storage}}})")
    return kept


def test_live_nothing_is_filled_in_and_nothing_can_be_sent_without_credentials(live: Visit, recorder: Recorder) -> None:
    page = live.open("#/blocks/sendMessage")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    button = page.get_by_role("button", name="Send this for real")
    expect(button).to_be_disabled()
    expect(page.get_by_role("button", name="Fill in the example")).to_be_visible()
    expect(page.locator("[data-field=text] input, [data-field=text] textarea")).to_have_value("")
    page.get_by_role("button", name="Fill in the example").click()
    page.keyboard.press("Control+Enter")
    expect(button).to_be_disabled()
    sign_in(page, AUTH_ID, TOKEN)
    button.click()
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    assert recorder.only.header("Authorization") == "Basic " + b64encode(f"{AUTH_ID}:{TOKEN}".encode()).decode()
    assert not [request.url for request in live.requests if "/sandbox/" in request.url]


def test_live_there_is_no_sandbox_to_look_at(live: Visit) -> None:
    page = live.open("#/sandbox")
    expect(page.get_by_role("heading", name="There is no sandbox here")).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Plivo connector").click()
    expect(page.get_by_text("Requests go to Plivo and may cost money. Type your credentials")).to_be_visible()
    assert not [request.url for request in live.requests if "/sandbox/control" in request.url]


def test_credentials_are_in_no_address_and_in_no_lasting_storage(live: Visit) -> None:
    page = live.open("#/blocks/sendMessage?src=14155550100&destination=14155550123&text=Hello&authToken=from-a-link")
    sign_in(page, AUTH_ID, TOKEN)
    page.get_by_role("button", name="Send this for real").click()
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    for name in ("Code", "Request to Plivo", "Reply"):
        page.get_by_role("tab", name=name).click()
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("sendMessage", exact=True)).to_be_visible()
    assert AUTH_ID not in link
    assert TOKEN not in link + page.url + stored(page, "localStorage") + str(page.context.cookies())
    assert "from-a-link" not in link + stored(page, "localStorage")
    assert not [request.url for request in live.requests if AUTH_ID in request.url or "s3cret" in request.url]
    assert not [request.post_data for request in live.requests if "s3cret" in (request.post_data or "")]


def test_credentials_last_as_long_as_the_tab(live: Visit) -> None:
    page = live.open()
    sign_in(page, AUTH_ID, TOKEN)
    expect(page.get_by_role("banner")).to_contain_text(AUTH_ID)
    page.reload()
    expect(page.get_by_role("banner")).to_contain_text(AUTH_ID)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("banner")).to_contain_text("Credentials")
    page.get_by_role("banner").get_by_role("button", name=AUTH_ID).click()
    page.get_by_role("button", name="Forget them").click()
    expect(page.get_by_role("banner")).to_contain_text("Credentials")
    assert stored(page, "sessionStorage") == "{}"


@pytest.mark.parametrize(
    ("auth_id", "auth_token", "problem"),
    [("not an id", TOKEN, "letters and digits"), (AUTH_ID, "", "Auth Token is missing")],
)
def test_credentials_that_cannot_be_are_refused(auth_id: str, auth_token: str, problem: str, live: Visit) -> None:
    page = live.open()
    sign_in(page, auth_id, auth_token)
    expect(page.get_by_role("alert")).to_contain_text(problem)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("banner")).to_contain_text("Credentials")


def test_history_is_kept_here_and_can_be_sent_again(visit: Visit, browser: Browser, service: Process) -> None:
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=14155550123&text=Hello+again")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(reply_of(page)).to_contain_text("message_uuid")
    page.get_by_role("link", name="History").click()
    page.reload()
    page.get_by_text("sendMessage", exact=True).click()
    expect(page.get_by_label("Answer")).to_contain_text("message_uuid")
    page.get_by_role("link", name="Open in the form").click()
    expect(page.locator("[data-field=text] input, [data-field=text] textarea")).to_have_value("Hello again")
    with visiting(browser, service.url) as somebody_else:
        expect(somebody_else.open("#/history").get_by_text("Nothing was sent yet")).to_be_visible()
    page.get_by_role("link", name="History").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    assert json.loads(json.loads(stored(page, "localStorage"))["plivo-connector.history"]) == []


def test_history_holds_no_secrets_of_replies_or_fields(visit: Visit) -> None:
    page = visit.open("#/blocks/createSubaccount?name=Shop&enabled=true")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(reply_of(page)).to_contain_text("auth_token")
    page.get_by_role("button", name="Copy as it came").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    token = json.loads(page.evaluate("navigator.clipboard.readText()"))["contextWrites"]["to"]["auth_token"]
    page.goto(page.url.partition("#")[0] + "#/blocks/createEndpoint?username=desk&alias=Desk")
    page.locator("[data-field=password] input").fill("open sesame")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    kept = stored(page, "localStorage")
    assert "createSubaccount" in kept
    assert "createEndpoint" in kept
    assert "open sesame" not in kept
    assert token not in kept


def test_a_password_is_shown_nowhere_beside_its_field(visit: Visit) -> None:
    page = visit.open("#/blocks/createEndpoint?username=desk&alias=Desk")
    typed_into(page, "password").fill("open sesame")
    expect(typed_into(page, "password")).to_have_attribute("type", "password")
    expect(body_of(page)).to_contain_text("(hidden)")
    page.get_by_role("tab", name="Code").click()
    languages = page.get_by_role("group", name="Language").get_by_role("button")
    for language in languages.all_inner_texts():
        languages.get_by_text(language, exact=True).click()
        expect(page.get_by_label(f"{language}, code")).to_contain_text("PLIVO_PASSWORD")
        expect(page.get_by_role("tabpanel")).not_to_contain_text("open sesame")
    assert "sesame" not in page.url + stored(page, "localStorage") + stored(page, "sessionStorage")
    assert "sesame" not in json.dumps(page.evaluate("history.state"))
