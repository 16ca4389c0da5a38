"""Checking an answer: every problem at once, by path."""

from typing import Any

import pytest

from app.protocol.answers import MAX_STEPS
from app.protocol.answers.steps import check

GOOD: dict[str, Any] = {
    "one step for itself": {"speak": "Hello"},
    "attributes beside it": [{"speak": "Hello", "voice": "WOMAN", "language": "en-US", "loop": 2}],
    "numbers as forms send them": [{"wait": "2"}, {"record": True, "maxLength": "60", "playBeep": "false"}],
    "ringing together": [{"dial": ["14155550123", {"number": "14155550124", "sendDigits": "1w2"}], "timeout": 20}],
    "a SIP user": [{"dial": "sip:alice@phone.plivo.com"}],
    "names of other services' habit": [{"message": "Hi", "from": "14155550100", "to": "14155550123"}],
    "conference with record": [{"conference": "room", "record": True}],
    "the rest": [
        {"play": "https://example.com/a.mp3"},
        {"dtmf": "1w2"},
        {"preAnswer": [{"speak": "Wait"}]},
        {"stream": "wss://example.com/s"},
        {"redirect": "https://example.com/next"},
        {"hangup": True, "reason": "busy"},
    ],
    "a menu": [
        {
            "gather": [{"speak": "Press 1 or say sales"}],
            "name": "choice",
            "numDigits": 1,
            "input": "dtmf speech",
            "timeout": 5,
            "retries": 2,
            "branches": {"1": [{"speak": "{{choice}}"}], "sales": {"forward": "14155550123"}},
            "onInvalid": [{"speak": "Again"}],
            "onTimeout": {"hangup": True},
        }
    ],
    "machines": [{"machine": [{"voicemail": "Call us back"}], "human": []}],
    "again": [{"repeat": [{"speak": "{{vars.name}}, wake up"}], "times": 3}],
    "XML": [{"xml": "<Response><Speak>Hi</Speak></Response>"}],
    "placeholders where a number stands": [{"dial": "{{From}}", "callerId": "{{To}}"}],
}


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
def test_what_is_right_has_no_problem(answer: object) -> None:
    assert check(answer) == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([], "at least one step"),
        ("text", "step 1: must be an object"),
        ([{}], "step 1: must be an object"),
        ([{"speek": "Hi"}], "step 1: speek is not a step; did you mean speak?"),
        ([{"speak": "Hi"}, {"dial": "abc"}], "step 2: dial: number: must be a phone number"),
        ([{"dial": "14155550123", "timeout": "soon"}], "step 1: dial: timeout must be a whole number"),
        ([{"speak": ["Hi", {"dial": "1"}]}], "step 1: speak: step 2: dial: cannot stand in speak"),
        ([{"wait": 0}], "step 1: wait: length must be"),
        ([{"record": False}], "step 1: record: must be true"),
        ([{"hangup": True, "reason": "bored"}], "step 1: hangup: reason must be"),
        ([{"play": "a.mp3"}], "step 1: play: must be"),
        ([{"getDigits": "Press"}], "step 1: getDigits: must be a list of steps"),
        ([{"getDigits": [{"hangup": True}]}], "step 1: getDigits: step 1: hangup: cannot stand in getDigits"),
        ([{"gather": [{"dial": "14155550123"}]}], "step 1: gather: step 1: dial: cannot stand in getInput"),
        ([{"gather": [{"speak": "x"}], "numDigits": 0}], "step 1: gather: numDigits must be"),
        ([{"gather": [{"speak": "x"}], "input": "eyes"}], "step 1: gather: input must be one of dtmf, speech"),
        ([{"gather": [{"speak": "x"}], "name": "a b"}], "step 1: gather: name must be letters"),
        ([{"gather": [{"speak": "x"}], "branches": ["1"]}], "step 1: gather: branches must be an object"),
        ([{"gather": [{"speak": "x"}], "branches": {"1": []}}], "step 1: gather: branch 1: must be a list of steps"),
        ([{"gather": [{"speak": "x"}], "branches": {"1": [{"x": 1}]}}], "step 1: gather: branch 1: step 1: x is not"),
        ([{"gather": [{"speak": "x"}], "digits": 1}], "step 1: gather: digits is not known here"),
        ([{"forward": "x"}], "step 1: forward: dial: number: must be a phone number"),
        (
            [{"forward": "14155550123", "ifNoAnswer": [{"y": 1}]}],
            "step 1: forward: ifNoAnswer: step 1: y is not a step",
        ),
        ([{"voicemail": "x", "maxLength": -1}], "step 1: voicemail: maxLength must be"),
        ([{"repeat": [{"speak": "x"}], "times": 99}], "step 1: repeat: times must be"),
        ([{"machine": [{"speak": 1, "loop": "x"}]}], "step 1: machine: step 1: speak: loop must be"),
        ([{"xml": "<Response><Foo/></Response>"}], "step 1: xml: Response / Foo"),
        ([{"xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>"}], "step 1: xml: "),
        ([{"speak": "{{nobody}}"}], "step 1: speak: {{nobody}} is filled by nothing"),
        ([{"speak": "half \x00 a page"}], "step 1: speak: "),
        ([{"speak": "{{From}}\x00"}], "step 1: speak: holds U+0000"),
        ([{"speak": "Hi", "voice": "{{From}}\x01"}], "step 1: speak: voice: holds U+0001"),
        ([{"speak": ["Hi", "\x02"]}], "step 1: speak: step 2: holds U+0002"),
        ([{"speak": "Hi", "to whom": "you"}], "step 1: speak: to whom cannot be the name of an attribute"),
        ([{"hangup": True, "": 1}], "step 1: hangup:  cannot be the name of an attribute"),
        ([{"speak": "Hi", "play": "https://x.example/a.mp3"}], "step 1: speak and play are steps of their own"),
        (
            [{"preAnswer": [{"gather": [{"speak": "x"}]}]}],
            "step 1: preAnswer: step 1: gather cannot stand in preAnswer",
        ),
        (
            [{"gather": [{"voicemail": "x"}]}],
            "step 1: gather: step 1: voicemail cannot stand in getInput; it takes speak",
        ),
        (
            [{"dial": [{"forward": "14155550123"}]}],
            "step 1: dial: 1: forward cannot stand in dial; it takes number, user",
        ),
        ([{"gather": [{"speak": "x"}], "name": "From"}], "step 1: gather: name must be another: From is"),
        ([{"speak": "x" * 100_000}], "step 1: has 100,"),
        ([{"gather": [{"speak": "x" * 60_000}, {"speak": "x" * 60_000}]}], "step 1: gather: has 120,"),
        ([{"voicemail": "x" * 100_000}], "step 1: voicemail: has 100,"),
        ([{"dial": ["14155550123"] * 4000}], "step 1: has 1"),
        ([{"xml": f"<Response><Speak>{'x' * 99_000}</Speak></Response>"}], "step 1: xml: has 99,"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(answer: object, problem: str) -> None:
    problems = check(answer)
    assert any(problem in told for told in problems), problems


def test_every_problem_is_told_at_once() -> None:
    assert len(check([{"a": 1}, {"dial": "x", "timeout": -1}, {"speak": "{{no}}"}])) == 4


def test_variables_that_are_known_are_held_to() -> None:
    assert check([{"speak": "{{vars.a}}"}], {"a": 1}) == []
    assert "vars.b" in check([{"speak": "{{vars.b}}"}], {"a": 1})[0]


def test_size_and_depth_are_bounded() -> None:
    assert "501 steps" in check([{"speak": "x"}] * (MAX_STEPS + 1))[0]
    deep: Any = [{"speak": "x"}]
    for _ in range(40):
        deep = [{"repeat": deep, "times": 1}]
    assert any("nested deeper" in problem for problem in check(deep))
    assert len(check([{"a": 1}] * 400)) == 51
    spoken: Any = "x"
    for _ in range(40):
        spoken = [{"prosody": spoken, "rate": "slow"}]
    assert "levels deep" in check([{"speak": spoken}])[0]
