"""What elements of a page have in common: numbers in attributes, and the action that comes after."""

import math

from app.protocol.xml.document import Element
from app.sandbox.engine.replies import Json
from app.sandbox.line import Jump, Line


def seconds(element: Element, name: str, default: float) -> float:
    """Return an attribute's number; the default where there is none that can be read."""
    try:
        number = float(element.attributes.get(name, default))
    except ValueError:
        return default
    return max(0.0, number) if math.isfinite(number) else default


async def follow(line: Line, element: Element, told: Json) -> Jump | None:
    """Return the element's action; with ``redirect="false"`` it only hears of it, and the page goes on."""
    action, method = element.attributes.get("action"), element.attributes.get("method")
    if not action:
        return None
    if element.attributes.get("redirect") == "false":
        await line.ask(action, method, told)
        return None
    return Jump(action, method, "Action", told)
