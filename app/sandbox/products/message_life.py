"""The life of one message, as a function of time, and its record: queued, sent, then delivered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.data import magic
from app.sandbox.data.countries import country_of
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json

SENT_AFTER = 0.5
"""Seconds from the request until a message is sent, or has failed."""

DELIVERED_AFTER = 1.5
"""Seconds from the request until it is delivered, or is not."""

_JUST_AFTER = 0.001
"""Seconds: a moment itself may not be told from the one before it."""

RATE = 550
"""Price of one unit, in hundred-thousandths of a dollar."""

CODES = {
    "delivered": ("000", ""),
    "failed": ("300", "Failed to dispatch"),
    "undelivered": ("80", "Destination temporarily unavailable"),
}
"""Final state → Plivo's message error code and what it says."""


@dataclass
class Message:
    """One message to one destination.

    Attributes:
        units: how many messages it is billed as.
        queued: when it was taken, seconds since 1970.
        media: what it carries.
        told: fields of the record that the sender gave (log, DLT ids).
        received: what has become of an inbound one: received, then delivered where its application took it, undelivered
            where that never did; None for one that was sent.
        text: what it says; Plivo's record does not hold it.
    """

    owner: str
    from_number: str
    to_number: str
    kind: str
    units: int
    powerpack: str | None
    queued: float
    media: tuple[Json, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    received: str | None = None
    text: str = ""

    def state(self, now: float) -> str:
        """Return the state at a time, in Plivo's words."""
        if self.received is not None:
            return self.received
        age = now - self.queued
        if age < SENT_AFTER:
            return "queued"
        if self.to_number == magic.FAILED:
            return "failed"
        if age < DELIVERED_AFTER:
            return "sent"
        return "undelivered" if self.to_number == magic.UNDELIVERED else "delivered"

    def error(self, state: str) -> tuple[str | None, str]:
        """Return Plivo's code and text for a state: of what was sent, and of what came in and was taken."""
        if self.received is not None and state != "delivered":
            return None, ""
        return CODES.get(state, (None, ""))

    def states(self) -> Iterator[tuple[float, str]]:
        """Go through the states of a message that was sent, each with when it is reached, seconds since 1970."""
        last = None
        for after in (0.0, SENT_AFTER, DELIVERED_AFTER):
            state = self.state(self.queued + after + _JUST_AFTER)
            if state != last:
                yield self.queued + after, state
            last = state


def record_of(message_uuid: str, message: Message, now: float, uri: str) -> Json:
    """Return the record of a message at a time; its path is the caller's to know."""
    state = message.state(now)
    code, text = message.error(state)
    sent = None if state in ("queued", "failed") else message.queued + SENT_AFTER
    after = {"queued": 0.0, "sent": SENT_AFTER, "failed": SENT_AFTER}.get(state, DELIVERED_AFTER)
    source, destination = country_of(message.from_number), country_of(message.to_number)
    return {
        "message_uuid": message_uuid,
        "message_time": timestamp(message.queued),
        "message_sent_time": None if sent is None else timestamp(sent, "microseconds"),
        "message_updated_time": timestamp(message.queued + after, "microseconds"),
        "message_direction": "outbound" if message.received is None else "inbound",
        "message_state": state,
        "message_type": message.kind,
        "from_number": message.from_number,
        "to_number": message.to_number,
        "destination_country_iso2": None if destination is None else destination.iso2,
        "destination_network": "Sandbox Mobile",
        "is_domestic": source is not None and source == destination,
        "units": message.units,
        "total_rate": money(RATE),
        "total_amount": money(message.units * RATE),
        "carrier_fees": money(0),
        "carrier_fees_rate": money(0),
        "error_code": code,
        "error_message": text,
        "log": message.told.get("log") or "true",
        "powerpack_id": message.powerpack,
        "replaced_sender": "",
        "dlt_entity_id": message.told.get("dlt_entity_id") or "",
        "dlt_template_id": message.told.get("dlt_template_id") or "",
        "dlt_template_category": message.told.get("dlt_template_category") or "",
        "tendlc_campaign_id": None,
        "tendlc_registration_status": "unregistered",
        "conversation_id": None,
        "conversation_origin": None,
        "conversation_expiration_timestamp": None,
        "conversation_expiry_timestamp": None,
        "requester_ip": "127.0.0.1",
        "resource_uri": uri,
    }
