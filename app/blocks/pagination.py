"""Walking a list: many pages of Plivo's → one list in Plivo's own shape.

Plivo pages by offset, some lists by cursor; ``meta.next`` says which, and only that one is used. Some
lists look back a few days only unless a range is given, and refuse a range that is too wide: they are
walked window by window, newest first. The upper end of the range is fixed when the walk begins, so that
rows arriving meanwhile shift nothing. What was fetched is never lost: where a walk stops early, for
whatever reason, ``meta.continue`` says how to go on.
"""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal, Protocol, get_args
from urllib.parse import parse_qs

from pydantic import Field, TypeAdapter, ValidationError

from app import json_text
from app.blocks import CleanArgs, Prepared, RequestBuilder, Result
from app.errors import ApiTimeout, ConnectorError, InvalidFields, RateLimited, UpstreamError, describe
from app.manifest.model import Block, Listing
from app.plivo import UpstreamReply
from app.plivo.replies import bad_reply

PAGE_SIZE = 20
"""Items on a page where neither the caller nor the block's own ``limit`` says more (Plivo's documentation)."""

_PAGING = ("limit", "offset", "cursor")
_LONGEST_OFFSET = 18
_ALMOST_A_SECOND = timedelta(seconds=1) - timedelta.resolution
_FIRST_MOMENT = datetime.fromisoformat("0001-01-01")

Suffix = Literal["gt", "gte", "lt", "lte"]
_SUFFIXES: tuple[Suffix, ...] = get_args(Suffix)

Bound = tuple[Suffix, str]
"""One end of a time range: the filter's suffix (``gt``, ``gte``, ``lt``, ``lte``) and the moment."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a walk is.

    Attributes:
        lower: the older end of the range that is still to walk; None for none.
        upper: the newer end; None where the list has no time window.
        offset: offset of the next page in the newest window of the range.
        cursor: cursor of the next page, instead of the offset.
        skip: items at the beginning of the next page that were taken already.
    """

    lower: Bound | None = None
    upper: Bound | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    cursor: str | None = None
    skip: Annotated[int, Field(ge=0)] = 0


_POSITION = TypeAdapter(Position)


class PageSender(Protocol):
    """What sends the call for one page (see :class:`app.blocks.sending.Sender`)."""

    @property
    def timeout(self) -> float:
        """Seconds for a whole walk."""

    async def send(self, call: Prepared, *, deadline: float) -> UpstreamReply:
        """Send a call until a deadline, the event loop's time."""


