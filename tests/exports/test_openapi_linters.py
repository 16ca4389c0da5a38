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


def test_spectral_finds_errors_where_they_are(served: Served, tmp_path: Path) -> None:
    """Else its silence would be worth nothing."""
    document = httpx.get(f"{served.url}/openapi.json", params={"blocks": "sendMessage"}).json()
    operation = document["paths"]["/api/Plivo/sendMessage"]["post"]
    operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["destination"].pop("items")
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    with pytest.raises(AssertionError, match="array-items"):
        run_node("spectral", "lint", broken, "--ruleset", JUDGES / "spectral.yaml")


def test_redocly_finds_no_error(served: Served) -> None:
    told = run_node("redocly", "lint", "--extends", "recommended", "--format", "json", served.document)
    assert json.loads(told[told.index("{") : told.rindex("}") + 1])["totals"]["errors"] == 0
