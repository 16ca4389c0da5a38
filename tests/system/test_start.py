"""What a start loads: only what the settings ask for. What the others take is in docs/decisions/start-up.md."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import gc, json, sys
from app.__main__ import create_worker
collects_before = gc.isenabled()
create_worker()
collects = [collects_before, gc.isenabled()]
json.dump({"modules": sorted(sys.modules), "collects": collects, "kept": gc.get_freeze_count()}, sys.stdout)
"""
LATER = {
    "mcp": "the first agent",
    "mcp_types": "the first agent",
    "httpx2": "the first agent",
    "app.mcp.agent": "the first agent",
    "app.sandbox": "SANDBOX",
    "phonenumbers": "DEFAULT_COUNTRY",
    "redis": "a STORE_URL of Redis",
    "pydantic.v1": "a parameter of an endpoint that FastAPI reads",
    "lxml": "nobody: a judge of tests",
}
"""Modules that cost a start dearly, and what wants them."""


def start(directory: Path, **settings: str) -> dict[str, Any]:
    """Put the service together in a process of its own, and return what that process holds."""
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    own = {"PYTHONPATH": str(ROOT), "STORE_URL": f"sqlite:///{directory}/connector.db"}
    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-c", PROGRAM],
        cwd=directory,
        env={**inherited, **own, **settings},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    held: dict[str, Any] = json.loads(done.stdout)
    return held


def test_what_nobody_asked_for_is_not_loaded(tmp_path: Path) -> None:
    assert LATER.keys() & {*start(tmp_path)["modules"]} == set()


@pytest.mark.parametrize(
    ("module", "settings"),
    [("app.sandbox", {"SANDBOX": "true"}), ("phonenumbers", {"DEFAULT_COUNTRY": "DE"})],
)
def test_what_the_settings_ask_for_is_loaded(module: str, settings: dict[str, str], tmp_path: Path) -> None:
    """The first request that needs it shall not wait for it."""
    assert LATER.keys() & {*start(tmp_path, **settings)["modules"]} == {module}


def test_the_collector_works_again_and_spares_what_the_start_has_made(tmp_path: Path) -> None:
    held = start(tmp_path)
    assert held["collects"] == [True, True]
    assert held["kept"] > 50_000
