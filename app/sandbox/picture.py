"""What there is to see in the sandbox: its newest records as a reader wants them, and what happened to each."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from app import json_text
from app.protocol.sms import measure
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json, Refusal
from app.sandbox.engine.state import EVERYBODY, MAIN_ACCOUNT, State
from app.sandbox.engine.tables import Record
from app.sandbox.live import Live
from app.sandbox.products.call_life import Call, CallState
from app.sandbox.products.message_life import RATE, Message

MOST_RECORDS = 200
"""Records of a kind that are shown, the newest."""

LONGEST_TEXT = 2000
"""Characters of a text that are shown."""

Shown = dict[tuple[str, str], bytes]
"""(Kind, id) → the record as JSON."""

_BEFORE_ANSWER = (CallState.QUEUED, CallState.RINGING)

_NUMBER = ("alias", "application", "country", "monthly_rental_rate", "number", "number_type", "region")
_APPLICATION = ("answer_url", "app_id", "app_name", "fallback_answer_url", "hangup_url", "message_url")


class Picture:
    """Shows one sandbox.

    Args:
        state: what is remembered; it is only looked at, so that looking keeps nothing alive.
        live: what goes on by itself.
    """

    def __init__(self, state: State, live: Live) -> None:
        self._state = state
        self._live = live
        self._kinds: tuple[tuple[str, str, Callable[[str, Any], Json]], ...] = (
            ("application", "Application", self._application),
            ("number", "Number", self._number),
            ("message", "Message", self._message),
            ("call", "Call", self._call),
        )

    def of(self, account: str) -> Shown:
        """Return all that an account may see now, the older before the newer."""
        shown: Shown = {}
        for kind, table, view in self._kinds:
            for key, record in reversed(list(islice(self._newest(account, table), MOST_RECORDS))):
                told = {name: _shortened(value) for name, value in view(key, record).items()}
                shown[kind, key] = json_text.render(told)
        shown["faults", ""] = json_text.render(self._live.faults.shown())
        shown["clock", ""] = json_text.render({"ahead": self._state.ahead})
        return shown

    def timeline(self, account: str, key: str) -> list[Json]:
        """Return what happened to a message or a call, step by step.

        Raises:
            Refusal: 404, there is none that the account may know of.
        """
        record: Message | Call | None = self._state.rows("Message").get(key) or self._state.rows("Call").get(key)
        owner, steps = self._live.outside.timelines.of(key) or (record and record.owner, [])
        if owner is None or account not in (MAIN_ACCOUNT, owner):
            raise Refusal(404, "nothing is known of such a message or call")
        match record:
            case Message():
                # A receiver may be told of a state the moment that it is reached.
                return sorted([*self._history(record), *steps], key=lambda step: str(step["at"]))
            case Call() if not steps:
                return list(self._course(record))
        return steps

    def _newest(self, account: str, table: str) -> Iterator[tuple[str, Any]]:
        for key, record in reversed(self._state.rows(table).items()):
            # Old messages and calls are there for who asks for the ids of the examples.
            is_example = table in ("Message", "Call") and self._state.is_seed(table, key)
            if not is_example and (account in (MAIN_ACCOUNT, record.owner) or record.owner == EVERYBODY):
                yield key, record

    def _message(self, message_uuid: str, message: Message) -> Json:
        state = message.state(self._state.clock())
        code, error = message.error(state)
        is_inbound = message.received is not None
        return {
            "message_uuid": message_uuid,
            "message_direction": "inbound" if is_inbound else "outbound",
            "message_state": state,
            "message_time": timestamp(message.queued, "milliseconds"),
            "message_type": message.kind,
            "from_number": message.from_number,
            "to_number": message.to_number,
            "text": message.text,
            "encoding": _encoding(message.text) if message.kind == "sms" else None,
            "units": message.units,
            "media": len(message.media),
            "total_amount": money(0 if is_inbound else message.units * RATE),
            "error_code": code,
            "error_message": error,
            "powerpack_id": message.powerpack,
            "states": self._history(message),
            **self._followed(message_uuid),
        }

    def _history(self, message: Message) -> list[Json]:
        """Return the states that a message has reached, each with when."""
        if message.received is not None:
            return []
        now = self._state.clock()
        return [
            {"at": timestamp(moment, "milliseconds"), "step": state}
            for moment, state in message.states()
            if moment <= now
        ]

    def _call(self, call_uuid: str, call: Call) -> Json:
        now = self._state.clock()
        state = call.state(now)
        line = self._live.lines.get(call_uuid)
        is_over = call.is_over(now)
        answered = call.answered if call.answered is not None and call.answered <= now else None
        return {
            "call_uuid": call_uuid,
            "call_direction": call.direction,
            "call_state": state.value,
            "from_number": call.from_number,
            "to_number": call.to_number,
            "initiation_time": timestamp(call.made, "milliseconds"),
            "answer_time": None if answered is None else timestamp(answered, "milliseconds"),
            "end_time": timestamp(call.ending.at, "milliseconds") if is_over else None,
            "call_duration": 0 if answered is None else int(min(now, call.ending.at) - answered),
            "hangup_cause_name": call.ending.cause if is_over else None,
            "hangup_source": call.ending.source if is_over else None,
            "total_amount": money(call.cost()) if is_over else None,
            "parent_call_uuid": call.parent,
            "waits_for": line.awaited if line is not None else "",
            "orders": [] if line is None or is_over else _orders(call, state),
            **self._followed(call_uuid),
        }

    def _course(self, call: Call) -> Iterator[Json]:
        """Return how a call went that nobody follows, since too many are followed already."""
        moments = (("begins", call.made), ("ringing", call.rings), ("answered", call.answered))
        now = self._state.clock()
        for step, moment in moments:
            if moment is not None and moment <= min(now, call.ending.at):
                yield {"at": timestamp(moment, "milliseconds"), "step": step}
        if call.is_over(now):
            ending = call.ending
            told = {"state": ending.state.value, "cause": ending.cause, "source": ending.source}
            yield {"at": timestamp(ending.at, "milliseconds"), "step": "ended", **told}

    def _number(self, number: str, record: Record) -> Json:
        fields = {name: record.fields.get(name) for name in _NUMBER}
        app_id = str(fields.pop("application") or "").rstrip("/").rpartition("/")[2]
        return {**fields, "number": number, "app_id": app_id or None}

    def _application(self, app_id: str, record: Record) -> Json:
        return {**{name: record.fields.get(name) for name in _APPLICATION}, "app_id": app_id}

    def _followed(self, key: str) -> Json:
        """Return how far a timeline is, and the request that waits for an answer."""
        outside = self._live.outside
        return {"steps": outside.timelines.noted(key), "asks": next(iter(outside.pending.get(key, ())), "")}


def _orders(call: Call, state: CallState) -> list[str]:
    """Return what can be ordered of a call now."""
    orders = ["answer"] if state in _BEFORE_ANSWER else ["digits", "speech"]
    return [*orders, "hangup", *(["machine"] if call.direction == "outbound" else [])]


def _shortened(value: Any) -> Any:
    return f"{value[:LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value


@lru_cache(MOST_RECORDS)
def _encoding(text: str) -> str:
    return measure(text).encoding
