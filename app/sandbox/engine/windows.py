"""The windows that Plivo puts around its lists of calls, recordings and the like (manifest: ``list.window``).

Without a filter on its time such a list looks some days back; with one bound it looks as far from there
as a range may be wide; a wider range is refused. None looks back further than records are kept.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from app.manifest.model import Window
from app.sandbox.engine.notation import read_time
from app.sandbox.engine.replies import invalid

DAY = 24 * 3600

OLDEST = 90 * DAY
"""Seconds for which records are listed (Plivo: calls and verify sessions 90 days)."""

_RANGES: Mapping[str, Callable[[float], tuple[float, float]]] = {
    "gt": lambda bound: (math.nextafter(bound, math.inf), math.inf),
    "gte": lambda bound: (bound, math.inf),
    "lt": lambda bound: (-math.inf, math.nextafter(bound, -math.inf)),
    "lte": lambda bound: (-math.inf, bound),
    # Filters are written in whole seconds.
    "": lambda bound: (bound, math.nextafter(bound + 1, -math.inf)),
}
"""Comparison → the first and the last moment that pass it."""


def asked_of(window: Window, filters: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters that are about the window's time: parameter → comparison (empty for equality)."""
    parts = {name: name.partition("__") for name in filters}
    return {name: comparison for name, (field, _, comparison) in parts.items() if field == window.field}


def span_of(window: Window, filters: Mapping[str, Any], now: float) -> tuple[float, float]:
    """Return the first and the last moment that a list shows, in seconds since 1970.

    Raises:
        Refusal: the range is wider than Plivo allows.
    """
    asked = asked_of(window, filters)
    ranges = [_RANGES[comparison](read_time(str(filters[name])).timestamp()) for name, comparison in asked.items()]
    low = max((low for low, _ in ranges), default=-math.inf)
    high = min((high for _, high in ranges), default=math.inf)
    widest = math.inf if window.widest is None else window.widest * DAY
    if not asked and window.days is not None:
        low = now - window.days * DAY
    elif math.isinf(high):
        high = low + widest if low > -math.inf else high
    elif math.isinf(low):
        low = high - widest
    elif high - low > widest:
        raise invalid(window.field, f"the range may be {window.widest} days at most")
    return max(low, now - OLDEST), high
