"""What the parts of events share: where events are kept, and how this service is reached."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.errors import ConfigurationError, NotConfigured, StoreUnavailable
from app.events import EventStore
from app.events.subscription import Contents
from app.storage import StoreError

_NOT_CONFIGURED = "Plivo cannot reach this service: set PUBLIC_URL to where it can, like https://connector.example.com."
_NOT_LISTENING = (
    "This process listens nowhere, so that its sandbox cannot reach it: start the service with SANDBOX=true, and call "
    "that (AI agents: its /mcp)."
)


@dataclass(frozen=True, slots=True)
class Context:
    """What subscriptions and the receiver of events share.

    Attributes:
        store: where everything is kept.
        contents: seals and opens it.
        public_url: where Plivo reaches this service; None: it does not.
        clock: seconds since 1970.
        arrived: is told that there is something to deliver.
        is_sandbox: Plivo is the sandbox in this process.
    """

    store: EventStore
    contents: Contents
    public_url: str | None
    clock: Callable[[], float]
    arrived: Callable[[], None]
    is_sandbox: bool

    @property
    def addresses(self) -> str:
        """What the addresses of all subscriptions begin with."""
        return f"{(self.public_url or '').rstrip('/')}/events/"

    def address(self, subscription: str) -> str:
        """Return where Plivo sends the events of a subscription to."""
        return self.addresses + subscription

    def check(self) -> None:
        """Refuse what is of no use while Plivo cannot reach this service.

        Raises:
            NotConfigured: PUBLIC_URL is not set, or nothing listens that the sandbox could reach.
        """
        if self.public_url is None:
            raise NotConfigured(_NOT_LISTENING if self.is_sandbox else _NOT_CONFIGURED)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn trouble with the store into the error that callers get.

    Raises:
        NotConfigured: nothing that is kept can be sealed or opened: SECRET_KEY is not set.
        StoreUnavailable: the store cannot be reached.
    """
    try:
        yield
    except ConfigurationError as error:
        raise NotConfigured(str(error)) from None
    except StoreError as error:
        raise StoreUnavailable("The store of the events cannot be reached. Try again later.") from error
