"""Numbers of powerpacks' pools, which the SDK reaches through objects instead of methods of its client."""

from typing import Any

from plivo.resources.numberpools import NumberPool

from tests.sdk_calls.row import Row

_POOL = {"numberPoolUuid": "ca5fd1f2-0000-4000-8000-000000000001"}
_NUMBER = {**_POOL, "number": "14155550123"}


def _pool(client: Any, uuid: str) -> NumberPool:
    return NumberPool(client, {"number_pool_id": uuid})


def _add(client: Any, number_pool_uuid: str, number: str, service: str | None = None) -> None:
    _pool(client, number_pool_uuid).numbers.add(number, service)


def _find(client: Any, number_pool_uuid: str, number: str, service: str | None = None) -> None:
    _pool(client, number_pool_uuid).numbers.find(number, service)


def _buy(client: Any, number_pool_uuid: str, number: str, service: str | None = None) -> None:
    _pool(client, number_pool_uuid).numbers.buy_add_number(number=number, service=service)


def _remove(client: Any, number_pool_uuid: str, number: str, **unrent: bool) -> None:
    _pool(client, number_pool_uuid).numbers.remove(number, **unrent)


ROWS = (
    Row("addPoolNumber", _add, required=_NUMBER, optional={"service": "mms"}),
    Row("getSinglePoolNumber", _find, required=_NUMBER, optional={"service": "mms"}),
    Row("buyPoolNumber", _buy, required=_NUMBER, optional={"service": "mms"}),
    Row("removePoolNumber", _remove, required=_NUMBER, optional={"unrent": True}, defaults={"unrent": False}),
)
