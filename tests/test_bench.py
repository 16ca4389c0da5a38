"""What the benchmarks are made of must load: they are run by hand, and rarely."""

from pathlib import Path

from app.manifest import load_manifest
from bench.__main__ import MANY_BLOCKS, multiply_blocks


def test_manifest_with_many_blocks(tmp_path: Path) -> None:
    """The copies stand beside the real blocks, under names and titles of their own."""
    real = multiply_blocks(tmp_path / "metadata")
    assert 200 < real < MANY_BLOCKS
    assert len(load_manifest(tmp_path / "metadata").blocks) == MANY_BLOCKS
