"""A multipart form → its fields and files, read piece by piece so that no part is kept twice (RFC 7578).

Text is UTF-8, whatever charset a caller names: some decoders that Python knows take quadratic time.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MAX_BOUNDARY_LENGTH, MultipartParser

from app.datatypes.files import Upload
from app.errors import ConnectorError, InvalidJson
from app.web.spool import Spool

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 10_000

_PARAMETER = re.compile(
    rb"""; [ \t]* ([^\s=;"]+) [ \t]* = [ \t]* (?: "((?:[^"\\]|\\.)*)" | ([^;"]*) )""", re.VERBOSE | re.DOTALL
)
_AS_IT_IS = (b"", b"7bit", b"8bit", b"binary")
_EXTENDED_CHARSETS = {"utf-8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "iso-8859-1"}
"""What RFC 5987 lets a file name be written in."""


@dataclass(slots=True)
class _Part:
    """What is known of the part that is being read.

    Attributes:
        name: of the field.
        file_name: None where it is no file; empty for a file input that was not filled.
        content: what has come of a file.
        text: what has come of a text.
    """

    name: str
    file_name: str | None
    content_type: str
    content: Spool
    text: bytearray


class FormReader:
    """Takes a multipart body piece by piece. Use it as a context manager: what was not finished is dropped.

    What is wrong with the body is told at its end, since an answer sent earlier may not reach the client.

    Args:
        content_type: the request's header; it names the boundary.
    """

    def __init__(self, content_type: str) -> None:
        self._items: list[tuple[str, str | Upload]] = []
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._part: _Part | None = None
        self._parts = 0
        self._is_complete = False
        self._problem: ConnectorError | None = None
        self._parser = self._make_parser(content_type)

    def _make_parser(self, content_type: str) -> MultipartParser:
        boundary = parameters(content_type.encode("latin-1")).get("boundary", b"")
        if not boundary:
            self._problem = InvalidJson(
                "The Content-Type multipart/form-data names no boundary: let the client set it."
            )
        elif len(boundary) > MAX_BOUNDARY_LENGTH:
            self._problem = InvalidJson("The boundary of the multipart body is too long.")
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._take_header_name,
            "on_header_value": self._take_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        return MultipartParser(boundary[:MAX_BOUNDARY_LENGTH], callbacks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Parser and reader hold each other: left to the collector, files would stay open for long.
        self._parser.callbacks = {}
        if self._part is not None:
            self._part.content.close()

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        if self._problem is not None:
            return
        try:
            self._parser.write(piece)
        except FormParserError:
            where = f"in or after its part {self._parts}" if self._parts else "where its first boundary should stand"
            self._problem = InvalidJson(f"The multipart body is malformed {where}.")
        except ConnectorError as error:
            self._problem = error

    def finish(self) -> list[tuple[str, str | Upload]]:
        """Return fields and files by name, in their order.

        Raises:
            InvalidJson: this is not multipart, or not one that can be read.
            NotConfigured: there is no directory for the temporary file of a large one.
            Overloaded: there is no room left in it.
        """
        if self._problem is not None:
            raise self._problem
        if not self._is_complete:
            # Half a form must not be sent on.
            raise InvalidJson("The multipart body ends before its last boundary: it was cut short.")
        return self._items

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise InvalidJson(f"The multipart body has more than {MAX_PARTS} parts.")
        self._headers = {}

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        given = parameters(self._headers.get("content-disposition", b""))
        if "name" not in given:
            raise InvalidJson(f"Part {self._parts} of the multipart body names no field (Content-Disposition: name).")
        if self._headers.get("content-transfer-encoding", b"").strip().lower() not in _AS_IT_IS:
            raise InvalidJson(
                f"Part {self._parts} of the multipart body has a Content-Transfer-Encoding, which forms have not "
                "(RFC 7578): send it as it is."
            )
        content_type = self._headers.get("content-type", b"").decode("latin-1").strip()
        self._part = _Part(
            name=self._decoded(given["name"], "name"),
            file_name=self._file_name(given),
            content_type=content_type if content_type.isascii() and content_type.isprintable() else "",
            content=Spool(),
            text=bytearray(),
        )

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current
        if part.file_name is None:
            part.text += data[start:end]
        else:
            part.content.write(data[start:end])

    def _end_part(self) -> None:
        part = self._current
        self._part = None
        if part.file_name is None:
            self._items.append((part.name, self._decoded(part.text, "value")))
            return
        content = part.content.read()
        # A file input that nobody filled is sent all the same, without name and content.
        if part.file_name or content:
            media_type = part.content_type or "application/octet-stream"
            self._items.append((part.name, Upload(part.file_name or "file", media_type, content)))

    def _end(self) -> None:
        self._is_complete = True

    @property
    def _current(self) -> _Part:
        if self._part is None:
            raise InvalidJson(f"Part {self._parts} of the multipart body has no headers.")
        return self._part

    def _file_name(self, given: dict[str, bytes]) -> str | None:
        """Return the file's name: ``filename*`` (RFC 5987), which browsers do not send but many clients do, wins."""
        if (extended := given.get("filename*")) is not None:
            charset, _, rest = extended.decode("latin-1").partition("'")
            codec = _EXTENDED_CHARSETS.get(charset.strip().lower())
            if codec is None or "'" not in rest:
                raise InvalidJson(f"filename* of part {self._parts} is not in UTF-8 (like UTF-8''na%C3%AFve.png).")
            return self._decoded(unquote_to_bytes(rest.partition("'")[2]), "filename*", codec)
        if (plain := given.get("filename")) is None:
            return None
        name = self._decoded(plain, "filename")
        # Old browsers send the whole path.
        return name.rpartition("\\")[2] if name[1:3] == ":\\" or name.startswith("\\\\") else name

    def _decoded(self, text: bytes | bytearray, what: str, codec: str = "utf-8") -> str:
        try:
            return text.decode(codec)
        except UnicodeDecodeError as error:
            raise InvalidJson(
                f"The {what} of part {self._parts} of the multipart body is not UTF-8 at byte {error.start + 1}."
            ) from None


def parameters(header: bytes) -> dict[str, bytes]:
    """Return the parameters of a header such as Content-Disposition by name; of repeated ones the first counts."""
    found: dict[str, bytes] = {}
    for name, quoted, plain in _PARAMETER.findall(header):
        value = re.sub(rb'\\(["\\])', rb"\1", quoted) if quoted else plain.strip()
        found.setdefault(name.decode("latin-1").lower(), value)
    return found
