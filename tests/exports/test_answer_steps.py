"""What an editor is told of steps is what an answer takes."""

from typing import Any

import pytest

from app.exports.answer_steps import answer_steps
from app.protocol.answers.steps import FORWARD_FIELDS, GATHER_FIELDS, REPEAT_FIELDS, VOICEMAIL_FIELDS, check

STEPS = {step["name"]: step for step in answer_steps()}

VALUES: dict[str, Any] = {
    "text": "Hello", "steps": [{"speak": "Hello"}], "numbers": ["14155550123"], "flag": True, "number": 5,
    "boolean": True, "branches": {"1": [{"speak": "One"}]},
}  # fmt: skip

CONTENTS: dict[str, Any] = {
    "play": "https://example.com/a.mp3", "wait": 2, "stream": "wss://example.com/audio", "dtmf": "12",
    "xml": "<Response/>", "redirect": "https://example.com/next",
}  # fmt: skip
"""What a step holds that is not any text."""


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("gather", GATHER_FIELDS),
        ("forward", FORWARD_FIELDS),
        ("voicemail", VOICEMAIL_FIELDS),
        ("repeat", REPEAT_FIELDS),
    ],
)
def test_composed_steps_show_every_field(name: str, fields: frozenset[str]) -> None:
    assert {name, *(field["name"] for field in STEPS[name]["fields"])} == fields


def value_of(field: dict[str, Any]) -> Any:
    if field["control"] == "select":
        return field["options"][0]
    if field["control"] == "number":
        return field.get("max", max(VALUES["number"], field.get("min", 0)))
    return VALUES[field["control"]]


def step_of(name: str) -> dict[str, Any]:
    """Return a step with what it needs and nothing else."""
    needed = {field["name"]: value_of(field) for field in STEPS[name]["fields"] if field.get("required")}
    return {name: CONTENTS.get(name, VALUES[STEPS[name]["content"]]), **needed}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_with_what_it_needs_is_taken(name: str) -> None:
    assert check(step_of(name)) == []


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field["name"]) for name, step in STEPS.items() for field in step["fields"] if field["control"] != "text"],
)
def test_a_field_takes_what_its_control_gives(name: str, field: str) -> None:
    shown = next(each for each in STEPS[name]["fields"] if each["name"] == field)
    assert check({**step_of(name), field: value_of(shown)}) == []
