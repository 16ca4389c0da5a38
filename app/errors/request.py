"""The request cannot be run as it is, and whoever sent it can fix that."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar, Self

from app.errors.fate import ConnectorError, Fate, describe

_LONGEST_COMPARED = 64
"""Characters of a name that are compared with others: the time that takes grows with their square."""


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
            f"{what}, so nothing was sent. Fix what is named here, or set skipInvalid to run the others.",
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

    @classmethod
    def among(cls, name: str, known: Iterable[str]) -> Self:
        """Return the error with those of the existing names that look most like the one asked for.

        Args:
            name: the name asked for.
            known: the existing names.
        """
        return cls(name, get_close_matches(name[:_LONGEST_COMPARED], known, n=3))


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
