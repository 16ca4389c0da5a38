"""The live view of the sandbox, in a browser: what happens is seen at once, and things can be made to happen."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect  # noqa: A004  # its own

from tests.support.answers import Reply, Silence
from tests.support.browser import THEMES, WIDTHS, Visit
from tests.support.process import Process
from tests.support.recorder import Recorder
from tests.support.sandbox_driver import AUTH

NUMBER, CUSTOMER = "14155550100", "14155550123"
PATIENT, NOBODY = "15005550005", "15005550002"
"""Who takes a call and stays, and who lets it ring."""
MENU = {"1": [{"speak": "Sales it is."}, {"wait": 60}], "2": [{"speak": "Support it is."}]}
ANSWER = [
    {"gather": [{"speak": "Press 1 for sales."}], "name": "choice", "numDigits": 1, "retries": 10, "branches": MENU}
]


class Sandbox:
    """What others do to the sandbox while somebody watches."""

    def __init__(self, process: Process) -> None:
        self._http = process.http

    def run(self, block: str, **args: Any) -> Any:
        """Call a block; it must succeed. Return Plivo's reply."""
        sent = {"authId": AUTH[0], "authToken": AUTH[1], **args}
        envelope = self._http.post(f"/api/Plivo/{block}", json={"args": sent}).json()
        assert envelope["callback"] == "success", envelope
        return envelope["contextWrites"]["to"]

    def send(self, text: str, **args: Any) -> str:
        """Send a message and return its uuid."""
        reply = self.run("sendMessage", src=NUMBER, destination=CUSTOMER, text=text, **args)
        return str(reply["message_uuid"][0])

    def call(self, to: str = PATIENT) -> str:
        """Make a call that reaches a menu, and return its uuid."""
        return str(self.run("makeCall", callFrom=NUMBER, callTo=to, answer=ANSWER)["request_uuid"])

    def reset(self) -> None:
        """Forget everything."""
        assert self._http.post("/sandbox/control/reset", json={}, auth=AUTH).status_code == 200

    def status(self) -> int:
        """Return how a request to the sandbox's API is answered."""
        return self._http.get(f"/sandbox/v1/Account/{AUTH[0]}/", auth=AUTH).status_code


@pytest.fixture(autouse=True)
def sandbox(service: Process) -> Iterator[Sandbox]:
    """The sandbox without a past."""
    sandbox = Sandbox(service)
    sandbox.reset()
    yield sandbox
    sandbox.reset()


def watch(visit: Visit, *path: str) -> Page:
    """Open a place of the sandbox and wait until it is live."""
    page = visit.open("/".join(("#", "sandbox", *path)))
    expect(page.locator(".connection")).to_have_text("Live")
    return page


def listed(page: Page, text: str) -> Locator:
    """Return the entry of the list that holds a text."""
    return page.get_by_role("navigation", name="Messages and calls").get_by_role("link").filter(has_text=text)


def test_a_message_is_seen_from_the_moment_it_is_sent(visit: Visit, sandbox: Sandbox) -> None:
    page = watch(visit)
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    page.evaluate("window.wasHere = true")
    uuid = sandbox.send("Your parcel has arrived €")
    entry = listed(page, "Your parcel has arrived")
    expect(entry).to_contain_text(f"to {CUSTOMER}")
    expect(entry).to_contain_text("delivered")
    entry.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"SMS to {CUSTOMER}")
    expect(page.get_by_role("list", name="States").get_by_role("listitem")).to_contain_text(
        ["queued", "sent", "delivered"]
    )
    for fact in ("GSM-7", "$0.00550", uuid):
        expect(page.get_by_text(fact, exact=True)).to_be_visible()
    assert page.evaluate("window.wasHere"), "the page was loaded anew"


def test_a_call_is_watched_and_a_key_pressed(visit: Visit, sandbox: Sandbox) -> None:
    page = watch(visit)
    uuid = sandbox.call()
    listed(page, PATIENT).click()
    page.wait_for_url(f"**/#/sandbox/calls/{uuid}")
    line, timeline = page.get_by_role("region", name="The other side"), page.get_by_role("region", name="Timeline")
    expect(line.get_by_role("status")).to_have_text("The page waits for keys.")
    expect(line.get_by_role("button", name="Answer", exact=True)).to_be_disabled()
    expect(timeline.get_by_text("Press 1 for sales.", exact=True)).to_be_visible()
    expect(timeline.get_by_text("Waits for keys")).to_be_visible()
    steps = timeline.get_by_role("listitem")
    before = steps.count()
    line.get_by_role("button", name="Press 1").click()
    expect(timeline.get_by_text("Sales it is.", exact=True)).to_be_visible()
    expect(timeline.get_by_text("Support it is.")).to_have_count(0)
    assert steps.count() > before
    line.get_by_role("button", name="Hang up").click()
    expect(timeline.get_by_text("Ended: completed")).to_be_visible()
    expect(line).to_have_count(0)


