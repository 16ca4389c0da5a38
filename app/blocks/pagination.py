"""Walking a list: many pages of Plivo's → one list in Plivo's own shape, its rows byte for byte.

Plivo pages by offset, some lists by cursor; ``meta.next`` says which, and only that one is used. Where Plivo says how
many rows there are, the pages to come are read ahead, side by side; other lists are read page after page. Some are
walked window by window (:mod:`app.blocks.windows`). What was fetched is never lost: where a walk stops early, for
whatever reason, ``meta.continue`` says how to go on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from app import json_text
from app.blocks import CleanArgs, Prepared, RequestBuilder, Result
from app.blocks.checkpoints import Checkpoints, Position
from app.blocks.pages import Page, Rows, Taken, read_page
from app.blocks.read_ahead import ReadAhead
from app.blocks.windows import Windows
from app.errors import ApiTimeout, ConnectorError, InvalidFields, RateLimited, UpstreamError, describe
from app.manifest.model import Block, Listing
from app.plivo import UpstreamReply

PAGE_SIZE = 20
"""Items on a page where neither the caller nor the block's own ``limit`` says more (Plivo's documentation)."""

HUGE = 1024 * 1024
"""Bytes of a reply that takes so long to cut that a thread does it; Plivo's pages have some ten thousand."""

_PAGING = ("limit", "offset", "cursor")
_CALLBACK = "callback_url"
_SENT_ELSEWHERE = (
    "makes Plivo send the list there instead of answering, so that there are no pages to go through: "
    "leave it out, or leave out returnAll, maxItems and continueFrom"
)
_OUT_OF_ROOM = (
    "The answer reached its largest size (MAX_ANSWER_BYTES). Send the same request with meta.continue as continueFrom "
    "for the rest."
)


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """What one walk may take.

    Attributes:
        side_by_side: pages fetched at one time.
        max_bytes: of all rows together.
    """

    side_by_side: int = 8
    max_bytes: int = 32 * 1024 * 1024


class PageSender(Protocol):
    """What sends the call for one page (see :class:`app.blocks.sending.Sender`)."""

    @property
    def timeout(self) -> float:
        """Seconds for a whole walk."""

    async def send(self, call: Prepared, *, deadline: float) -> UpstreamReply:
        """Send a call until a deadline, the event loop's time."""


