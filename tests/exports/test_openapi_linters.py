"""What linters that others wrote say of the OpenAPI document."""

import json
from pathlib import Path

import httpx
import pytest

from tests.exports.conftest import JUDGES, Served, run_node

pytestmark = pytest.mark.judges

ERROR = 0


def test_spectral_finds_no_error(served: Served, tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    run_node(
        *("spectral", "lint", served.document, "--ruleset", JUDGES / "spectral.yaml"),
        *("--format", "json", "--output", found, "--quiet"),
    )
    problems = json.loads(found.read_text())
    assert [problem for problem in problems if problem["severity"] == ERROR] == []


def test_spectral_finds_an_error_that_is_there(broken: Path) -> None:
    """Else its silence would be worth nothing."""
    with pytest.raises(AssertionError, match="array-items"):
        run_node("spectral", "lint", broken, "--ruleset", JUDGES / "spectral.yaml")


def test_redocly_finds_no_error(served: Served) -> None:
    # A summary, since it ends before more than a pipe holds is written.
    run_node("redocly", "lint", "--extends", "recommended", "--format", "summary", served.document)


def test_redocly_finds_an_error_that_is_there(broken: Path) -> None:
    with pytest.raises(AssertionError, match="security-defined"):
        run_node("redocly", "lint", "--extends", "recommended", "--format", "summary", broken)


@pytest.fixture
def broken(served: Served, tmp_path: Path) -> Path:
    """Make a document of one block with an array of nothing, and without what keeps strangers out."""
    document = httpx.get(f"{served.url}/openapi.json", params={"blocks": "sendMessage"}).json()
    operation = document["paths"]["/api/Plivo/sendMessage"]["post"]
    del operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["destination"]["items"]
    del document["security"]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    return path
