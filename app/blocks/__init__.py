"""Running a block. Read :mod:`app.blocks.dispatch` first."""
