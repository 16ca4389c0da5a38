"""Plivo's reply shapes: a JSON object with ``api_id``; errors mostly as ``{"api_id", "error"}``, in Plivo's words.

Plivo documents hardly any error body. What is known of them (its SDKs' fixtures, its command line's tests, what people
met) is written where it is raised; the rest is worded here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP: JSON, plain text, or nothing at all (Plivo's 204)."""

    status: int
    body: Json | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The request is answered with an error in Plivo's shape. Each is raised once: a kept one gathers tracebacks.

    Args:
        status: HTTP status.
        error: Plivo's ``error`` text.
        headers: further headers, such as Retry-After.
        key: where the text stands; a few products have another one than ``error``.
        body: the whole body, where it is not made of these.
    """

    def __init__(
        self,
        status: int,
        error: str,
        headers: Mapping[str, str] | None = None,
        *,
        key: str = "error",
        body: Json | str | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = headers or {}
        self.key = key
        self.body = body

    def reply(self, api_id: str) -> Reply:
        """Return the reply that says so."""
        body = {"api_id": api_id, self.key: self.error} if self.body is None else self.body
        return Reply(self.status, body, self.headers)


def not_found(error: str = "not found", *, key: str = "error") -> Refusal:
    """Return the refusal for something that is not there, or not the account's; most products say nothing more."""
    return Refusal(404, error, key=key)


def missing(parameter: str) -> Refusal:
    """Return the refusal for an absent parameter, in the one wording that Plivo documents."""
    return Refusal(400, f"{parameter} parameter is missing")


def invalid(parameter: str, reason: str) -> Refusal:
    """Return the refusal for a value that does not fit, worded as Plivo words it of a caller's number."""
    return Refusal(400, f"{parameter} parameter is invalid. {reason[:1].upper()}{reason[1:]}")


NO_CONTENT = Reply(204)
