"""Lists: pages and their links."""

import pytest

from tests.support.sandbox_driver import AUTH, Driver, application


def test_pages(plivo: Driver) -> None:
    """Lists are newest first, page by page, with Plivo's relative links that keep the filters."""
    ids = [application(plivo, app_name=f"page{position}") for position in range(45)]
    path = f"/v1/Account/{AUTH[0]}/Application/?app_name=page"
    seen, links = [], []
    while path:
        reply = plivo.send("GET", path).json()
        seen += [item["app_id"] for item in reply["objects"]]
        links.append((reply["meta"]["previous"], reply["meta"]["next"]))
        assert (reply["meta"]["total_count"], reply["meta"]["limit"]) == (45, 20)
        path = reply["meta"]["next"]
    assert seen == ids[::-1]
    base = f"/v1/Account/{AUTH[0]}/Application/?app_name=page&limit=20&offset="
    assert links == [(None, base + "20"), (base + "0", base + "40"), (base + "20", None)]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 21}, {"limit": "x"}, {"offset": -1}, {"limit": ""}])
def test_page_bounds(plivo: Driver, query: dict[str, object]) -> None:
    """A limit outside 1 to 20 or a negative offset is 400."""
    assert "parameter is invalid" in plivo.get("Application/", 400, **query)["error"]
