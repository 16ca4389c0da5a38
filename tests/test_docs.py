"""README and docs say what is true: they are compared with what they describe."""

import re
from pathlib import Path
from typing import Any

import pytest

from app import errors
from app.manifest import METADATA, load_manifest
from app.sandbox.data.magic import FAULTS, OUTCOMES
from app.settings import Settings
from docs.generate import coverage, pages

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
ANSWERS = (ROOT / "docs" / "answers.md").read_text()
SANDBOX = (ROOT / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize(("name", "field"), Settings.model_fields.items())
def test_every_setting_is_listed_with_its_default_and_meaning(name: str, field: Any) -> None:
    default = "" if field.default is None else f"`{str(field.default).lower()}`"
    default = re.sub(r"\.0`$", "`", default)
    assert f"| `{name.upper()}` | {default} | {field.description} |".replace("|  |", "| |") in SETTINGS


def test_no_setting_is_listed_that_is_gone() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \| .* \| .* \|$", SETTINGS, re.MULTILINE)
    assert set(listed) <= {name.upper() for name in Settings.model_fields}


def test_every_error_code_is_listed() -> None:
    missing = [code for code in _codes() if f"`{code}`" not in ANSWERS]
    assert missing == []


@pytest.mark.parametrize("number", [*OUTCOMES, *FAULTS])
def test_every_magic_number_is_listed(number: str) -> None:
    assert f"`{number}`" in SANDBOX


def test_the_readme_maps_what_is_there_and_nothing_else() -> None:
    map_of_app = README.split("## The map")[1].split("```")[1]
    names = re.findall(r"[\w.]+\.(?:py|json)|\w+/", map_of_app)
    # Not whatever packages were installed below tests/.
    there = (*ROOT.iterdir(), *(ROOT / "tests").iterdir(), *(ROOT / "app").rglob("*"), *(ROOT / "metadata").rglob("*"))
    known = {path.name for path in there}
    assert [name for name in names if name.rstrip("/") not in known] == []
    in_app = {f"{path.name}/" if path.is_dir() else path.name for path in (ROOT / "app").glob("[!_]*")}
    assert in_app - set(names) == set()


def test_every_door_of_the_readme_leads_somewhere() -> None:
    doors = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [door for door in doors if not (ROOT / door).exists()] == []


def test_the_readme_and_the_makefile_agree_on_the_commands() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`?make ([a-z]+)`?", README + (ROOT / "CONTRIBUTING.md").read_text())) - {"are"}
    assert [name for name in sorted(named) if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_generated_pages_are_up_to_date() -> None:
    """``make docs`` mends this."""
    expected = pages(load_manifest(METADATA))
    stale = [path.name for path, text in expected.items() if not path.exists() or path.read_text() != text]
    surplus = {*(ROOT / "docs" / "blocks").glob("*.md")} - expected.keys()
    assert (stale, surplus) == ([], set())


def test_every_operation_of_plivo_has_its_block() -> None:
    """But for those of which too little is known: they say so."""
    manifest = load_manifest(METADATA)
    expected = {operation["operation"]: 0 if "missing" in operation else 1 for operation, _ in coverage(manifest)}
    assert {operation["operation"]: len(names) for operation, names in coverage(manifest)} == expected


def test_the_readme_claims_what_the_coverage_shows() -> None:
    missing = ["missing" in operation for operation, _ in coverage(load_manifest(METADATA))]
    assert f"the {missing.count(False)} operations" in README
    assert f"the {missing.count(True)} of" in README


def test_every_block_is_an_operation_of_plivo() -> None:
    manifest = load_manifest(METADATA)
    reached = {name for _, names in coverage(manifest) for name in names}
    assert {name for name, block in manifest.blocks.items() if not block.local} - reached == set()


def _codes() -> set[str]:
    return {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.ConnectorError) and hasattr(error, "code")
    }


def test_every_test_that_the_page_on_security_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert named
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists()
        or not re.search(rf"^ *(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_every_row_of_the_page_on_security_names_a_test_and_settings_that_exist() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    rows = [row for row in page.splitlines() if row.startswith("| ") and not row.startswith("| threat")]
    assert [row for row in rows if "::test_" not in row] == []
    settings = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page)) - _codes()
    assert settings - {name.upper() for name in Settings.model_fields} == set()
