"""MCP as its authors judge it: the conformance suite of the protocol, and the inspector that developers look with."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mcp_client import SANDBOX
from tests.support.node import DIRECTORY, binary
from tests.support.service import Service

EXPECTED = Path(__file__).parent / "mcp"
CONFORMANCE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
INSPECTOR = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
PATIENCE = 240.0
"""Seconds after which a judge that does not end is given up."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Service]:
    with Service(sandbox=True) as service:
        yield service


def ask(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # a pinned package
        [binary(), *words], cwd=DIRECTORY, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_the_conformance_suite_finds_nothing_but_what_is_expected(
    revision: str, sandbox: Service, tmp_path: Path
) -> None:
    """Expected failures have their reasons beside them; one that passes is told as well."""
    expected = EXPECTED / f"expected_failures_{revision}.yaml"
    verdict = ask(
        *(CONFORMANCE, "server", "--url", f"{sandbox.url}/mcp", "--requirements", revision),
        *("--expected-failures", str(expected), "--output-dir", str(tmp_path)),
    )
    assert verdict.returncode == 0, verdict.stdout[-6000:] + verdict.stderr[-2000:]
    checks = [check for path in tmp_path.glob("*/checks.json") for check in json.loads(path.read_text())]
    assert sum(check["status"] == "SUCCESS" for check in checks) > 30
    wire = [check for check in checks if check["id"] == "wire-schema-valid"]
    assert wire
    assert {check["status"] for check in wire} == {"SUCCESS"}


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_has_no_complaint_about_the_tools(era: str, sandbox: Service) -> None:
    credentials = b64encode(":".join(SANDBOX).encode()).decode()
    verdict = ask(
        *(INSPECTOR, "--cli", f"{sandbox.url}/mcp", "--transport", "http", "--protocol-era", era),
        *("--header", f"Authorization: Basic {credentials}", "--method", "tools/list", "--strict"),
    )
    assert verdict.returncode == 0, verdict.stderr[-2000:]
    assert len(json.loads(verdict.stdout)["tools"]) == 14
    assert verdict.stderr == ""
