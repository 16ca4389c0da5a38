"""Number lookup: country and formats follow from the number, the carrier is always the example's."""

from app.sandbox.data.countries import country_of, is_number
from app.sandbox.engine.replies import Reply
from app.sandbox.engine.request import Handlers, Request


def _get(request: Request) -> Reply:
    number = request.path["number"]
    country = country_of(number)
    if country is None or not is_number(number):
        # Lookup has an error shape of its own.
        error = "Phone number is invalid or does not exist."
        return Reply(404, {"api_id": request.state.uuid(), "error_code": 404, "message": error})
    national = number.removeprefix(country.code)
    grouped = f"{national[:-7]}-{national[-7:-4]}-{national[-4:]}".lstrip("-")
    kind = "toll-free" if national.startswith(country.tollfree) else "mobile"
    return request.answer(
        200,
        carrier={**request.example()["carrier"], "type": kind},
        country={"iso2": country.iso2, "iso3": country.iso3, "name": country.name},
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
