"""Every error that the connector can answer with.

::

    ConnectorError
    ├── RequestError               the caller can mend it                      NOT_SENT
    │   ├── InvalidJson            JSON_VALIDATION
    │   ├── RequiredFields         REQUIRED_FIELDS
    │   ├── InvalidFields          INVALID_FIELDS
    │   ├── InvalidItems           INVALID_FIELDS
    │   ├── UnknownBlock           UNKNOWN_BLOCK
    │   ├── NotFound               NOT_FOUND
    │   ├── MethodNotAllowed       METHOD_NOT_ALLOWED
    │   ├── PayloadTooLarge        PAYLOAD_TOO_LARGE
    │   │   ├── HeadersTooLarge
    │   │   └── UrlTooLong
    │   ├── BadRequest             BAD_REQUEST
    │   ├── RequestTimeout         REQUEST_TIMEOUT
    │   ├── Overloaded             OVERLOADED
    │   │   └── AccountOverloads
    │   ├── SignatureRejected      SIGNATURE_REJECTED
    │   └── NotConfigured          NOT_CONFIGURED
    ├── HeldBackError              it was kept from leaving                    NOT_SENT
    │   ├── RateLimited            RATE_LIMITED
    │   ├── IdempotencyConflict    IDEMPOTENCY_CONFLICT
    │   ├── IdempotencyInProgress  IDEMPOTENCY_IN_PROGRESS
    │   ├── OutcomeUnknown         OUTCOME_UNKNOWN                             UNKNOWN
    │   └── StoreUnavailable       STORE_UNAVAILABLE
    ├── UpstreamError              it happened on the way to Plivo or at Plivo
    │   ├── ApiUnreachable         API_UNREACHABLE                             NOT_SENT
    │   ├── ApiError               API_ERROR                                   REFUSED (4xx), else UNKNOWN
    │   ├── ApiBadReply            API_BAD_REPLY                               UNKNOWN
    │   ├── ApiTimeout             API_TIMEOUT                                 UNKNOWN
    │   └── ApiDisconnected        API_DISCONNECTED                            UNKNOWN
    └── InternalPackageError       INTERNAL_PACKAGE_ERROR                      UNKNOWN
    ConfigurationError             the service cannot start

On the right stands the :class:`Fate` of the request: whether Plivo may have acted on it. It is decided here and nowhere
else; retries, idempotency keys, limits and hints follow it.

This module knows neither FastAPI nor an HTTP client: an error carries what the envelope says
(``code``, ``message``, ``details``) and the HTTP status it has when statuses are mirrored.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any, ClassVar


class ConfigurationError(Exception):
    """The service cannot start: a setting or the manifest is wrong. The text names every problem."""


class Fate(Enum):
    """What became of a request that failed: whether Plivo may have acted on it."""

    NOT_SENT = "nothing left for Plivo"
    REFUSED = "Plivo answered that it did not do it"
    UNKNOWN = "Plivo may have acted on it"


class ConnectorError(Exception):
    """An error in the one shape that callers get.

    Attributes:
        fate: whether Plivo may have acted on the request.
        code: the envelope's ``status_code``.
        status: HTTP status when failures mirror it.
        keeps_status: the status is used even where failures are answered with 200.
        message: the envelope's ``status_msg``: a text, or Plivo's own object.
        details: further keys of the envelope; those that are None are left out.
        tries: requests made to Plivo, 0 when none was.
        http_status: Plivo's status, where Plivo answered.
        api_id: Plivo's id of the request, where it gave one.
        headers: HTTP headers that an answer with it has.
    """

    fate: Fate = Fate.UNKNOWN
    code: ClassVar[str]
    status: int
    keeps_status: ClassVar[bool] = False
    tries: int = 0
    http_status: int | None = None
    api_id: str | None = None
    headers: Sequence[tuple[bytes, bytes]] = ()

    def __init__(self, message: object, **details: object) -> None:
        super().__init__(self.code)
        self.message = message
        self.details = {key: value for key, value in details.items() if value is not None}


class RequestError(ConnectorError):
    """The request cannot be run as it is; nothing was sent to Plivo."""

    fate = Fate.NOT_SENT


class InvalidJson(RequestError):
    """The body cannot be read (the marketplace format's JSON_VALIDATION).

    Args:
        hint: what is wrong with it and where; never a value of it.
    """

    code = "JSON_VALIDATION"
    status = 400

    def __init__(self, hint: str | None = None) -> None:
        super().__init__("Syntax error. Incorrect input JSON. Please, check fields with JSON input.", hint=hint)


class RequiredFields(RequestError):
    """Something required is missing.

    Args:
        fields: names of what is missing, in manifest order.
        errors: what else is wrong, by name.
        hint: in words, what must be given and what is an either-or.
    """

    code = "REQUIRED_FIELDS"
    status = 422

    def __init__(self, fields: Sequence[str], errors: Mapping[str, str], *, hint: str | None = None) -> None:
        super().__init__(
            "Please, check and fill in required fields.", fields=list(fields), errors=dict(errors) or None, hint=hint
        )


class InvalidFields(RequestError):
    """Values do not fit, or names are unknown.

    Args:
        errors: the reason by name, in manifest order, unknown names last.
    """

    code = "INVALID_FIELDS"
    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        listed = "; ".join(f"{name}: {reason}" for name, reason in errors.items())
        super().__init__(f"Please, check these fields. {listed}", fields=list(errors), errors=dict(errors))


class InvalidItems(RequestError):
    """Items of a bulk cannot be run, so none was.

    Args:
        told: the index of an item, its ref, and what is wrong with it; as many as are to be told.
        count: how many there are in all.
    """

    code = "INVALID_FIELDS"
    status = 422

    def __init__(self, told: Sequence[tuple[int, str | None, ConnectorError]], count: int) -> None:
        what = "1 item cannot be run" if count == 1 else f"{count} items cannot be run"
        super().__init__(
            f"{what}, so nothing was sent. Mend what is named here, or set skipInvalid to run the others.",
            fields=["items"],
            items=[
                {"index": index, **({} if ref is None else {"ref": ref}), **describe(error)}
                for index, ref, error in told
            ],
            more=count - len(told) or None,
        )


class UnknownBlock(RequestError):
    """No block has this name.

    Args:
        name: the name asked for.
        nearest: existing names that look like it.
    """

    code = "UNKNOWN_BLOCK"
    status = 404
    keeps_status = True

    def __init__(self, name: str, nearest: Sequence[str]) -> None:
        meant = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(
            f"There is no block {name[:100]!r}.{meant} GET /api/Plivo lists all blocks.",
            nearest=list(nearest),
        )


class NotFound(RequestError):
    """Nothing is served at this path.

    Args:
        message: what there is instead.
    """

    code = "NOT_FOUND"
    status = 404
    keeps_status = True

    def __init__(
        self,
        message: str = "Nothing is here. Blocks are called with POST /api/Plivo/{block}, GET /api/Plivo lists them.",
    ) -> None:
        super().__init__(message)


class MethodNotAllowed(RequestError):
    """The path exists, but not for this method.

    Args:
        allowed: the methods that do, as in the Allow header.
    """

    code = "METHOD_NOT_ALLOWED"
    status = 405
    keeps_status = True

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path answers {allowed} only.")
        self.headers = [(b"allow", allowed.encode("latin-1"))]


class PayloadTooLarge(RequestError):
    """The body, or another part of the request, is larger than the limit.

    Args:
        limit: most that it may have, in bytes.
        setting: the variable that says so, if one does.
    """

    code = "PAYLOAD_TOO_LARGE"
    status = 413
    keeps_status = True
    part: ClassVar[str] = "body is"

    def __init__(self, limit: int, setting: str | None) -> None:
        allows = f", the most that {setting} allows" if setting else ""
        super().__init__(f"The request's {self.part} larger than {limit} bytes{allows}.", limit=limit)


class HeadersTooLarge(PayloadTooLarge):
    """The headers are larger than the limit all together."""

    status = 431
    part = "headers are"


class UrlTooLong(PayloadTooLarge):
    """The URL is longer than the limit."""

    status = 414
    part = "URL is"


class BadRequest(RequestError):
    """What came is not HTTP, so there is no request to answer.

    Args:
        reason: what is wrong with it.
    """

    code = "BAD_REQUEST"
    status = 400
    keeps_status = True

    def __init__(self, reason: str = "This is not a valid HTTP/1.1 request.") -> None:
        super().__init__(reason)


class RequestTimeout(RequestError):
    """The request took too long to arrive; nothing was sent.

    Args:
        part: what took too long: its headers or its body.
        seconds: how long that may take.
        setting: the variable that says so.
    """

    code = "REQUEST_TIMEOUT"
    status = 408
    keeps_status = True

    def __init__(self, part: str, seconds: float, setting: str) -> None:
        super().__init__(
            f"The request's {part} did not arrive within the {seconds:g} seconds that {setting} allows. "
            "Nothing was sent.",
            retryable=True,
        )


class Overloaded(RequestError):
    """The service has as much to do as it can hold; nothing was sent.

    Args:
        reason: what there is no room for, and the setting that says so.
        retry_after: seconds until there may be room.
    """

    code = "OVERLOADED"
    status = 503
    keeps_status = True

    def __init__(self, reason: str, *, retry_after: int = 1) -> None:
        super().__init__(f"{reason} Nothing was sent; try again.", retryable=True, retry_after=retry_after)


class AccountOverloads(Overloaded):
    """An account has as much under way as one may have; others are served."""

    status = 429


class NotConfigured(RequestError):
    """The service is not set up for this; nothing was sent.

    Args:
        reason: what is missing, and the setting that mends it.
    """

    code = "NOT_CONFIGURED"
    status = 501

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=False)


class SignatureRejected(RequestError):
    """A request that should be Plivo's is not, or repeats one that was taken.

    Args:
        reason: which headers were looked at, and the URL that was tried; no signature, no value.
    """

    code = "SIGNATURE_REJECTED"
    status = 403

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"This request is not accepted as Plivo's: {reason}.",
            hint="The URL that Plivo was given must begin with PUBLIC_URL, and the account's auth token must be known: "
            "after it was changed at Plivo, call any block of the subscription with the new one.",
        )


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
            f"again. {where_to_look(look_in)} to find out; use a new key to send it anew.",
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


_FAILURES = range(400, 600)
"""HTTP statuses that an answer may have as a failure; upstream may say anything."""

_TEXT_OF_UNKNOWN = "It is not known whether Plivo acted on this request. {where} before sending it again."


def where_to_look(look_in: str | None) -> str:
    """Say where somebody finds out whether Plivo acted.

    Args:
        look_in: name of the list block that shows it; None where there is none.
    """
    return f"Look in {look_in}" if look_in else "Look at Plivo"


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


class InternalPackageError(ConnectorError):
    """Our own fault (the marketplace format's INTERNAL_PACKAGE_ERROR); says nothing of the inside."""

    code = "INTERNAL_PACKAGE_ERROR"
    status = 500

    def __init__(self, request_id: str) -> None:
        super().__init__("Something went wrong inside the package.", request_id=request_id)


def describe(error: ConnectorError) -> dict[str, Any]:
    """Return the error as it stands in an envelope."""
    return {"status_code": error.code, "status_msg": error.message, **error.details}
