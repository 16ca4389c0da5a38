"""The sandbox is evidence, not an echo: it may know nothing of the connector that it judges."""

import pkgutil
import tomllib
from pathlib import Path

import app

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
KNOWN = {"manifest", "protocol", "egress", "json_text"}
"""What the sandbox may import, beside itself."""


def test_contract_forbids_everything_else() -> None:
    """Every package of the connector but these few is forbidden to the sandbox, new ones too."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [contract for contract in contracts if contract.get("source_modules") == ["app.sandbox"]]
    packages = {module.name for module in pkgutil.iter_modules(app.__path__)}
    assert set(contract["forbidden_modules"]) == {f"app.{name}" for name in packages - KNOWN - {"sandbox"}}
