"""How uvicorn is told to serve: with our connections, our log, and nothing that we do not use."""

from functools import partial
from typing import TYPE_CHECKING, cast

import uvicorn

from app.settings import Settings
from app.web.bounds import Bounds, Traffic
from app.web.connection import Connection

if TYPE_CHECKING:
    from starlette.types import ASGIApp

BACKLOG = 2048
"""Connections that wait to be accepted; the kernel may hold fewer."""

GRACE_SECONDS = 5
"""Added to PLIVO_TIMEOUT: how long requests in flight may take to finish at SIGTERM."""


def server_config(app: "ASGIApp | str", settings: Settings) -> uvicorn.Config:
    """Return what uvicorn is told.

    Args:
        app: the service, or where to import what makes it in each of several processes.
        settings: what the environment says.
    """
    bounds = Bounds.of(settings)
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        loop="auto",  # uvloop, except on Windows, where it does not exist
        # A process of several gets a copy, so each has its own traffic.
        http=cast("type[Connection]", partial(Connection, Traffic(bounds))),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing asks who the client is
        backlog=BACKLOG,
        timeout_graceful_shutdown=int(settings.plivo_timeout) + GRACE_SECONDS,
    )
