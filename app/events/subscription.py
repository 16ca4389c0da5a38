"""A subscription as it is when its content is open: who wants which events, and where they go."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Literal

import msgspec

from app.errors import InvalidFields
from app.events import StoredSubscription
from app.secret_box import SealError, SecretBox
from app.storage import StoreError

RESULT_TYPES = ("message.result", "call.result")
"""What ``resultUrl`` is told: they come from the connector, not from Plivo."""

_PURPOSE = "event subscription"


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was changed at Plivo so that it sends its events here, and what was there before.

    Attributes:
        app_id: the application whose addresses were changed; None while the copy of one is not known to be made.
        fields: by Plivo's name of a field: what it holds now, and what it held before.
        number: the number that was given this application.
        number_app: the application that the number had before; None for none.
        created: the application was made for this subscription.
        is_planned: all this was written down, and is not known to be done.
    """

    app_id: str | None
    fields: dict[str, tuple[str, str]] = {}
    number: str | None = None
    number_app: str | None = None
    created: bool = False
    is_planned: bool = False


class Secret(msgspec.Struct, frozen=True):
    """A secret that deliveries are signed with.

    Attributes:
        text: ``whsec_`` and base64, as Standard Webhooks writes it.
        until: seconds since 1970 at which it ends, of one that was replaced.
        made_under: the idempotency key of the rotation that made it, hashed; empty for none.
    """

    text: str
    until: float | None = None
    made_under: str = ""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a subscription.

    Attributes:
        tokens: auth tokens that Plivo may sign with, the newest first.
        secrets: the newest first.
        created_at: ISO 8601 in UTC.
        url: where events are delivered; None: they are only kept.
        types: the types of event that are wanted, ``message.*`` for all of a family; empty for all.
        ordered: events about one thing are delivered one after the other.
        reply: the text that answers an incoming message.
        answer_url: the page that says what an incoming call does.
        is_for_results: it holds the outcomes of an account, each of which names where it goes.
        asked: hash of what the request with an idempotency key asked for that made it; empty without a key.
    """

    tokens: tuple[str, ...]
    secrets: tuple[Secret, ...]
    created_at: str
    url: str | None = None
    types: tuple[str, ...] = ()
    ordered: bool = True
    format: Literal["plain", "cloudevents"] = "plain"
    reply: str | None = None
    answer_url: str | None = None
    attached: Attachment | None = None
    is_for_results: bool = False
    asked: str = ""

    @property
    def delivers(self) -> bool:
        """Whether its events go anywhere."""
        return self.url is not None or self.is_for_results

    def wants(self, event_type: str) -> bool:
        """Say whether events of a type are wanted."""
        return not self.types or any(_covers(wanted, event_type) for wanted in self.types)

    def secrets_at(self, now: float) -> list[str]:
        """Return the secrets that are valid at a time, the newest first."""
        return [secret.text for secret in self.secrets if secret.until is None or now < secret.until]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription with its content."""

    stored: StoredSubscription
    content: Content

    @property
    def id(self) -> str:
        """Its id."""
        return self.stored.id


_decoder = msgspec.json.Decoder(Content)


class Contents:
    """Seals and opens what is kept of subscriptions and events.

    Args:
        box: the keys.
    """

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    def seal(self, content: Content) -> bytes:
        """Seal a subscription's content."""
        return self._box.seal(msgspec.json.encode(content), _PURPOSE)

    def open(self, stored: StoredSubscription) -> Subscription:
        """Return a subscription with its content.

        Raises:
            StoreError: it was sealed with a key that is no longer in SECRET_KEY.
        """
        return Subscription(stored, _decoder.decode(self._opened(stored.content, _PURPOSE)))

    def seal_event(self, content: bytes) -> bytes:
        """Seal an event's content."""
        return self._box.seal(content, "event")

    def open_event(self, sealed: bytes) -> bytes:
        """Return an event's content.

        Raises:
            StoreError: as with :meth:`open`.
        """
        return self._opened(sealed, "event")

    def _opened(self, sealed: bytes, purpose: str) -> bytes:
        try:
            return self._box.open(sealed, purpose)
        except SealError:
            raise StoreError("what is kept was sealed with a key that SECRET_KEY no longer holds") from None


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(token_bytes(24)).decode()}"


def checked_types(arg: str, wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return wishes for types of event that can all be met.

    Args:
        arg: the field that they were given in.
        wanted: the wishes.
        known: the types that there are.

    Raises:
        InvalidFields: one can never be met.
    """
    unknown = [name for name in wanted if not is_known_type(name, known)]
    if unknown:
        raise InvalidFields({arg: f"{unknown[0][:64]} is not a type of event; the events of GET /api/Plivo lists all"})
    return tuple(wanted)


def is_known_type(wanted: str, known: Sequence[str]) -> bool:
    """Say whether a wish for a type of event can ever be met."""
    return any(_covers(wanted, name) for name in known)


def _covers(wanted: str, name: str) -> bool:
    return wanted in (name, "*") or (wanted.endswith(".*") and name.startswith(wanted[:-1]))
