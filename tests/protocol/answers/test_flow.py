"""How a call goes through an answer. Every page that comes is judged by the schema, with lxml."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.protocol.answers import MAX_PAGES, State
from app.protocol.answers.flow import page
from app.protocol.answers.steps import check
from app.protocol.xml.document import MAX_BYTES
from app.protocol.xml.schema import schema

XSD = etree.XMLSchema(etree.fromstring(schema().encode()))


class Call:
    """A call that goes through an answer as Plivo would take it."""

    def __init__(self, answer: object, **variables: str) -> None:
        assert check(answer) == []
        self._answer = answer
        self._states: list[State] = []
        self._variables = {f"vars.{name}": value for name, value in variables.items()}
        self.page = etree.Element("Response")

    def start(self, **request: str) -> list[str]:
        return self._fetch(State(values=self._variables), request)

    def go(self, url: str, **request: str) -> list[str]:
        """Fetch a page that the last one names."""
        return self._fetch(self._states[int(url.rpartition("/")[2])], request)

    def press(self, digits: str) -> list[str]:
        return self.go(self._action(), Digits=digits)

    def say(self, speech: str) -> list[str]:
        return self.go(self._action(), Speech=speech)

    def wait(self) -> list[str]:
        """Press nothing: Plivo goes on behind GetInput."""
        (redirect,) = self.page.findall("Redirect")
        return self.go(redirect.text or "")

    def _action(self) -> str:
        (waiting,) = [node for node in self.page if node.get("action")]
        return str(waiting.get("action"))

    def _fetch(self, state: State, request: Mapping[str, str]) -> list[str]:
        def go_on(following: State) -> str:
            self._states.append(following)
            return f"https://connector.example/answer/{len(self._states) - 1}"

        text = page(self._answer, state, request, go_on)
        self.page = etree.fromstring(text)
        XSD.assertValid(self.page)
        return [_told(node) for node in self.page]


def _told(node: Any) -> str:
    return f"{node.tag} {node.text}" if node.tag in ("Speak", "Play") else str(node.tag)


MENU = [
    {"speak": "Welcome"},
    {
        "gather": [{"speak": "Press 1 or 2"}],
        "name": "choice",
        "retries": 1,
        "input": "dtmf speech",
        "branches": {"1": [{"speak": "One"}], "2": [{"speak": "Two"}, {"hangup": True}], "sales": [{"speak": "Sales"}]},
        "onInvalid": [{"speak": "Not {{Digits}}"}],
        "onTimeout": [{"speak": "Nobody there"}],
    },
    {"speak": "You chose {{choice}}"},
]


def test_a_menu_asks() -> None:
    call = Call(MENU)
    assert call.start() == ["Speak Welcome", "GetInput", "Redirect"]
    assert [_told(node) for node in call.page[1]] == ["Speak Press 1 or 2"]
    assert call.page[1].get("inputType") == "dtmf speech"


@pytest.mark.parametrize(
    ("timeout", "begins", "ends"), [(None, "5", "15"), (1, "1", "11"), ("30", "30", "40"), (60, "60", "60")]
)
def test_a_menu_waits_as_long_as_it_says(timeout: object, begins: str, ends: str) -> None:
    """Plivo ends all input after 15 seconds where the page does not give it longer."""
    call = Call([{"gather": [{"speak": "Take your time"}], **({} if timeout is None else {"timeout": timeout})}])
    call.start()
    asked = call.page[0]
    assert (asked.get("startInputTimeout"), asked.get("executionTimeout")) == (begins, ends)


@pytest.mark.parametrize(
    ("digits", "heard"),
    [("1", ["Speak One", "Speak You chose 1"]), ("2", ["Speak Two", "Hangup", "Speak You chose 2"])],
)
def test_a_branch_is_taken_and_what_follows_the_menu_comes_after_it(digits: str, heard: list[str]) -> None:
    call = Call(MENU)
    call.start()
    assert call.press(digits) == heard


@pytest.mark.parametrize("speech", ["sales", "Sales.", "I want sales please", "SALES"])
def test_what_is_said_is_understood(speech: str) -> None:
    call = Call(MENU)
    call.start()
    assert call.say(speech)[0] == "Speak Sales"


def test_what_is_invalid_is_asked_again_and_then_passed() -> None:
    call = Call(MENU)
    call.start()
    assert call.press("7") == ["Speak Not 7", "GetInput", "Redirect"]
    assert call.press("8") == ["Speak Not 8", "Speak You chose 8"]


def test_silence_is_asked_again_and_then_passed() -> None:
    call = Call(MENU)
    call.start()
    assert call.wait() == ["Speak Nobody there", "GetInput", "Redirect"]
    assert call.press("1")[0] == "Speak One"
    again = Call(MENU)
    again.start()
    again.wait()
    assert again.wait() == ["Speak Nobody there", "Speak You chose "]


def test_a_menu_in_a_menu_and_back() -> None:
    inner = {"gather": [{"speak": "Inner"}], "name": "second", "branches": {"9": [{"speak": "Nine"}]}}
    branches = {"1": [inner, {"speak": "After inner"}]}
    outer = {"gather": [{"speak": "Outer"}], "name": "first", "branches": branches}
    call = Call([outer, {"speak": "{{first}} and {{second}}"}])
    call.start()
    assert call.press("1") == ["GetInput", "Redirect"]
    assert call.press("9") == ["Speak Nine", "Speak After inner", "Speak 1 and 9"]


def test_a_question_among_what_is_said_to_the_invalid() -> None:
    sure = {"gather": [{"speak": "Sure?"}], "branches": {"1": [{"speak": "Sure"}]}, "retries": 0}
    call = Call(
        [{"gather": [{"speak": "Code"}], "branches": {"7": [{"speak": "In"}]}, "onInvalid": [sure], "retries": 1}]
    )
    call.start()
    assert call.press("5") == ["GetInput", "Redirect"]
    assert call.press("1") == ["Speak Sure", "GetInput", "Redirect"]
    assert call.press("7") == ["Speak In"]


def test_forwarding_rings_and_falls_back() -> None:
    call = Call(
        [{"forward": "14155550123", "timeout": 15, "ifNoAnswer": [{"voicemail": "Leave a message"}]}, {"speak": "Bye"}]
    )
    assert call.start() == ["Dial"]
    assert call.page[0].get("timeout") == "15"
    assert call.go(call.page[0].get("action") or "", DialStatus="no-answer") == ["Speak Leave a message", "Record"]
    assert call.go(call.page[1].get("action") or "", RecordUrl="https://example.com/r.mp3") == ["Speak Bye"]
    answered = Call([{"forward": "14155550123", "ifNoAnswer": [{"speak": "Nobody"}]}, {"speak": "Bye"}])
    answered.start()
    assert answered.go(answered.page[0].get("action") or "", DialStatus="completed") == ["Hangup"]


def test_machines_and_people_hear_their_own() -> None:
    answer = [{"machine": [{"voicemail": "Call back"}], "human": [{"speak": "Hello"}]}, {"speak": "Bye"}]
    assert Call(answer).start(Machine="true") == ["Speak Call back", "Record"]
    assert Call(answer).start(Machine="false") == ["Speak Hello", "Speak Bye"]
    assert Call(answer).start() == ["Speak Hello", "Speak Bye"]


def test_repeat_goes_through_its_steps() -> None:
    assert Call([{"repeat": [{"speak": "Hi"}, {"wait": 1}], "times": 2}]).start() == ["Speak Hi", "Wait"] * 2
    call = Call(
        [{"repeat": [{"gather": [{"speak": "Code"}], "name": "code", "retries": 0}], "times": 2}, {"speak": "{{code}}"}]
    )
    call.start()
    assert call.press("12") == ["GetInput", "Redirect"]
    assert call.press("34") == ["Speak 34"]


def test_xml_is_used_as_it_is() -> None:
    call = Call([{"xml": "<Response><Speak loop='2'>Hi &amp; bye</Speak><Hangup/></Response>"}])
    assert call.start() == ["Speak Hi & bye", "Hangup"]
    assert call.page[0].get("loop") == "2"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_a_caller_says_or_is_called_becomes_xml(caller: str, name: str) -> None:
    call = Call(
        [{"speak": "{{From}}|{{vars.name}}"}, {"dial": "14155550123", "callerName": "{{vars.name}}"}], name=name
    )
    spoken = call.start(From=caller)
    assert [node.tag for node in call.page] == ["Speak", "Dial"]
    assert len(spoken) == 2
    if caller.isprintable() and name.isprintable():
        assert call.page[0].text == f"{caller}|{name}"


def test_what_a_placeholder_makes_of_an_attribute_and_does_not_fit_is_left_out() -> None:
    call = Call([{"dial": "14155550123", "timeout": "{{vars.seconds}}"}], seconds="soon")
    call.start()
    assert call.page[0].get("timeout") is None
    fits = Call([{"dial": "14155550123", "timeout": "{{vars.seconds}}"}], seconds="7")
    fits.start()
    assert fits.page[0].get("timeout") == "7"


def test_a_flow_that_turns_in_circles_ends() -> None:
    state = State(pages=MAX_PAGES)
    ended = etree.fromstring(page([{"speak": "Hi"}], state, {}, lambda _: "https://x.example/"))
    assert [node.tag for node in ended] == ["Hangup"]


def _whole(call: Call) -> list[str]:
    """Return what a call hears, over all pages that follow each other by themselves."""
    heard = call.start()
    while heard[-1] == "Redirect" and "GetInput" not in heard:
        assert len(etree.tostring(call.page)) <= MAX_BYTES
        heard = [*heard[:-1], *call.wait()]
    return heard


def test_what_is_too_much_for_one_page_goes_on_in_the_next() -> None:
    many = Call([{"repeat": [{"repeat": [{"speak": "n"}], "times": 20}], "times": 20}, *MENU])
    assert _whole(many) == [*["Speak n"] * 400, "Speak Welcome", "GetInput", "Redirect"]
    assert many.press("1") == ["Speak One", "Speak You chose 1"]
    large = Call([*[{"speak": "x" * 1000}] * 200, {"hangup": True}])
    assert _whole(large) == [*[f"Speak {'x' * 1000}"] * 200, "Hangup"]
    filled = Call([{"repeat": [{"speak": "{{vars.text}}" * 20}], "times": 20}], text="x" * 2000)
    assert len(_whole(filled)) == 20


def test_a_question_that_is_too_much_for_a_page_is_asked_in_the_next() -> None:
    asking = {"gather": [{"speak": "y" * 50_000}], "retries": 1, "onTimeout": [{"speak": "x" * 50_000}]}
    call = Call([{"speak": "x" * 50_000}, asking, {"hangup": True}])
    assert [line[:8] for line in call.start()] == ["Speak xx", "Redirect"]
    assert call.wait() == ["GetInput", "Redirect"]
    assert [line[:8] for line in call.wait()] == ["Speak xx", "Redirect"], "nothing was pressed"
    assert call.wait() == ["GetInput", "Redirect"], "the only retry"
    assert [line[:8] for line in call.wait()] == ["Speak xx", "Hangup"], "and no further one"


def test_a_page_walks_through_so_many_steps_only() -> None:
    silent: Any = {"machine": [{"speak": "x"}]}
    for _ in range(10):
        silent = {"repeat": [silent], "times": 20}
    call = Call([silent])
    assert call.start() == ["Redirect"]
    assert call.wait() == ["Redirect"]


def test_a_step_that_placeholders_make_too_large_ends_the_call() -> None:
    large = Call([{"speak": "{{vars.text}}" * 60}], text="x" * 2000)
    assert large.start() == ["Hangup"]
