"""Prices by country: the manifest's example, with the country and the rates of the table put in."""

from typing import Any

from app.sandbox.countries import COUNTRIES, Country
from app.sandbox.replies import Json, Reply, not_found
from app.sandbox.request import Handlers, Request
from app.sandbox.state import money


def _get(request: Request) -> Reply:
    iso = request.parameters["country_iso"].upper()
    country = COUNTRIES.get(iso)
    if country is None:
        raise not_found("country")
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
    """Put a country's rate where the example has its price of sending; receiving stays as it is."""
    outbound: Any = {}
    for name, price in prices["outbound"].items():
        match price:
            case {"rate": _} if name == "local":
                outbound[name] = {"rate": money(rate)}
            case list():
                outbound[name] = [_priced_network(network, country, rate) for network in price]
            case str() if name == "rate":
                outbound[name] = money(rate)
            case _:
                outbound[name] = price
    return {**prices, "outbound": outbound}


def _priced_network(network: Json, country: Country, rate: int) -> Json:
    priced = {**network, "rate": money(rate)}
    if "group_name" in network:
        priced["group_name"] = f"{country.name} - Sandbox Mobile"
    if "prefix" in network:
        priced["prefix"] = [country.code]
    return priced


HANDLERS: Handlers = {("GET", "/v1/Account/{auth_id}/Pricing/"): _get}
