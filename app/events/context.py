"""What the parts of events share: where events are kept, and how this service is reached."""

from collections.abc import Callable
from dataclasses import dataclass

from app.errors import ConfigurationError, NotConfigured, StoreUnavailable
from app.events import EventStore
from app.events.subscription import Contents
from app.storage import StoreError

_NOT_CONFIGURED = "Plivo cannot reach this service: set PUBLIC_URL to where it can, like https://connector.example.com."


@dataclass(frozen=True, slots=True)
class Service:
    """What subscriptions and the receiver of events share.

    Attributes:
        store: where everything is kept.
        contents: seals and opens it.
        public_url: where Plivo reaches this service; None: it does not.
        clock: seconds since 1970.
        arrived: is told that there is something to deliver.
    """

    store: EventStore
    contents: Contents
    public_url: str | None
    clock: Callable[[], float]
    arrived: Callable[[], None]

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
            NotConfigured: PUBLIC_URL is not set.
        """
        if self.public_url is None:
            raise NotConfigured(_NOT_CONFIGURED)


class told:  # noqa: N801  # reads as a word of the with statement
    """Turns trouble with the store into the error that callers get."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ConfigurationError):
            raise NotConfigured(str(error)) from None
        if isinstance(error, StoreError):
            raise StoreUnavailable("The store of the events cannot be reached. Try again later.") from error
