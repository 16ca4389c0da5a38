"""Calls on the running sandbox whose URLs are a receiver's, and what Plivo's documentation says of such requests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from plivo import plivoxml
from plivo.utils import validate_v3_signature

from tests.support.answers import Reply
from tests.support.recorder import RecordedRequest, Recorder
from tests.support.sandbox_driver import AUTH
from tests.support.sandbox_service import SandboxService, form

CALL = {"callFrom": "14155550100", "callTo": "14155550123"}
XML = {"Content-Type": "application/xml"}


def page(*elements: Any) -> Reply:
    """Return a page as Plivo's own SDK writes it."""
    response = plivoxml.ResponseElement()
    for element in elements:
        response.add(element)
    return Reply(response.to_string().encode(), headers=XML)


def in_progress(service: SandboxService) -> str:
    """Make the one call that there is be answered, and return its uuid."""
    calls: list[str] = []
    while not calls:
        live = service.run("getLiveCalls", toNumber=CALL["callTo"])["calls"]
        calls = [each for each in live if service.control(f"calls/{each}/answer").status_code == 200]
    return calls[0]


def dial(service: SandboxService, receiver: Recorder, **args: Any) -> str:
    """Make a call whose URLs are the receiver's, let it be answered, and return its uuid."""
    urls = {
        "answerUrl": f"{receiver.url}/answer",
        "ringUrl": f"{receiver.url}/ring",
        "hangupUrl": f"{receiver.url}/hangup",
    }
    call = str(service.run("makeCall", **{**CALL, **urls, **args})["request_uuid"])
    service.control("time", {"advance": 4})
    return call


def told(receiver: Recorder, number: int) -> list[tuple[str, dict[str, str]]]:
    """Return the path and the parameters of so many requests."""
    receiver.wait_for_requests(number)
    return [(request.path, form(request)) for request in receiver.requests[:number]]


def timeline(service: SandboxService, call_uuid: str) -> list[dict[str, Any]]:
    """Return what happened to a call."""
    found = service.http.get(f"/sandbox/control/timeline/{call_uuid}", auth=AUTH)
    steps: list[dict[str, Any]] = found.json()["timeline"]
    return steps


def step(service: SandboxService, call_uuid: str, name: str) -> dict[str, Any]:
    """Wait until something has happened to a call, and return it."""
    while True:
        for happened in timeline(service, call_uuid):
            if happened["step"] == name:
                return happened


def told_at(receiver: Recorder, path: str, number: int) -> list[dict[str, str]]:
    """Wait for so many requests to a path, and return the parameters of each."""
    while len(found := [form(request) for request in receiver.requests if request.path == path]) < number:
        receiver.wait_for_requests(len(receiver.requests) + 1)
    return found[:number]


def is_signed(receiver: Recorder, request: RecordedRequest) -> bool:
    """Say whether Plivo's own SDK takes a request for one of Plivo's."""
    signature, nonce = (request.header(f"X-Plivo-Signature-V3{end}") for end in ("", "-Nonce"))
    posted = form(request) if request.method == "POST" else {}
    return bool(validate_v3_signature(request.method, receiver.url + request.target, nonce, AUTH[1], signature, posted))


@cache
def documented(event: str) -> frozenset[str]:
    """Return the names of the parameters that Plivo's documentation gives to a kind of request."""
    path = Path(__file__).parents[1] / "evidence" / "plivo_requests.json"
    return frozenset(json.loads(path.read_text())[event])


def undocumented(told: dict[str, str], *events: str) -> set[str]:
    """Return the names in a request that Plivo's documentation does not know for these kinds of request."""
    return set(told).difference(*map(documented, events))
