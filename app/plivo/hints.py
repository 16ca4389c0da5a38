"""What usually helps when Plivo refuses, where that is true of this very answer."""

from http import HTTPStatus

_HINTS_BY_TEXT = {
    "geo-permission": "Sending to this country is switched off: enable it under Geo Permissions in the Plivo console.",
    "geo permission": "Sending to this country is switched off: enable it under Geo Permissions in the Plivo console.",
    "outbound calling is disabled": "The account may not make outbound calls: ask Plivo's support to enable them.",
    "insufficient fund": "The account has run out of credit: recharge it in the Plivo console.",
    "identical to src": "The destination is the sender itself: use two different numbers.",
    "invalid auth token": "authId and authToken do not belong together: copy both again from the Plivo console.",
}
_UNAUTHORIZED = (
    "Plivo did not accept this pair of authId and authToken; its answer says no more than that. It may be an "
    "authId that is none (20 letters and digits, beginning with MA or SA), a token that is mistyped, was renewed or "
    "belongs to another account, an account that is suspended, a subaccount that is disabled, or an address that the "
    "account does not allow to use the API."
)
_SPEAKS_OF_CREDENTIALS = ("authenticat", "authoriz", "credential", "verify your access", "access level", "login", "401")
_NO_CREDIT = "The account has run out of credit: recharge it in the Plivo console."


def hint_for(status: int, message: object, *, retry_after: float | None) -> str | None:
    """Return a hint, None where none would be true.

    Args:
        status: Plivo's HTTP status.
        message: Plivo's own text or object.
        retry_after: seconds to wait, where Plivo said so.
    """
    text = str(message).lower()
    by_text = next((hint for words, hint in _HINTS_BY_TEXT.items() if words in text), None)
    if by_text:
        return by_text
    match status:
        # What speaks of something else, a suspended account or an address, says more than we could.
        case HTTPStatus.UNAUTHORIZED if any(words in text for words in _SPEAKS_OF_CREDENTIALS):
            return _UNAUTHORIZED
        case HTTPStatus.PAYMENT_REQUIRED:
            return _NO_CREDIT
        case HTTPStatus.TOO_MANY_REQUESTS if retry_after is not None:
            return "Plivo's rate limit was reached: wait for retry_after seconds, or send more slowly."
        case HTTPStatus.TOO_MANY_REQUESTS:
            return "Plivo's rate limit was reached: send more slowly."
    return None
