"""The code that the console offers does what the form does: each is taken from the page and run as it stands."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.forms import sign_in, typed_into
from tests.support.browser import Visit, visiting
from tests.support.node import binary
from tests.support.patience import PATIENCE
from tests.support.process import Process
from tests.support.recorder import Recorder

TEXT = """It's "quoted", $HOME `date` \\n ${x} <b>Grüße 😀</b> %s"""
ACCOUNT = {"PLIVO_AUTH_ID": "MAXXXXXXXXXXXXXXXXXX", "PLIVO_AUTH_TOKEN": "to'ken $x"}


def code_of(page: Page, language: str) -> str:
    """Return the code of the form as it stands."""
    page.get_by_role("tab", name="Code").click()
    page.get_by_role("group", name="Language").get_by_role("button", name=language, exact=True).click()
    shown = page.get_by_label(f"{language}, code")
    expect(shown).to_be_visible()
    page.get_by_role("tabpanel").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("tabpanel").get_by_text("Copied")).to_be_visible()
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied == shown.text_content()
    return copied


def run(language: str, code: str, directory: Path, **environment: str) -> str:
    """Run code and return what it printed."""
    command = {"curl": ["/bin/sh", "-euc"], "Python": [sys.executable, "-c"], "JavaScript": [binary(), "--eval"]}
    words = [*command[language], code]
    if language == "JavaScript":
        words.insert(1, "--input-type=module")
    done = subprocess.run(  # noqa: S603  # the console's own
        words,
        cwd=directory,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def live(browser: Browser, recorder: Recorder, tmp_path: Path) -> Iterator[Visit]:
    """A visit to a service that is no sandbox."""
    with Process(tmp_path, PLIVO_API_URL=recorder.url) as process, visiting(browser, process.url) as visit:
        yield visit


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.usefixtures("node")
def test_the_code_runs_as_it_stands(language: str, visit: Visit, service: Process, tmp_path: Path) -> None:
    destinations = quote('["14155550123","14155550124"]')
    page = visit.open(f"#/blocks/sendMessage?src=14155550100&destination={destinations}&log=true&text={quote(TEXT)}")
    told = run(language, code_of(page, language), tmp_path)
    listed = service.call("getMessages", authId="MASANDBOX00000000000", authToken="sandbox").json()
    sent = [each["message_uuid"] for each in listed["contextWrites"]["to"]["objects"]]
    assert sum(uuid in told for uuid in sent) == 2


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.usefixtures("node")
def test_the_code_sends_what_the_form_holds_and_leaves_credentials_to_the_environment(
    language: str, live: Visit, recorder: Recorder, tmp_path: Path
) -> None:
    page = live.open(f"#/blocks/sendMessage?src=14155550100&destination=14155550123&text={quote(TEXT)}")
    sign_in(page, ACCOUNT["PLIVO_AUTH_ID"], ACCOUNT["PLIVO_AUTH_TOKEN"])
    code = code_of(page, language)
    assert not any(secret in code for secret in ACCOUNT.values())
    run(language, code, tmp_path, **ACCOUNT)
    assert recorder.only.json == {"src": "14155550100", "dst": "14155550123", "text": TEXT}


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.usefixtures("node")
def test_the_code_reads_a_password_from_the_environment(
    language: str, live: Visit, recorder: Recorder, tmp_path: Path
) -> None:
    page = live.open("#/blocks/createEndpoint?username=desk&alias=Desk")
    sign_in(page, ACCOUNT["PLIVO_AUTH_ID"], ACCOUNT["PLIVO_AUTH_TOKEN"])
    typed_into(page, "password").fill("in the form")
    code = code_of(page, language)
    assert "in the form" not in code
    run(language, code, tmp_path, **ACCOUNT, PLIVO_PASSWORD="it's $x `date` é")
    assert recorder.only.json == {"username": "desk", "alias": "Desk", "password": "it's $x `date` é"}


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.usefixtures("node")
def test_the_code_uploads_the_file_of_the_form(language: str, visit: Visit, tmp_path: Path) -> None:
    picture = tmp_path / "a 'picture'.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    page = visit.open("#/blocks/uploadMedia")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("File for File").set_input_files(picture)
    assert "picture" in run(language, code_of(page, language), tmp_path)


def test_the_node_for_n8n_asks_for_a_credential(visit: Visit, service: Process) -> None:
    page = visit.open(f"#/blocks/sendMessage?src=14155550100&destination=14155550123&text={quote(TEXT)}")
    (node,) = json.loads(code_of(page, "n8n"))["nodes"]
    parameters = node["parameters"]
    assert (parameters["method"], parameters["url"]) == ("POST", f"{service.url}/api/Plivo/sendMessage")
    assert parameters["genericAuthType"] == "httpBasicAuth"
    assert json.loads(parameters["jsonBody"]) == {"src": "14155550100", "destination": "14155550123", "text": TEXT}
    assert "sandbox" not in json.dumps(parameters)
