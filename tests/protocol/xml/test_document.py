"""lxml reads back whatever was written; what XML cannot carry, and what hides something, is refused."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.protocol.xml.document import MAX_BYTES, MAX_DEPTH, Element, XmlError, parse, render, response
from app.protocol.xml.elements import ELEMENTS

from .documents import TEXTS, XML_CHARACTERS, elements

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = [*(chr(code) for code in range(32) if chr(code) not in "\t\n\r"), "\ud83d", "\udc00", "\ufffe", "\uffff"]


@settings(deadline=None)
@given(TEXTS)
def test_every_attribute_and_every_text_comes_back_as_it_was_written(text: str) -> None:
    written = render(
        response(
            *(Element(spec.name, {item.name: text for item in spec.attributes}, text) for spec in ELEMENTS.values())
        )
    )
    read = etree.fromstring(written)
    assert [element.tag for element in read] == list(ELEMENTS)
    for element, spec in zip(read, ELEMENTS.values(), strict=True):
        assert (element.text or "") == text
        names = ["xml:lang" if name == _XML_LANG else name for name in element.attrib]
        assert names == [item.name for item in spec.attributes]
        assert set(element.attrib.values()) <= {text}


@settings(deadline=None)
@given(elements())
def test_a_document_is_read_as_it_was_written(document: Element) -> None:
    assert _merged(parse(render(document))) == _merged(document)


@settings(deadline=None)
@given(elements())
def test_lxml_reads_the_same_tree(document: Element) -> None:
    written = render(document)
    ours = etree.canonicalize(render(parse(written)).decode())
    assert ours == etree.canonicalize(from_file=io.BytesIO(written))


def test_a_document_begins_with_its_declaration_and_is_utf_8() -> None:
    assert render(response(Element("Speak", {"voice": "MAN"}, "Grüße"), Element("Hangup"))) == (
        '<?xml version="1.0" encoding="utf-8"?><Response><Speak voice="MAN">Grüße</Speak><Hangup/></Response>'.encode()
    )


@pytest.mark.parametrize("character", _NOT_XML)
def test_a_character_that_xml_cannot_carry_is_named(character: str) -> None:
    code = f"U+{ord(character):04X}"
    with pytest.raises(ValueError, match=rf"^Response / Speak: its text holds {code.replace('+', '.')} at position 2"):
        render(response(Element("Speak", {}, f"a{character}")))
    with pytest.raises(ValueError, match=rf"^Response / Speak: attribute voice holds {code.replace('+', '.')} at"):
        render(response(Element("Speak", {"voice": character})))


@settings(deadline=None)
@given(st.text(XML_CHARACTERS), st.sampled_from(_NOT_XML), st.text(XML_CHARACTERS))
def test_no_text_hides_such_a_character(before: str, character: str, after: str) -> None:
    with pytest.raises(ValueError, match="which XML cannot carry"):
        render(response(Element("Speak", {}, before + character + after)))


@pytest.mark.parametrize("name", ["", "a b", "a>", "1", "a=", 'a"', "-a", "a:b", "xmlns:a", "xml:", "é", "a\n"])
def test_a_name_cannot_break_out(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an element"):
        render(Element(name))
    with pytest.raises(ValueError, match="is not the name of an attribute"):
        render(Element("Response", {name: ""}))


@pytest.mark.parametrize("reference", ["&#0;", "&#1;", "&#x1F;", "&#xD800;", "&#xFFFE;", "\x00", "\x0b"])
def test_a_character_that_xml_cannot_carry_is_not_read_either(reference: str) -> None:
    with pytest.raises(XmlError, match=r"^line 1, column \d+: "):
        parse(f"<Response><Speak>{reference}</Speak></Response>")


_BOMB = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE Response><Response/>",
        '<!DOCTYPE Response SYSTEM "http://127.0.0.1:9/x.dtd"><Response/>',
        f'<!DOCTYPE Response [<!ENTITY e0 "ha">{_BOMB}]><Response><Speak>&e9;</Speak></Response>',
        f'<!DOCTYPE Response [<!ENTITY a "{"a" * 50_000}">]><Response><Speak>{"&a;" * 10_000}</Speak></Response>',
        '<!DOCTYPE Response [<!ENTITY f SYSTEM "file:///etc/passwd">]><Response><Speak>&f;</Speak></Response>',
        '<!DOCTYPE Response [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Response/>',
        '<!DOCTYPE Response [<!ATTLIST Speak voice CDATA "MAN">]><Response><Speak>a</Speak></Response>',
    ],
)
def test_a_document_type_is_refused_before_anything_of_it_is_read(document: str) -> None:
    with pytest.raises(XmlError, match=r"has a DOCTYPE, which is not read: remove it$"):
        parse(document)


def test_an_entity_that_html_has_is_explained() -> None:
    with pytest.raises(XmlError, match=r"^line 1, column 18: undefined entity; XML knows &amp; .* such as &#160;$"):
        parse("<Response><Speak>&nbsp;</Speak></Response>")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "no element found; begin with <Response>"),
        ("Hello", "syntax error; begin with <Response>"),
        ("<Response>", "no element found"),
        ("<Response><Speak>a & b</Speak></Response>", "an & in a text is written &amp;"),
        ("<Response><Speak>a</Response>", "mismatched tag; every <Name> needs its </Name>"),
        ("<Response/><Response/>", "everything stands inside one <Response>"),
        ("<Response a='1' a='2'/>", "an element has each attribute once"),
        ("\n<?xml version='1.0'?><Response/>", "must be the very first characters"),
        ("<Response a:b='1'/>", "Plivo's XML has no prefixes"),
        ("<Response><Spe", "the document ends inside a tag"),
        (b"<Response>\xff</Response>", "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><Response/>', "an encoding that is not known: write it"),
        (b'<?xml version="1.0" encoding="hex"?><Response/>', "an encoding that is not known: write it"),
        ("<Response>\ud800</Response>", "half a character at position 11"),
    ],
)
def test_what_is_not_xml_is_refused_with_what_to_do(document: str | bytes, reason: str) -> None:
    with pytest.raises(XmlError, match=reason):
        parse(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_are_read_when_they_say_so(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    document = f'<?xml version="1.0" encoding="{declared}"?><Response><Speak>Grüße</Speak></Response>'
    assert parse(document.encode(encoding)).children[0].text == "Grüße"


def test_the_declaration_of_a_text_does_not_count() -> None:
    assert (
        parse('<?xml version="1.0" encoding="latin-1"?><Response><Speak>€</Speak></Response>').children[0].text == "€"
    )


def test_comments_and_cdata_are_read_as_xml_means_them() -> None:
    speak = parse("<Response><!-- a --><Speak>a<!-- & -->b<![CDATA[<&>]]></Speak><?x y?></Response>").children[0]
    assert speak.text == "ab<&>"


def test_a_page_may_have_100_kb_and_not_one_byte_more() -> None:
    empty = len("<Response><Speak></Speak></Response>")
    parse(f"<Response><Speak>{'a' * (MAX_BYTES - empty)}</Speak></Response>")
    with pytest.raises(XmlError, match=r"^has 100,001 bytes; Plivo reads 100,000 at most$"):
        parse(f"<Response><Speak>{'a' * (MAX_BYTES - empty + 1)}</Speak></Response>")


def test_bytes_count_and_not_characters() -> None:
    with pytest.raises(XmlError, match="bytes; Plivo reads 100,000 at most"):
        parse(f"<Response><Speak>{'€' * 40_000}</Speak></Response>")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 10_000])
def test_depth_is_bounded(depth: int) -> None:
    with pytest.raises(XmlError, match=rf"{MAX_DEPTH} levels deep$"):
        parse("<s>" * depth + "</s>" * depth)
    with pytest.raises(ValueError, match=rf"{MAX_DEPTH} levels deep$"):
        render(_nested(depth))


def test_as_deep_as_allowed_is_read_and_written() -> None:
    document = _nested(MAX_DEPTH)
    assert parse(render(document)) == document


def _nested(depth: int) -> Element:
    element = Element("s")
    for _ in range(depth - 1):
        element = Element("s", content=(element,))
    return element


def _merged(element: Element) -> tuple[object, ...]:
    """Return an element as plain data, with neighbouring texts as one."""
    parts: list[object] = []
    for part in element.content:
        if isinstance(part, Element):
            parts.append(_merged(part))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return (element.name, dict(element.attributes), parts)
