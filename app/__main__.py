"""``python -m app``, installed as ``plivo-connector``: start the service, serve AI agents, or check it."""

import gc

# What is imported stays, 100,000 objects: a collector that looks through them time and again is a tenth of the start.
gc.disable()

import argparse
import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from app import __version__
from app.errors import ConfigurationError
from app.main import create_app, serve_mcp
from app.manifest import METADATA, load_manifest
from app.settings import Settings, load_settings
from app.telemetry.logs import Log
from app.web.bounds import within_open_files
from app.web.server import server_config

gc.enable()


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command; exits with 2 when the service is not set up right.

    Args:
        argv: the words after the program's name; None: those it was started with.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    # `serve` may be left out.
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    options = _parser().parse_args(words)
    try:
        if options.command == "check":
            _check()
        elif options.command == "mcp":
            _serve_mcp()
        else:
            _serve(options.host, options.port)
    except ConfigurationError as error:
        print(f"plivo-connector cannot start. {error}", file=sys.stderr)  # noqa: T201  # there is no log yet
        sys.exit(2)


def create_worker(metadata: Path = METADATA, *, port: int | None = None) -> ASGIApp:
    """Build the service for this process, which is one of ``WORKERS``.

    Args:
        metadata: the directory of the manifest.
        port: the port that was taken; None: what the settings say.

    Raises:
        ConfigurationError: a setting or the manifest is wrong.
    """
    settings = load_settings(port=None if port is None else str(port))
    Log(settings.log_level, settings.log_format).take_over_standard_logging()
    _end_with_parent()
    # What start-up makes lives as long as the process: sparing the collector a look at it takes a tenth of a second off
    # the start, and the slowest one per cent of requests from 50 ms to 10.
    gc.disable()
    app = create_app(within_open_files(settings), metadata=metadata)
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()
    return app


def _end_with_parent() -> None:
    """End, as at SIGTERM, when the process that started this one as a worker is gone: nobody else would end it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def serve(app: ASGIApp, settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, and finish what is in flight.

    Args:
        app: the service of this process.
        settings: what the environment says.
        listener: where requests come in; bound, not yet listening.
    """
    # uvicorn raises the signal anew once everything is finished: a stop in order is no death by signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    is_alone = settings.workers == 1
    possible = within_open_files(settings)
    if possible is not settings:
        logging.getLogger("app").warning(
            "The files that may be open (ulimit -n) are few: MAX_CONNECTIONS is %d and PLIVO_MAX_CONNECTIONS %d.",
            possible.max_connections,
            possible.plivo_max_connections,
        )
    # Further processes start from scratch and build their own.
    config = server_config(app if is_alone else "app.__main__:create_worker", possible)
    if is_alone:
        _Server(config).run(sockets=[listener])
    else:
        _say_where(listener)
        Multiprocess(config, sockets=[listener]).run()


class _Server(uvicorn.Server):
    """Says where it listens, once it does; uvicorn leaves that to whoever made the socket."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            _say_where(listener)


def _say_where(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    logging.getLogger("app").info("Listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything else is done.

    Raises:
        ConfigurationError: it cannot be taken, and why.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"HOST: {host} is not an address to listen on: {error.strerror}.") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"HOST, PORT: {host}:{port} cannot be listened on: {error.strerror}. Choose another with --host and --port."
        ) from None
    listener.set_inheritable(True)
    return listener


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plivo-connector",
        description="Plivo for low-code platforms. Settings are environment variables, or lines of .env.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="start the service; this is what happens without a command")
    serving.add_argument("--host", help="address to listen on, instead of HOST")
    serving.add_argument("--port", help="port to listen on, instead of PORT")
    commands.add_parser("check", help="check settings and manifest, and say what they are, without starting")
    commands.add_parser(
        "mcp",
        help="serve AI agents over standard input and output (MCP), with PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN",
    )
    return parser


def _serve(host: str | None, port: str | None) -> None:
    settings = load_settings(host=host, port=port)
    listener = listen(settings.host, settings.port)
    with listener:
        bound_port = listener.getsockname()[1]
        app = create_worker(port=bound_port)
        print(_greeting(settings, bound_port), flush=True)  # noqa: T201  # for the person who started it
        serve(app, settings, listener)


def _serve_mcp() -> None:
    settings = load_settings()
    Log(settings.log_level, settings.log_format).take_over_standard_logging()
    print(_destination(settings), file=sys.stderr)  # noqa: T201  # standard output is the protocol's
    asyncio.run(serve_mcp(settings))


def _check() -> None:
    settings = load_settings()
    blocks = load_manifest(METADATA).blocks
    print(f"{len(blocks)} blocks, no problem found. {_destination(settings)}")  # noqa: T201  # it was asked for


def _destination(settings: Settings) -> str:
    if settings.sandbox:
        return "Sandbox: an embedded Plivo answers, nothing reaches the real one."
    if settings.plivo_api_url:
        return "Live: requests go to PLIVO_API_URL."
    return "Live: requests go to Plivo, and what they do is real. Set SANDBOX=true to try everything safely."


def _greeting(settings: Settings, port: int) -> str:
    lines = [f"plivo-connector {__version__} on http://{settings.host}:{port}", _destination(settings)]
    if settings.sandbox:
        from app.sandbox import MAIN_ACCOUNT, MAIN_TOKEN  # noqa: PLC0415  # loaded by now, and in a sandbox alone

        lines.append(f"""Account: authId {MAIN_ACCOUNT}, authToken {MAIN_TOKEN}
Try it:
curl -s localhost:{port}/api/Plivo/sendMessage -H 'Content-Type: application/json' -d '{{
  "authId": "{MAIN_ACCOUNT}", "authToken": "{MAIN_TOKEN}",
  "src": "14155550100", "destination": "14155550123", "text": "Hello from the sandbox"}}'
""")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
