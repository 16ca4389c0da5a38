"""What Plivo's documentation demands of values beyond their type: checks of parameters, and sizes."""

import re
from collections.abc import Callable

from app.sandbox.data.countries import COUNTRIES

MOST_DESTINATIONS = 1000
"""Destinations of one call or message (Plivo says so of calls; of messages it says nothing)."""

MOST_GSM, MOST_UCS2, MOST_WHATSAPP = 1600, 737, 4096
"""Characters of a text: in the alphabet of SMS, in any other one, of WhatsApp."""

MOST_MEDIA = 10
"""Media of one message."""

LONGEST_CALLER_NAME = 50

NO_COUNTRY = "must be the ISO 3166-1 alpha-2 code of a country"


def _form(pattern: str, demand: str) -> Callable[[str], None]:
    compiled = re.compile(pattern)

    def check(value: str) -> None:
        if not compiled.fullmatch(value):
            raise ValueError(demand)

    return check


def country(value: str) -> None:
    """Demand the alpha-2 code of a country.

    Raises:
        ValueError: there is no such country.
    """
    if value.upper() not in COUNTRIES:
        raise ValueError(NO_COUNTRY)


app_name = _form(r"[A-Za-z0-9_-]+", "may have letters, digits, - and _ only")
alias = app_name
username = _form(r"[A-Za-z][A-Za-z0-9]*", "must begin with a letter and have letters and digits only")
password = _form(r"(?s).{5,}", "must have 5 characters or more")
stream_url = _form(r"wss://.{1,2042}", "must be a wss URL of 2048 characters at most")
