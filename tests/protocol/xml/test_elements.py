"""Steps are elements: their names, their attributes out of JSON, and the one of a step's keys that names it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocol.xml.elements import ELEMENTS, STEPS, element_of_step
from app.protocol.xml.model import Attribute, ElementSpec

from .documents import values

_ATTRIBUTES = [(spec, attribute) for spec in ELEMENTS.values() for attribute in spec.attributes]


@pytest.mark.parametrize(
    ("step", "element"),
    [
        ("speak", "Speak"),
        ("play", "Play"),
        ("wait", "Wait"),
        ("dial", "Dial"),
        ("number", "Number"),
        ("user", "User"),
        ("record", "Record"),
        ("conference", "Conference"),
        ("multiPartyCall", "MultiPartyCall"),
        ("message", "Message"),
        ("stream", "Stream"),
        ("redirect", "Redirect"),
        ("preAnswer", "PreAnswer"),
        ("dtmf", "DTMF"),
        ("hangup", "Hangup"),
        ("getDigits", "GetDigits"),
        ("getInput", "GetInput"),
        ("break", "break"),
        ("sayAs", "say-as"),
    ],
)
def test_a_step_names_its_element(step: str, element: str) -> None:
    assert STEPS[step] is ELEMENTS[element]


def test_no_two_elements_have_one_name_in_steps() -> None:
    assert len(STEPS) == len(ELEMENTS)


@pytest.mark.parametrize("spec", ELEMENTS.values(), ids=lambda spec: spec.name)
def test_no_two_attributes_of_an_element_share_a_name(spec: ElementSpec) -> None:
    names = [name for item in spec.attributes for name in {item.name, item.step, *item.aliases, *item.step_names}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("spec", ELEMENTS.values(), ids=lambda spec: spec.name)
def test_everything_that_may_stand_in_an_element_is_one(spec: ElementSpec) -> None:
    assert set(spec.children) <= ELEMENTS.keys()
    assert spec.step_attribute is None or (spec.empty and spec.attribute(spec.step_attribute))


@pytest.mark.parametrize(
    ("keys", "element"),
    [
        (["speak", "voice", "language"], "Speak"),
        (["conference", "record"], "Conference"),
        (["record", "conference"], "Conference"),
        (["record", "redirect", "maxLength"], "Record"),
        (["redirect", "dial", "callerId"], "Dial"),
        (["getDigits", "redirect"], "GetDigits"),
        (["multiPartyCall", "record", "hold"], "MultiPartyCall"),
        (["redirect", "method"], "Redirect"),
    ],
)
def test_a_key_that_is_an_attribute_of_another_does_not_name_the_step(keys: list[str], element: str) -> None:
    assert element_of_step(keys) is ELEMENTS[element]


@pytest.mark.parametrize("keys", [[], ["gather", "timeout"], ["speak", "play"]])
def test_keys_that_name_no_element_or_two_are_no_step(keys: list[str]) -> None:
    assert element_of_step(keys) is None


def test_attributes_out_of_json_become_text() -> None:
    read = ELEMENTS["GetInput"].read_attributes(
        {
            "action": " https://example.com/next ",
            "method": "get",
            "inputType": ["dtmf", "speech"],
            "executionTimeout": 10.0,
            "digitEndTimeout": 5,
            "numDigits": "4",
            "hints": ["sales", "support"],
            "log": False,
            "redirect": "True",
            "profanityFilter": 1,
            "finishOnKey": "",
            "language": None,
        }
    )
    assert read.problems == read.warnings == {}
    assert read.values == {
        "action": "https://example.com/next",
        "method": "GET",
        "inputType": "dtmf speech",
        "executionTimeout": "10",
        "digitEndTimeout": "5",
        "numDigits": "4",
        "hints": "sales,support",
        "log": "false",
        "redirect": "true",
        "profanityFilter": "true",
        "finishOnKey": "",
    }


def test_names_in_steps_become_those_of_the_element() -> None:
    assert ELEMENTS["Message"].read_attributes(
        {"to": [14155550100, "+1 415 555 0101"], "from": 14155550102}
    ).values == {
        "dst": "14155550100<+1 415 555 0101",
        "src": "14155550102",
    }
    assert ELEMENTS["say-as"].read_attributes({"interpretAs": "DATE"}).values == {"interpret-as": "date"}
    assert ELEMENTS["lang"].read_attributes({"language": "fr-fr"}).values == {"xml:lang": "fr-FR"}
    assert ELEMENTS["MultiPartyCall"].read_attributes({"relayDtmfInputs": True, "role": "Agent"}).values == {
        "relayDTMFInputs": "true",
        "role": "agent",
    }
    assert ELEMENTS["Dial"].read_attributes({"sipHeaders": {"a": 1, "b": "c"}}).values == {"sipHeaders": "a=1,b=c"}
    assert (
        ELEMENTS["MultiPartyCall"]
        .read_attributes({"role": "agent", "statusCallbackEvents": ["MPC-state-changes", "participant-speak-events"]})
        .values["statusCallbackEvents"]
        == "mpc-state-changes,participant-speak-events"
    )


@pytest.mark.parametrize(
    ("element", "given", "reason"),
    [
        ("Wait", {"length": 0}, "must be a whole number, 1 or more"),
        ("Wait", {"length": 1.5}, "must be a whole number, 1 or more"),
        ("Wait", {"length": True}, "must be a whole number, 1 or more"),
        ("Wait", {"length": 10**400}, "must be a whole number, 1 or more"),
        ("Wait", {"length": [1]}, "must be a whole number, 1 or more"),
        ("Wait", {"silence": 2}, "must be true or false"),
        ("Wait", {"silence": {}}, "must be true or false"),
        ("Dial", {"callerName": "x" * 51}, "must be text of 1 to 50 characters"),
        ("Dial", {"callerId": "a\x00"}, "holds U+0000 at position 2, which XML cannot carry: remove it"),
        ("Dial", {"action": "/next"}, "must be an absolute https or http URL"),
        ("Hangup", {"reason": "reject"}, "must be rejected or busy; did you mean rejected?"),
        ("Speak", {"voice": "Alice"}, "must be WOMAN, MAN or a voice of Polly's such as Polly.Joanna"),
        ("Conference", {"maxMembers": 21}, "must be a whole number from 1 to 20"),
        ("Message", {"dst": "1", "to": "2"}, "gives dst again: give it once"),
        ("Speak", {"brandNew": [1]}, "must be text"),
    ],
)
def test_a_value_that_does_not_fit_says_why(element: str, given: dict[str, object], reason: str) -> None:
    assert ELEMENTS[element].read_attributes(given).problems == {[*given][-1]: reason}


def test_what_is_missing_is_named_as_steps_name_it() -> None:
    assert ELEMENTS["say-as"].read_attributes({}).problems == {"interpretAs": "is missing: What they are."}
    assert ELEMENTS["MultiPartyCall"].read_attributes({"role": None}).problems.keys() == {"role"}
    assert ELEMENTS["MultiPartyCall"].read_attributes({"role": "boss"}).problems == {
        "role": "must be agent, supervisor, customer or ai-agent, in any capitals"
    }
    assert ELEMENTS["GetDigits"].read_attributes({}).warnings == {
        "action": "is missing: Gets the digits, and answers with XML."
    }


def test_an_attribute_that_plivo_may_add_passes_with_a_warning() -> None:
    read = ELEMENTS["Speak"].read_attributes({"brandNew": True, "lop": 2})
    assert (read.values, read.problems) == ({"brandNew": "true", "lop": "2"}, {})
    assert read.warnings == {
        "brandNew": "is not an attribute of Speak that is known here",
        "lop": "is not an attribute of Speak that is known here; did you mean loop?",
    }


@settings(deadline=None)
@given(st.data())
def test_whatever_an_attribute_takes_is_read_and_stays_right(data: st.DataObject) -> None:
    _, attribute = data.draw(st.sampled_from(_ATTRIBUTES))
    text = data.draw(values(attribute.value))
    assert attribute.value.problem(attribute.value.read(text)) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(_ATTRIBUTES), _JSON)
def test_whatever_json_holds_is_read_or_refused(place: tuple[ElementSpec, Attribute], value: object) -> None:
    """What is read is right as it stands; what is not has a reason that can be read after the name."""
    _, attribute = place
    read = ElementSpec("Any", "", attributes=(attribute,)).read_attributes({attribute.name: value})
    assert all(reason.startswith(("must be ", "holds ", "is missing: ")) for reason in read.problems.values())
    assert all(attribute.value.problem(text) is None for text in read.values.values())
    assert value is None or len(read.values) + len(read.problems) == 1
