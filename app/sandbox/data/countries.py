"""The countries that the sandbox has numbers and prices for. The prices are made up."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """A numbering plan, simplified.

    Attributes:
        code: calling code.
        digits: length of a number without the calling code.
        local: an area code.
        mobile: a prefix of mobile numbers.
        tollfree: a prefix of free numbers.
        message_rate: price of one message, in hundred-thousandths of a dollar, as the other one.
        voice_rate: price of a minute.
    """

    name: str
    code: str
    digits: int
    local: str
    mobile: str
    tollfree: str
    message_rate: int
    voice_rate: int


COUNTRIES: Mapping[str, Country] = {
    "US": Country("United States", "1", 10, "415", "917", "800", 550, 1000),
    "CA": Country("Canada", "1", 10, "416", "647", "888", 650, 1000),
    "AT": Country("Austria", "43", 10, "720", "676", "800", 8000, 3500),
    "AU": Country("Australia", "61", 9, "28", "48", "18", 4000, 2200),
    "BE": Country("Belgium", "32", 9, "2", "46", "80", 7500, 3600),
    "BR": Country("Brazil", "55", 11, "11", "119", "800", 3500, 2400),
    "CH": Country("Switzerland", "41", 9, "44", "76", "800", 6500, 4300),
    "DE": Country("Germany", "49", 11, "30", "157", "800", 8500, 2300),
    "DK": Country("Denmark", "45", 8, "78", "42", "80", 4500, 2500),
    "ES": Country("Spain", "34", 9, "93", "65", "90", 6500, 1900),
    "FI": Country("Finland", "358", 9, "9", "45", "80", 7000, 4100),
    "FR": Country("France", "33", 9, "1", "64", "80", 7200, 2000),
    "GB": Country("United Kingdom", "44", 10, "20", "74", "80", 4000, 1600),
    "HK": Country("Hong Kong", "852", 8, "58", "64", "80", 5200, 2800),
    "IE": Country("Ireland", "353", 9, "1", "89", "80", 6500, 2100),
    "IL": Country("Israel", "972", 9, "3", "52", "80", 7000, 2000),
    "IN": Country("India", "91", 10, "80", "98", "80", 250, 1200),
    "IT": Country("Italy", "39", 10, "02", "351", "80", 6800, 2200),
    "JP": Country("Japan", "81", 10, "3", "90", "80", 7400, 5600),
    "MX": Country("Mexico", "52", 10, "55", "55", "80", 4500, 1500),
    "NL": Country("Netherlands", "31", 9, "20", "61", "80", 8500, 2300),
    "NO": Country("Norway", "47", 8, "21", "45", "80", 5500, 2600),
    "PL": Country("Poland", "48", 9, "22", "73", "80", 3500, 2700),
    "PT": Country("Portugal", "351", 9, "21", "92", "80", 4500, 2200),
    "SE": Country("Sweden", "46", 9, "8", "76", "20", 5500, 2400),
    "SG": Country("Singapore", "65", 8, "31", "86", "80", 4200, 2600),
    "ZA": Country("South Africa", "27", 9, "10", "60", "80", 2500, 4000),
}
"""ISO 3166-1 alpha-2 → country. Of two with one calling code the first one wins."""


def iso_of(number: str) -> str | None:
    """Return the country that a number with its calling code belongs to."""
    for iso, country in COUNTRIES.items():
        if number.startswith(country.code):
            return iso
    return None
