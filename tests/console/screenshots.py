"""The pictures of the console in ``docs/images/``: ``make screenshots`` takes them anew.

Ids and numbers are those of a seed; only the times differ from one taking to the next.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import Visit, chromium, visiting
from tests.support.process import Process

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
ACCOUNT = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
MENU = {"1": [{"speak": "Sales it is. Please hold."}, {"wait": 60}], "2": [{"speak": "Support it is."}]}
ANSWER = [
    {"speak": "Welcome to Example."},
    {"gather": [{"speak": "Press 1 for sales, 2 for support."}], "name": "choice", "numDigits": 1, "branches": MENU},
]


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        Process(Path(directory), SANDBOX="true", SANDBOX_SEED="7") as service,
        chromium() as browser,
    ):
        with visiting(browser, service.url) as visit:
            take(explorer(visit), "console-explorer.png")
        with visiting(browser, service.url) as visit:
            take(sandbox(visit, service), "console-sandbox.png")


def take(page: Page, name: str) -> None:
    """Take one picture, of what the window shows."""
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / name, animations="disabled", caret="hide")


def explorer(visit: Visit) -> Page:
    """A message that was sent, with what it became."""
    page = visit.open("#/blocks/sendMessage?src=14155550100&destination=14155550123&text=Your+parcel+has+arrived.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("group", name="Reply", exact=True)).to_contain_text("message_uuid")
    return page


def sandbox(visit: Visit, service: Process) -> Page:
    """A call that went through a menu, with its timeline."""
    service.call(
        "sendMessage", **ACCOUNT, src="14155550100", destination="14155550123", text="Your parcel has arrived."
    )
    made = service.call("makeCall", **ACCOUNT, callFrom="14155550100", callTo="15005550005", answer=ANSWER).json()
    uuid = made["contextWrites"]["to"]["request_uuid"]
    page = visit.open(f"#/sandbox/calls/{uuid}")
    expect(page.get_by_text("The page waits for keys.")).to_be_visible()
    page.get_by_role("button", name="Press 1").click()
    expect(page.get_by_text("Sales it is. Please hold.", exact=True)).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    return page


if __name__ == "__main__":
    main()
