"""The table as an XML Schema (1.0), for editors and for those who check what they write.

It takes what the checker takes, except for two things that XML Schema 1.0 cannot say in one file: that ``lang``
needs ``xml:lang`` (an attribute of another namespace), and how deep elements may nest.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from app.protocol.xml.characters import escape_attribute, escape_text
from app.protocol.xml.document import XML_NAMESPACE
from app.protocol.xml.elements import ELEMENTS, ROOT
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import Boolean, Options, Patterned
from app.protocol.xml.values import DIGITS, Integer, Text, Value

_NOTHING = "nothing"
_SEVERAL_TIMES = 2
_SPACE = r"[ \t\n\r]*"


@cache
def schema() -> str:
    """Return the XML Schema of Plivo's XML."""
    counted = Counter(attribute.value for element in ELEMENTS.values() for attribute in element.attributes)
    names = {value: _type_name(value) for value, times in counted.items() if times >= _SEVERAL_TIMES}
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">',
        _documented("Plivo's XML. Attributes that are not known here are allowed: Plivo adds some."),
        f'<xs:element name="{ROOT.name}" type="{ROOT.name}"/>',
        _restriction(_NOTHING, "xs:string", _pattern(_SPACE)),
        *(_simple_type(value, name) for value, name in names.items()),
        *(part for element in ELEMENTS.values() for part in _element(element, names)),
        "</xs:schema>",
    ]
    return "\n".join(parts) + "\n"


def _element(element: ElementSpec, names: dict[Value, str]) -> Iterable[str]:
    attributes = "".join(_attribute(attribute, names) for attribute in element.attributes if ":" not in attribute.name)
    namespace = f"##local {XML_NAMESPACE}" if element.attribute("xml:lang") else "##local"
    attributes += f'<xs:anyAttribute namespace="{namespace}" processContents="skip"/>'
    documentation = _documented(element.says)
    if element.children:
        mixed = ' mixed="true"' if element.mixed else ""
        children = "".join(f'<xs:element name="{child}" type="{child}"/>' for child in element.children)
        least = 1 if element.needs_child else 0
        yield (
            f'<xs:complexType name="{element.name}"{mixed}>{documentation}'
            f'<xs:choice minOccurs="{least}" maxOccurs="unbounded">{children}</xs:choice>{attributes}</xs:complexType>'
        )
        return
    base = _NOTHING
    if element.text is not None:
        base = f"{element.name}-text"
        yield _restriction(base, "xs:string", _text_facets(element.text))
    yield (
        f'<xs:complexType name="{element.name}">{documentation}<xs:simpleContent><xs:extension base="{base}">'
        f"{attributes}</xs:extension></xs:simpleContent></xs:complexType>"
    )


def _attribute(attribute: Attribute, names: dict[Value, str]) -> str:
    says = attribute.says + (f" Plivo assumes {attribute.default}." if attribute.default else "")
    use = ' use="required"' if attribute.required else ""
    written = []
    for name in (attribute.name, *attribute.aliases):
        if attribute.value in names:
            written.append(
                f'<xs:attribute name="{name}" type="{names[attribute.value]}"{use}>{_documented(says)}</xs:attribute>'
            )
        else:
            written.append(
                f'<xs:attribute name="{name}"{use}>{_documented(says)}{_simple_type(attribute.value)}</xs:attribute>'
            )
    return "".join(written)


def _simple_type(value: Value, name: str = "") -> str:
    base, facets = _facets(value)
    return _restriction(name, base, facets)


def _restriction(name: str, base: str, facets: str) -> str:
    named = f' name="{name}"' if name else ""
    return f'<xs:simpleType{named}><xs:restriction base="{base}">{facets}</xs:restriction></xs:simpleType>'


def _facets(value: Value) -> tuple[str, str]:
    match value:
        case Text(least, most):
            upper = "" if most is None else f'<xs:maxLength value="{most}"/>'
            return "xs:string", f'<xs:minLength value="{least}"/>{upper}'
        case Integer(least, most):
            upper = "" if most is None else f'<xs:maxInclusive value="{most}"/>'
            return "xs:integer", f'{_pattern(DIGITS)}<xs:minInclusive value="{least}"/>{upper}'
        case Boolean():
            return "xs:string", _enumeration(("true", "false"))
        case Options(options, other=None, any_case=False):
            return "xs:string", _enumeration(options)
        case Patterned():
            most = getattr(value, "most", None)
            upper = "" if most is None else f'<xs:maxLength value="{most}"/>'
            return "xs:string", f"{_pattern(value.expression())}{upper}"
    raise TypeError(f"no facets for {value!r}")


def _text_facets(value: Value) -> str:
    """Return what the text of an element is held to, which may have white space around it."""
    match value:
        case Text(0, None):
            return ""
        case Text(1, None):
            return _pattern(rf"{_SPACE}[^ \t\n\r][\s\S]*")
        case Patterned():
            return _pattern(f"{_SPACE}({value.expression()}){_SPACE}")
    raise TypeError(f"no facets for {value!r}")


def _pattern(pattern: str) -> str:
    return f'<xs:pattern value="{escape_attribute(pattern)}"/>'


def _enumeration(words: Iterable[str]) -> str:
    return "".join(f'<xs:enumeration value="{escape_attribute(word)}"/>' for word in words)


def _type_name(value: Value) -> str:
    """Name a type by what it takes, so that a validator's message can be read."""
    words = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in value.describe())
    return "-".join(words.split())


def _documented(text: str) -> str:
    return f"<xs:annotation><xs:documentation>{escape_text(text)}</xs:documentation></xs:annotation>"
