"""Numbers that make the sandbox misbehave on purpose, so that users can test their own error handling.

An outcome number decides how a call or message to it goes on; a refusal number, as a destination or as
the number in a path, decides how the request itself is answered. Plivo has no such numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.sandbox.replies import Refusal

BUSY = "15005550001"
NO_ANSWER = "15005550002"
FAILED = "15005550003"
UNDELIVERED = "15005550004"
SLOW = "15005550408"

OUTCOMES = {
    BUSY: "a call to it is busy",
    NO_ANSWER: "a call to it rings and nobody answers",
    FAILED: "a call or message to it fails",
    UNDELIVERED: "a message to it is sent but not delivered",
}
"""Outcome number → what happens."""


@dataclass(frozen=True)
class Trick:
    """How a request that names a refusal number is answered."""

    description: str
    refusal: Refusal | None = None


TRICKS = {
    "15005550400": Trick("400: the request is refused", Refusal(400, "The number 15005550400 is not valid")),
    "15005550403": Trick(
        "403: the destination's country is not allowed",
        Refusal(403, "The account's geo-permission settings do not allow the destination 15005550403"),
    ),
    SLOW: Trick("the answer comes later than most clients wait"),
    "15005550429": Trick(
        "429: too many requests, with Retry-After: 1", Refusal(429, "Too many requests", {"Retry-After": "1"})
    ),
    "15005550500": Trick("500: an error inside Plivo", Refusal(500, "Internal server error")),
}
"""Refusal number → how the request is answered."""


def tricks_among(numbers: Iterable[str]) -> list[Trick]:
    """Return the tricks that these numbers play."""
    return [TRICKS[number] for number in (raw.lstrip("+") for raw in numbers) if number in TRICKS]
