"""The time windows that Plivo puts around some lists (manifest: ``list.window``), and how any range is walked in them.

Such a list looks back a few days only unless a range is given, and refuses a range that is too wide: it is walked
window by window, newest first. The newer end is fixed when a walk begins, so that what arrives later shifts nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from app.manifest.model import Arg, Window

Suffix = Literal["gt", "gte", "lt", "lte"]
_SUFFIXES: tuple[Suffix, ...] = get_args(Suffix)

Bound = tuple[Suffix, str]
"""One end of a time range: the filter's suffix (``gt``, ``gte``, ``lt``, ``lte``) and the moment."""

Range = tuple[Bound | None, Bound | None]
"""The older and the newer end of a time range; None for none."""

_FIRST_MOMENT = datetime.fromisoformat("0001-01-01")


def moment_of(bound: Bound) -> datetime:
    """Return the moment of a bound, in UTC without an offset.

    Raises:
        ValueError: its text is none.
    """
    moment = datetime.fromisoformat(bound[1])
    if moment.tzinfo is not None:
        raise ValueError("has an offset, which filters of Plivo's have not")
    return moment


class Windows:
    """The windows of one list.

    Args:
        window: what the manifest says; None for a list without.
        args: the list's args by their names on the wire.

    Attributes:
        names: of the filters on the wire.
    """

    def __init__(self, window: Window | None, args: Mapping[str, Arg]) -> None:
        self._window = window
        names = {suffix: f"{window.field}__{suffix}" for suffix in _SUFFIXES} if window else {}
        self.names = (window.field, *names.values()) if window else ()
        self._filters = {suffix: args[name].name for suffix, name in names.items()}
        self._exact = args[window.field].name if window and window.field in args else None
        self._has_dates = any(args[name].date_only for name in names.values())
        # Windows begin and end with a whole one, as filters are written.
        self._unit = timedelta(days=1) if self._has_dates else timedelta(seconds=1)

    def range_of(self, values: Mapping[str, Any], now: datetime) -> Range:
        """Return the range asked for, else the one that Plivo would take, its newer end fixed.

        Args:
            values: clean values by arg name.
            now: the time, in UTC.
        """
        if self._window is None or self._exact in values:
            return None, None
        given: list[Bound] = [(suffix, values[name]) for suffix, name in self._filters.items() if name in values]
        upper = min((bound for bound in given if bound[0] in ("lt", "lte")), key=moment_of, default=None)
        lower = max((bound for bound in given if bound[0] in ("gt", "gte")), key=moment_of, default=None)
        if upper is None:
            # What is there already must not be missed, at neither end.
            upper = "lte", self._end_of_unit(now)
            days, newest = self._window.days, datetime.fromisoformat(self._text(now))
        else:
            days, newest = self._window.widest, moment_of(upper)
        if lower is None and days is not None:
            lower = self._days_before(newest, days)
        return lower, upper

    def newest_part(self, lower: Bound | None, upper: Bound | None) -> Range:
        """Return the newest part of a range that is not wider than Plivo accepts."""
        widest = self._window.widest if self._window else None
        if lower and upper and widest:
            # Of a range of dates both days may count.
            days = widest - self._has_dates
            if moment_of(upper) - moment_of(lower) > timedelta(days=days):
                lower = self._days_before(moment_of(upper), days)
        return lower, upper

    def older_part(self, lower: Bound | None, upper: Bound | None) -> Range | None:
        """Return what a range has below its newest part; None where that is all of it."""
        start, _ = self.newest_part(lower, upper)
        return (lower, ("lt", start[1])) if start and start != lower else None

    def filtered(self, values: Mapping[str, Any], lower: Bound | None, upper: Bound | None) -> dict[str, Any]:
        """Return values that ask for the newest part of a range, whatever they asked for before."""
        if not (upper and self._filters):
            return dict(values)
        others = {name: value for name, value in values.items() if name not in self._filters.values()}
        bounds = filter(None, self.newest_part(lower, upper))
        return others | {self._filters[suffix]: moment for suffix, moment in bounds}

    def _days_before(self, moment: datetime, days: int) -> Bound:
        span = timedelta(days=days)
        # No earlier: the range would be too wide.
        return "gte", self._end_of_unit(max(moment, _FIRST_MOMENT + span) - span)

    def _end_of_unit(self, moment: datetime) -> str:
        return self._text(moment + self._unit - timedelta.resolution)

    def _text(self, moment: datetime) -> str:
        text = moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        return text.partition(" ")[0] if self._has_dates else text