class PageWalker:
    """Walks the pages of one list block."""

    def __init__(
        self,
        block: Block,
        listing: Listing,
        build_request: RequestBuilder,
        sender: PageSender,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._block = block
        self._listing = listing
        self._build_request = build_request
        self._sender = sender
        self._now = now
        self._arg_of = {arg.wire_name: arg for arg in block.args}
        self._items_path = listing.items.split(".")

    async def walk(self, call: Prepared) -> Result:
        """Fetch pages until the list ends, ``maxItems`` are there, or the time for one request is over.

        Raises:
            UpstreamError, RateLimited: the first page failed; a later one that fails only ends the walk.
            InvalidFields: ``continueFrom`` does not belong to this request.
        """
        args = call.args
        if args.walk is None:
            raise ValueError("these args ask for one page")
        now = asyncio.get_running_loop().time
        deadline = now() + self._sender.timeout
        position: Position | None = self._begin(args)
        walked: set[Position] = set()
        rows = _Rows(args.walk.max_items)
        first: UpstreamReply | None = None
        failure: ConnectorError | None = None
        tries = 0
        while position is not None and not rows.is_complete and (first is None or now() < deadline):
            page_args = self._page_args(args, position)
            page_call = replace(call, args=page_args, request=self._build_request(page_args))
            try:
                reply = await self._sender.send(page_call, deadline=deadline)
                tries += reply.tries
                page, meta = self._read_page(reply)
            except (UpstreamError, RateLimited) as error:
                tries += error.tries
                if first is None:
                    error.tries = tries
                    raise
                failure = error
                break
            first = first or reply
            walked.add(position)
            taken, was_known = rows.take(page, position.skip)
            if taken < len(page):
                position = replace(position, skip=taken)
                continue
            # Where no meta.next leads on, a page of known rows is that of a list which takes no offset.
            further = self._after(position, [] if was_known and "next" not in meta else page, meta, args)
            position = None if further in walked else further
        if first is None:
            raise AssertionError("unreachable: a walk fetches at least one page")
        summary: dict[str, Any] = {"count": len(rows.items), "more": position is not None}
        if position is not None:
            summary["continue"] = self._token(args, position)
        if failure is not None and not isinstance(failure, ApiTimeout):
            summary["error"] = describe(failure)
        body = json_text.render(self._assemble(first, rows.items, summary))
        return Result(body, None, first.status, first.api_id, tries)

    def _begin(self, args: CleanArgs) -> Position:
        token = args.walk.continue_from if args.walk else None
        if token is None:
            lower, upper = self._range(args)
            cursor = args.values.get("cursor")
            return Position(lower, upper, 0 if cursor else args.values.get("offset", 0), cursor)
        try:
            fingerprint, state = json_text.parse(urlsafe_b64decode(token))
            position = _POSITION.validate_python(state)
            self._window(position)
        except (ValueError, TypeError, ValidationError):
            raise InvalidFields({"continueFrom": "is not what meta.continue of an earlier reply was"}) from None
        if fingerprint != self._fingerprint(args):
            raise InvalidFields({"continueFrom": "belongs to another block, account or other filters"})
        return position

    def _token(self, args: CleanArgs, position: Position) -> str:
        return urlsafe_b64encode(json_text.render([self._fingerprint(args), asdict(position)])).decode()

    def _fingerprint(self, args: CleanArgs) -> str:
        filters = [(name, value) for name, value in sorted(args.values.items()) if name not in _PAGING]
        text = json_text.render([self._block.name, args.credentials.auth_id, filters, sorted(args.additional.items())])
        return sha256(text).hexdigest()[:16]

    def _range(self, args: CleanArgs) -> tuple[Bound | None, Bound | None]:
        """Return the range asked for, else the one that Plivo would take, its newer end fixed."""
        window = self._listing.window
        if window is None or self._value(args, window.field) is not None:
            return None, None
        given: list[Bound] = [
            (suffix, moment)
            for suffix in _SUFFIXES
            if (moment := self._value(args, f"{window.field}__{suffix}")) is not None
        ]
        upper = min((bound for bound in given if bound[0] in ("lt", "lte")), key=_moment, default=None)
        lower = max((bound for bound in given if bound[0] in ("gt", "gte")), key=_moment, default=None)
        days = window.widest if upper else window.days
        # Up to the end of this second: filters have no smaller unit, and what is there already must not be missed.
        upper = upper or ("lte", _text(self._now() + _ALMOST_A_SECOND))
        if lower is None and days is not None:
            lower = _days_before(upper, days)
        return lower, upper

    def _window(self, position: Position) -> tuple[Bound | None, Bound | None]:
        """Return the newest part of the range that is not wider than Plivo accepts."""
        lower, upper = position.lower, position.upper
        widest = self._listing.window.widest if self._listing.window else None
        if lower and upper and widest and _moment(upper) - _moment(lower) > timedelta(days=widest):
            lower = _days_before(upper, widest)
        return lower, upper

    def _value(self, args: CleanArgs, wire_name: str) -> str | None:
        arg = self._arg_of.get(wire_name)
        return args.values.get(arg.name) if arg else None

    def _page_args(self, args: CleanArgs, position: Position) -> CleanArgs:
        values = {name: value for name, value in args.values.items() if name not in _PAGING}
        paging: dict[str, Any] = {}
        if "limit" in self._arg_of:
            paging["limit"] = self._limit(args)
        if position.cursor is not None:
            paging["cursor"] = position.cursor
        elif position.offset:
            paging["offset"] = position.offset
        if self._listing.window and position.upper:
            bounds = dict(bound for bound in self._window(position) if bound)
            for suffix in _SUFFIXES:
                name = self._arg_of[f"{self._listing.window.field}__{suffix}"].name
                values.pop(name, None)
                if suffix in bounds:
                    values[name] = bounds[suffix]
        # Plivo may page a list that has no args for it.
        return replace(args, values=values, additional=args.additional | paging)

    def _limit(self, args: CleanArgs) -> int:
        return int(args.values.get("limit") or self._arg_of["limit"].max or PAGE_SIZE)

    def _read_page(self, reply: UpstreamReply) -> tuple[list[Any], dict[str, Any]]:
        node = json_text.parse(reply.body)
        for key in self._items_path[:-1]:
            node = node.get(key) if isinstance(node, dict) else None
        page = node.get(self._items_path[-1], "") if isinstance(node, dict) else ""
        # Some services write an empty list as null.
        page = [] if page is None else page
        if not isinstance(node, dict) or not isinstance(page, list):
            raise bad_reply(f"Plivo's reply has no list of {self._listing.items}.", reply.status, reply.body)
        meta = node.get("meta")
        return page, meta if isinstance(meta, dict) else {}

    def _after(self, position: Position, page: list[Any], meta: dict[str, Any], args: CleanArgs) -> Position | None:
        """Return where the next page begins, None after the last one."""
        skip = max(0, position.skip - len(page))
        # Wherever meta.next points, only what it says of paging is taken.
        query = parse_qs(str(meta.get("next") or "").partition("?")[2])
        cursor = query.get("cursor", [None])[0]
        offset = query.get("offset", [""])[0]
        if cursor and cursor != position.cursor:
            return replace(position, cursor=cursor, offset=0, skip=skip)
        if "next" in meta:
            is_further = offset.isdecimal() and len(offset) <= _LONGEST_OFFSET and int(offset) > position.offset
            if page and position.cursor is None and is_further:
                return replace(position, offset=int(offset), skip=skip)
        elif page and "limit" in self._arg_of and len(page) >= self._limit(args):
            return replace(position, offset=position.offset + len(page), skip=skip)
        start, _ = self._window(position)
        if start and start != position.lower:
            return Position(position.lower, ("lt", start[1]))
        return None

    def _assemble(self, first: UpstreamReply, items: list[Any], summary: dict[str, Any]) -> dict[str, Any]:
        content: dict[str, Any] = json_text.parse(first.body)
        node = content
        for key in self._items_path[:-1]:
            node = node[key]
        node["meta"] = summary
        node[self._items_path[-1]] = items
        return content


class _Rows:
    """The rows of a walk, each once: those that come in meanwhile push others onto a later page.

    Args:
        most: how many are wanted; None for all.
    """

    def __init__(self, most: int | None) -> None:
        self.items: list[Any] = []
        self._most = most
        self._seen: set[bytes] = set()

    @property
    def is_complete(self) -> bool:
        """Whether as many are there as are wanted."""
        return len(self.items) == self._most

    def take(self, page: list[Any], skip: int) -> tuple[int, bool]:
        """Take what is new on a page; return how many of its rows are done with, and whether all were known."""
        before = len(self.items)
        done = start = min(skip, len(page))
        while done < len(page) and not self.is_complete:
            digest = sha256(json_text.render(page[done])).digest()
            if digest not in self._seen:
                self._seen.add(digest)
                self.items.append(page[done])
            done += 1
        return done, start < done and len(self.items) == before


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def _moment(bound: Bound) -> datetime:
    return datetime.fromisoformat(bound[1])


def _days_before(bound: Bound, days: int) -> Bound:
    span = timedelta(days=days)
    return "gte", _text(max(_moment(bound), _FIRST_MOMENT + span) - span)
