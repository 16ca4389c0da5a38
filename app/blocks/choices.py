"""Choices for a field: a Select's own, or those that a list block of the caller's account gives.

A value stands there as Plivo wrote it: it goes back to Plivo when it is chosen.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from app import json_slices, json_text
from app.blocks import Result
from app.blocks.dispatch import Dispatcher
from app.datatypes import Shape
from app.datatypes.readers import reader_for
from app.datatypes.scalars import is_absent
from app.errors import ConnectorError, InvalidFields, NotFound, UnknownBlock
from app.manifest import Manifest
from app.manifest.common_args import read_to
from app.manifest.model import Arg, OptionsSource

DEFAULT_LIMIT = 100
MOST_SEARCHED = 1000
"""Items looked at for a search text."""

Choice = tuple[bytes, str]
"""A value, as JSON text, and what tells people what it is."""

_AT_ONCE = 1000
"""Items after which others have their turn."""

_NOTHING = (b"null", b'""')
"""What is no label."""

_READERS = {
    "to": read_to,
    "search": reader_for(Shape(name="search", type="String")),
    "limit": reader_for(Shape(name="limit", type="Number", min=1, max=MOST_SEARCHED)),
    "offset": reader_for(Shape(name="offset", type="Number", min=0)),
}


class Choices:
    """Finds the choices of args.

    Args:
        manifest: names the args and where their choices come from.
        dispatcher: runs the list blocks.
    """

    def __init__(self, manifest: Manifest, dispatcher: Dispatcher) -> None:
        self._manifest = manifest
        self._dispatcher = dispatcher

    async def find(self, block: str, arg: str, raw: Mapping[str, Any]) -> Result:
        """Return ``[{"value", "label"}]``.

        Args:
            block: name of the block.
            arg: name of the field.
            raw: credentials, what the list needs of the form, and ``search``, ``limit``, ``offset``.
        """
        try:
            found = self._arg(block, arg)
            query = _read_query(raw)
            if found.options_from is None:
                return Result(_page([_labelled(option, found) for option in found.options], query))
            source = found.options_from
            listed = await self._dispatcher.call(source.block, self._source_args(source, raw, query))
        except ConnectorError as error:
            return Result.of_error(error)
        if listed.error is not None:
            return listed
        listed.content = _page(await self._choices_in(listed.content, source), query)
        return listed

    async def _choices_in(self, text: bytes, source: OptionsSource) -> list[Choice]:
        listing = self._manifest.blocks[source.block].listing
        for step in listing.items.split(".") if listing else ():
            text = json_slices.members(text)[step]
        choices = []
        for number, item in enumerate(json_slices.elements(text)):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)
            choice = _option(item, source)
            if choice[0] != b"null":
                choices.append(choice)
        return choices

    def _arg(self, block_name: str, arg_name: str) -> Arg:
        block = self._manifest.blocks.get(block_name)
        if block is None:
            raise UnknownBlock.among(block_name, self._manifest.blocks)
        arg = next((arg for arg in block.args if arg.name == arg_name), None)
        if arg is None or not (arg.options or arg.options_from):
            having = ", ".join(arg.name for arg in block.args if arg.options or arg.options_from) or "none"
            raise NotFound(f"This field of {block_name} has no list of choices; these do: {having}.")
        return arg

    def _source_args(self, source: OptionsSource, raw: Mapping[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
        """Pass on the credentials, and what the list needs to know of the form (the pool that numbers are in)."""
        block = self._manifest.blocks[source.block]
        wanted = {"authId", "authToken", *(arg.name for arg in block.args if arg.required)}
        most = MOST_SEARCHED if query["search"] else query["offset"] + query["limit"]
        return {name: value for name, value in raw.items() if name in wanted} | {"maxItems": most}


def _read_query(raw: Mapping[str, Any]) -> dict[str, Any]:
    query: dict[str, Any] = {"search": "", "limit": DEFAULT_LIMIT, "offset": 0}
    errors = {}
    for name, read in _READERS.items():
        if not is_absent(raw.get(name)):
            try:
                query[name] = read(raw[name])
            except ValueError as error:
                errors[name] = str(error)
    if errors:
        raise InvalidFields(errors)
    return query


def _labelled(option: str, arg: Arg) -> Choice:
    return json_text.render(option), arg.option_labels.get(option, option)


def _option(item: bytes, source: OptionsSource) -> Choice:
    if not item.startswith(b"{"):
        return item, _words(item)
    fields = json_slices.members(item)
    value = fields.get(source.value, b"null")
    label = fields.get(source.label, b"null")
    return value, _words(value if label in _NOTHING else label)


def _words(text: bytes) -> str:
    return str(json_text.parse(text)) if text.startswith(b'"') else text.decode()


def _page(choices: Iterable[Choice], query: Mapping[str, Any]) -> bytes:
    search = query["search"].casefold()
    found = [choice for choice in choices if search in f"{choice[1]} {_words(choice[0])}".casefold()]
    page = found[query["offset"] : query["offset"] + query["limit"]]
    written = (b'{"value":%b,"label":%b}' % (value, json_text.render(label)) for value, label in page)
    return b"[%b]" % b",".join(written)
