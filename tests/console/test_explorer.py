"""A block is found, its form filled, what is wrong stands beside its field, and what came of it is shown."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.console.forms import body_of, field, press_until, reply_of, sign_in, typed_into
from tests.support.answers import Reply
from tests.support.browser import Visit, visiting
from tests.support.process import Process
from tests.support.recorder import Recorder

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("send sms", "Send message"),
        ("makeCall", "Make call"),
        ("hang up", "Hang up call"),
        ("buy number", "Buy number"),
    ],
)
def test_a_block_is_found_by_typing(words: str, title: str, visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("searchbox", name="Find a block").press_sequentially(words)
    found = page.get_by_role("complementary", name="Blocks").get_by_role("link")
    expect(found.first).to_contain_text(title)
    found.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.url.endswith("#/blocks/" + (found.first.get_attribute("href") or "").rpartition("/")[2])


@pytest.mark.parametrize(
    ("words", "title"),
    [("forward a call", "Transfer call"), ("send a text", "Send message"), ("is this number mobile", "Look up number")],
)
def test_a_block_is_found_by_a_plain_question(words: str, title: str, visit: Visit) -> None:
    """The connector knows other words for the same; who presses Enter at once goes where they lead."""
    page = visit.open()
    page.get_by_role("searchbox", name="Find a block").press_sequentially(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_what_is_deep_in_the_list_is_shown_there(visit: Visit) -> None:
    page = visit.open("#/blocks/createEndpoint")
    expect(page.get_by_role("complementary", name="Blocks").locator("[aria-current]")).to_be_in_viewport()


def test_what_fits_nothing_says_so(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("searchbox", name="Find a block").fill("xyzzy")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()


def test_the_form_is_filled_in_and_sent(visit: Visit) -> None:
    """In the sandbox nobody has to type anything."""
    page = visit.open("#/blocks/sendMessage")
    expect(typed_into(page, "text")).not_to_have_value("")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    expect(reply_of(page)).to_contain_text("message(s) queued")


def test_everything_is_done_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open()
    search = page.get_by_role("searchbox", name="Find a block")
    expect(search).to_be_visible()
    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("send message")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Send message")
    text = typed_into(page, "text")
    expect(text).not_to_have_value("")
    press_until(page, "Tab", page.get_by_role("button", name="Clear"), most=150)
    page.keyboard.press("Enter")
    expect(text).to_have_value("")
    recipients = typed_into(page, "destination")
    press_until(page, "Shift+Tab", recipients, most=150)
    page.keyboard.type("+1 415 555 0123,14155550124,")
    expect(page.get_by_role("button", name="Remove 14155550124")).to_be_visible()
    sender = typed_into(page, "src")
    press_until(page, "Tab", sender)
    page.keyboard.type("14155550100")
    press_until(page, "Tab", text)
    page.keyboard.type("Hello by keyboard")
    press_until(page, "Shift+Tab", recipients)
    page.keyboard.type("14155550125")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    expect(reply_of(page).get_by_text(re.compile(r"message_uuid.*3 items"))).to_be_visible()
    page.get_by_role("tab", name="Reply").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Request to Plivo")).to_be_focused()
    expect(body_of(page)).to_contain_text("Hello by keyboard")
    expect(body_of(page)).to_contain_text("14155550123<14155550124<14155550125")


def test_what_is_wrong_stands_beside_its_field(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=no+number&text=Hello&type=fax")
    page.get_by_role("button", name="Send", exact=True).click()
    destination = typed_into(page, "destination")
    expect(field(page, "destination").locator(".problem")).to_contain_text("no number")
    expect(destination).to_be_focused()
    expect(destination).to_have_attribute("aria-invalid", "true")
    described = destination.get_attribute("aria-describedby") or ""
    assert any("no number" in (page.locator(f"[id='{name}']").text_content() or "") for name in described.split())
    expect(field(page, "type").locator(".problem")).to_contain_text("must be one of sms, mms")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent: 2 fields do not fit.")


def test_of_those_of_which_one_would_do_none_is_called_missing(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=14155550123")
    page.get_by_role("button", name="Send", exact=True).click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Nothing was sent: something is missing.")
    expect(told).to_contain_text("give at least one of text")
    expect(page.locator(".problem")).to_have_count(0)
    expect(page.locator(".rules .is-bad")).to_contain_text("Give at least one of Message text")
    expect(typed_into(page, "text")).to_be_focused()
    page.keyboard.type("Hello")
    expect(told).to_have_count(0)


def test_what_may_be_left_out_is_behind_a_fold(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=14155550123&type=whatsapp")
    place = field(page, "location")
    expect(place.get_by_role("textbox")).to_have_count(0)
    place.get_by_text("Fill in").click()
    place.get_by_label("Name of the place").fill("Museum")
    expect(place.get_by_text("1 of 4")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text("location")


def test_what_was_typed_outlives_a_reload_and_the_way_back(visit: Visit) -> None:
    page = visit.open("#/blocks/createEndpoint")
    expect(typed_into(page, "username")).to_have_value("frontdesk")
    typed_into(page, "alias").fill("Lobby")
    typed_into(page, "password").fill("do not keep this")
    page.reload()
    expect(typed_into(page, "alias")).to_have_value("Lobby")
    expect(typed_into(page, "password")).to_have_value("")
    visit.open("#/blocks/makeCall")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make call")
    page.go_back()
    expect(typed_into(page, "alias")).to_have_value("Lobby")
    visit.open("#/blocks/makeCall")
    visit.open("#/blocks/createEndpoint")
    expect(typed_into(page, "alias")).to_have_value("Front_desk")


def test_what_is_missing_is_told_and_goes_once_it_is_there(visit: Visit) -> None:
    page = visit.open("#/blocks/getSingleMessage?messageUuid=x")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(field(page, "messageUuid").locator(".problem")).to_have_text("messageUuid is missing")
    expect(typed_into(page, "messageUuid")).to_be_focused()
    page.keyboard.type("0c1d2e3f")
    expect(page.locator(".problem")).to_have_count(0)


def test_a_block_that_needs_nothing_shows_its_fields(visit: Visit) -> None:
    page = visit.open("#/blocks/createSubscription")
    expect(page.get_by_text("Everything here is optional.")).to_be_visible()
    expect(typed_into(page, "url")).to_be_visible()
    page = visit.open("#/blocks/getAccountDetails")
    expect(page.get_by_text("This block takes nothing but your credentials.")).to_be_visible()


def test_the_request_to_plivo_stands_beside_the_form(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=14155550123&text=Hello")
    shown = page.get_by_role("tabpanel")
    expect(shown).to_contain_text("POST https://api.plivo.com/v1/Account/MASANDBOX00000000000/Message/")
    body = body_of(page)
    expect(body).to_contain_text('dst: "14155550123"')
    typed_into(page, "text").fill("Grüße 😀")
    expect(body).to_contain_text('text: "Grüße 😀"')
    expect(shown).to_contain_text("UCS-2")


def test_choices_come_from_the_account(visit: Visit, service: Process) -> None:
    made = service.call(
        "createApplication",
        authId="MASANDBOX00000000000",
        authToken="sandbox",
        appName="Reception",
        answerUrl="https://example.com/answer",
    ).json()["contextWrites"]["to"]
    page = visit.open("#/blocks/updateNumber?number=14155550100")
    page.get_by_text("More fields").click()
    application = typed_into(page, "appId")
    application.press_sequentially("rece")
    page.get_by_role("option", name="Reception").click()
    expect(application).to_have_value(re.compile(made["app_id"]))
    expect(body_of(page)).to_contain_text(f'app_id: "{made["app_id"]}"')


def test_choices_that_cannot_be_had_say_why(visit: Visit) -> None:
    page = visit.open("#/blocks/updateNumber?number=14155550100")
    sign_in(page, "MASANDBOX00000000000", "wrong")
    page.get_by_text("More fields").click()
    typed_into(page, "appId").click()
    expect(page.get_by_role("option")).to_contain_text("The choices cannot be listed")


def test_a_file_is_uploaded(visit: Visit, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    page = visit.open("#/blocks/uploadMedia")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label(re.compile("^File for")).set_input_files(picture)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Success", exact=True)).to_be_visible()
    expect(reply_of(page)).to_contain_text("picture.png")


def test_a_link_leads_to_a_form_as_it_was(visit: Visit) -> None:
    page = visit.open(
        '#/blocks/sendMessage?src=14155550100&destination=["14155550123","14155550124"]&text=Hello+%26+bye'
    )
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(link)
    expect(typed_into(page, "text")).to_have_value("Hello & bye")
    expect(page.get_by_role("button", name="Remove 14155550124")).to_be_visible()


def test_going_back_leads_to_the_block_before(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Send message")
    page.get_by_role("complementary", name="Blocks").get_by_role("link", name=re.compile("makeCall")).click()
    expect(heading).to_have_text("Make call")
    page.go_back()
    expect(heading).to_have_text("Send message")


def test_a_block_that_is_not_there_is_said_to_be_missing(visit: Visit) -> None:
    page = visit.open("#/blocks/sendFax")
    expect(page.get_by_text("There is no such block")).to_be_visible()


@pytest.fixture
def hostile(browser: Browser, recorder: Recorder, tmp_path: Path) -> Iterator[Visit]:
    """A visit to a service whose Plivo answers with markup."""
    with Process(tmp_path, PLIVO_API_URL=recorder.url) as process, visiting(browser, process.url) as visit:
        yield visit


@pytest.mark.parametrize("status", [200, 400])
def test_a_reply_is_text_whatever_it_says(status: int, hostile: Visit, recorder: Recorder) -> None:
    markup = '</pre><img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    body = {markup: markup, "error": markup, "objects": [{"deep": {"deeper": {"deepest": markup}}}]}
    recorder.script(Reply(json.dumps(body).encode(), status))
    page = hostile.open("#/blocks/getAccountDetails")
    sign_in(page, "MAXXXXXXXXXXXXXXXXXX", "token")
    page.get_by_role("button", name="Ask Plivo").click()
    expect(reply_of(page)).to_contain_text("onerror")
    page.get_by_role("link", name="History").click()
    page.get_by_text("getAccountDetails").click()
    expect(page.get_by_label("Answer")).to_contain_text("onerror")
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], main script").count() == 0


def test_a_link_is_text_whatever_it_says(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage?text=<img src=x onerror=window.ran=1>&constructor=1&__proto__=1")
    expect(typed_into(page, "text")).to_have_value("<img src=x onerror=window.ran=1>")
    page.goto(page.url.replace("sendMessage", "<img src=x onerror=window.ran=1>"))
    expect(page.get_by_text("There is no such block")).to_be_visible()
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("createIdentity?birthDate=1984-03-15", "date"),
        ("getMessages?messageTimeGte=2026-05-28+10:00:05", "datetime-local"),
        ("getMessages?messageTimeGte=1779962400", "text"),
        ("getMessages?messageTimeGte=2026-05-28T10:00:00%2B02:00", "text"),
    ],
)
def test_moments_are_shown_as_they_are_given(place: str, kind: str, visit: Visit) -> None:
    """A picker shows nothing at all for what it cannot hold."""
    page = visit.open(f"#/blocks/{place}")
    name, _, given = place.partition("?")[2].partition("=")
    shown = typed_into(page, name)
    expect(shown).to_have_attribute("type", kind)
    assert shown.input_value().replace("T", " ") == given.replace("+", " ").replace("%2B", "+").replace("T", " ")


def test_a_connector_that_is_gone_is_said_to_be_gone(visit: Visit) -> None:
    page = visit.open("#/blocks/sendMessage")
    expect(body_of(page)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("NO_ANSWER", exact=True)).to_be_visible()
    expect(page.get_by_text("It is not known whether the request was carried out.").first).to_be_visible()
    page.get_by_role("link", name="Events").click()
    expect(page.get_by_role("alert")).to_contain_text("This view could not be fetched.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    visit.forgive("ERR_INTERNET_DISCONNECTED")
