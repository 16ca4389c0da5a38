"""What Plivo tells, as marketplaces read it: the ``events`` of the package."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.events.normalise import Normaliser
from app.manifest.events import EventKind

_STEPS = (
    "Copy the Auth ID and the Auth Token from the first page of the Plivo console.",
    "Give Plivo the address __WEBHOOK_URL__: as the message, answer or hang-up URL of an application.",
    "Or in a field of a block, such as `url` of sendMessage and `hangupUrl` of makeCall.",
)
_ARGS = (
    {
        "name": "authId",
        "type": "credentials",
        "label": "Auth ID",
        "info": "The Auth ID of the account whose events are wanted.",
        "required": True,
    },
    {
        "name": "authToken",
        "type": "credentials",
        "label": "Auth Token",
        "info": "Its Auth Token: what is not signed with it is not told.",
        "required": True,
    },
)


def event_entries(kinds: Iterable[EventKind]) -> Iterator[dict[str, Any]]:
    """Yield an entry for each type of event, its payload made from an example of Plivo's request."""
    told: set[str] = set()
    for kind in kinds:
        normaliser = Normaliser([kind])
        for event_type in kind.types:
            if event_type.name in told:
                continue
            told.add(event_type.name)
            params = {name: value for name, value in (kind.example | event_type.example).items() if value}
            event = normaliser.read(
                params, subscription="sub_example", account="MA2025EXAMPLE0000000", nonce="", now=1769850000
            )
            yield {
                "name": event_type.name,
                "description": event_type.description,
                "payload": {"id": event.id, **event.content, "sequence": 1},
                "steps": list(_STEPS),
                "args": list(_ARGS),
            }
