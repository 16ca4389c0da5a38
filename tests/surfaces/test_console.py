"""The door of the console: who gets it, and what its files may do in a browser."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath

import pytest

from app.surfaces.console import FILES
from tests.support.in_process import App, error_in

_NAMED = re.compile(
    r"""(?:\b(?:href|src)=|\bfrom\s*|\bimport\s*\(?\s*|\burl\(\s*|\bfetch\(\s*)["']?([^"'()\s>]+\.(?:css|js|json|mjs|svg))\b"""
)

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as running:
        yield running


def test_a_browser_gets_the_console(app: App) -> None:
    response = app.get("/", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Plivo connector</title>" in response.text


@pytest.mark.parametrize("headers", [{}, {"accept": "application/json"}], ids=["none", "JSON"])
def test_others_get_the_one_error(app: App, headers: dict[str, str]) -> None:
    response = app.get("/", headers=headers)
    assert response.status_code == 404
    assert error_in(response)["status_code"] == "NOT_FOUND"


def test_nothing_may_be_loaded_from_elsewhere_or_run_from_within(app: App) -> None:
    for path in ("/", *(f"/console/{path.relative_to(FILES)}" for path in FILES.rglob("*.mjs"))):
        response = app.get(path, headers=BROWSER)
        assert response.status_code == 200, path
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';"), path
        assert "unsafe" not in policy
        for directive in ("base-uri", "form-action", "frame-ancestors", "object-src"):
            assert f"{directive} 'none'" in policy
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["nothing.mjs", "../main.py", "%2e%2e/main.py", "index.html", "vendor", ""])
def test_what_is_no_file_of_the_console(app: App, path: str) -> None:
    response = app.get(f"/console/{path}")
    assert response.status_code == 404
    assert error_in(response)["status_code"] == "NOT_FOUND"


def test_its_search_finds_what_agents_find(app: App) -> None:
    response = app.get("/console/search?query=forward+a+call")
    assert response.json()["blocks"][0] == "transferCall"
    assert response.headers["cache-control"] == "no-store"
    assert app.get("/console/search?query=zzyzx").json() == {"blocks": []}


def test_a_file_that_is_known_is_not_sent_again(app: App) -> None:
    first = app.get("/console/main.mjs")
    again = app.get("/console/main.mjs", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_file_is_of_use(app: App) -> None:
    files = {f"/console/{path.relative_to(FILES).as_posix()}" for path in FILES.rglob("*.*")}
    unused = files - set(reached(app)) - {"/console/index.html"}
    assert [path for path in unused if "LICENSE" not in path] == []


def test_everything_together_is_small_on_its_way(app: App) -> None:
    """All views, as browsers take them: compressed. What the steps of answers are is data, as the manifest is."""
    files = [path for path in reached(app) if not path.endswith(".json")]
    headers = [app.get(path, headers={**BROWSER, "accept-encoding": "gzip"}).headers for path in files]
    assert {each["content-encoding"] for each in headers} == {"gzip"}
    assert sum(int(each["content-length"]) for each in headers) < 100_000


@pytest.mark.parametrize("view", ["blocks", "sandbox", "events", "history"])
def test_what_a_view_takes_is_small(view: str, app: App) -> None:
    """Before any compression, with all that is around a view; the rest is fetched when it is asked for."""
    at_once = re.compile(_NAMED.pattern.replace(r"\bimport\s*\(?\s*|", "").replace(r"|\bfetch\(\s*", ""))
    files = {*reached(app, named=at_once), *reached(app, f"/console/views/{view}.mjs", named=at_once)}
    assert "/console/vendor/preact.mjs" in files
    assert sum(len(app.get(path, headers=BROWSER).content) for path in files) < 150_000


def test_only_reading_is_offered(app: App) -> None:
    response = app.request("POST", "/", json={})
    assert response.status_code == 405
    assert error_in(response)["status_code"] == "METHOD_NOT_ALLOWED"


def test_steps_of_answers_are_described(app: App) -> None:
    """Each step that a block takes is there, with what its editor has to draw."""
    steps = {step["name"]: step for step in app.get("/console/steps.json").json()}
    assert {"speak", "gather", "forward", "voicemail", "repeat", "machine", "xml", "hangup", "dial"} <= set(steps)
    assert steps["gather"]["within"] == ["speak", "play", "wait"]
    assert steps["dial"]["content"] == "numbers"
    assert next(field for field in steps["hangup"]["fields"] if field["name"] == "reason")["options"] == [
        "rejected",
        "busy",
    ]


def test_switched_off() -> None:
    with App(console=False) as app:
        for path in ("/", "/console/main.mjs"):
            response = app.get(path, headers=BROWSER)
            assert response.status_code == 404
            assert error_in(response)["status_code"] == "NOT_FOUND"


def reached(app: App, start: str = "/", *, named: re.Pattern[str] = _NAMED) -> list[str]:
    """Return the page, or another start, and every file that it leads to, all of them from here."""
    found, waiting = [start], [start]
    while waiting:
        path = waiting.pop()
        response = app.get(path, headers=BROWSER)
        assert response.status_code == 200, path
        for name in [] if path.endswith((".json", ".svg")) else named.findall(response.text):
            assert "://" not in name, f"{path} names {name}"
            target = normpath(join(dirname(path), name))
            if target not in found:
                found.append(target)
                waiting.append(target)
    return found
