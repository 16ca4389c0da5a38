"""Being told to stop: whoever must know of SIGTERM before the requests in flight have ended."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def when_told_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` when the process is told to end, before whoever handles the signal already.

    The server waits for requests in flight and only then lets the application know.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals, and only it is told of them
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        stop()
        former = earlier[signal.Signals(number)]
        if callable(former):
            former(number, frame)
        elif former == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, former in earlier.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, former)
