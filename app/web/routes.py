"""Routes of the doors: what answers which methods at which path."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def route(path: str, methods: list[str], answer: Callable[[Request], Awaitable[Response] | Response]) -> Route:
    """Return a route that takes these methods and no other.

    Starlette alone lets HEAD through wherever GET is: a stream would be kept open for nobody, and a page or an event
    count as fetched.

    Args:
        path: as Starlette writes it; what stands in braces is in ``request.path_params``.
        methods: in capitals.
        answer: answers a request, beside the event loop unless it is a coroutine function.
    """
    made = Route(path, answer, methods=methods)
    made.methods = set(methods)
    return made
