"""The schema and the checker say the same, whichever of the two validators reads the schema."""

from collections.abc import Iterator

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.protocol.xml.check import Findings, check
from app.protocol.xml.document import Element, render
from app.protocol.xml.elements import ELEMENTS, parents_of
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.schema import schema
from app.protocol.xml.values import Text, Value

from .documents import TEXTS, elements
from .judges import lxml_takes, xmlschema_takes

# What is nearly right: capitals, spaces, signs, other digits, empty, too long, two at once.
_NEARLY = [
    "", " ", "true", "True", " true", "1", "0", "yes", "5", " 5 ", "+5", "-1", "05", "5.0", "5s", "1e3", "\u0665",
    "10", "11", "60", "61", "299", "300", "28801", "999999999", "1000000000", "9" * 40, "GET", "get", "POST ",
    "GET POST", "mp3", "Mp3", "agent", "Agent", "beep:1", "Beep:1", "beep:3", "none", "None", "NONE", "real",
    "auto", "AUTO", "#", "##", "http://example.com", "https://example.com/a?b=c&d#e", "HTTPS://example.com",
    "http:/example.com", "http://", "https://exa mple.com", " https://example.com", "https://example.com\n",
    "//example.com", "/next", "ftp://example.com", "ws://example.com", "wss://example.com/a b", "14155550100",
    "+1 (415) 555-0100", "1415<1416", "1415<", "sip:a@b", "SIP:a@b", "alice", "a=b", "a=b,c=d", "a=b,", "=b",
    "a=b,c", "x" * 50, "x" * 51, "x" * 512, f"a={'x' * 511}", "1w2W*#", "1w2@500", "1-2", "en-US", "en_US",
    "english", "dtmf speech", "dtmf  speech", "speech dtmf", "WOMAN", "woman", "Polly.Joanna", "Polly.Nobody",
    "Polly.", "Alice", "mpc-state-changes", "MPC-state-changes, participant-speak-events",
    "mpc-state-changes,,participant-speak-events", "mpc-state-changes,other", "500ms", "10s", "11s", "10.5s",
    "0.5s", "+6dB", "6 dB", "120%", "-10%", "fast", "amazon:VB", "amazon:vb", "é", "\u00a0", "a\tb", "a\r\nb",
    "https://example.com/a\u00a0b", "https://\u0085", "Polly.\u200b", "\u00a0=b", "sip:\u2003a",
    "]]>", "<&>\"'", "x" * 10_001,
]  # fmt: skip


def test_the_schema_is_one_document_that_needs_no_other() -> None:
    tree = etree.fromstring(schema().encode())
    etree.XMLSchema(tree)
    xmlschema.XMLSchema(schema())
    assert {element.tag.rpartition("}")[2] for element in tree} == {
        "annotation", "complexType", "element", "simpleType",
    }  # fmt: skip
    assert [element.get("name") for element in tree if element.tag.endswith("}element")] == ["Response"]


@settings(deadline=None)
@given(elements())
def test_whatever_is_right_is_right_for_all_three(document: Element) -> None:
    written = render(document)
    assert check(document).problems == check(written).problems == []
    assert lxml_takes(written)
    assert xmlschema_takes(written)


def _places() -> Iterator[tuple[ElementSpec, Attribute]]:
    """Yield one attribute for each value that differs from the others, and every text."""
    seen = set()
    for spec in ELEMENTS.values():
        for attribute in spec.attributes:
            if attribute.value not in seen and ":" not in attribute.name:
                seen.add(attribute.value)
                yield spec, attribute


@pytest.mark.parametrize(("spec", "attribute"), [*_places()], ids=lambda part: part.name)
def test_all_three_agree_on_the_values_of_an_attribute(spec: ElementSpec, attribute: Attribute) -> None:
    texts = [*_NEARLY, *getattr(attribute.value, "options", ())]
    right = _agree(
        spec, [Element(spec.name, {**_required(spec), attribute.name: text}, _content(spec)) for text in texts]
    )
    assert right == {True, False}


@pytest.mark.parametrize("spec", [spec for spec in ELEMENTS.values() if not spec.children], ids=lambda spec: spec.name)
def test_all_three_agree_on_the_text_of_an_element(spec: ElementSpec) -> None:
    right = _agree(spec, [Element(spec.name, _required(spec), text) for text in _NEARLY])
    assert right == ({True} if spec.text == Text() else {True, False})


@settings(deadline=None)
@given(st.sampled_from([*_places()]), TEXTS)
def test_all_three_agree_on_any_text(place: tuple[ElementSpec, Attribute], text: str) -> None:
    spec, attribute = place
    _agree(spec, [Element(spec.name, {**_required(spec), attribute.name: text}, _content(spec))])


