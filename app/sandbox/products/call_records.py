"""How calls are shown: as records once they are over, and while they are queued or live."""

import math

from app.sandbox.data.countries import country_of
from app.sandbox.engine.notation import money, timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.engine.request import Request
from app.sandbox.products.call_life import RATE, Call

_UNVERIFIED = {"stir_attestation": "", "stir_verification": "Not Applicable"}
"""What there is to say of who signed for the caller: calls that somebody makes here carry no signature."""


def record_of(request: Request, call_uuid: str, call: Call) -> Json:
    """Return the record of a call."""
    seconds = call.seconds()
    country = country_of(call.to_number)
    return {
        **_UNVERIFIED,
        **({} if call.answered_by is None else {"answered_by": call.answered_by}),
        "answer_time": None if call.answered is None else timestamp(call.answered),
        "bill_duration": seconds,
        "billed_duration": math.ceil(seconds / 60) * 60,
        "call_direction": call.direction,
        "call_duration": seconds,
        "call_state": None if call.answered is None else "ANSWER",
        "call_uuid": call_uuid,
        "cnam_lookup": "disabled",
        "conference_uuid": call.conference_uuid,
        "end_time": timestamp(call.ending.at),
        "from_number": call.from_number,
        "hangup_cause_code": call.ending.code,
        "hangup_cause_name": call.ending.cause,
        "hangup_source": call.ending.source,
        "initiation_time": timestamp(call.made),
        "parent_call_uuid": call.parent,
        "resource_uri": request.uri("Call", call_uuid),
        "source_ip": "127.0.0.1",
        "to_number": call.to_number,
        "total_amount": money(call.cost()),
        "total_rate": money(RATE),
        "voice_network_group": "SIP" if country is None else f"{country.name} All Networks",
    }


def present_of(request: Request, call_uuid: str, call: Call) -> Json:
    """Return what is shown of a call that is not over."""
    return {
        **_UNVERIFIED,
        "call_status": call.state(request.now).value,
        "call_uuid": call_uuid,
        "caller_name": call.caller_name,
        "direction": call.direction,
        "from": call.from_number,
        "request_uuid": call_uuid,
        "session_start": timestamp(call.made, "microseconds").removesuffix("+00:00"),
        "to": call.to_number,
    }


def ended(call: Call) -> Json:
    """Return what a call's hang-up URL hears of how it ended."""
    ending = call.ending
    return {
        "CallStatus": str(ending.state),
        "HangupCause": _CAUSES.get(ending.code, "NORMAL_CLEARING"),
        "HangupCauseName": ending.cause,
        "HangupCauseCode": ending.code,
        "HangupSource": ending.source,
        "Duration": call.seconds(),
        "BillDuration": call.seconds(),
        "TotalCost": money(call.cost()),
        "StartTime": _time(call.made),
        "AnswerTime": None if call.answered is None else _time(call.answered),
        "EndTime": _time(ending.at),
    }


_CAUSES = {2010: "NETWORK_OUT_OF_ORDER", 3000: "NO_ANSWER", 3010: "USER_BUSY"}
"""Plivo's code → what telephony calls the cause; all others are a normal end."""


def _time(moment: float) -> str:
    return timestamp(moment).removesuffix("+00:00")