def test_a_call_is_taken(visit: Visit, sandbox: Sandbox) -> None:
    """It rings for ten seconds; who is slower than that has another try."""
    for _ in range(5):
        page = watch(visit, "calls", sandbox.call(NOBODY))
        answer = page.get_by_role("button", name="Answer", exact=True)
        try:
            expect(page.get_by_role("button", name="Press 1")).to_be_disabled(timeout=5000)
            answer.click(timeout=5000)
            break
        except (AssertionError, TimeoutError):
            continue
    expect(page.get_by_role("region", name="Timeline").get_by_text("Answered", exact=True)).to_be_visible()


def test_the_xml_and_what_was_sent_can_be_unfolded(visit: Visit, sandbox: Sandbox) -> None:
    page = watch(visit, "calls", sandbox.call())
    steps = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    request, xml = steps.filter(has_text="Answer URL"), steps.filter(has_text="Answer page")
    request.get_by_text("What was sent").click()
    expect(request.get_by_text(PATIENT, exact=True)).to_be_visible()
    if not (shown := xml.get_by_label("XML")).is_visible():
        xml.get_by_text("XML", exact=True).last.click()
    expect(shown).to_contain_text(re.compile(r"<Response>\n  <Get\w+ [^>]*>\n    <Speak>Press 1 for sales.</Speak>"))


def test_a_message_comes_in(visit: Visit, sandbox: Sandbox) -> None:
    with Recorder() as receiver:
        receiver.script(Reply(b"<Response/>", headers={"Content-Type": "application/xml"}))
        sandbox.run("createApplication", appName="shop", answerUrl=receiver.url, messageUrl=f"{receiver.url}/message")
        page = watch(visit, "numbers")
        page.get_by_role("listitem").filter(has_text=NUMBER).get_by_label("Application").select_option("shop")
        page.get_by_role("listitem").filter(has_text=NUMBER).get_by_role("link", name="Let something come in").click()
        form = page.get_by_role("form", name="A message comes in")
        expect(form.get_by_role("combobox", name="To", exact=True)).to_have_value(NUMBER)
        expect(form.get_by_role("combobox", name="Application")).to_have_count(0)
        form.get_by_label("Text").fill("Is my parcel there?")
        form.get_by_role("button", name="Receive it").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("SMS from")
        expect(page.get_by_role("region", name="Timeline").get_by_text("Message URL")).to_be_visible()
        receiver.wait_for_requests(1)
        assert receiver.only.path == "/message"
    expect(listed(page, "Is my parcel there?")).to_contain_text("delivered")


def test_a_call_comes_in_to_a_number_that_had_no_application(visit: Visit) -> None:
    """The first application of the account is the example's, at an address where nobody is: the line stays silent."""
    page = watch(visit)
    form = page.get_by_role("form", name="A call comes in")
    expect(form.get_by_role("combobox", name="Application")).to_be_visible()
    form.get_by_role("button", name="Let it ring").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call from")
    expect(page.get_by_text("You are the caller")).to_be_visible()
    expect(page.get_by_role("region", name="Timeline").get_by_text("Silence on the line")).to_be_visible()


def test_wrong_orders_are_told(visit: Visit) -> None:
    page = watch(visit)
    form = page.get_by_role("form", name="A message comes in")
    form.get_by_label("From").fill("nobody")
    form.get_by_role("button", name="Receive it").click()
    expect(form.get_by_role("alert")).to_have_text(re.compile("^From: must be a phone number"))
    visit.forgive("400")


def test_a_fault_is_set_and_ended(visit: Visit, sandbox: Sandbox) -> None:
    page = watch(visit, "faults")
    form = page.get_by_role("form", name="Requests to the sandbox")
    form.get_by_label("Status").fill("418")
    form.get_by_role("button", name="Break it").click()
    expect(form.get_by_role("status")).to_have_text("418")
    expect(page.get_by_role("link", name="A fault is on")).to_be_visible()
    assert sandbox.status() == 418
    form.get_by_role("button", name="End it").click()
    expect(form.get_by_role("status")).to_be_empty()
    assert sandbox.status() == 200


def test_the_clock_is_moved_and_everything_reset(visit: Visit, sandbox: Sandbox) -> None:
    sandbox.send("to be forgotten")
    page = watch(visit, "faults")
    page.get_by_role("button", name="1 hour").click()
    expect(page.get_by_role("link", name="Clock 1 h ahead")).to_be_visible()
    page.get_by_role("button", name="Reset the sandbox").click()
    dialog = page.get_by_role("dialog", name="Forget everything?")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_have_count(0)
    expect(listed(page, "to be forgotten")).to_be_visible()
    page.get_by_role("button", name="Reset the sandbox").click()
    dialog.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Clock 1 h ahead")).to_have_count(0)


