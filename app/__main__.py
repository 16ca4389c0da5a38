"""``python -m app``: start the service with what the environment says."""

import gc
import signal
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from app.errors import ConfigurationError
from app.logs import Log
from app.main import create_app
from app.manifest import METADATA
from app.sandbox.accounts import MAIN_TOKEN
from app.sandbox.state import MAIN_ACCOUNT
from app.settings import Settings, load_settings

GRACE_SECONDS = 5
"""Added to PLIVO_TIMEOUT: how long requests in flight may take to finish at SIGTERM."""


def main() -> None:
    """Run the service until it is told to stop; exits with 2 when it is not set up right."""
    try:
        settings = load_settings()
        app = create_worker()
    except ConfigurationError as error:
        print(f"plivo-connector cannot start. {error}", file=sys.stderr)  # noqa: T201  # there is no log yet
        sys.exit(2)
    if settings.sandbox:
        print(_invitation(settings), flush=True)  # noqa: T201  # for the person who started it, not a log line
    serve(app, settings)


def create_worker(metadata: Path = METADATA) -> ASGIApp:
    """Build the service for this process, which is one of ``WORKERS``.

    Args:
        metadata: the directory of the manifest.

    Raises:
        ConfigurationError: a setting or the manifest is wrong.
    """
    settings = load_settings()
    Log(settings.log_level, settings.log_format).take_over_standard_logging()
    app = create_app(settings, metadata=metadata)
    # What start-up made lives as long as the process: sparing the collector a look at it takes the
    # slowest one per cent of requests from 50 ms to 10.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    return app


def serve(app: ASGIApp, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, and finish what is in flight."""
    # uvicorn raises the signal anew once everything is finished: a stop in order is no death by signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    is_alone = settings.workers == 1
    uvicorn.run(
        # Further processes start from scratch and build their own.
        app if is_alone else "app.__main__:create_worker",
        factory=not is_alone,
        workers=settings.workers,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing asks who the client is
        timeout_graceful_shutdown=int(settings.plivo_timeout) + GRACE_SECONDS,
    )


def _invitation(settings: Settings) -> str:
    return f"""Sandbox: an embedded Plivo answers, nothing reaches the real one.
Account: authId {MAIN_ACCOUNT}, authToken {MAIN_TOKEN}
Try it:
curl -s localhost:{settings.port}/api/Plivo/sendMessage -H 'Content-Type: application/json' -d '{{
  "authId": "{MAIN_ACCOUNT}", "authToken": "{MAIN_TOKEN}",
  "src": "14155550100", "destination": "14155550123", "text": "Hello from the sandbox"}}'
"""


if __name__ == "__main__":
    main()
