"""The characters that XML 1.0 can carry, and how they are written.

Rules: XML 1.0 (fifth edition), 2.2 Characters, 2.4 Character Data, 2.11 End-of-Line Handling and 3.3.3
Attribute-Value Normalization. A carriage return in a text, and tabs and line ends in an attribute, are written
as references: a reader would turn them into something else otherwise.
"""

import re

# All but #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
# Written like that, it takes 8 ms more to compile.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"(xml:)?[A-Za-z_][A-Za-z0-9_.-]*")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def unwritable(text: str) -> str | None:
    """Say which character of a text XML cannot carry, written or referred to; None when it can carry all."""
    found = _NOT_XML.search(text)
    if found is None:
        return None
    return f"holds U+{ord(found[0]):04X} at position {found.start() + 1}, which XML cannot carry: remove it"


def is_name(text: str) -> bool:
    """Say whether a text can be the name of an element or attribute (ASCII, no prefix but xml: as all of Plivo's)."""
    return _NAME.fullmatch(text) is not None


def escape_text(text: str) -> str:
    """Write a text between tags."""
    return text.translate(_IN_TEXT)


def escape_attribute(text: str) -> str:
    """Write the value of an attribute between double quotes."""
    return text.translate(_IN_ATTRIBUTE)


def stripped(text: str) -> str:
    """Drop XML's white space at both ends; a no-break space is not white space there."""
    return text.strip(" \t\n\r")


def shortened(text: str, limit: int = 64) -> str:
    """Return a text for a message: its beginning where it is long."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
