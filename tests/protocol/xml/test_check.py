"""Every problem is found at once, by path, with what to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocol.xml.check import MAX_FINDINGS, Findings, check
from app.protocol.xml.document import MAX_BYTES, Element, response
from app.protocol.xml.elements import ELEMENTS


def test_every_problem_is_found_at_once() -> None:
    document = """
    <Response>
      <Speak voice="ALICE" loop="-1">Hello</Speak>
      <Dial callerid="14155550100"><Number sendOnPreanswer="yes">alice</Number></Dial>
      <Say>Hello</Say>
      <Dial/>
      <GetDigits numDigits="0"><Dial><Number>1</Number></Dial></GetDigits>
      <MultiPartyCall>sales</MultiPartyCall>
      Bye
    </Response>
    """.strip()
    assert check(document) == Findings(
        problems=[
            "Response: has the text 'Bye', but it takes none: put it into Speak",
            "Response / Speak: attribute voice must be WOMAN, MAN or a voice of Polly's such as Polly.Joanna",
            "Response / Speak: attribute loop must be a whole number, 0 or more",
            "Response / Dial[1] / Number: attribute sendOnPreanswer must be true or false",
            "Response / Dial[1] / Number: its text must be a phone number with its country code, such as 14155550100",
            "Response / Say: is not an element of Plivo's XML; did you mean Speak?",
            "Response / Dial[2]: needs a Number or User in it",
            "Response / GetDigits: attribute numDigits must be a whole number, 1 or more",
            "Response / GetDigits / Dial: may not stand in GetDigits; it stands in Response",
            "Response / MultiPartyCall: attribute role is missing: What the caller is in the call.",
        ],
        warnings=[
            (
                "Response / Dial[1]: attribute callerid is not an attribute of Dial that is known here; "
                "did you mean callerId?"
            ),
            "Response / GetDigits: attribute action is missing: Gets the digits, and answers with XML.",
        ],
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("<Speak>Hello</Speak>", "Speak: must stand inside Response; a document is one Response"),
        (
            "<response/>",
            "response: is not an element of Plivo's XML; did you mean Response?; a document is one Response",
        ),
        (
            "<Response xmlns='urn:x'/>",
            "Response: has a namespace; Plivo's elements have none: remove xmlns; a document is",
        ),
        (
            "<Response><speak>a</speak></Response>",
            "Response / speak: is not an element of Plivo's XML; did you mean Speak?",
        ),
        (
            "<Response><Gather/></Response>",
            "Response / Gather: is not an element of Plivo's XML; did you mean GetInput?",
        ),
        ("<Response><Xyzzy/></Response>", "Response / Xyzzy: is not an element of Plivo's XML"),
        ("<Response><Number>1</Number></Response>", "Response / Number: may not stand in Response; it stands in Dial"),
        (
            "<Response><Speak><Play/></Speak></Response>",
            "Response / Speak / Play: may not stand in Speak; it stands in",
        ),
        ("<Response><Play/></Response>", "Response / Play: its text must be an absolute https or http URL"),
        ("<Response><Play>a.mp3</Play></Response>", "Response / Play: its text must be an absolute https or http URL"),
        (
            "<Response><Hangup>a</Hangup></Response>",
            "Response / Hangup: has the text 'a', but it takes none: remove it",
        ),
        (
            "<Response><Dial>1415</Dial></Response>",
            "Response / Dial: has the text '1415', but it takes none: put it into N",
        ),
        (
            "<Response><Redirect method='post'>http://a.b</Redirect></Response>",
            "Response / Redirect: attribute method must be GET or POST; did you mean POST?",
        ),
        (
            "<Response xmlns:x='urn:x'><Wait x:length='1'/></Response>",
            "Response / Wait: attribute length has a namespace; Plivo's attributes have none: remove it",
        ),
        (
            "<Response><MultiPartyCall role='agent' relayDTMFInputs='true' relayDtmfInputs='true'/></Response>",
            "Response / MultiPartyCall: attribute relayDtmfInputs gives relayDTMFInputs again: give it once",
        ),
    ],
)
def test_a_problem_says_where_and_what_to_do(document: str, problem: str) -> None:
    problems = check(document).problems
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("speak", "warning"),
    [
        ("<Speak/>", "has nothing to say"),
        (
            "<Speak voice='Polly.Joana'>a</Speak>",
            "attribute voice is not known here, and Plivo may not know it; did you mean",
        ),
        ("<Speak language='tlh'>a</Speak>", "attribute language is not known here, and Plivo may not know it"),
        ("<Speak voice='MAN' language='da-DK'>a</Speak>", "MAN does not speak da-DK; WOMAN, Polly.Mads, Polly.Naja do"),
        ("<Speak>a<break/></Speak>", "elements in it are read by Polly's voices only: give one, such as Polly.Joanna"),
        (f"<Speak voice='Polly.Joanna'>{'a' * 3001}</Speak>", "Polly reads 3,000 characters at most"),
        (
            "<Stream bidirectional='true' audioTrack='both'>wss://a</Stream>",
            "a stream in both directions has audioTrack i",
        ),
        ("<Message dst='1415'>a</Message>", "attribute src is missing: The number that it comes from, one of yours."),
        ("<Speak brandNew='1'>a</Speak>", "attribute brandNew is not an attribute of Speak that is known here"),
    ],
)
def test_what_passes_and_may_be_a_mistake_is_a_warning(speak: str, warning: str) -> None:
    findings = check(f"<Response>{speak}</Response>")
    assert findings.problems == []
    (found,) = findings.warnings
    assert found.partition(": ")[2].startswith(warning)


def test_a_tree_is_checked_as_its_xml_would_be() -> None:
    assert check(response(Element("Dial", {}, (Element("Number", {"sendOnPreanswer": "yes"}, "1415"),)))).problems == [
        "Response / Dial / Number: attribute sendOnPreanswer must be true or false"
    ]
    assert check(response(Element("Speak", {}, "\x00"))).problems == [
        "Response / Speak: its text holds U+0000 at position 1, which XML cannot carry: remove it"
    ]
    assert check(Element("a b")).problems == ["a b: is not the name of an element"]
    assert check(response(Element("Speak", {"xmlns": "urn:x"}, "a"))).problems == [
        "Response / Speak: attribute xmlns has a namespace; Plivo's attributes have none: remove it"
    ]


def test_a_tree_that_would_be_too_long_is_refused() -> None:
    problems = check(response(Element("Speak", {}, "é" * (MAX_BYTES // 2)))).problems
    assert problems == ["has 100,074 bytes; Plivo reads 100,000 at most"]


@pytest.mark.parametrize(
    "part",
    [
        "<q/>",
        "<Speeek>a</Speeek>",
        "<Speak voice='Polly.Joana'>a</Speak>",
        "<Speak a1='' a2='' a3=''>b</Speak>",
        "<Dial/>",
        f"<{'Speak' * 200}/>",
    ],
)
def test_a_document_that_is_wrong_throughout_gets_a_bounded_answer(part: str) -> None:
    findings = check(f"<Response>{part * (90_000 // len(part))}</Response>")
    for found in (findings.problems, findings.warnings):
        assert len(found) <= MAX_FINDINGS + 1
        assert all(len(finding) < 300 for finding in found)
    assert "and more" in {*findings.problems[-1:], *findings.warnings[-1:]} or len(part) > 900


def test_many_attributes_get_a_bounded_answer() -> None:
    many = " ".join(f"a{number}=''" for number in range(8_000))
    findings = check(f"<Response><Speak {many}>a</Speak></Response>")
    assert findings.problems == []
    assert len(findings.warnings) == MAX_FINDINGS + 1


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_is_sent_is_answered(document: str | bytes) -> None:
    assert check(document).problems != []


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*ELEMENTS, "<", "</", "/>", ">", "='", "'", " ", "&", "\n"]), max_size=40).map("".join)
)
def test_whatever_looks_like_xml_is_answered(document: str) -> None:
    check(f"<Response>{document}</Response>")
