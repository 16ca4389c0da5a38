"""Every view as everybody gets it: both themes, from phone to laptop, by eye and by screen reader."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.forms import reply_of, typed_into
from tests.support.browser import THEMES, Theme, Visit
from tests.support.process import Process

ACCOUNT = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}


def nothing(_: Page) -> None:
    """Leave the view as it opens."""


def send(page: Page) -> None:
    expect(page.get_by_role("button", name="Fill in the example")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("tab", name="Reply")).to_have_attribute("aria-selected", "true")
    expect(reply_of(page)).to_be_visible()


def fail(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    send(page)
    expect(page.locator(".problem").first).to_be_visible()


def unfold(page: Page) -> None:
    for name in ("More fields", "How it is sent"):
        page.get_by_text(name).click()
    expect(typed_into(page, "idempotencyKey")).to_be_visible()


def show_code(page: Page) -> None:
    page.get_by_role("tab", name="Code").click()
    expect(page.get_by_label("curl, code")).to_be_visible()


def list_choices(page: Page) -> None:
    page.get_by_text("More fields").click()
    typed_into(page, "type").click()
    expect(page.get_by_role("option", name="whatsapp")).to_be_visible()


def send_many(page: Page) -> None:
    page.get_by_role("button", name="Many, from a CSV").click()
    page.get_by_label("Rows, as CSV").fill("ref,destination,colour\nAnna,14155550123,red\nBert,nobody,blue\n")
    expect(page.get_by_role("columnheader", name="colour")).to_be_visible()
    page.get_by_role("button", name="Send all").click()
    expect(page.get_by_role("alert")).to_be_visible()


def sign_in(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def search(page: Page) -> None:
    page.get_by_role("searchbox", name="Find a block").fill("message")
    expect(page.get_by_text("Hang up call")).to_be_hidden()


def open_entry(page: Page) -> None:
    entry = {
        "block": "sendMessage",
        "args": {"text": "x" * 300},
        "status": 200,
        "milliseconds": 12,
        "answer": "y" * 300,
    }
    entries = [
        {**entry, "at": "2026-11-27T00:00:00Z", "ok": True, "code": "success"},
        {**entry, "at": "2026-11-26T00:00:00Z", "ok": False, "code": "INVALID_FIELDS"},
    ]
    page.evaluate("entries => localStorage.setItem('plivo-connector.history', entries)", json.dumps(entries))
    page.reload()
    page.get_by_text("sendMessage").first.click()
    expect(page.get_by_label("Answer").first).to_be_visible()


LOOKS: list[tuple[int, Theme]] = [(360, "light"), (360, "dark"), (768, "light"), (1280, "dark")]
"""Each width and each theme; all pairs would take a third longer and differ in nothing."""

VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "welcome": ("#/", nothing),
    "all blocks": ("#/blocks", nothing),
    "search": ("#/blocks", search),
    "form": ("#/blocks/sendMessage", unfold),
    "choices": ("#/blocks/sendMessage", list_choices),
    "steps": ("#/blocks/makeCall", nothing),
    "rows and files": ("#/blocks/createNumberCompliance", nothing),
    "reply": ("#/blocks/sendMessage", send),
    "problems": ("#/blocks/sendMessage", fail),
    "code": ("#/blocks/sendMessage", show_code),
    "bulk": ("#/blocks/sendMessage?src=14155550100&text=Hello", send_many),
    "credentials": ("#/blocks/sendMessage", sign_in),
    "no such block": ("#/blocks/sendFax", nothing),
    "sandbox": ("#/sandbox", nothing),
    "sandbox numbers": ("#/sandbox/numbers", nothing),
    "sandbox faults": ("#/sandbox/faults", nothing),
    "events": ("#/events", nothing),
    "history": ("#/history", open_entry),
}


@pytest.fixture(scope="module")
def busy(service: Process) -> Process:
    """The sandbox with something in every view."""
    calls: dict[str, dict[str, Any]] = {
        "sendMessage": {"src": "14155550100", "destination": "14155550123", "text": "Grüße " * 60},
        "makeCall": {"callFrom": "14155550100", "callTo": "14155550123", "answer": [{"speak": "Hello"}]},
        "createSubscription": {"events": ["message.*"], "url": "https://example.com/" + "a-long-path-" * 10},
        "createApplication": {"appName": "Reception", "answerUrl": "https://example.com/answer"},
    }
    for block, args in calls.items():
        assert service.call(block, **ACCOUNT, **args).json()["callback"] == "success"
    return service


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("busy")
def test_a_view_is_accessible_and_fits(view: str, visit: Visit) -> None:
    place, prepare = VIEWS[view]
    page = visit.open(place)
    expect(page.get_by_role("heading", level=1).filter(visible=True)).to_have_count(1)
    prepare(page)
    expect(page.get_by_text("Loading …")).to_have_count(0)
    for width, theme in LOOKS:
        visit.resize(width)
        visit.use_system_theme(theme)
        visit.assert_fits()
        visit.assert_accessible()


def test_the_theme_is_the_systems_until_one_is_chosen(visit: Visit) -> None:
    page = visit.open()

    def background() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    seen: dict[Theme, str] = {}
    for theme in THEMES:
        visit.use_system_theme(theme)
        seen[theme] = background()
    assert seen["light"] != seen["dark"]
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    visit.use_system_theme("light")
    page.reload()
    page.get_by_role("button", name="Dark theme").click()
    assert background() == seen["dark"]
    page.reload()
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    assert background() == seen["dark"]
    visit.use_system_theme("dark")
    page.get_by_role("button", name="Light theme").click()
    assert background() == seen["light"]


def test_a_phone_shows_the_blocks_where_they_are_asked_for(visit: Visit) -> None:
    visit.resize(360)
    page = visit.open()
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    page.get_by_role("link", name="Blocks", exact=True).click()
    search = page.get_by_role("searchbox", name="Find a block")
    expect(search).to_be_in_viewport()
    search.fill("hang up call")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hang up call")
    expect(search).to_be_hidden()
    page.get_by_role("link", name="All blocks").click()
    expect(search).to_be_in_viewport()


def test_a_phone_shows_the_subscriptions_before_the_events_of_one(busy: Process, visit: Visit) -> None:
    assert busy.call("getSubscriptions", **ACCOUNT).json()["contextWrites"]["to"]["objects"]
    visit.resize(360)
    page = visit.open("#/events")
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscriptions")
    page.get_by_role("navigation", name="Subscriptions").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delivered to an address")
    page.get_by_role("link", name="All subscriptions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscriptions")


@pytest.mark.parametrize("width", [360, 1280])
def test_choices_open_where_they_can_be_seen(width: int, visit: Visit) -> None:
    """Neither below the window nor behind the bars at its end, wherever the field is."""
    visit.resize(width)
    page = visit.open("#/blocks/sendMessage")
    page.get_by_text("More fields").click()
    typed_into(page, "type").evaluate("input => scrollBy(0, input.getBoundingClientRect().bottom - innerHeight + 130)")
    typed_into(page, "type").click()
    last = page.get_by_role("option").last
    expect(last).to_have_text("whatsapp")
    expect(last).to_be_in_viewport(ratio=1)
    bar = page.locator(".send-bar").bounding_box()
    box = last.bounding_box()
    assert bar
    assert box
    assert box["y"] + box["height"] <= bar["y"]
    scrolled = page.evaluate("scrollY")
    page.get_by_role("button", name="Send", exact=True).focus()
    assert page.evaluate("scrollY") == scrolled


def test_the_content_can_be_reached_without_passing_the_menu(visit: Visit) -> None:
    page = visit.open("#/history")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    assert page.url.endswith("#/history")


def test_what_is_focused_can_be_seen(visit: Visit) -> None:
    """Wherever the focus goes, it shows."""
    page = visit.open("#/blocks/sendMessage")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {
                const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(document.activeElement);
                const {width, height} = document.activeElement.getBoundingClientRect();
                return {name: document.activeElement.outerHTML.slice(0, 120), width, height,
                        isMarked: (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none"};
            }"""
        )
        if not (shown["isMarked"] and shown["width"] and shown["height"]):
            unseen.append(shown)
    assert unseen == [], json.dumps(unseen, indent=2)
