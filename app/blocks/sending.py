"""When a request leaves: it waits for its turn under Plivo's limits, is committed, and is sent.

::

    limits.take   the account's turn, or RateLimited
    commit        the caller's last word before anything is sent
    plivo.send    UpstreamReply or UpstreamError; what Plivo refuses for its number slows the account down
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from app.datatypes.credentials import Credentials
from app.errors import ApiError, ApiUnreachable, UpstreamError
from app.plivo import UpstreamReply, UpstreamRequest
from app.plivo.client import Plivo
from app.ratelimit import Limits
from app.ratelimit.quotas import Bucket, weight_of

PUSH_BACK = 1.0
"""Seconds for which a refused account waits where Plivo does not say how long."""

TIME_TO_SEND = 1.0
"""Seconds before the deadline by which a turn must have come: a write begun later may end as an unknown outcome."""


class Pacer:
    """Sends requests of one kind when it is their turn.

    Args:
        plivo: sends them.
        limits: whose turn it is; None sends everything at once.
        bucket: what Plivo counts them as; None: nothing.

    Attributes:
        timeout: seconds for one request, its wait included.
    """

    def __init__(self, plivo: Plivo, limits: Limits | None, bucket: Bucket | None) -> None:
        self._plivo = plivo
        self._limits = limits
        self._bucket = bucket
        self.timeout = plivo.timeout
        self.url_of = plivo.url_of

    async def send(
        self,
        request: UpstreamRequest,
        credentials: Credentials,
        *,
        deadline: float,
        commit: Callable[[], Awaitable[None]] | None = None,
    ) -> UpstreamReply:
        """Send a request when its turn comes.

        Args:
            request: what to send.
            credentials: whose request it is.
            deadline: the event loop's time at which to give up.
            commit: called once, after the wait and before anything is sent; what it raises is raised here.

        Raises:
            RateLimited: the turn would come too late; ``commit`` was not called.
            UpstreamError: what went wrong.
        """
        limits, bucket, account = self._limits, self._bucket, credentials.auth_id
        if bucket is None or limits is None:
            if commit is not None:
                await commit()
            return await self._plivo.send(request, credentials, deadline=deadline)
        weight = weight_of(bucket, request)
        turn = limits.take_now(account, bucket, weight)
        if turn is None:
            patience = deadline - TIME_TO_SEND - asyncio.get_running_loop().time()
            turn = await limits.take(account, bucket, weight, patience)
        arrivals = 0
        try:
            if commit is not None:
                await commit()
                turn.leave()
            arrivals = 1
            reply = await self._plivo.send(request, credentials, deadline=deadline)
            arrivals = reply.tries
        except UpstreamError as error:
            arrivals = _arrivals(error)
            if error.http_status == HTTPStatus.TOO_MANY_REQUESTS:
                limits.push_back(account, bucket, error.retry_after or PUSH_BACK)
            raise
        finally:
            turn.end(arrivals)
        return reply


def _arrivals(error: UpstreamError) -> int:
    """Return how many requests Plivo may have counted against the account."""
    match error:
        case ApiUnreachable():
            return error.tries - 1
        # Whoever sent it, Plivo does not know them as this account, and they must not take its places.
        case ApiError(http_status=HTTPStatus.UNAUTHORIZED):
            return 0
    return error.tries
