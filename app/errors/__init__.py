"""Every error that the connector can answer with.

::

    ConnectorError
    ├── RequestError               the caller can fix it (request)             NOT_SENT
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
    ├── HeldBackError              it was kept from leaving (held_back)        NOT_SENT
    │   ├── RateLimited            RATE_LIMITED
    │   ├── IdempotencyConflict    IDEMPOTENCY_CONFLICT
    │   ├── IdempotencyInProgress  IDEMPOTENCY_IN_PROGRESS
    │   ├── OutcomeUnknown         OUTCOME_UNKNOWN                             UNKNOWN
    │   └── StoreUnavailable       STORE_UNAVAILABLE
    ├── UpstreamError              it happened on the way or at Plivo (upstream)
    │   ├── ApiUnreachable         API_UNREACHABLE                             NOT_SENT
    │   ├── ApiError               API_ERROR                                   REFUSED (4xx), else UNKNOWN
    │   ├── ApiBadReply            API_BAD_REPLY                               UNKNOWN
    │   ├── ApiTimeout             API_TIMEOUT                                 UNKNOWN
    │   └── ApiDisconnected        API_DISCONNECTED                            UNKNOWN
    └── InternalPackageError       INTERNAL_PACKAGE_ERROR                      UNKNOWN
    ConfigurationError             the service cannot start

On the right stands the :class:`Fate` of the request: whether Plivo may have acted on it. It is decided here and nowhere
else; retries, idempotency keys, limits and hints follow it.

This package knows neither FastAPI nor an HTTP client: an error carries what the envelope says
(``code``, ``message``, ``details``) and the HTTP status it has when statuses are mirrored.
"""

from app.errors.fate import ConnectorError, Fate, InternalPackageError, describe, where_to_look
from app.errors.held_back import (
    HeldBackError,
    IdempotencyConflict,
    IdempotencyInProgress,
    OutcomeUnknown,
    RateLimited,
    StoreUnavailable,
)
from app.errors.request import (
    AccountOverloads,
    BadRequest,
    HeadersTooLarge,
    InvalidFields,
    InvalidItems,
    InvalidJson,
    MethodNotAllowed,
    NotConfigured,
    NotFound,
    Overloaded,
    PayloadTooLarge,
    RequestError,
    RequestTimeout,
    RequiredFields,
    SignatureRejected,
    UnknownBlock,
    UrlTooLong,
)
from app.errors.upstream import ApiBadReply, ApiDisconnected, ApiError, ApiTimeout, ApiUnreachable, UpstreamError

__all__ = [
    "AccountOverloads",
    "ApiBadReply",
    "ApiDisconnected",
    "ApiError",
    "ApiTimeout",
    "ApiUnreachable",
    "BadRequest",
    "ConfigurationError",
    "ConnectorError",
    "Fate",
    "HeadersTooLarge",
    "HeldBackError",
    "IdempotencyConflict",
    "IdempotencyInProgress",
    "InternalPackageError",
    "InvalidFields",
    "InvalidItems",
    "InvalidJson",
    "MethodNotAllowed",
    "NotConfigured",
    "NotFound",
    "OutcomeUnknown",
    "Overloaded",
    "PayloadTooLarge",
    "RateLimited",
    "RequestError",
    "RequestTimeout",
    "RequiredFields",
    "SignatureRejected",
    "StoreUnavailable",
    "UnknownBlock",
    "UpstreamError",
    "UrlTooLong",
    "describe",
    "where_to_look",
]


class ConfigurationError(Exception):
    """The service cannot start: a setting or the manifest is wrong. The text names every problem."""
