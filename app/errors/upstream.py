"""It happened on the way to Plivo, or at Plivo."""

from http import HTTPStatus

from app.errors.fate import ConnectorError, Fate, where_to_look

_FAILURES = range(400, 600)
"""HTTP statuses that an answer may have as a failure; upstream may say anything."""

_TEXT_OF_UNKNOWN = "It is not known whether Plivo acted on this request. {where} before sending it again."


class UpstreamError(ConnectorError):
    """Plivo did not do what was asked, or nobody knows whether it did.

    Args:
        message: what happened.
        retryable: the same request may be sent again without doing anything twice.
    """

    status = 502

    def __init__(self, message: object, *, retryable: bool, **details: object) -> None:
        super().__init__(message, retryable=retryable, **details)
        self.retry_after: float | None = None

    def point_to(self, look_in: str | None) -> None:
        """Tell the caller of a write of unknown outcome where to look before sending it again."""
        self.details["hint"] = _TEXT_OF_UNKNOWN.format(where=where_to_look(look_in))
        if look_in is not None:
            self.details["look_in"] = look_in


class ApiUnreachable(UpstreamError):
    """No connection was made: nothing was sent."""

    fate = Fate.NOT_SENT
    code = "API_UNREACHABLE"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Plivo could not be reached, nothing was sent: {reason}.", retryable=True)


class ApiError(UpstreamError):
    """Plivo answered with a status outside 2xx.

    Args:
        message: Plivo's own text or object.
        http_status: Plivo's status.
        retryable: see UpstreamError.
        api_id: Plivo's id of the request.
        retry_after: seconds to wait, where Plivo said so.
        hint: what usually helps.
    """

    code = "API_ERROR"

    def __init__(
        self,
        message: object,
        *,
        http_status: int,
        retryable: bool,
        api_id: str | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(
            message,
            retryable=retryable,
            http_status=http_status,
            api_id=api_id,
            retry_after=retry_after,
            hint=hint,
        )
        self.http_status = http_status
        self.api_id = api_id
        self.retry_after = retry_after
        self.status = http_status if http_status in _FAILURES else HTTPStatus.BAD_GATEWAY
        if HTTPStatus.BAD_REQUEST <= http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.fate = Fate.REFUSED


class ApiBadReply(UpstreamError):
    """Plivo answered 2xx with a body that is neither empty nor JSON.

    Args:
        reason: what is wrong with the body.
        http_status: Plivo's status; None where not even that could be read.
        body: the beginning of what came.
    """

    code = "API_BAD_REPLY"

    def __init__(self, reason: str, *, http_status: int | None, body: str) -> None:
        super().__init__(reason, retryable=False, http_status=http_status, body=body)
        self.http_status = http_status


class ApiTimeout(UpstreamError):
    """No answer in time; a write may have been acted on."""

    code = "API_TIMEOUT"
    status = 504


class ApiDisconnected(UpstreamError):
    """The connection was lost after the request may have been sent."""

    code = "API_DISCONNECTED"
