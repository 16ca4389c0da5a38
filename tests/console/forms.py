"""The console's forms as a test uses them."""

from playwright.sync_api import Locator, Page


def reply_of(page: Page) -> Locator:
    """Return where Plivo's reply is shown."""
    return page.get_by_role("group", name="Reply", exact=True)


def body_of(page: Page) -> Locator:
    """Return where the body of the request to Plivo is shown."""
    return page.get_by_role("group", name="Body", exact=True)


def field(page: Page, name: str) -> Locator:
    """Return the field of an arg, with its label and whatever is told of it."""
    return page.locator(f"[data-field={name}]")


def typed_into(page: Page, name: str) -> Locator:
    """Return what one types into at a field."""
    return field(page, name).locator("input, textarea").last


def press_until(page: Page, key: str, wanted: Locator, *, most: int = 60) -> None:
    """Press a key until an element has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{key} does not lead to {wanted}")


def sign_in(page: Page, auth_id: str, auth_token: str) -> None:
    """Type credentials."""
    page.get_by_role("banner").get_by_role("button").first.click()
    page.get_by_label("Auth ID").fill(auth_id)
    page.get_by_label("Auth Token").fill(auth_token)
    page.get_by_role("button", name="Use these").click()
