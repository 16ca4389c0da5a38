"""Phone numbers: search an inventory, buy, list, add numbers of one's own carrier.

The inventory is a function of the country, the type and the pattern: the same search finds the same
numbers, but for those that have been bought. Any number of the right length can be bought by name.
Getting, changing and giving back a rented number is the generic engine's work.
"""

import calendar
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from app.sandbox.data import limits
from app.sandbox.data.countries import COUNTRIES, Country, country_of, is_number
from app.sandbox.engine import listing, resources
from app.sandbox.engine.notation import calendar_date, money
from app.sandbox.engine.phone import cleaned
from app.sandbox.engine.replies import Json, Refusal, Reply, invalid, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record, Table

INVENTORY = 25
"""Numbers that a search has to offer, whatever was bought already, as long as there are so many."""

RENT = 80_000
TOLLFREE_RENT = 100_000
"""Monthly rent, in hundred-thousandths of a dollar."""

_STEP = 7919

RENTED = "/v1/Account/{auth_id}/Number/"
_NUMBER = RENTED + "{number}/"
_SEARCH = "/v1/Account/{auth_id}/PhoneNumber/"
BUY = _SEARCH + "{number}/"


def _table(request: Request) -> Table[Record]:
    return request.table(RENTED, Record)


def _inventory(country: Country, kind: str, pattern: str) -> Iterator[str]:
    """Offer numbers that begin with the pattern after the calling code, in an order that never changes."""
    prefix = (pattern or {"tollfree": country.tollfree, "mobile": country.mobile}.get(kind, country.local))[
        : country.digits
    ]
    size = 10 ** (country.digits - len(prefix))
    start = int(hashlib.sha256(f"{country.name}/{kind}/{prefix}".encode()).hexdigest(), 16)
    for position in range(size):
        # The step shares no factor with the size: every number comes, and comes once.
        filler = str((start + position * _STEP) % size).zfill(country.digits - len(prefix)) if size > 1 else ""
        yield country.code + prefix + filler


def _search(request: Request) -> Reply:
    iso = request.parameters["country_iso"].upper()
    country = COUNTRIES.get(iso)
    if country is None:
        raise invalid("country_iso", limits.NO_COUNTRY)
    kind = request.parameters.get("type") or "local"
    pattern = "".join(letter for letter in request.parameters.get("pattern") or "" if letter.isdigit())
    if pattern.startswith(country.code) and len(pattern) > country.digits:
        pattern = pattern.removeprefix(country.code)
    rented = request.state.rows("Number")
    free = (
        number for number in _inventory(country, "local" if kind == "any" else kind, pattern) if number not in rented
    )
    found = [_offer(request, country, kind, number) for number in dict.fromkeys(islice(free, INVENTORY))]
    return listing.paged(request, [offer for offer in found if _can(offer, request)])


def _can(number: Json, request: Request) -> bool:
    """Say whether a number has all services that were asked for."""
    services = (request.parameters.get("services") or "").lower().split(",")
    return all(number.get(f"{service.strip()}_enabled") for service in services if service.strip())


def _offer(request: Request, country: Country, kind: str, number: str) -> Json:
    is_american = country.code == "1"
    tollfree = _kind_of(country, number) == "tollfree" or kind == "tollfree"
    example = request.example()["objects"][0]
    return {
        **example,
        "city": request.parameters.get("city") or None,
        "country": country.name.upper(),
        "lata": request.parameters.get("lata") or (722 if is_american else None),
        "mms_enabled": is_american and not tollfree,
        "monthly_rental_rate": money(TOLLFREE_RENT if tollfree else RENT),
        "number": number,
        "prefix": number.removeprefix(country.code)[:3],
        "prerequisites": [],
        "rate_center": request.parameters.get("rate_center") or None,
        "region": request.parameters.get("region") or country.name,
        "resource_uri": request.uri("PhoneNumber", number),
        "sub_type": "tollfree" if tollfree else "local",
        "type": "tollfree" if tollfree else "mobile" if kind == "mobile" else "fixed",
    }


def _kind_of(country: Country, number: str) -> str:
    national = number.removeprefix(country.code)
    if national.startswith(country.tollfree):
        return "tollfree"
    return "mobile" if national.startswith(country.mobile) and country.code != "1" else "local"


def _buy(request: Request) -> Reply:
    number = request.path["number"]
    buy(request, number)
    bought = {**request.example()["numbers"][0], "number": number, "status": "Success"}
    bought.pop("fallback_number", None)
    return request.answer(202, numbers=[bought], status="fulfilled")


def buy(request: Request, number: str) -> Record:
    """Rent a number from the inventory and pay for it.

    Raises:
        Refusal: nobody has that number to offer, or it is rented already.
    """
    if not is_number(number):
        raise not_found()
    if _table(request).get(number) is not None:
        raise Refusal(400, f"number {number} is already rented")
    record = rent(request, number)
    request.state.spent += TOLLFREE_RENT if record.fields["number_type"] == "tollfree" else RENT
    return record


def rent(request: Request, number: str, carrier: str = "Plivo") -> Record:
    """Put a number on the account's list of rented ones.

    Args:
        request: its ``app_id``, ``alias`` and ``subaccount`` hold for the number.
        number: digits with the country code.
        carrier: Plivo, or the account's own one.
    """
    resource = request.catalog.resources[RENTED]
    _, record = resources.add(request, resource, number)
    country = country_of(number) or COUNTRIES["US"]
    kind = request.parameters.get("number_type") or _kind_of(country, number)
    record.fields.update(
        active=True,
        added_on=calendar_date(request.now),
        alias=request.parameters.get("alias") or None,
        carrier=carrier,
        city=None,
        country=country.name,
        mms_enabled=country.code == "1" and kind != "tollfree",
        monthly_rental_rate=money(TOLLFREE_RENT if kind == "tollfree" else RENT),
        number=number,
        number_type=kind,
        region=request.parameters.get("region") or country.name,
        renewal_date=_month_later(request.now),
        toll_free_sms_verification="unverified" if kind == "tollfree" else None,
        type=kind,
    )
    return record


def _month_later(moment: float) -> str:
    day = datetime.fromtimestamp(moment, UTC).date()
    following = day.replace(day=28) + timedelta(days=4)
    _, days = calendar.monthrange(following.year, following.month)
    return following.replace(day=min(day.day, days)).isoformat()


def _add_own(request: Request) -> Reply:
    carrier = request.parameters["carrier"]
    if request.find(request.state.table("IncomingCarrier", Record), carrier) is None:
        raise invalid("carrier", "there is no such incoming carrier")
    numbers = [cleaned(number) for number in request.parameters["numbers"].split(",")]
    for number in numbers:
        if not number.isdigit():
            raise invalid("numbers", "they must be phone numbers, joined by commas")
        if _table(request).get(number) is not None:
            raise Refusal(400, f"number {number} is already rented")
    for number in numbers:
        rent(request, number, carrier)
    return request.answer(202)


def _list(request: Request) -> Reply:
    resource = request.catalog.resources[RENTED]
    return listing.page(
        request,
        (row for row in request.visible(_table(request)) if _can(row[1].fields, request)),
        lambda number, record: resources.view(request, resource, number, record),
        skip=("services",),
    )


HANDLERS: Handlers = {
    ("GET", RENTED): _list,
    ("POST", RENTED): _add_own,
    ("GET", _SEARCH): _search,
    ("POST", BUY): _buy,
}
