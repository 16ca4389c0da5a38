"""What the console takes from npm, as it is committed to ``app/console/vendor``: ``make vendor`` writes it.

The versions and their hashes stand in the lock file of ``tests/evidence/node``.
"""

import re
from pathlib import Path

from tests.support.node import DIRECTORY as NODE

VENDOR = Path(__file__).parent.parent.parent / "app" / "console" / "vendor"

_SOURCES = {
    "preact.mjs": "preact/dist/preact.mjs",
    "hooks.mjs": "preact/hooks/dist/hooks.mjs",
    "htm.mjs": "htm/dist/htm.mjs",
    "LICENSE-preact.txt": "preact/LICENSE",
    "LICENSE-htm.txt": "htm/LICENSE",
}
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=.*\n?\Z")


def vendored() -> dict[str, bytes]:
    """Return the files by their names, made of the installed packages."""
    return {name: _made(NODE / "node_modules" / source) for name, source in _SOURCES.items()}


def _made(source: Path) -> bytes:
    text = source.read_bytes().decode()
    if source.suffix == ".mjs":
        # Browsers know no packages, and the maps are not served.
        text = _SOURCE_MAP.sub("\n", text.replace('from"preact"', 'from"./preact.mjs"'))
    return text.encode()


if __name__ == "__main__":
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, content in vendored().items():
        (VENDOR / name).write_bytes(content)
