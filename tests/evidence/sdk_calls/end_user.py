"""End users of numbers. What the SDK is not given it sends as null."""

from tests.evidence.sdk_calls.row import Row

_END_USER = {"endUserId": "3e2b9c40-0000-4000-8000-000000000001"}
_WHO = {"name": "Jane", "lastName": "Doe", "endUserType": "individual"}
_NULLS = ("name", "last_name", "end_user_type")

ROWS = (
    Row("createEndUser", "end_users.create", optional=_WHO, nulls=_NULLS),
    Row("getSingleEndUser", "end_users.get", required=_END_USER),
    Row("getEndUsers", "end_users.list", optional={**_WHO, "limit": 7, "offset": 40}),
    Row("updateEndUser", "end_users.update", required=_END_USER, optional=_WHO, nulls=_NULLS),
    Row("deleteEndUser", "end_users.delete", required=_END_USER),
)
