"""Lists as Plivo gives them: filtered, newest first, a page at a time, in the block's own list shape."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from app.sandbox.engine.examples import items_in
from app.sandbox.engine.filters import matches
from app.sandbox.engine.notation import read_time
from app.sandbox.engine.paths import resolve
from app.sandbox.engine.replies import Json, Reply, invalid
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import RecordT
from app.sandbox.engine.windows import asked_of, span_of

PAGE = 20
"""Items in a page: Plivo's default, and for almost all lists its maximum."""

_NO_FILTERS = frozenset({"limit", "offset", "cursor", "subaccount", "sub_account", "callback_url", "callback_method"})

T = TypeVar("T")


def page(
    request: Request,
    rows: Iterable[tuple[str, RecordT]],
    view: Callable[[str, RecordT], Json],
    *,
    at: Callable[[RecordT], float] | None = None,
    skip: Iterable[str] = (),
    about: Json | None = None,
) -> Reply:
    """Return one page of what passes the request's filters and lies in the list's time window.

    Only the page's own items are looked at as they are shown, unless there are filters: so a list of
    thousands stays quick.

    Args:
        request: its parameters are filters, but for paging and those to skip.
        rows: what may be listed, newest first, with its keys.
        view: how an item is shown.
        at: the time of a record that the window is about, in seconds since 1970, no finer than it is
            shown; without it that time is read from the item.
        skip: parameters that were seen to already.
        about: what else the reply says.
    """
    handled = _NO_FILTERS.union(request.block.request.fixed, skip)
    filters = {name: value for name, value in request.parameters.items() if name not in handled and value != ""}
    rows = list(rows)
    window = request.block.listing.window if request.block.listing else None
    if window is not None:
        low, high = span_of(window, filters, request.now)
        if at is not None:
            filters = {name: value for name, value in filters.items() if name not in asked_of(window, filters)}
            rows = [row for row in rows if low <= at(row[1]) <= high]
        elif window.days is not None:
            field = window.field
            rows = [row for row in rows if low <= read_time(view(*row)[field]).timestamp() <= high]
    if filters:
        rows = [row for row in rows if matches(view(*row), filters)]
    return paged(request, rows, lambda row: view(*row), about)


def paged(
    request: Request, items: Sequence[T], show: Callable[[T], Any] = lambda item: item, about: Json | None = None
) -> Reply:
    """Return one page of what is already filtered: objects, or bare ids where the example shows ids."""
    limit, offset = _bounds(request)
    around, key = items_in(request.block)
    example = request.example()
    inner: Json = example[around] if around else example
    shown = inner.get(key) or []
    fields = set(shown[0]) if shown and isinstance(shown[0], dict) else set()
    page_items = [show(item) for item in items[offset : offset + limit]]
    if fields:
        page_items = [{name: value for name, value in item.items() if name in fields} for item in page_items]
    filled = {**inner, key: page_items}
    if isinstance(inner.get("meta"), dict):
        filled["meta"] = _meta(request, inner["meta"], limit, offset, len(items))
    return Reply(200, {**example, **({around: filled} if around else filled), **(about or {})})


def _bounds(request: Request) -> tuple[int, int]:
    limit, offset = request.parameters.get("limit", PAGE), request.parameters.get("offset", 0)
    # One list takes more than the others: the manifest says so.
    most = max((int(arg.max) for arg in request.block.args if arg.wire_name == "limit" and arg.max), default=PAGE)
    if not isinstance(limit, int) or not 1 <= limit <= most:
        raise invalid("limit", f"must be from 1 to {most}")
    if not isinstance(offset, int) or offset < 0:
        raise invalid("offset", "must be 0 or more")
    return limit, offset


def _meta(request: Request, example: Json, limit: int, offset: int, total: int) -> Json:
    """Fill in a list's meta; where there is no further page, some products say ``""``, most null."""
    nowhere = {name: "" if example.get(name) == "" else None for name in ("next", "previous")}
    following = _link(request, limit, offset + limit) if offset + limit < total else nowhere["next"]
    preceding = _link(request, limit, max(0, offset - limit)) if offset else nowhere["previous"]
    known = {"limit": limit, "offset": offset, "next": following, "previous": preceding}
    return {name: known.get(name, total) for name in example}


def _link(request: Request, limit: int, offset: int) -> str:
    kept = {name: value for name, value in request.parameters.items() if name not in ("limit", "offset", "cursor")}
    query = urlencode({**request.block.request.fixed, **kept, "limit": limit, "offset": offset}, doseq=True)
    escaped = {name: quote(value, safe="") for name, value in request.path.items()}
    return f"{resolve(request.template, escaped)}?{query}"
