"""Plivo's reply shapes: a JSON object with ``api_id``; errors as ``{"api_id", "error"}``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP; an empty body is sent as no bytes at all (Plivo's 204)."""

    status: int
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The request is answered with an error in Plivo's shape.

    Args:
        status: HTTP status.
        error: Plivo's ``error`` text.
        headers: further headers, such as Retry-After.
    """

    def __init__(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = headers or {}

    def reply(self, api_id: str) -> Reply:
        """Return the reply that says so."""
        return Reply(self.status, {"api_id": api_id, "error": self.error}, self.headers)


def not_found(what: str) -> Refusal:
    """Return the refusal for something that is not there, or not the account's."""
    return Refusal(404, f"{what} not found")


def missing(parameter: str) -> Refusal:
    """Return the refusal for an absent parameter, in the one wording that Plivo documents."""
    return Refusal(400, f"{parameter} parameter is missing")


def invalid(parameter: str, reason: str) -> Refusal:
    """Return the refusal for a value that does not fit."""
    return Refusal(400, f"{parameter} parameter is invalid: {reason}")


NO_CONTENT = Reply(204)
