"""Tokens for browser and mobile endpoints."""

from typing import Any

from tests.evidence.sdk_calls.row import ABSENT, Difference, Row

_TEXT = "a JSON web token counts its times in seconds as numbers; the SDK writes them as text, Plivo's Go SDK does not"
_FALSE = "the SDK drops a permission that is false, the connector sends what it is given"


def _create(client: Any, iss: str, per: dict[str, dict[str, bool]] | None = None, **arguments: Any) -> None:
    client.token.create(iss, **arguments, **(per or {}).get("voice", {}))


ROWS = (
    Row(
        "createToken",
        _create,
        required={"iss": "MAXXXXXXXXXXXXXXXXXX"},
        optional={
            "sub": "alice",
            "nbf": 1769850009,
            "exp": 1769853609,
            "per": {"voice": {"incoming_allow": True, "outgoing_allow": True}},
            "app": "21000000000000001",
        },
        differences=(
            Difference("nbf", "1769850009", 1769850009, _TEXT, cases=("all",)),
            Difference("exp", "1769853609", 1769853609, _TEXT, cases=("all",)),
        ),
    ),
    Row(
        "createToken",
        _create,
        required={"iss": "MAXXXXXXXXXXXXXXXXXX", "per": {"voice": {"incoming_allow": False, "outgoing_allow": False}}},
        differences=(Difference("per", ABSENT, {"voice": {"incoming_allow": False, "outgoing_allow": False}}, _FALSE),),
    ),
)
