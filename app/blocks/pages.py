"""The pages of a list, cut into rows that stay as Plivo wrote them, and the one reply that they are put together in."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any
from urllib.parse import parse_qs

from app import json_slices, json_text
from app.plivo import UpstreamReply
from app.plivo.replies import bad_reply

MOST_ROWS = 200_000
"""Rows that one page may have; Plivo's have at most 100, and lists without pages some thousand."""

LEAST_ROW = 32
"""Bytes that a row counts for at least: remembering that it was there takes as much."""

_LONGEST_OFFSET = 18


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        status: Plivo's HTTP status.
        api_id: Plivo's id of the request, where it gave one.
        size: of the reply, in bytes.
        rows: JSON text of each, as Plivo sent it.
        digests: of the rows; equal rows have equal ones.
        around: the objects around the rows, outermost first: JSON text by name, empty for what leads to the rows.
        meta: what Plivo says of the list.
    """

    status: int
    api_id: str | None
    size: int
    rows: Sequence[bytes]
    digests: Sequence[bytes]
    around: Sequence[dict[str, bytes]]
    meta: dict[str, Any]

    @property
    def total(self) -> int | None:
        """How many rows the list has, where Plivo says so."""
        total = self.meta.get("total_count")
        return total if isinstance(total, int) and not isinstance(total, bool) else None

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page, where Plivo gives one."""
        return self._next.get("cursor", [None])[0]

    @property
    def next_offset(self) -> int | None:
        """The offset of the next page, where Plivo gives one."""
        offset = self._next.get("offset", [""])[0]
        return int(offset) if offset.isdecimal() and len(offset) <= _LONGEST_OFFSET else None

    @property
    def _next(self) -> dict[str, list[str]]:
        # Wherever it points, only what it says of paging is taken.
        return parse_qs(str(self.meta.get("next") or "").partition("?")[2])


def read_page(reply: UpstreamReply, items: str) -> Page:
    """Cut a reply.

    Args:
        reply: Plivo's.
        items: where its rows stand, names joined by dots.

    Raises:
        ApiBadReply: they do not, or they are too many.
    """
    *outer, innermost = items.split(".")
    try:
        around = [json_slices.members(reply.body)]
        for name in outer:
            around.append(json_slices.members(around[-1][name]))
            around[-2][name] = b""
        # Some services write an empty list as null.
        array = around[-1][innermost]
        rows = [] if array == b"null" else json_slices.elements(array, MOST_ROWS)
    except (ValueError, KeyError):
        reason = f"Plivo's reply has no list of {items}, or one of more than {MOST_ROWS} in a page."
        raise bad_reply(reason, reply.status, reply.body) from None
    around[-1][innermost] = b""
    digests = [blake2b(row, digest_size=16).digest() for row in rows]
    meta = _read_meta(around[-1].get("meta", b""))
    return Page(reply.status, reply.api_id, len(reply.body), rows, digests, around, meta)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking a page's rows.

    Attributes:
        done: rows of the page that are done with, those that were skipped too.
        is_new: one of them at least was not known.
        began_known: the first of them was.
    """

    done: int
    is_new: bool
    began_known: bool


class Rows:
    """The rows of a walk, each once: those that come in meanwhile push others onto a later page.

    Args:
        most: how many are wanted; None for all.
        most_bytes: how much room there is for them; one fits however large it is.

    Attributes:
        count: how many there are.
        room: bytes that are left.
        is_out_of_room: there was one more that did not fit.
    """

    def __init__(self, most: int | None, most_bytes: int) -> None:
        self.count = 0
        self.room = most_bytes
        self.is_out_of_room = False
        self._most = most
        self._seen: set[bytes] = set()
        # A piece for each page: less to remember than a piece for each row.
        self._pieces: list[bytes] = []

    @property
    def wanted(self) -> int | None:
        """How many more are wanted; None for all."""
        return None if self._most is None else self._most - self.count

    @property
    def is_complete(self) -> bool:
        """Whether as many are there as are wanted, or as there is room for."""
        return self.wanted == 0 or self.is_out_of_room

    def take(self, page: Page, skip: int) -> Taken:
        """Take what is new on a page, but for some rows at its beginning."""
        done = start = min(skip, len(page.rows))
        seen, wanted = self._seen, self.wanted
        began_known = start < len(page.rows) and page.digests[start] in seen
        new: list[bytes] = []
        for row, digest in islice(zip(page.rows, page.digests, strict=True), start, None):
            if len(new) == wanted:
                break
            if digest not in seen:
                size = max(len(row) + 1, LEAST_ROW)
                if size > self.room and (self.count or new):
                    self.is_out_of_room = True
                    break
                self.room -= size
                seen.add(digest)
                new.append(row)
            done += 1
        if new:
            self._pieces += [b","] * bool(self._pieces) + [b",".join(new)]
            self.count += len(new)
        return Taken(done, bool(new), began_known)

    def put_into(self, page: Page, items: str, summary: bytes) -> bytes:
        """Return a page's reply with these rows and another meta, everything else as it is there."""
        before, after = b"", b""
        for around, name in zip(page.around, items.split("."), strict=True):
            members = around if around is not page.around[-1] else around | {"meta": summary}
            names = list(members)
            at = names.index(name)
            texts = [json_text.render(other) + b":" + text for other, text in members.items()]
            before += b"{" + b"".join(text + b"," for text in texts[:at]) + json_text.render(name) + b":"
            after = b"".join(b"," + text for text in texts[at + 1 :]) + b"}" + after
        return b"".join((before, b"[", *self._pieces, b"]", after))


def _read_meta(text: bytes) -> dict[str, Any]:
    try:
        meta = json_text.parse(text)
    except ValueError:
        return {}
    return meta if isinstance(meta, dict) else {}
