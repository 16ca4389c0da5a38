"""The request was kept from leaving: by a limit, by its idempotency key, or by the store."""

from app.errors.fate import ConnectorError, Fate, where_to_look


class HeldBackError(ConnectorError):
    """The request was kept from leaving for Plivo: by a limit, by its idempotency key, or by the store of the keys.

    Args:
        message: what happened.
        retryable: the same request may be sent again without doing anything twice.
    """

    fate = Fate.NOT_SENT

    def __init__(self, message: object, *, retryable: bool, **details: object) -> None:
        super().__init__(message, retryable=retryable, **details)


class RateLimited(HeldBackError):
    """Its turn would come too late; nothing was sent.

    Args:
        retry_after: seconds until there is room.
    """

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            "The account is sending as fast as Plivo allows, and this request's turn would come too late. "
            "Nothing was sent.",
            retryable=True,
            retry_after=round(retry_after, 1),
        )


class IdempotencyConflict(HeldBackError):
    """The key was used for another request, or with another token; nothing is sent or shown."""

    code = "IDEMPOTENCY_CONFLICT"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This idempotencyKey was used for a request with other fields or another authToken. "
            "Use a new key for a new request.",
            retryable=False,
        )


class IdempotencyInProgress(HeldBackError):
    """The first request with this key is not done yet."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "The first request with this idempotencyKey is still running. Ask again with the same key.",
            retryable=True,
        )


class OutcomeUnknown(HeldBackError):
    """The first request with this key may have been acted on; it is never sent again.

    Args:
        look_in: name of the list block that shows whether it was.
    """

    fate = Fate.UNKNOWN
    code = "OUTCOME_UNKNOWN"
    status = 409

    def __init__(self, look_in: str | None) -> None:
        super().__init__(
            "It is not known whether Plivo acted on the first request with this idempotencyKey, so it is not sent "
            f"again. {where_to_look(look_in)} to find out; use a new key to send it again.",
            retryable=False,
            look_in=look_in,
        )


class StoreUnavailable(HeldBackError):
    """The store cannot be reached; nothing was sent.

    Args:
        message: what it is needed for.
    """

    code = "STORE_UNAVAILABLE"
    status = 503

    def __init__(
        self,
        message: str = "The store that makes idempotencyKey safe cannot be reached. Nothing was sent; try again later.",
    ) -> None:
        super().__init__(message, retryable=True)
