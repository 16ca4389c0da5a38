"""An embedded Plivo: answers Plivo's own paths from memory, so that nothing needs an account or a network.

It takes its routes and reply shapes from the manifest. ``engine`` does what most resources need; only
true life cycles (calls, messages, conferences, numbers, …) are code of their own.
"""

import time
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp

from app.manifest.model import Block
from app.sandbox.asgi import Sandbox
from app.sandbox.router import Router
from app.sandbox.state import World

SLOW_SECONDS = 35.0
"""How late the answer to the slow number comes: later than most clients wait."""


def create_sandbox(
    blocks: Mapping[str, Block],
    *,
    seed: int | None = None,
    clock: Callable[[], float] = time.time,
    slow_seconds: float = SLOW_SECONDS,
) -> ASGIApp:
    """Build a sandbox with fresh state.

    Args:
        blocks: the manifest's blocks: what it answers.
        seed: with one, the same requests at the same times get the same bytes.
        clock: seconds since 1970; a test may move it.
        slow_seconds: how late the answer to the slow magic number comes.
    """
    return Sandbox(Router(blocks), World(seed, clock), slow_seconds)