@pytest.mark.parametrize("parent", ELEMENTS.values(), ids=lambda spec: spec.name)
def test_all_three_agree_on_what_may_stand_where(parent: ElementSpec) -> None:
    for child in [*ELEMENTS.values(), ElementSpec("Sip", "")]:
        inner = Element(child.name, _required(child), _content(child))
        outer = Element(parent.name, _required(parent), (inner,))
        written = render(_document(parent, outer))
        problems = check(written).problems
        assert (not problems) == (child.name in parent.children), problems
        assert lxml_takes(written) == xmlschema_takes(written) == (child.name in parent.children)


@pytest.mark.parametrize("spec", ELEMENTS.values(), ids=lambda spec: spec.name)
def test_all_three_take_an_attribute_that_plivo_may_add(spec: ElementSpec) -> None:
    written = render(_document(spec, Element(spec.name, {**_required(spec), "brandNew": "1"}, _content(spec))))
    findings = check(written)
    assert findings.problems == []
    assert f"attribute brandNew is not an attribute of {spec.name} that is known here" in "".join(findings.warnings)
    assert lxml_takes(written)
    assert xmlschema_takes(written)


@pytest.mark.parametrize("name", ["MultiPartyCall", "phoneme", "say-as", "sub"])
def test_all_three_miss_a_required_attribute(name: str) -> None:
    spec = ELEMENTS[name]
    written = render(_document(spec, Element(spec.name, {}, _content(spec))))
    assert any("is missing" in problem for problem in check(written).problems)
    assert not lxml_takes(written)
    assert not xmlschema_takes(written)


@pytest.mark.parametrize(
    "document",
    [
        b'<Response xmlns="http://example.com"/>',
        b'<Response><x:Speak xmlns:x="http://example.com">a</x:Speak></Response>',
        b'<Response xmlns:x="http://example.com"><Speak x:voice="MAN">a</Speak></Response>',
        b'<Response><Speak xml:lang="en-US">a</Speak></Response>',
        b"<Response>Hello</Response>",
        b"<Response><Dial>14155550100</Dial></Response>",
        b"<Response><Dial/></Response>",
        b"<Response><Hangup>a</Hangup></Response>",
        b"<response/>",
        b"<Speak>a</Speak>",
    ],
)
def test_all_three_refuse(document: bytes) -> None:
    assert check(document).problems != []
    assert not lxml_takes(document)
    assert not xmlschema_takes(document)


@pytest.mark.parametrize(
    "document",
    [
        b"<Response/>",
        b"<Response> <Hangup>\n</Hangup> </Response>",
        b"<Response>\n<Stream>\n  wss://example.com/a\n</Stream></Response>",
        b'<Response xmlns:x="http://example.com"/>',
        b"<Response><!-- a --><Speak>a<!-- b -->c</Speak><?x?></Response>",
        b'<Response><Speak voice="Polly.Lea">a <lang xml:lang="fr-FR">b</lang></Speak></Response>',
    ],
)
def test_all_three_take(document: bytes) -> None:
    assert check(document) == Findings()
    assert lxml_takes(document)
    assert xmlschema_takes(document)


def test_an_editor_may_be_told_where_the_schema_is() -> None:
    document = (
        b'<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:noNamespaceSchemaLocation="https://connector.example.com/plivo.xsd"/>'
    )
    assert check(document) == Findings([], ["Response: names its schema, which is of no use to Plivo"])
    assert lxml_takes(document)


def _agree(spec: ElementSpec, changed: list[Element]) -> set[bool]:
    """Ask all three about each element, and return what they said."""
    verdicts = {}
    for element in changed:
        written = render(_document(spec, element))
        problems = check(written).problems
        verdicts[element.text + str(element.attributes)] = (not problems, lxml_takes(written), xmlschema_takes(written))
    assert {key: verdict for key, verdict in verdicts.items() if len(set(verdict)) > 1} == {}
    return {right for right, _, _ in verdicts.values()}


def _document(spec: ElementSpec, element: Element) -> Element:
    """Put an element where it may stand, and that in turn, up to Response."""
    while spec.name != "Response":
        spec = ELEMENTS[parents_of(spec.name)[0]]
        element = Element(spec.name, _required(spec), (element,))
    return element


def _content(spec: ElementSpec) -> tuple[Element | str, ...]:
    if spec.needs_child:
        return (Element("Number", {}, "14155550100"),)
    return () if spec.text is None else (_example(spec.text),)


def _required(spec: ElementSpec) -> dict[str, str]:
    return {attribute.name: _example(attribute.value) for attribute in spec.attributes if attribute.required}


def _example(value: Value) -> str:
    return next(
        text for text in [*_NEARLY, "agent", "date"] if value.problem(text) is None and text.strip() == text != ""
    )
