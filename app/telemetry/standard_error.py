"""Standard error, written to without ever waiting for whoever reads it.

A pipe or terminal that nobody reads fills up, and the next write would stop the service. What it leads to is opened
once more, for us alone, and told not to wait: the flag set on standard error itself would hold for all processes that
share it.
"""

import contextlib
import os
import select
import socket
import stat
import weakref
from collections.abc import Callable

DESCRIPTOR = 2


class StandardError:
    """Writes lines. What finds no room is lost; a line that was begun is finished first.

    Args:
        descriptor: where it leads to.
    """

    def __init__(self, descriptor: int = DESCRIPTOR) -> None:
        self._write = _writer(descriptor, self)
        self._rest = b""

    def write(self, line: bytes) -> bool:
        """Write a line, and say whether there was room for it.

        A descriptor that is closed, or a reader that is gone, is no reason to fail: nobody wants the line.
        """
        try:
            if self._rest:
                self._rest = self._rest[self._write(self._rest) :]
                if self._rest:
                    return False
            written = self._write(line)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if written < len(line):
            self._rest = line[written:]
        return True


def _writer(descriptor: int, owner: object) -> Callable[[bytes], int]:
    """Return what writes as much as there is room for, and raises BlockingIOError where there is none.

    What it opens is closed with its owner.
    """
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        mode = stat.S_IFREG
    if stat.S_ISSOCK(mode):
        connection = socket.socket(fileno=os.dup(descriptor))
        weakref.finalize(owner, connection.close).atexit = False
        return lambda data: connection.send(data, socket.MSG_DONTWAIT)
    if stat.S_ISREG(mode) or not hasattr(os, "O_NONBLOCK"):
        return lambda data: os.write(descriptor, data)
    with contextlib.suppress(OSError):  # there is no /proc, or it may not be opened again
        own = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        weakref.finalize(owner, os.close, own).atexit = False
        return lambda data: os.write(own, data)
    return _ask_first(descriptor)


def _ask_first(descriptor: int) -> Callable[[bytes], int]:
    """Return a writer for where the descriptor cannot be opened once more.

    A pipe that is ready takes PIPE_BUF bytes without waiting, unless another process is faster.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)

    def write(data: bytes) -> int:
        written = 0
        while written < len(data):
            if not poll.poll(0):
                if not written:
                    raise BlockingIOError
                break
            written += os.write(descriptor, data[written : written + select.PIPE_BUF])
        return written

    return write
