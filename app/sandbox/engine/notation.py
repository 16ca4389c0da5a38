"""How Plivo writes times and amounts, and reads times."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

_ZONES = (" +0000 UTC", "+00:00", "Z")


@lru_cache(32768)  # filtered lists write the same times page after page
def timestamp(moment: float, timespec: str = "seconds") -> str:
    """Write seconds since 1970 as Plivo writes a time, in UTC: ``2026-01-31 09:00:00+00:00``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(" ", timespec)


def timestamp_like(example: str, moment: float) -> str:
    """Write seconds since 1970 in the form of an example: Plivo's products differ in it."""
    at = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    if len(example) == len("2026-01-31"):
        return at.date().isoformat()
    zone = next((zone for zone in _ZONES if example.endswith(zone)), "")
    text = at.isoformat(
        "T" if "T" in example.removesuffix(zone) else " ", "microseconds" if "." in example else "seconds"
    )
    return text + zone


def calendar_date(moment: float) -> str:
    """Write seconds since 1970 as a date in UTC: ``2026-01-31``."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def read_time(text: str) -> datetime:
    """Read a time as Plivo writes it or takes it in a filter; one without an offset is UTC.

    Raises:
        ValueError: it is no time.
    """
    try:
        parsed = datetime.fromisoformat(text.removesuffix(" UTC").replace(" +", "+"))
    except ValueError:
        raise ValueError("must be a time like 2026-01-31 09:00:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def money(amount: int) -> str:
    """Write hundred-thousandths of a dollar as Plivo writes an amount: ``0.00550``."""
    return f"{amount / 100_000:.5f}"


def in_camel_case(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields under the names that most requests to customers have: ``recording_end_ms``, ``RecordingEndMs``."""
    return {"".join(word.capitalize() for word in name.split("_")): value for name, value in fields.items()}
