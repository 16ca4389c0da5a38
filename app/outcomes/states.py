"""How a message or a call ended, read from its record or from Plivo's event about it: both use the same names."""

from collections.abc import Mapping
from typing import Any

PENDING = "pending"

_FINAL_MESSAGES = frozenset(("delivered", "undelivered", "failed", "rejected", "read"))
_FINAL_CALLS = frozenset(("completed", "busy", "failed", "timeout", "no-answer", "cancel"))

_CALL_STATES = {
    1000: "cancel",
    3000: "no-answer",
    3010: "busy",
    3020: "busy",
    3100: "busy",
    3110: "busy",
    6010: "timeout",
}
"""By Plivo's code of the hang-up cause: the state of a call that nobody answered; of all others it has failed."""


def end_of_message(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the outcome of a message; None while it is not known."""
    state = str(record.get("message_state", "")).lower()
    if state not in _FINAL_MESSAGES:
        return None
    return {"state": state, **_known(record, error_code="error_code", units="units", total_amount="total_amount")}


def end_of_call(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the outcome of a call; None while it is not over."""
    state = str(record.get("call_status") or "")
    if state not in _FINAL_CALLS:
        if not record.get("end_time"):
            return None
        state = _state_of_call(record)
    told = _known(record, duration="call_duration", hangup_cause="hangup_cause_name", answered_by="answered_by")
    return {"state": state, **told}


def uuids_in(reply: Mapping[str, Any], *, is_call: bool) -> list[str]:
    """Return the ids of the messages or calls that Plivo's reply to a request names, one or several."""
    named = reply.get("request_uuid" if is_call else "message_uuid")
    return [str(uuid) for uuid in (named if isinstance(named, list) else [named]) if uuid]


def _known(record: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {ours: record[theirs] for ours, theirs in names.items() if record.get(theirs) is not None}


def _state_of_call(record: Mapping[str, Any]) -> str:
    if record.get("answer_time") or record.get("bill_duration"):
        return "completed"
    code = str(record.get("hangup_cause_code", ""))
    return _CALL_STATES.get(int(code) if code.isdecimal() else 0, "failed")
