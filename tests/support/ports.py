"""Ports for servers that must be told theirs before they listen."""

import socket

_kept: list[socket.socket] = []
"""Bound, so that nobody else is given their ports; who asks for a port by its number gets it all the same."""


def free_port() -> int:
    """Return a port that nobody else is given while the tests run, neither to listen on nor to connect from."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    _kept.append(keeper)
    port: int = keeper.getsockname()[1]
    return port
