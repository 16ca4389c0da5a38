"""How a request leaves: once under its key, in its turn under Plivo's limits, and settled by what became of it.

::

    claim      the right to send under the idempotency key, or the reply to an earlier request
    files      that were named by URL are fetched
    slot       the account's turn under Plivo's limits
    answers    that are hosted here get their addresses
    mark       from here on it may have been sent: this is on record first
    send       UpstreamReply or UpstreamError
    settle     leaving slot and claim writes down what became of it, by the fate of the error
"""

from dataclasses import replace
from http import HTTPStatus

from app.answers.applications import APPLICATIONS, ApplicationSend
from app.answers.host import AnswerHost
from app.blocks import Prepared
from app.blocks.files_by_url import FileFetcher, names_files_by_url, with_files
from app.errors import Fate, UpstreamError
from app.idempotency.guard import UNKEYED, Claim, Guard
from app.outcomes.tracking import OutcomeRequest, TrackedSend, Tracking
from app.plivo import Send, UpstreamReply, UpstreamRequest
from app.plivo.client import Plivo
from app.plivo.proven import ProvenPairs
from app.ratelimit import RateLimits
from app.ratelimit.quotas import weight_of


class Sender:
    """Sends prepared calls.

    Args:
        plivo: sends requests.
        limits: says when it is their turn.
        guard: gives out the right to send keyed ones.
        files: fetches what is named by URL.
        proven: learns which credentials Plivo accepts.
        answers: gives addresses to answers that are hosted here.
        tracking: tracks outcomes; None where no block takes ``resultUrl``.

    Attributes:
        timeout: seconds for one call, its waits included.
    """

    def __init__(
        self,
        plivo: Plivo,
        limits: RateLimits,
        guard: Guard,
        files: FileFetcher,
        proven: ProvenPairs,
        answers: AnswerHost,
        tracking: Tracking | None = None,
    ) -> None:
        self._answers = answers
        self._tracking = tracking
        self._of_applications = ApplicationSend(answers, plivo.send)
        self._plivo = plivo
        self._limits = limits
        self._guard = guard
        self._files = files
        self._proven = proven
        self.timeout = plivo.timeout
        self.url_of = plivo.url_of

    async def send(self, call: Prepared, *, deadline: float) -> UpstreamReply:
        """Send a call when its turn comes, once if it has a key.

        Args:
            call: what to send.
            deadline: the event loop's time at which to give up.

        Raises:
            RateLimited: the turn would come too late.
            InvalidFields: a file cannot be fetched.
            IdempotencyConflict, IdempotencyInProgress, OutcomeUnknown, StoreUnavailable: see the guard.
            UpstreamError: what went wrong.
        """
        request, credentials = call.request, call.args.credentials
        tracked = self._tracked(call) if "resultUrl" in call.args.values else None
        send = tracked.send if tracked else self._send_of(call)
        while True:
            async with self._claim(call, deadline) as claim:
                if claim.reply is not None:
                    if tracked:
                        await tracked.repeated(call.request, claim.reply)
                    return claim.reply
                account, is_proven = self._proven.account_of(credentials)
                if names_files_by_url(request):
                    request = await with_files(call, self._files, account, deadline)
                weight = weight_of(call.route.bucket, request)
                async with self._limits.slot(account, call.route, weight, deadline) as slot:
                    if request.hosted:  # not before it is sure that they are wanted: what is large is kept
                        request = await self._with_answers(request)
                    if not await claim.mark_sending():
                        continue  # another process took it over: its outcome is ours
                    slot.depart()
                    try:
                        reply = await send(request, credentials, deadline=deadline)
                    except UpstreamError as error:
                        await self._failed(error, call, request)
                        raise
                    slot.arrived(reply.tries)
                claim.keep(reply)
            if not is_proven:
                self._proven.add(credentials)
            return reply

    def _send_of(self, call: Prepared) -> Send:
        """Return what sends a call whose outcome nobody wants to be told."""
        if call.block.request.path.startswith(APPLICATIONS):
            return self._of_applications.send
        return self._plivo.send

    def _tracked(self, call: Prepared) -> TrackedSend:
        if self._tracking is None:
            raise TypeError("a block takes resultUrl, and nothing tracks outcomes")
        args = call.args
        wanted = OutcomeRequest(
            args.credentials,
            args.values["resultUrl"],
            call.block.name,
            args.idempotency_key,
            named=None if args.idempotency_key is None else args.bulk_key or args.idempotency_key,
            ref=args.ref,
            is_hosted=bool(call.request.hosted),
        )
        return self._tracking.of(wanted, self._plivo.send)

    async def _with_answers(self, request: UpstreamRequest) -> UpstreamRequest:
        """Return a request with the addresses of the answers that are hosted for it."""
        urls = {wire: await self._answers.url_of(answer) for wire, answer in request.hosted}
        return replace(request, json={**(request.json or {}), **urls}, hosted=())

    async def _failed(self, error: UpstreamError, call: Prepared, request: UpstreamRequest) -> None:
        """Draw the conclusions from an error, and add to it what only the block can know."""
        _explain(error, call)
        if error.http_status == HTTPStatus.UNAUTHORIZED:
            self._proven.discard(call.args.credentials)
        if error.fate is not Fate.UNKNOWN:
            for wire, _ in call.request.hosted:
                await self._answers.forget((request.json or {})[wire])

    def _claim(self, call: Prepared, deadline: float) -> Claim:
        key = call.args.idempotency_key
        if key is None or call.block.is_read_only:
            return UNKEYED
        return self._guard.claim(
            call.args.credentials, call.block.name, key, call.request, deadline=deadline, look_in=call.look_in
        )


def _explain(error: UpstreamError, call: Prepared) -> None:
    """Add to an error what only the block can know."""
    if error.fate is Fate.UNKNOWN and not call.request.is_read:
        error.point_to(call.look_in)
    elif error.http_status == HTTPStatus.NOT_FOUND and call.block.not_found_hint:
        error.details["hint"] = call.block.not_found_hint
