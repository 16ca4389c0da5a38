"""A document: the tree of its elements, written as XML and read from it.

Reading takes no DTD, so that there are no entities to expand, and bounds size and depth before anything is built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat  # no DTD is let through, so nothing can be expanded or fetched

from app.protocol.xml.characters import escape_attribute, escape_text, is_name, shortened, unwritable

MAX_BYTES = 100_000
"""The most that Plivo reads of an answer (100 KB)."""

MAX_DEPTH = 32
"""Elements within elements (the connector's own limit; Plivo's own nesting needs 3, SSML a few more)."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"

_ADVICE = {
    expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]: "an & in a text is written &amp;, a < is written &lt;",
    expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]: "every <Name> needs its </Name>, the inner one first",
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]: "begin with <Response> and end with </Response>",
    expat.errors.codes[expat.errors.XML_ERROR_SYNTAX]: "begin with <Response> and end with </Response>",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "the document ends inside a tag",
    expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]: "<?xml …?> must be the very first characters",
    expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: "everything stands inside one <Response>",
    expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: (
        "XML knows &amp; &lt; &gt; &quot; &apos; and numbers such as &#160;"
    ),
    expat.errors.codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: "an element has each attribute once",
    expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]: "Plivo's XML has no prefixes",
}


class XmlError(ValueError):
    """A text is not XML that can be read. The message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a document.

    Attributes:
        name: such as Speak.
        attributes: texts by name, in the order they are written.
        content: texts and elements, in order; one text may be given as it is.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    content: Sequence["Element | str"] = ()

    def __post_init__(self) -> None:
        if isinstance(self.content, str):
            object.__setattr__(self, "content", (self.content,) if self.content else ())

    @property
    def text(self) -> str:
        """The texts that stand directly in it, joined."""
        return "".join(part for part in self.content if isinstance(part, str))

    @property
    def children(self) -> list["Element"]:
        """The elements that stand directly in it."""
        return [part for part in self.content if isinstance(part, Element)]


def response(*content: Element) -> Element:
    """Return a document that does one thing after the other."""
    return Element("Response", content=content)


def render(root: Element) -> bytes:
    """Write a document as XML in UTF-8.

    Raises:
        ValueError: a text holds what XML cannot carry, a name is none, or it is too deep. The message says where.
    """
    written = [DECLARATION]
    _write(root, written, root.name, 1)
    return "".join(written).encode()


def _write(element: Element, written: list[str], path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"{shortened(path)}: elements may stand in each other {MAX_DEPTH} levels deep")
    if not is_name(element.name):
        raise ValueError(f"{shortened(path)}: is not the name of an element")
    written.append(f"<{element.name}")
    for name, value in element.attributes.items():
        if not is_name(name):
            raise ValueError(f"{path}: {shortened(name)!r} is not the name of an attribute")
        _refuse_unwritable(value, f"{path}: attribute {name}")
        written.append(f' {name}="{escape_attribute(value)}"')
    if not element.content:
        written.append("/>")
        return
    written.append(">")
    for part in element.content:
        if isinstance(part, str):
            _refuse_unwritable(part, f"{path}: its text")
            written.append(escape_text(part))
        else:
            _write(part, written, f"{path} / {part.name}", depth + 1)
    written.append(f"</{element.name}>")


def _refuse_unwritable(text: str, place: str) -> None:
    reason = unwritable(text)
    if reason is not None:
        raise ValueError(f"{place} {reason}")


def parse(document: bytes | str) -> Element:
    """Read XML into a tree.

    Names in a namespace are written ``{uri}name``, as ElementTree does; ``xml:lang`` keeps its prefix.

    Raises:
        XmlError: it is not well-formed, has a DTD, or is too long or too deep.
    """
    try:
        text = document.encode() if isinstance(document, str) else document
    except UnicodeEncodeError as error:
        raise XmlError(f"holds half a character at position {error.start + 1}: it is not text in Unicode") from None
    if len(text) > MAX_BYTES:
        raise XmlError(f"has {len(text):,} bytes; Plivo reads {MAX_BYTES:,} at most")
    return _Reader("utf-8" if isinstance(document, str) else None).read(text)


class _Reader:
    """Builds the tree while expat reads."""

    def __init__(self, encoding: str | None) -> None:
        # A space cannot stand in a name, so it can stand between namespace and name.
        self._parser = parser = expat.ParserCreate(encoding, " ")
        parser.buffer_text = True
        parser.buffer_size = MAX_BYTES
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._open: list[tuple[str, dict[str, str], list[Element | str]]] = []
        self._root: Element  # is there when the outermost element has ended

    def read(self, text: bytes) -> Element:
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            advice = _ADVICE.get(error.code)
            reason = expat.ErrorString(error.code) + (f"; {advice}" if advice else "")
            raise XmlError(f"line {error.lineno}, column {error.offset + 1}: {reason}") from None
        except XmlError:
            raise
        except (LookupError, ValueError):  # Python knows no such encoding, or none that expat can use
            raise XmlError("names an encoding that is not known: write it in UTF-8") from None
        return self._root

    def _doctype(self, *_: object) -> NoReturn:
        self._refuse("has a DOCTYPE, which is not read: remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"elements may stand in each other {MAX_DEPTH} levels deep")
        self._open.append((_name(name), {_name(key): value for key, value in attributes.items()}, []))

    def _end(self, _: str) -> None:
        name, attributes, content = self._open.pop()
        element = Element(name, attributes, tuple(content))
        if self._open:
            self._open[-1][2].append(element)
        else:
            self._root = element

    def _characters(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _refuse(self, reason: str) -> NoReturn:
        parser = self._parser
        raise XmlError(f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}: {reason}")


def _name(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    if not namespace:
        return local
    return f"xml:{local}" if namespace == XML_NAMESPACE else f"{{{namespace}}}{local}"
