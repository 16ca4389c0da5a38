"""The windows that Plivo puts around its lists of calls, recordings and the like (manifest: ``list.window``).

Without a filter on its time such a list looks some days back; with one bound it looks as far from there
as a range may be wide; a wider range is refused. None looks back further than records are kept.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.manifest import Window
from app.sandbox.notation import read_time
from app.sandbox.replies import invalid

DAY = 24 * 3600

OLDEST = 90 * DAY
"""Seconds for which records are listed (Plivo: calls and verify sessions 90 days)."""

_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "": lambda moment, bound: math.floor(moment) == bound,
    "gt": lambda moment, bound: moment > bound,
    "gte": lambda moment, bound: moment >= bound,
    "lt": lambda moment, bound: moment < bound,
    "lte": lambda moment, bound: moment <= bound,
}


@dataclass(frozen=True)
class Span:
    """When a list looks: from ``low`` to ``high``, in seconds since 1970, and within what was asked for."""

    low: float
    high: float
    asked: Mapping[str, float]

    def __contains__(self, moment: float) -> bool:
        """Say whether something of that time is listed."""
        return self.low <= moment <= self.high and all(
            _BOUNDS[comparison](moment, bound) for comparison, bound in self.asked.items()
        )


def asked_of(window: Window, filters: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters that are about the window's time: parameter → comparison (empty for equality)."""
    parts = {name: name.partition("__") for name in filters}
    return {name: comparison for name, (field, _, comparison) in parts.items() if field == window.field}


def span_of(window: Window, filters: Mapping[str, Any], now: float) -> Span:
    """Return when a list looks.

    Raises:
        Refusal: the range is wider than Plivo allows.
    """
    asked = {
        comparison: read_time(str(filters[name])).timestamp() for name, comparison in asked_of(window, filters).items()
    }
    low = max((asked[name] for name in ("gt", "gte") if name in asked), default=-math.inf)
    high = min((asked[name] for name in ("lt", "lte") if name in asked), default=math.inf)
    widest = math.inf if window.widest is None else window.widest * DAY
    if not asked and window.days is not None:
        low = now - window.days * DAY
    elif math.isinf(high) and not math.isinf(low):
        high = low + widest
    elif math.isinf(low) and not math.isinf(high):
        low = high - widest
    elif high - low > widest and not math.isinf(low):
        raise invalid(window.field, f"the range may be {window.widest} days at most")
    return Span(max(low, now - OLDEST), high, asked)
