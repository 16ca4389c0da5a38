"""What Plivo takes from one account at a time, and what a request counts as (Plivo's documentation on rate limits)."""

from dataclasses import dataclass
from enum import StrEnum

from app.manifest.model import Block
from app.plivo import UpstreamRequest


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one account.

    Attributes:
        limit: requests within any ``window``, or at the same time where the window is 0.
        window: seconds.
        pause: seconds for each call or message that was made before the next one may be; 0 for none.
        way: seconds after which a request without an answer is taken to have arrived.
    """

    limit: int
    window: float
    pause: float
    way: float


class Bucket(StrEnum):
    """What Plivo counts together, per account (Plivo's documentation on API rate limits)."""

    CALLS = "calls"
    VOICE = "voice"
    MESSAGES = "messages"
    OTHERS = "others"
    """What Plivo names no limit for."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one account may send; the defaults are Plivo's.

    Attributes:
        calls: requests in ``window`` that make calls or add participants.
        voice: other requests in ``window`` about calls, recordings, conferences, endpoints and applications.
        messages: simultaneous requests about messages.
        others: simultaneous requests about anything else: no account may take the whole pool of connections.
        window: seconds.
        calls_per_second: calls made, counted by destination; None: as fast as they come, Plivo queues them.
        messages_per_second: messages sent, likewise.
    """

    calls: int = 300
    voice: int = 300
    messages: int = 100
    others: int = 250
    window: float = 5.0
    calls_per_second: float | None = None
    messages_per_second: float | None = None

    def share_of(self, processes: int) -> "Allowance":
        """Return what each of several processes may send that do not know of each other."""
        calls, messages = self.calls_per_second, self.messages_per_second
        return Allowance(
            max(1, self.calls // processes),
            max(1, self.voice // processes),
            max(1, self.messages // processes),
            self.others,
            self.window,
            calls / processes if calls else None,
            messages / processes if messages else None,
        )

    def rules(self, way: float) -> dict[Bucket, Rule]:
        """Return what holds for each bucket.

        Args:
            way: seconds after which a request without an answer is taken to have arrived.
        """
        return {
            Bucket.CALLS: Rule(self.calls, self.window, _pause(self.calls_per_second), way),
            Bucket.VOICE: Rule(self.voice, self.window, 0.0, way),
            Bucket.MESSAGES: Rule(self.messages, 0.0, _pause(self.messages_per_second), way),
            Bucket.OTHERS: Rule(self.others, 0.0, 0.0, way),
        }


def _pause(per_second: float | None) -> float:
    return 1 / per_second if per_second else 0.0


PLIVO = Allowance()
"""What Plivo documents."""


_VOICE = frozenset(("Call", "Request", "Recording", "Conference", "Endpoint", "Application"))
_ACCOUNT = "/v1/Account/{auth_id}/"


@dataclass(frozen=True, slots=True)
class Route:
    """What a request counts as.

    Attributes:
        bucket: what Plivo counts it with.
        lane: what a refusal for its number holds back: all writes of the bucket, or this one list.
    """

    bucket: Bucket
    lane: str


WRITES = "writes"
"""The lane of what changes something."""


def route_of(block: Block) -> Route:
    """Return what a block's requests count as."""
    return Route(_bucket_of(block), block.name if block.request.method == "GET" else WRITES)


def _bucket_of(block: Block) -> Bucket:
    if not block.request.path.startswith(_ACCOUNT):
        return Bucket.OTHERS
    is_post = block.request.method == "POST"
    match block.request.path.removeprefix(_ACCOUNT).strip("/").split("/"):
        case ["Call"] | ["MultiPartyCall", _, "Participant"] if is_post:
            return Bucket.CALLS
        case ["Message", *_]:
            return Bucket.MESSAGES
        case [resource, *_] if resource in _VOICE:
            return Bucket.VOICE
    return Bucket.OTHERS


_DESTINATIONS = {Bucket.CALLS: "to", Bucket.MESSAGES: "dst"}


def weight_of(bucket: Bucket, request: UpstreamRequest) -> int:
    """Return how many calls or messages a request makes: one per destination."""
    parameter = _DESTINATIONS.get(bucket)
    if parameter is None or request.method != "POST":
        return 0
    destinations = (request.json or {}).get(parameter)
    return destinations.count("<") + 1 if isinstance(destinations, str) else 1
