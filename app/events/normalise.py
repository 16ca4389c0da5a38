"""A request of Plivo's → an event: what happened, under the names and in the types of the matching REST record."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app import json_text
from app.datatypes.moments import read_moment
from app.events import NewEvent
from app.manifest.events import EventKind, Reading, data_name, matches, recurs, type_of

UNKNOWN = "plivo.unknown"
"""The type of what no kind describes: it is handed on all the same."""

Params = Mapping[str, Any]

_LONGEST_KEY = 256
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?")
_NUMBERED = re.compile(r"(.*?)([0-9]+)")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class Normaliser:
    """Makes events of requests.

    Args:
        kinds: the kinds of request that are known.
    """

    def __init__(self, kinds: Sequence[EventKind]) -> None:
        self._kinds = kinds

    def read(self, params: Params, *, subscription: str, account: str, nonce: str, now: float) -> NewEvent:
        """Return the event that a request tells of.

        Args:
            params: its parameters: texts, lists of texts where a name is repeated, anything in JSON.
            subscription: whose event it is; the same request to two subscriptions makes two events.
            account: the authId of the subscription.
            nonce: of the signature; empty for none.
            now: seconds since 1970, for events that do not say when they happened.
        """
        kind = next((kind for kind in self._kinds if matches(kind, dict(params))), None)
        if kind is None:
            # What tells two of them apart is not known either: rather one of them twice than one of two never.
            name, data, key, seen, needs_xml = UNKNOWN, _data(params, Reading()), "", _with_nonce(params, nonce), False
        else:
            name = type_of(kind, dict(params))
            data = _data(params, kind.reading) | kind.constants
            # Half a character, as JSON may hold, cannot be kept.
            key = str(params.get(kind.key) or "")[:_LONGEST_KEY].encode(errors="replace").decode()
            chosen = {part: params[part] for part in kind.identity if params.get(part)}
            seen = _with_nonce(params, nonce) if recurs(kind, name) else chosen or params
            needs_xml = kind.xml
        identity = sha256(json_text.canonical([subscription, name, seen])).hexdigest()
        return NewEvent(
            id=f"evt_{identity[:32]}",
            type=name,
            lane=f"{key or identity[:32]}",
            needs_xml=needs_xml,
            content={
                "type": name,
                "occurred_at": _occurred_at(params, kind) or iso_at(now),
                "account": account,
                "subscription": subscription,
                "data": data,
                "raw": dict(params),
            },
        )


def _with_nonce(params: Params, nonce: str) -> Params:
    return {**params, "nonce": nonce}


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC; one without an offset is taken for UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


def iso_at(seconds: float) -> str:
    """Write seconds since 1970 as ISO 8601 in UTC."""
    return iso(datetime.fromtimestamp(seconds, UTC))


def _data(params: Params, reading: Reading) -> dict[str, Any]:
    data: dict[str, Any] = {}
    numbered: dict[str, dict[int, Any]] = {}
    for name, value in params.items():
        part = _NUMBERED.fullmatch(name)
        if part and part[1] in reading.lists:
            if value not in ("", None):
                numbered.setdefault(reading.lists[part[1]], {})[int(part[2][:9])] = value
            continue
        target = reading.names.get(name) or data_name(name)
        read = _read(name, value, reading)
        if read is not None or target not in data:
            data[target] = read
    return data | {name: [value for _, value in sorted(items.items())] for name, items in numbered.items()}


def _read(name: str, value: Any, reading: Reading) -> Any:
    """Read one value; what is not what it should be stays as it came."""
    if not isinstance(value, str) or value == "":
        return None if value == "" else value
    if name in reading.numbers and (number := _NUMBER.fullmatch(value)):
        return float(value) if number[1] else int(value)
    if name in reading.booleans:
        return _BOOLEANS.get(value.lower(), value)
    return (_moment(value) or value) if name in reading.times else value


def _moment(value: object) -> str | None:
    try:
        return iso(read_moment(value))
    except ValueError:
        return None


def _occurred_at(params: Params, kind: EventKind | None) -> str | None:
    told = (_moment(params[name]) for name in (kind.time if kind else ()) if params.get(name))
    return next(filter(None, told), None)
