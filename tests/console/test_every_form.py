"""The form of every block opens filled in, and what it holds can be sent."""

import json
from typing import Any

from playwright.sync_api import expect

from app.manifest import METADATA, load_manifest
from tests.support.browser import Visit
from tests.support.process import Process

ACCOUNT = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}


def test_the_form_of_every_block_holds_what_can_be_sent(visit: Visit, service: Process) -> None:
    """Its controls lose nothing of the example: what the code says is what the connector takes, as a dry run."""
    page = visit.open("#/blocks")
    expect(page.get_by_role("searchbox", name="Find a block")).to_be_visible()
    refused: dict[str, Any] = {}
    for name, block in load_manifest(METADATA).blocks.items():
        page.evaluate("name => { location.hash = `#/blocks/${name}` }", name)
        expect(page.get_by_role("heading", level=1)).to_have_text(block.title)
        expect(page.get_by_role("button", name="Fill in the example")).to_be_visible()
        page.get_by_role("tab", name="Code").click()
        page.get_by_role("group", name="Language").get_by_role("button", name="n8n").click()
        code = page.get_by_label("n8n, code").text_content() or ""
        parameters = json.loads(code)["nodes"][0]["parameters"]
        args = json.loads(parameters["jsonBody"])
        answer = service.call(name, **ACCOUNT, dryRun=True, **args).json()
        # Nobody has the subscription of the examples.
        if answer["callback"] == "error" and "is not a subscription" not in answer["contextWrites"]["to"]["status_msg"]:
            refused[name] = answer["contextWrites"]["to"]
    assert refused == {}
