"""Numbers that make the sandbox misbehave on purpose, so that users can test their own error handling.

An outcome number decides how a call or message to it goes on; a refusal number, as a destination or as
the number in a path, decides how the request itself is answered. Plivo has no such numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Refusal

BUSY = "15005550001"
NO_ANSWER = "15005550002"
FAILED = "15005550003"
UNDELIVERED = "15005550004"
PATIENT = "15005550005"
PRESSES_1, PRESSES_2 = "15005550011", "15005550012"
SLOW = "15005550408"

OUTCOMES = {
    BUSY: "a call to it is busy",
    NO_ANSWER: "a call to it rings and nobody answers",
    FAILED: "a call or message to it fails",
    UNDELIVERED: "a message to it is sent but not delivered",
    PATIENT: "a call to it goes on until you end it, four hours at most",
    PRESSES_1: "who takes a call to it presses 1 when asked",
    PRESSES_2: "who takes a call to it presses 2 when asked",
}
"""Outcome number → what happens."""

PRESSED = {PRESSES_1: "1", PRESSES_2: "2"}
"""Number → the key that is pressed there."""


@dataclass(frozen=True)
class Fault:
    """How a request that names a refusal number is answered; without a status only late.

    Attributes:
        description: what happens, for people.
        status: HTTP status of the refusal.
        error: its text.
        headers: its further headers.
    """

    description: str
    status: int | None = None
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def strike(self) -> None:
        """Refuse the request, if that is the fault.

        Raises:
            Refusal: a new one each time: a kept exception would gather tracebacks.
        """
        if self.status is not None:
            raise Refusal(self.status, self.error, self.headers)


FAULTS = {
    "15005550400": Fault("400: the request is refused", 400, "'15005550400' is not a valid phone number."),
    "15005550403": Fault(
        "403: the destination's country is not allowed",
        403,
        "Geo-Permission Denied: destination country not enabled",
    ),
    SLOW: Fault("the answer comes later than most clients wait"),
    "15005550429": Fault("429: too many requests, with Retry-After: 1", 429, "Too many requests", {"Retry-After": "1"}),
    "15005550500": Fault("500: an error inside Plivo", 500, "Internal server error"),
}
"""Refusal number → how the request is answered."""


def faults_among(numbers: Iterable[str]) -> list[Fault]:
    """Return the faults that these numbers cause."""
    return [FAULTS[number] for number in map(cleaned, numbers) if number in FAULTS]
