"""What is asked of the source and no linter holds."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUPPRESSION = re.compile(r"#\s*(?:noqa\b(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)?|type:\s*ignore(?:\[[^\]]*\])?)")


def suppressions() -> Iterator[tuple[str, str]]:
    """Yield every comment that keeps a linter quiet: where it stands, and what it says besides."""
    for directory in ("app", "bench", "docs", "tests"):
        for path in (ROOT / directory).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            with path.open("rb") as file:
                for token in tokenize.tokenize(file.readline):
                    if token.type == tokenize.COMMENT and SUPPRESSION.search(token.string):
                        yield f"{path.relative_to(ROOT)}:{token.start[0]}", SUPPRESSION.sub("", token.string)


def test_whatever_keeps_a_linter_quiet_says_why() -> None:
    found = dict(suppressions())
    assert len(found) > 50
    assert [place for place, reason in found.items() if not re.search(r"\w", reason)] == []