class PageWalker:
    """Walks the pages of one list block.

    Args:
        block: the block.
        listing: how it answers.
        build_request: builds its requests.
        sender: sends them.
        limits: what one walk may take.
        now: the time, in UTC.
    """

    def __init__(
        self,
        block: Block,
        listing: Listing,
        build_request: RequestBuilder,
        sender: PageSender,
        limits: WalkLimits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        args = {arg.wire_name: arg for arg in block.args}
        self.items = listing.items
        self.sender = sender
        self.limits = limits
        self.windows = Windows(listing.window, args)
        self.checkpoints = Checkpoints(block.name, _PAGING)
        self._build_request = build_request
        self._now = now
        self._limit_arg = args.get("limit")
        self._callback = args[_CALLBACK].name if _CALLBACK in args else None
        self._not_additional = {_CALLBACK: _SENT_ELSEWHERE} | {
            name: f"is set by the walk: {f'give {args[name].name} instead' if name in args else 'leave it out'}"
            for name in (*_PAGING, *self.windows.names)
        }

    def begin(self, args: CleanArgs) -> Position:
        """Return where a walk begins.

        Raises:
            InvalidFields: there are no pages to walk, or ``continueFrom`` does not belong to this request.
        """
        if args.walk is None:
            raise ValueError("these args ask for one page")
        for name in args.additional:
            if name in self._not_additional:
                raise InvalidFields({"additionalFields": f"{name} {self._not_additional[name]}"})
        if self._callback in args.values:
            raise InvalidFields({self._callback: _SENT_ELSEWHERE})
        if args.walk.continue_from is not None:
            return self.checkpoints.read(args, args.walk.continue_from)
        lower, upper = self.windows.range_of(args.values, self._now())
        cursor = args.values.get("cursor")
        return Position(lower, upper, 0 if cursor else args.values.get("offset", 0), cursor)

    async def walk(self, call: Prepared) -> Result:
        """Fetch pages until the list ends, ``maxItems`` are there, or the time or the room for an answer is over.

        Raises:
            UpstreamError, RateLimited: the first page failed; a later one that fails only ends the walk.
            InvalidFields: see :meth:`begin`.
        """
        return await _Walk(self, call).go_from(self.begin(call.args))

    def page_call(self, call: Prepared, position: Position) -> Prepared:
        """Return the call for the page at a position."""
        values = {name: value for name, value in call.args.values.items() if name not in _PAGING}
        paging: dict[str, Any] = {}
        if self._limit_arg is not None:
            paging["limit"] = self.page_size(call.args)
        if position.cursor is not None:
            paging["cursor"] = position.cursor
        elif position.offset:
            paging["offset"] = position.offset
        # Plivo may page a list that has no args for it.
        args = replace(
            call.args,
            values=self.windows.filtered(values, position.lower, position.upper),
            additional=call.args.additional | paging,
        )
        return replace(call, args=args, request=self._build_request(args))

    def page_size(self, args: CleanArgs) -> int | None:
        """Return how many rows a page has that is not the last; None where nobody says so."""
        if self._limit_arg is None:
            return None
        return int(args.values.get("limit") or self._limit_arg.max or PAGE_SIZE)


class _Walk:
    """One walk.

    Args:
        walker: knows the list.
        call: asks for it.
    """

    def __init__(self, walker: PageWalker, call: Prepared) -> None:
        self._walker = walker
        self._call = call
        self._deadline = _now() + walker.sender.timeout
        self._rows = Rows(call.args.walk.max_items if call.args.walk else None, walker.limits.max_bytes)
        self._side_by_side = walker.limits.side_by_side
        self._walked: set[Position] = set()
        self._first: Page | None = None
        self._total: int | None = None
        """Rows of the list as the page before said."""
        self._tries = 0

    async def go_from(self, begin: Position) -> Result:
        """Walk as far as it goes; see :meth:`PageWalker.walk`."""
        position: Position | None = begin
        failure: ConnectorError | None = None
        async with ReadAhead(self._fetch) as pages:
            while position and not self._rows.is_complete and (self._first is None or _now() < self._deadline):
                try:
                    page = await pages.page_at(position)
                except (UpstreamError, RateLimited) as error:
                    if self._first is None:
                        error.tries = self._tries
                        raise
                    failure = error
                    break
                position = self._take(page, position, pages)
        return self._result(position, failure)

    async def _fetch(self, position: Position) -> Page:
        try:
            call = self._walker.page_call(self._call, position)
            reply = await self._walker.sender.send(call, deadline=self._deadline)
        except (UpstreamError, RateLimited) as error:
            self._tries += error.tries
            raise
        self._tries += reply.tries
        if len(reply.body) > HUGE:
            return await asyncio.to_thread(read_page, reply, self._walker.items)
        return read_page(reply, self._walker.items)

    def _take(self, page: Page, position: Position, pages: ReadAhead[Page]) -> Position | None:
        """Take a page's rows and see to the pages that follow; return where the walk goes on."""
        self._first = self._first or replace(page, rows=(), digests=())
        self._walked.add(position)
        taken = self._rows.take(page, position.skip)
        if taken.done < len(page.rows):
            return replace(position, skip=taken.done)
        further = self._after(position, page, taken)
        if further is None or further in self._walked or self._rows.is_complete:
            return None if further in self._walked else further
        # Rows came in or went away. A page that was read before that is no neighbour of one that was read after it.
        if taken.began_known or self._total not in (None, page.total):
            pages.expect(())
            self._side_by_side = max(1, self._side_by_side // 2)
        self._total = page.total if further.upper == position.upper else None
        pages.expect(self._expected(position, further, page))
        return further

    def _after(self, position: Position, page: Page, taken: Taken) -> Position | None:
        """Return where the next page begins, None after the last one."""
        skip = max(0, position.skip - len(page.rows))
        cursor, offset = page.next_cursor, page.next_offset
        if cursor and cursor != position.cursor:
            return replace(position, cursor=cursor, offset=0, skip=skip)
        if page.rows and position.cursor is None:
            if offset is not None and offset > position.offset:
                return replace(position, offset=offset, skip=skip)
            if self._is_followed(position, page, taken):
                return replace(position, offset=position.offset + len(page.rows), skip=skip)
        older = self._walker.windows.older_part(position.lower, position.upper)
        return Position(*older) if older else None

    def _is_followed(self, position: Position, page: Page, taken: Taken) -> bool:
        """Say whether there is a further page, though Plivo does not say where it begins."""
        # Nothing but known rows is what a list gives that takes no offset, or one that as many rows have come into.
        if not taken.is_new and not (self._total is not None and page.total and page.total > self._total):
            return False
        if page.total is not None and page.total > position.offset + len(page.rows):
            return True
        size = self._walker.page_size(self._call.args)
        return "next" not in page.meta and size is not None and len(page.rows) >= size

    def _expected(self, position: Position, further: Position, page: Page) -> list[Position]:
        """Return where the pages are that will be wanted, the next one first."""
        step = further.offset - position.offset
        is_short = step < (self._walker.page_size(self._call.args) or 1)
        if page.total is None or is_short or further.skip or further.upper != position.upper:
            return [further]
        rows = self._rows
        most = min(self._side_by_side, max(1, rows.room // page.size))
        if rows.wanted is not None:
            most = min(most, -(-rows.wanted // len(page.rows)))
        offsets = range(further.offset, max(page.total, further.offset + 1), step)
        return [replace(further, offset=offset) for offset in offsets[:most]]

    def _result(self, position: Position | None, failure: ConnectorError | None) -> Result:
        if self._first is None:
            raise AssertionError("unreachable: a walk fetches at least one page")
        summary: dict[str, Any] = {"count": self._rows.count, "more": position is not None}
        if position is not None:
            summary["continue"] = self._walker.checkpoints.write(self._call.args, position)
        if self._rows.is_out_of_room:
            summary["hint"] = _OUT_OF_ROOM
        if failure is not None and not isinstance(failure, ApiTimeout):
            summary["error"] = describe(failure)
        content = self._rows.put_into(self._first, self._walker.items, json_text.render(summary))
        return Result(content, None, self._first.status, self._first.api_id, self._tries)


def _now() -> float:
    return asyncio.get_running_loop().time()
