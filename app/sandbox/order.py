"""One order of who tries things out: its fields, read and checked. The text of a refusal begins with the field."""

from typing import Any

from app import json_text
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Json, Refusal
from app.sandbox.faults import STAGES, Fault


class Order:
    """The fields of one order.

    Args:
        account: who gives it.
        content: what it says, as JSON.

    Raises:
        Refusal: 400, it is no JSON object.
    """

    def __init__(self, account: str, content: bytes) -> None:
        self.account = account
        self._fields = _fields(content)

    def only(self, *names: str) -> None:
        """Make sure that there are no other fields than these.

        Raises:
            Refusal: 400, there is one.
        """
        for name in self._fields:
            if name not in names:
                known = f"this order takes {', '.join(names)}" if names else "this order takes no fields"
                raise Refusal(400, f"{name}: unknown; {known}")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not empty.

        Raises:
            Refusal: 400, there is none.
        """
        value = self._fields.get(name, default)
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"{name}: {'is missing' if value is None else 'must be a text, not empty'}")
        return value

    def phone(self, name: str) -> str:
        """Return a phone number, as digits.

        Raises:
            Refusal: 400, there is none.
        """
        number = cleaned(self.text(name))
        if not number.isdecimal():
            raise Refusal(400, f"{name}: must be a phone number with its country code, like 14155550123")
        return number

    def number(self, name: str, *, least: float, most: float) -> float:
        """Return a number within bounds.

        Raises:
            Refusal: 400, there is none.
        """
        return _number(self._fields.get(name), name, least=least, most=most)

    def faults(self) -> dict[str, Fault]:
        """Return the faults that the fields order, by their stage.

        Raises:
            Refusal: 400, a field is no stage, or its value no fault.
        """
        faults = {stage: _fault(stage, value) for stage, value in self._fields.items()}
        return {stage: fault for stage, fault in faults.items() if fault is not None}


def _fields(content: bytes) -> Json:
    try:
        fields = json_text.parse(content) if content.strip() else {}
    except ValueError:
        raise Refusal(400, "the order must be JSON") from None
    if not isinstance(fields, dict):
        raise Refusal(400, "the order must be a JSON object")
    return fields


def _number(value: Any, name: str, *, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refusal(400, f"{name}: must be a number from {least:g} to {most:.10g}")
    return float(value)


def _fault(stage: str, value: object) -> Fault | None:
    if stage not in STAGES:
        raise Refusal(400, f"{stage}: unknown stage; there are {', '.join(STAGES)}")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal(400, f"{stage}: must be an object with status, delay, probability, or null")
    for name in value:
        if name not in ("status", "delay", "probability"):
            raise Refusal(400, f"{stage}.{name}: unknown; a fault has status, delay, probability")
    status = value.get("status")
    return Fault(
        None if status is None else int(_number(status, f"{stage}.status", least=200, most=599)),
        _number(value.get("delay", 0), f"{stage}.delay", least=0, most=60),
        _number(value.get("probability", 1), f"{stage}.probability", least=0, most=1),
    )
