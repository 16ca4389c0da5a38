"""All countries with their numbering plans, simplified, and prices, which are made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import json_text


@dataclass(frozen=True)
class Country:
    """A numbering plan, simplified.

    Attributes:
        iso2: ISO 3166-1 alpha-2 code.
        iso3: ISO 3166-1 alpha-3 code.
        code: calling code; with the area code where several countries share one and it tells them apart.
        digits: length of a number without that.
        local: an area code.
        mobile: a prefix of mobile numbers.
        tollfree: a prefix of free numbers.
        message_rate: price of one message, in hundred-thousandths of a dollar, as the other one.
        voice_rate: price of a minute.
    """

    iso2: str
    iso3: str
    name: str
    code: str
    digits: int
    local: str
    mobile: str
    tollfree: str
    message_rate: int
    voice_rate: int


COUNTRIES: Mapping[str, Country] = {
    row["iso2"]: Country(**row) for row in json_text.parse(Path(__file__).with_suffix(".json").read_bytes())
}
"""ISO 3166-1 alpha-2 → country. Of several with one calling code the first one counts."""

_LONGEST_CODE = max(len(country.code) for country in COUNTRIES.values())
_BY_CODE = {country.code: country for country in reversed(list(COUNTRIES.values()))}


def country_of(number: str) -> Country | None:
    """Return the country that a number with its calling code belongs to."""
    codes = (number[:length] for length in range(_LONGEST_CODE, 0, -1))
    return next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)


def iso_of(number: str) -> str | None:
    """Return the alpha-2 code of the country that a number with its calling code belongs to."""
    country = country_of(number)
    return None if country is None else country.iso2


def is_number(number: str) -> bool:
    """Say whether somebody could have this number: digits with a calling code, and not too few or too many."""
    country = country_of(number)
    if country is None or not (number.isascii() and number.isdigit()):
        return False
    if country.code.startswith("1"):
        return len(number) == len(country.code) + country.digits
    return 7 <= len(number) <= 15  # noqa: PLR2004 - the plans of other countries have numbers of many lengths
