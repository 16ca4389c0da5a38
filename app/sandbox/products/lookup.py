"""Number lookup: country and formats follow from the number, the carrier is always the example's."""

from app.sandbox.data.countries import COUNTRIES, iso_of
from app.sandbox.engine.replies import Reply
from app.sandbox.engine.request import Handlers, Request

_ISO3 = {
    "AT": "AUT", "AU": "AUS", "BE": "BEL", "BR": "BRA", "CA": "CAN", "CH": "CHE", "DE": "DEU", "DK": "DNK",
    "ES": "ESP", "FI": "FIN", "FR": "FRA", "GB": "GBR", "HK": "HKG", "IE": "IRL", "IL": "ISR", "IN": "IND",
    "IT": "ITA", "JP": "JPN", "MX": "MEX", "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "PRT", "SE": "SWE",
    "SG": "SGP", "US": "USA", "ZA": "ZAF",
}  # fmt: skip


def _get(request: Request) -> Reply:
    number = request.path["number"]
    iso = iso_of(number) if number.isdigit() else None
    if iso is None or len(number) != len(COUNTRIES[iso].code) + COUNTRIES[iso].digits:
        # Lookup has an error shape of its own.
        body = {"api_id": request.state.uuid(), "error_code": 20404, "message": f"{number} is not a valid number"}
        return Reply(404, body)
    country = COUNTRIES[iso]
    national = number.removeprefix(country.code)
    grouped = f"{national[:-7]}-{national[-7:-4]}-{national[-4:]}".lstrip("-")
    kind = "toll-free" if national.startswith(country.tollfree) else "mobile"
    return request.answer(
        200,
        carrier={**request.example()["carrier"], "type": kind},
        country={"iso2": iso, "iso3": _ISO3[iso], "name": country.name},
        format={
            "e164": f"+{number}",
            "international": f"+{country.code} {grouped}",
            "national": f"({grouped[:3]}) {grouped[4:]}" if country.code == "1" else f"0{grouped.replace('-', ' ')}",
            "rfc3966": f"tel:+{country.code}-{grouped}",
        },
        phone_number=f"+{number}",
        resource_uri=f"/v1/Number/+{number}?type={request.parameters.get('type') or 'carrier'}",
    )


HANDLERS: Handlers = {("GET", "/v1/Number/{number}"): _get}
