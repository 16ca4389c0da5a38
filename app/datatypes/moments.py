"""Dates and times: what people, spreadsheets and programs write → a moment."""

import re
from datetime import UTC, date, datetime, time, timedelta

from app.datatypes.scalars import read_text

MILLISECONDS_FROM = 10**11
"""A bare number above this is milliseconds since 1970, below it seconds (10^11 s is the year 5138)."""

END_OF_DAY = time(23, 59, 59)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?W[0-9]{2}-?[1-7]")
# The library takes any character between date and time, and anything after the seconds.
_DATE_AND_TIME = re.compile(
    rf"(?:{_DATE.pattern})[Tt ][0-9]{{2}}(?::?[0-9]{{2}}(?::?[0-9]{{2}}(?:[.,][0-9]+)?)?)?"
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)?"
)
_SINCE_1970 = re.compile(r"([0-9]{9,16})(?:\.([0-9]*))?")
_RUN_TOGETHER = re.compile(
    r"(?:19|20|21)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){1,2}"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = 6
_PER_MILLISECOND = 3


def read_moment(value: object, *, date_means: time = time.min) -> datetime:
    """Read ``2016-05-28 00:00:00``, ISO 8601 extended or basic, a date alone, unix seconds or milliseconds.

    A moment with an offset comes back in UTC, one without as it was given. Eight digits are a date, seconds have at
    least nine. Of a fraction of a second microseconds are kept: Plivo takes no finer ones.

    Args:
        value: what was given.
        date_means: the time of day that a date alone stands for.

    Raises:
        ValueError: a reason for the user.
    """
    try:
        if isinstance(value, bool):
            raise ValueError  # noqa: TRY301  # told as every other value that is no moment
        # Written out, since a float of today in microseconds has no place for its last digits.
        text = repr(value) if type(value) is float else read_text(value).strip()
        moment = _read(text, date_means)
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time like 2016-05-28 00:00:00, ISO 8601, or unix seconds") from None
    if moment is None:
        raise ValueError(
            "could be a date written without separators as well as milliseconds since 1970: "
            "write it like 2016-05-28 00:00:00 or 20160528T000000"
        )
    return moment


def write_moment(moment: datetime) -> str:
    """Write a moment as Plivo takes it: ``YYYY-MM-DD HH:MM:SS``, with a fraction where it has one."""
    # isoformat pads every year to four digits, which strftime does not.
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0") if moment.microsecond else text


def _read(text: str, date_means: time) -> datetime | None:
    """Read a moment; None when there are two that may be meant."""
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), date_means)
    if _RUN_TOGETHER.fullmatch(text):
        return None
    if number := _SINCE_1970.fullmatch(text):
        whole, fraction = number.groups(default="")
        places = _PER_MILLISECOND if int(whole) > MILLISECONDS_FROM else _PER_SECOND
        return _EPOCH + timedelta(microseconds=int(whole + fraction[:places].ljust(places, "0")))
    if not _DATE_AND_TIME.fullmatch(text):
        raise ValueError
    moment = datetime.fromisoformat(text.upper() if text.endswith("z") else text)
    return moment.astimezone(UTC) if moment.tzinfo else moment
