"""What watches the console in a browser sees what is wrong: else its silence is worth nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import visiting
from tests.support.service import Service

_HEAD = "<!doctype html><html lang=en><title>Page</title><link rel=icon href=/fine><body><main><h1>Page</h1>"


class _Pages(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {
        "/fine": "",
        "/policy": "<p style='color: red'>Coloured by the document itself</p>",
        "/policy-script": "<script>document.title = 'Changed'</script>",
        "/exception": "<script src=/raises.js></script>",
        "/raises.js": "null.nothing",
        "/warning": "<script src=/warns.js></script>",
        "/warns.js": "console.warn('mind this')",
        "/missing": "<img src=/nowhere.png alt=Nothing>",
        "/unreachable": "<script src=/fetches.js></script>",
        "/fetches.js": "fetch('http://127.0.0.1:1/').catch(() => 0)",
        "/unlabelled": "<input>",
        "/wide": "<link rel=stylesheet href=/wide.css><pre id=wide>Wide</pre>",
        "/wide.css": "#wide { width: 500px }",
    }

    def do_GET(self) -> None:
        content = self.pages.get(self.path)
        self.send_response(404 if content is None else 200)
        kinds = {"js": "text/javascript", "css": "text/css"}
        kind = kinds.get(self.path.rpartition(".")[2])
        self.send_header("Content-Type", kind or "text/html")
        policy = "default-src 'self'" + ("; connect-src *" if self.path == "/unreachable" else "")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(f"{'' if kind else _HEAD}{content}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A small site of which each page has one thing wrong."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("policy", "CSP: style-src-attr"),
        ("policy-script", "CSP: script-src-elem"),
        ("exception", "exception: TypeError"),
        ("warning", "warning: mind this"),
        ("missing", "404: GET http://127.0.0.1:.*/nowhere.png"),
        ("unreachable", "failed: GET http://127.0.0.1:1/"),
    ],
)
def test_what_is_wrong_is_noted(path: str, problem: str, browser: Browser, site: str) -> None:
    with pytest.raises(AssertionError, match=problem), visiting(browser, site) as visit:
        visit.open(path).wait_for_load_state("networkidle")


def test_a_page_without_fault_passes(browser: Browser, site: str) -> None:
    with visiting(browser, site) as visit:
        visit.open("fine").wait_for_load_state("networkidle")
        visit.assert_accessible()
        visit.assert_fits()


def test_what_was_expected_must_have_happened(browser: Browser, site: str) -> None:
    with visiting(browser, site) as visit:
        visit.open("warning").wait_for_load_state("networkidle")
        with pytest.raises(AssertionError, match="nothing like 'an error'"):
            visit.forgive("an error")
        visit.forgive("mind this")


def test_axe_finds_a_field_without_a_name(browser: Browser, site: str) -> None:
    with visiting(browser, site) as visit:
        visit.open("unlabelled")
        with pytest.raises(AssertionError, match="label"):
            visit.assert_accessible()


def test_a_page_that_scrolls_sideways_is_found(browser: Browser, site: str) -> None:
    with visiting(browser, site) as visit:
        visit.open("wide")
        visit.assert_fits()
        visit.resize(360)
        with pytest.raises(AssertionError, match="PRE#wide"):
            visit.assert_fits()


def test_a_service_in_this_process_answers_the_browser(browser: Browser) -> None:
    """The browser's event loop and the service's do not meet."""
    with Service(sandbox=True) as service, visiting(browser, service.url) as visit:
        expect(visit.open().get_by_role("heading", level=1)).to_be_visible()
