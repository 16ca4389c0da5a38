"""Documents for property tests, drawn from the table."""

from functools import cache

from hypothesis import strategies as st

from app.protocol.xml.characters import stripped
from app.protocol.xml.document import Element
from app.protocol.xml.elements import ELEMENTS, ROOT
from app.protocol.xml.model import ElementSpec
from app.protocol.xml.patterns import Patterned
from app.protocol.xml.values import Integer, Text, Value

XML_CHARACTERS = st.one_of(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF),
    st.characters(min_codepoint=0xE000, max_codepoint=0xFFFD),
    st.characters(min_codepoint=0x10000),
    st.sampled_from("\t\n\r&<>\"']"),
)
"""Every character that XML 1.0 can carry, those that need care more often."""

TEXTS = st.text(XML_CHARACTERS, max_size=24)
_LARGEST = 999_999_999
_DEPTH = 4


@cache
def values(value: Value) -> st.SearchStrategy[str]:
    """Draw what a value takes."""
    match value:
        case Text(least, most):
            return st.text(XML_CHARACTERS, min_size=least, max_size=min(most or 24, 24))
        case Integer(least, most):
            return st.integers(least, most if most is not None else _LARGEST).map(str)
        case Patterned():
            pattern = st.from_regex(value.expression(), fullmatch=True, alphabet=st.characters(codec="utf-8"))
            return pattern.filter(lambda text: value.problem(text) is None)
    raise TypeError(value)


@st.composite
def elements(draw: st.DrawFn, spec: ElementSpec = ROOT, depth: int = 1) -> Element:
    """Draw an element that is right, with everything in it."""
    chosen = draw(st.lists(st.sampled_from(spec.attributes), max_size=3)) if spec.attributes else []
    required = [attribute for attribute in spec.attributes if attribute.required]
    attributes = {attribute.name: draw(values(attribute.value)) for attribute in (*required, *chosen)}
    if not spec.children:
        return Element(spec.name, attributes, draw(_text(spec)))
    parts: list[Element | str] = []
    names = st.lists(st.sampled_from(spec.children), min_size=1 if spec.needs_child else 0, max_size=3)
    for name in draw(names) if depth < _DEPTH or spec.needs_child else ():
        parts += [draw(_text(spec)), draw(elements(ELEMENTS[name], depth + 1))]
    parts.append(draw(_text(spec)))
    return Element(spec.name, attributes, tuple(part for part in parts if part != ""))


@cache
def _text(spec: ElementSpec) -> st.SearchStrategy[str]:
    value = spec.text
    if value is None:
        return st.sampled_from(["", " ", "\n\t"])
    if spec.mixed:
        return TEXTS
    return values(value).filter(lambda text: value.problem(stripped(text)) is None)
