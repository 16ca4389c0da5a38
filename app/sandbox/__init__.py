"""An embedded Plivo: answers Plivo's own paths from memory, so that nothing needs an account or a network.

It takes its routes and reply shapes from the manifest. ``asgi`` is the door, ``engine`` does what all resources have in
common, ``products`` what is particular to one, ``data`` holds what is known by heart, ``handlers`` puts the products
together, and ``starting_state`` fills the main account. ``live`` is what goes on by itself once a request is answered,
``watch`` shows it to who wants to see it, and ``control`` takes their orders.
"""

import time
from collections.abc import Callable, Mapping

from app.egress import is_public
from app.manifest.model import Block
from app.sandbox.asgi import Sandbox
from app.sandbox.control import Control
from app.sandbox.data.operations import STATUSES
from app.sandbox.data.traits import TRAITS
from app.sandbox.engine.auth import MAIN_TOKEN
from app.sandbox.engine.catalog import Catalog
from app.sandbox.engine.router import Router
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.handlers import assemble
from app.sandbox.live import Live
from app.sandbox.picture import Picture
from app.sandbox.starting_state import seed_state
from app.sandbox.watch import Watch

__all__ = ["MAIN_ACCOUNT", "MAIN_TOKEN", "create_sandbox"]

SLOW_SECONDS = 35.0
"""How late the answer to the slow number comes: later than most clients wait."""


def create_sandbox(
    blocks: Mapping[str, Block],
    *,
    seed: int | None = None,
    clock: Callable[[], float] = time.time,
    slow_seconds: float = SLOW_SECONDS,
    is_allowed: Callable[[str], bool] | None = is_public,
    own_url: str | None = None,
) -> Sandbox:
    """Build a sandbox with fresh state. As an async context manager it also speaks back: reports, and calls.

    Args:
        blocks: the manifest's blocks: what it answers.
        seed: with one, the same requests at the same times get the same bytes.
        clock: seconds since 1970; a test may move it.
        slow_seconds: how late the answer to the slow magic number comes.
        is_allowed: says whether an IP address may be called back; None: any may.
        own_url: where the service itself is reached, which may be called back whatever its address.
    """
    router = Router(blocks)
    catalog = Catalog(router, TRAITS, STATUSES)
    state = State(seed, clock)
    seed_state(state, catalog, router)
    live = Live(state, is_allowed=is_allowed, own_url=own_url)
    watch = Watch(state, Picture(state, live))
    control = Control(state, catalog, router, live, watch, seed=lambda: seed_state(state, catalog, router))
    return Sandbox(router, catalog, state, assemble(), live, control, slow_seconds)
