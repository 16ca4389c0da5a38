"""The OpenAPI document held against the running service: whatever fits it, or nearly does, is answered as it says."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.manifest import METADATA, load_manifest
from app.manifest.schema import example_request
from tests.support.answers import Reply
from tests.support.recorder import Recorder
from tests.support.service import Service

BLOCKS = load_manifest(METADATA).blocks
SANDBOX = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

a_few = settings(
    max_examples=2,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Document = dict[str, Any]


@pytest.fixture(scope="module")
def files() -> Iterator[Recorder]:
    """The one place where files come from, so that no request leaves the machine."""
    with Recorder() as recorder:
        recorder.script(Reply(b"\x89PNG", headers={"Content-Type": "image/png"}))
        yield recorder


@pytest.fixture(scope="module")
def service(files: Recorder) -> Iterator[Service]:
    del files
    with Service(sandbox=True, sandbox_seed=7, fetch_private_addresses=True, plivo_rate_limit=False) as running:
        yield running


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


@pytest.fixture(scope="module")
def document(service: Service, files: Recorder) -> Document:
    """The document as served, but with credentials that open the door, and files that are there."""
    content: Document = service.http.get("/openapi.json").json()
    # By Basic they may come as well, but what is made up would not.
    del content["security"]
    for name, block in BLOCKS.items():
        known = SANDBOX | {arg.name: f"{files.url}/a.png" for arg in block.args if arg.type == "File"}
        fix(content, name, known)
    return content


def fix(document: Document, name: str, known: dict[str, Any]) -> None:
    """Give fields of a block the one value that is known to be good; credentials never fail to come."""
    for content in document["paths"][f"/api/Plivo/{name}"]["post"]["requestBody"]["content"].values():
        content["schema"]["properties"] |= {field: {"const": value} for field, value in known.items()}
        content["schema"]["required"] = list(dict.fromkeys([*SANDBOX, *content["schema"].get("required", ())]))


@pytest.fixture(scope="module")
def api(document: Document) -> BaseSchema:
    return schemathesis.openapi.from_dict(document)


@pytest.fixture(scope="module")
def api_of_good_requests(document: Document) -> BaseSchema:
    """The same with the example for everything that is required: only the rest is made up."""
    narrowed = copy.deepcopy(document)
    for name, block in BLOCKS.items():
        fix(narrowed, name, {field: value for field, value in example_request(block).items() if field not in SANDBOX})
        files = {arg.name for arg in block.args if arg.type == "File"} & example_request(block).keys()
        fix(narrowed, name, {field: property_of(document, name, field)["const"] for field in files})
    return schemathesis.openapi.from_dict(narrowed)


def property_of(document: Document, name: str, field: str) -> dict[str, Any]:
    body = document["paths"][f"/api/Plivo/{name}"]["post"]["requestBody"]["content"]["application/json"]
    found: dict[str, Any] = body["schema"]["properties"][field]
    return found


def hold(api: BaseSchema, name: str, mode: GenerationMode, service: Service, session: requests.Session) -> None:
    """Send a few requests to a block and hold each answer against the document."""

    @a_few
    @given(case=api[f"/api/Plivo/{name}"]["POST"].as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        answer = case.call(base_url=service.url, session=session)
        case.validate_response(answer, checks=CHECKS)
        for content in answer.json()["contextWrites"].values():
            assert content.get("status_code") != "INTERNAL_PACKAGE_ERROR"
            if content.get("status_code", "").startswith("API_"):
                assert content["http_status"] < 500, content

    run()


every_block = pytest.mark.parametrize("name", BLOCKS)


@every_block
def test_what_fits_the_document(api: BaseSchema, name: str, service: Service, session: requests.Session) -> None:
    hold(api, name, GenerationMode.POSITIVE, service, session)


@every_block
def test_good_requests_with_made_up_options(
    api_of_good_requests: BaseSchema, name: str, service: Service, session: requests.Session
) -> None:
    hold(api_of_good_requests, name, GenerationMode.POSITIVE, service, session)


@every_block
def test_what_does_not_fit_the_document(
    api_of_good_requests: BaseSchema, name: str, service: Service, session: requests.Session
) -> None:
    """Such requests may be fine, since texts that mean the same are accepted, but none breaks anything."""
    hold(api_of_good_requests, name, GenerationMode.NEGATIVE, service, session)
