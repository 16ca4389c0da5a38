"""Clients that others' generators make of the OpenAPI document, compiled, and calling the running service.

Each does the same things and tells what came back; where the service stands it knows from the document alone.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.exports.conftest import JUDGES, Served, run, run_node

pytestmark = pytest.mark.judges

TOLD = {
    "sent": 1,
    "repeated": True,
    "refused": "REQUIRED_FIELDS",
    "listed": 1,
    "uploaded": 1,
    "fired": "call fired",
    "bulk": [["a", "success"]],
    "choices": ["GET", "POST"],
    "ready": "ready",
    "blocks": 2,
}


def test_openapi_generator_for_python(java: None, served: Served, tmp_path: Path) -> None:
    del java
    generate("python", served, tmp_path, parts="apiTests=false,modelTests=false,apiDocs=false,modelDocs=false")
    compile_python(tmp_path / "openapi_client")
    assert call_python("openapi_generator.py", tmp_path) == TOLD


def test_openapi_generator_for_typescript(java: None, served: Served, tmp_path: Path) -> None:
    del java
    generate("typescript-fetch", served, tmp_path / "generated", parts="apiDocs=false,modelDocs=false")
    assert call_typescript("typescript_fetch.ts", served, tmp_path) == TOLD


def test_openapi_python_client(served: Served, tmp_path: Path) -> None:
    """It leaves out endpoints that it does not understand, with a warning: there is none, and all are there."""
    told = run("openapi-python-client", "generate", "--path", served.document, "--output-path", tmp_path / "made")
    assert "warning" not in told.lower(), told
    package = tmp_path / "made" / "plivo_connector_client"
    document = json.loads(served.document.read_text())
    modules = [path for path in (package / "api").rglob("*.py") if path.name != "__init__.py"]
    assert len(modules) == sum(len(item) for item in document["paths"].values())
    compile_python(package)
    assert call_python("openapi_python_client.py", tmp_path / "made", served.url) == TOLD


def test_hey_api(served: Served, tmp_path: Path) -> None:
    run_node("openapi-ts", "--input", served.document, "--output", tmp_path / "generated")
    assert call_typescript("hey_api.ts", served, tmp_path) == TOLD


def test_openapi_typescript(served: Served, tmp_path: Path) -> None:
    run_node("openapi-typescript", served.document, "--output", tmp_path / "generated" / "schema.d.ts")
    assert call_typescript("openapi_typescript.ts", served, tmp_path) == TOLD


def generate(language: str, served: Served, directory: Path, *, parts: str) -> None:
    """Let openapi-generator write a client; ``parts`` leaves out what is only for people."""
    run(
        *("openapi-generator-cli", "generate", "--input-spec", served.document, "--generator-name", language),
        *("--output", directory, f"--global-property={parts}"),
    )


def compile_python(package: Path) -> None:
    # All of it, since a client imports only what it uses.
    run(sys.executable, "-W", "error", "-m", "compileall", "-q", package)


def call_python(client: str, directory: Path, *words: str) -> Any:
    told = run(sys.executable, JUDGES / "clients" / client, *words, environment={"PYTHONPATH": str(directory)})
    return json.loads(told)


def call_typescript(client: str, served: Served, directory: Path) -> Any:
    """Compile a client together with what was generated, in strict mode, and run it."""
    shutil.copy(JUDGES / "tsconfig.json", directory)
    (directory / "package.json").write_text('{"type": "commonjs"}')
    (directory / "node_modules").symlink_to(JUDGES / "node_modules")
    source = (JUDGES / "clients" / client).read_text()
    (directory / "client.ts").write_text(source.replace("PUBLIC_URL", served.url))
    run_node("tsc", "--project", directory)
    return json.loads(run("node", directory / "built" / "client.js"))
