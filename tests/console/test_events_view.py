"""Subscriptions and events in a browser: what comes is seen at once, and what was not delivered can be replayed."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import THEMES, WIDTHS, Visit, visiting
from tests.support.process import Process
from tests.support.sandbox_driver import AUTH
from tests.support.subscriber import Subscriber

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A service that gives a delivery up after its second attempt, and that nobody subscribed at yet."""
    directory = tmp_path_factory.mktemp("service")
    with Process(directory, SANDBOX="true", DELIVERY_RETRIES="1", STORE_URL="sqlite:///events.db") as process:
        yield process


@pytest.fixture
def visit(browser: Browser, service: Process) -> Iterator[Visit]:
    with visiting(browser, f"http://127.0.0.1:{service.port}") as visit:
        yield visit


def run(service: Process, block: str, **args: Any) -> Any:
    """Call a block that must succeed, and return the reply."""
    envelope = service.call(block, authId=AUTH[0], authToken=AUTH[1], **args).json()
    assert envelope["callback"] == "success", envelope
    return envelope["contextWrites"]["to"]


def send(service: Process, events_url: str, text: str) -> None:
    """Send a message of which Plivo reports the state."""
    run(service, "sendMessage", src="14155550100", destination="14155550123", text=text, url=events_url)


def row(page: Page, kind: str) -> Any:
    return page.locator(".rows > li", has=page.get_by_text(kind, exact=True))


def test_who_has_no_subscription_is_told_what_one_is_for(visit: Visit) -> None:
    page = visit.open("#/events")
    expect(page.get_by_role("heading", name="No subscriptions yet")).to_be_visible()
    page.get_by_role("link", name="Create a subscription").click()
    expect(page.get_by_role("heading", name="Subscribe to events")).to_be_visible()


def test_events_come_by_themselves(visit: Visit, service: Process) -> None:
    subscription = run(service, "createSubscription")
    page = visit.open("#/events")
    expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    send(service, subscription["events_url"], HOSTILE)
    delivered = row(page, "message.delivered")
    expect(delivered).to_contain_text("14155550100 → 14155550123")
    delivered.locator("summary").first.click()
    expect(delivered).to_contain_text("message_uuid")
    page.get_by_role("searchbox", name="Find in the events").fill("delivered")
    expect(page.locator(".rows > li")).to_have_count(1)


def test_what_is_dead_is_replayed(visit: Visit, service: Process) -> None:
    statuses = [500]
    with Subscriber(lambda _: statuses[0]) as subscriber:
        subscription = run(service, "createSubscription", url=subscriber.url)
        page = visit.open(f"#/events/{subscription['subscription_id']}")
        send(service, subscription["events_url"], "Hello")
        first = row(page, "message.queued")
        expect(first).to_contain_text("dead after 2 attempts")
        first.locator("summary").first.click()
        expect(first).to_contain_text("HTTP 500")
        statuses[0] = 204
        first.get_by_role("button", name="Deliver again").click()
        expect(page.get_by_text("1 put back into the queue")).to_be_visible()
        expect(first.locator("summary").first).to_contain_text("delivered")
        page.get_by_role("button", name="Replay all dead").click()
        expect(page.get_by_role("combobox", name="State of the delivery")).to_be_visible()
        expect(page.locator(".rows .state", has_text="dead")).to_have_count(0)


def test_a_subscription_that_is_not_there(visit: Visit, service: Process) -> None:
    run(service, "createSubscription")
    page = visit.open("#/events/sub_nobody")
    expect(page.get_by_role("heading", name="There is no such subscription")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_the_view_is_for_everybody(theme: Any, visit: Visit, service: Process) -> None:
    with Subscriber() as subscriber:
        subscription = run(service, "createSubscription", url=subscriber.url)
        send(service, subscription["events_url"], "Hello")
        visit.use_system_theme(theme)
        page = visit.open("#/events")
        delivered = row(page, "message.delivered")
        expect(delivered.locator(".state")).to_have_text("delivered")
        delivered.locator("summary").first.click()
        for width in WIDTHS:
            visit.resize(width)
            visit.assert_accessible()
            visit.assert_fits()