def test_what_a_text_says_is_only_text(visit: Visit, sandbox: Sandbox) -> None:
    text = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script><b>bold</b> &amp; ${1}"
    with Recorder() as receiver:
        receiver.script(*[Reply(text.encode(), status=500)] * 3)
        uuid = sandbox.send(text, url=receiver.url)
        page = watch(visit, "messages", uuid)
        expect(page.get_by_role("region", name="Timeline").get_by_label("What came back").first).to_have_text(text)
    expect(page.get_by_role("article").locator("blockquote").first).to_have_text(text)
    expect(listed(page, text)).to_be_visible()
    assert page.locator("main :is(img, script, b)").count() == 0
    assert "taken" not in page.title()


def test_a_request_that_nobody_answers_yet_is_shown(visit: Visit, sandbox: Sandbox) -> None:
    with Recorder() as receiver:
        receiver.script(Silence(), Reply(), Reply(), Reply())
        page = watch(visit, "messages", sandbox.send("hello", url=f"{receiver.url}/report"))
        timeline = page.get_by_role("region", name="Timeline")
        waits = timeline.get_by_role("listitem").filter(has_text="Waits for an answer")
        expect(waits).to_contain_text(f"POST {receiver.url}/report")
        visit.assert_accessible()
        receiver.release()
        expect(timeline.get_by_text("Report: delivered")).to_be_visible()
        expect(waits).to_have_count(0)


def test_the_list_is_searched_and_filtered(visit: Visit, sandbox: Sandbox) -> None:
    sandbox.send("one"), sandbox.send("another"), sandbox.call()
    page = watch(visit)
    entries = listed(page, "")
    expect(entries).to_have_count(3)
    page.get_by_role("button", name="Calls").click()
    expect(entries).to_have_count(1)
    page.get_by_role("button", name="All", exact=True).click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("anoth")
    expect(entries).to_have_count(1)
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()


def test_a_lost_connection_is_told_and_made_again(visit: Visit) -> None:
    stream = "**/sandbox/control/stream"
    visit.page.route(stream, lambda route: route.abort())
    page = visit.open("#/sandbox")
    expect(page.get_by_role("alert")).to_have_text("The connection was lost. Connecting again …")
    page.unroute(stream)
    expect(page.locator(".connection")).to_have_text("Live")
    expect(page.get_by_role("alert")).to_have_count(0)
    visit.forgive("control/stream")


def test_credentials_that_the_sandbox_does_not_know(visit: Visit) -> None:
    wrong = {"authId": AUTH[0], "authToken": "wrong"}
    visit.page.add_init_script(f"sessionStorage.setItem('plivo-connector.credentials', '{json.dumps(wrong)}')")
    page = visit.open("#/sandbox")
    expect(page.get_by_role("alert")).to_have_text(re.compile("^The sandbox does not know these credentials"))
    page.get_by_role("button", name=AUTH[0]).click()
    page.get_by_role("button", name="Use the sandbox's").click()
    expect(page.locator(".connection")).to_have_text("Live")
    expect(page.get_by_role("alert")).to_have_count(0)
    visit.forgive("401")


def test_what_is_not_there_is_said(visit: Visit) -> None:
    page = watch(visit, "calls", "00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", name="This call is not here")).to_be_visible()


def test_by_keyboard_alone(visit: Visit, sandbox: Sandbox) -> None:
    sandbox.send("hello")
    page = watch(visit)
    sandbox.call()
    expect(listed(page, "")).to_have_count(2)
    _tab_to(page, listed(page, "hello"))
    page.keyboard.press("ArrowUp")
    expect(listed(page, PATIENT)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The page waits for keys.")).to_be_visible()
    _tab_to(page, page.get_by_role("button", name="Press 5"))
    page.keyboard.press("1")
    expect(page.get_by_role("region", name="Timeline").get_by_text("Sales it is.", exact=True)).to_be_visible()


def _tab_to(page: Page, wanted: Locator) -> None:
    """Go on by Tab until something has the focus."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {wanted}")


@pytest.mark.parametrize("place", ["", "numbers", "faults", "message", "call"])
def test_each_view_is_for_everybody(place: str, visit: Visit, sandbox: Sandbox) -> None:
    """In both themes axe finds nothing; at every width all of it fits."""
    message, call = sandbox.send("hello 👋"), sandbox.call()
    path = {"": (), "message": ("messages", message), "call": ("calls", call)}.get(place, (place,))
    page = watch(visit, *path)
    if place == "call":
        expect(page.get_by_text("The page waits for keys.")).to_be_visible()
        expect(page.get_by_role("region", name="Timeline").get_by_text("Waits for keys")).to_be_visible()
    expect(listed(page, "hello")).to_contain_text("delivered")
    for theme in THEMES:
        visit.use_system_theme(theme)
        for width in WIDTHS:
            visit.resize(width)
            visit.assert_fits()
            visit.assert_accessible()
