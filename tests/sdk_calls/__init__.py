"""What the official SDK is told, and how what it sends differs from what the connector sends: data only.

One file per family of blocks; a further one is a file with ``ROWS`` and its name here.
"""

from tests.sdk_calls import account, application, call, conference, message, number, powerpack, stream

_FAMILIES = (account, application, call, conference, message, number, powerpack, stream)

ROWS = tuple(row for family in _FAMILIES for row in family.ROWS)

NOT_IN_SDK = frozenset(
    {
        "hangupCalls",
        "listIncomingCarriers",
        "getSingleIncomingCarrier",
        "addIncomingCarrier",
        "updateIncomingCarrier",
        "removeIncomingCarrier",
    }
)
"""Legacy operations that no current SDK has; hand-written cases in ``translations`` show them."""
