"""What the console takes from npm is what npm has: nothing else got in, and nothing is out of date."""

import re

import pytest

from tests.console.vendored import VENDOR, vendored


@pytest.mark.usefixtures("node")
def test_the_committed_files_are_those_of_the_packages() -> None:
    assert {path.name: path.read_bytes() for path in VENDOR.iterdir()} == vendored()


def test_modules_name_only_their_neighbours() -> None:
    """A browser resolves no bare names, and a map that is not there is a failed request in every debugger."""
    modules = {path.name: path.read_text() for path in VENDOR.glob("*.mjs")}
    named = {name for text in modules.values() for name in re.findall(r"""\bfrom\s*["']([^"']+)["']""", text)}
    assert named == {"./preact.mjs"}
    assert not any("sourceMappingURL" in text for text in modules.values())
