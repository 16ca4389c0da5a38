"""The package as ``pip install`` puts it into an environment: manifest inside, a script, no checkout beside it."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the built wheel; what it depends on is lent by this one."""
    directory = tmp_path_factory.mktemp("installed")
    wheels = directory / "wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(copy_of_checkout(directory))])
    (wheel,) = wheels.glob("plivo_connector-*.whl")
    target = directory / "venv"
    venv.create(target, with_pip=False, symlinks=True)
    (site_packages,) = target.glob("lib/python*/site-packages")
    run([*pip, "--python", str(target / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel)])
    lent = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    (site_packages / "lent.pth").write_text(f"{lent}\n")
    return target


def copy_of_checkout(directory: Path) -> Path:
    """Copy what is committed or new, so that building leaves nothing behind in the checkout."""
    copy = directory / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if name.startswith(("app/", "metadata/", "pyproject.toml", "README.md", "LICENSE")) and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    return copy


def run(command: list[str], **environment: str) -> str:
    """Run a command outside the checkout and return what it prints."""
    done = subprocess.run(  # noqa: S603  # our own
        command, cwd="/", env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_script_checks_the_manifest_that_is_inside(environment: Path) -> None:
    output = run([str(environment / "bin" / "plivo-connector"), "check"], SANDBOX="true")
    assert "blocks, no problem found" in output
    assert "Sandbox" in output


def test_nothing_of_the_checkout_is_used(environment: Path) -> None:
    code = "import app.manifest as m; print(m.METADATA)"
    found = Path(run([str(environment / "bin" / "python"), "-c", code]).strip())
    assert environment in found.parents
    count = len(list((ROOT / "metadata" / "blocks").glob("*.json")))
    assert len(list((found / "blocks").glob("*.json"))) == count


@pytest.mark.parametrize("pattern", ["**/*.py", "console/**/*.*"])
def test_every_file_of_the_checkout_is_installed(pattern: str, environment: Path) -> None:
    (installed,) = environment.glob("lib/python*/site-packages/app")
    files = [path.relative_to(ROOT / "app") for path in (ROOT / "app").glob(pattern)]
    assert files
    assert [str(path) for path in files if not (installed / path).exists()] == []


def test_the_console_is_served_from_what_is_inside(environment: Path) -> None:
    code = """
from starlette.testclient import TestClient
from app.main import create_app
from app.settings import Settings

client = TestClient(create_app(Settings(_env_file=None, sandbox=True)))
page = client.get("/", headers={"Accept": "text/html"})
module = client.get("/console/vendor/preact.mjs")
print(page.status_code, page.text.count("/console/main.mjs"), module.status_code, module.headers["content-type"])
"""
    assert run([str(environment / "bin" / "python"), "-c", code]) == "200 1 200 text/javascript; charset=utf-8\n"
