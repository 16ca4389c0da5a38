"""Powerpacks and their pools, which the SDK reaches through objects: it reads a powerpack to learn its pool's id.

It keeps the pool of the last powerpack read in a class attribute, for all clients; the connector is told the pool.
"""

from collections.abc import Callable
from typing import Any

from tests.evidence.sdk_calls.row import ABSENT, Difference, Row

_UUID = "86bbb125-0000-4000-8000-000000000001"
_POOL_UUID = "ca5fd1f2-0000-4000-8000-000000000001"
_POWERPACK = {"powerpackUuid": _UUID}
_POOL = {"numberPoolUuid": _POOL_UUID}
_NUMBER = {**_POOL, "number": "14155550123"}
_TOLLFREE = {**_POOL, "tollfree": "18005550100"}
_SHORTCODE = {**_POOL, "shortcode": "444444"}
_PAGE = {"limit": 7, "offset": 40}

_READ_FIRST = {
    f"Powerpack/{_UUID}/": {"uuid": _UUID, "number_pool": f"/v1/Account/MA2025EXAMPLE0000000/NumberPool/{_POOL_UUID}/"}
}
_NO_BODY = "a POST without parameters sends {}, as all others that the SDKs make do"

_PRIORITY = [
    {
        "service_type": "SMS",
        "country_iso": "US",
        "priority": {"priority1": "longcode", "priority2": "tollfree", "priority3": "shortcode"},
    }
]


def _update(client: Any, powerpack_uuid: str, **params: Any) -> None:
    client.powerpacks.get(powerpack_uuid).update(params)


def _delete(client: Any, powerpack_uuid: str, **unrent: bool) -> None:
    client.powerpacks.get(powerpack_uuid).delete(**unrent)


def _of_pool(path: str) -> Callable[..., None]:
    """Return a call of a method of a powerpack's pool; the pool's id is not told, the SDK reads it."""

    def call(client: Any, number_pool_uuid: str, **arguments: Any) -> None:
        del number_pool_uuid
        resource, method = path.split(".")
        getattr(getattr(client.powerpacks.get(_UUID).numberpool, resource), method)(**arguments)

    return call


ROWS = (
    Row(
        "createPowerpack",
        "powerpacks.create",
        required={"name": "Order updates"},
        optional={
            "stickySender": False,
            "localConnect": False,
            "applicationType": "xml",
            "applicationId": "20372481593006145",
            "numberPriority": _PRIORITY,
        },
        defaults={
            "sticky_sender": True,
            "local_connect": True,
            "application_type": "",
            "application_id": "",
            "number_priority": [],
        },
    ),
    Row("getSinglePowerpack", "powerpacks.get", required=_POWERPACK, keywords={"powerpackUuid": "uuid"}),
    Row("getPowerpacks", "powerpacks.list", optional=_PAGE, not_in_sdk=("service",)),
    Row(
        "updatePowerpack",
        _update,
        first=_READ_FIRST,
        required={**_POWERPACK, "name": "Order updates"},
        optional={"stickySender": False},
        # It sends any dictionary; its comment names the two above.
        not_in_sdk=("localConnect", "applicationType", "applicationId", "numberPriority"),
    ),
    Row(
        "deletePowerpack",
        _delete,
        first=_READ_FIRST,
        required=_POWERPACK,
        optional={"unrentNumbers": True},
        defaults={"unrent_numbers": False},
    ),
    Row(
        "getPoolNumbers",
        _of_pool("numbers.list"),
        first=_READ_FIRST,
        required=_POOL,
        optional={"startsWith": ["415", "628"], "countryIso2": "US", "type": "tollfree", "service": "mms", **_PAGE},
        keywords={"countryIso2": "country_iso2"},
        sdk_values={"startsWith": "415,628"},
    ),
    Row(
        "getSinglePoolNumber",
        _of_pool("numbers.find"),
        first=_READ_FIRST,
        required=_NUMBER,
        optional={"service": "mms"},
    ),
    Row("addPoolNumber", _of_pool("numbers.add"), first=_READ_FIRST, required=_NUMBER, optional={"service": "mms"}),
    Row(
        "buyPoolNumber",
        _of_pool("numbers.buy_add_number"),
        first=_READ_FIRST,
        required=_NUMBER,
        optional={"service": "mms"},
    ),
    Row(
        "removePoolNumber",
        _of_pool("numbers.remove"),
        first=_READ_FIRST,
        required=_NUMBER,
        optional={"unrent": True},
        defaults={"unrent": False},
    ),
    Row("getPoolShortcodes", _of_pool("shortcodes.list"), first=_READ_FIRST, required=_POOL, optional=_PAGE),
    Row("getSinglePoolShortcode", _of_pool("shortcodes.find"), first=_READ_FIRST, required=_SHORTCODE),
    Row("removePoolShortcode", _of_pool("shortcodes.remove"), first=_READ_FIRST, required=_SHORTCODE),
    Row("getPoolTollfrees", _of_pool("tollfree.list"), first=_READ_FIRST, required=_POOL, optional=_PAGE),
    Row("getSinglePoolTollfree", _of_pool("tollfree.find"), first=_READ_FIRST, required=_TOLLFREE),
    Row(
        "addPoolTollfree",
        _of_pool("tollfree.add"),
        first=_READ_FIRST,
        required=_TOLLFREE,
        keywords={"tollfree": "number"},
        differences=(Difference("(body)", ABSENT, "{}", _NO_BODY),),
    ),
    Row(
        "removePoolTollfree",
        _of_pool("tollfree.remove"),
        first=_READ_FIRST,
        required=_TOLLFREE,
        optional={"unrent": True},
        defaults={"unrent": False},
    ),
)
