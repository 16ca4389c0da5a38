"""Prices by country: the manifest's example, with the country and its rates put in."""

from typing import Any

from app.sandbox.data import limits
from app.sandbox.data.countries import COUNTRIES, Country
from app.sandbox.engine.notation import money
from app.sandbox.engine.replies import Json, Reply, invalid
from app.sandbox.engine.request import Handlers, Request


def _get(request: Request) -> Reply:
    iso = request.parameters["country_iso"].upper()
    country = COUNTRIES.get(iso)
    if country is None:
        raise invalid("country_iso", limits.NO_COUNTRY)
    example = request.example()
    return Reply(
        200,
        {
            **example,
            "country": country.name,
            "country_code": int(country.code),
            "country_iso": iso,
            "message": _priced(example["message"], country, country.message_rate),
            "voice": _priced(example["voice"], country, country.voice_rate),
        },
    )


def _priced(prices: Json, country: Country, rate: int) -> Json:
    """Put a country's rate wherever the example has a price of sending; receiving stays as it is."""
    return {name: price if name == "inbound" else _outbound(price, country, rate) for name, price in prices.items()}


def _outbound(price: Any, country: Country, rate: int) -> Any:
    match price:
        case list():
            return [_outbound(item, country, rate) for item in price]
        case dict():
            names = {"rate": money(rate), "group_name": f"{country.name} - Sandbox Mobile", "prefix": [country.code]}
            return {
                # Calls to SIP addresses and free numbers cost the same everywhere.
                name: item if name in ("ip", "tollfree") else names.get(name, _outbound(item, country, rate))
                for name, item in price.items()
            }
    return price


HANDLERS: Handlers = {("GET", "/v1/Account/{auth_id}/Pricing/"): _get}
