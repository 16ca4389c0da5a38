"""The steps of answers as an editor wants them: what each holds, and which fields stand beside it.

Elements come from the table of Plivo's XML; the steps that XML alone cannot say are described here.
"""

from typing import Any

from app.protocol.answers.elements import COMPOSITES
from app.protocol.answers.steps import INPUTS
from app.protocol.xml.elements import ELEMENTS, ROOT
from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import Boolean, Options
from app.protocol.xml.values import Integer

TEXT, STEPS, NUMBERS, FLAG = "text", "steps", "numbers", "flag"
"""What a step's value is: a text, steps, phone numbers, or merely ``true``."""

_PROMPTS = ["speak", "play", "wait"]


def _field(name: str, says: str, control: str = TEXT, **more: object) -> dict[str, Any]:
    return {"name": name, "says": says, "control": control, **more}


_VOICE = [
    _field("voice", "The voice: WOMAN, MAN, or one that getVoices lists."),
    _field("language", "The language, such as en-US."),
]
_FINISH = _field("finishOnKey", "The key that ends the input.")

_COMPOSITES: dict[str, dict[str, Any]] = {
    "gather": {
        "says": "Asks for keys or speech, checks what came, and goes on with the branch that fits.",
        "content": STEPS,
        "within": _PROMPTS,
        "fields": [
            _field("name", "What later texts call the answer: {{name}}."),
            _field("input", "What is listened for.", "select", options=list(INPUTS), default="dtmf"),
            _field("numDigits", "How many keys are awaited.", "number", min=1, max=32),
            _field("timeout", "Seconds that it waits.", "number", min=1, max=60),
            _field("retries", "How often it asks again.", "number", min=0, max=10),
            _FINISH,
            _field("language", "The language that is spoken, such as en-US."),
            _field("hints", "Words that are expected, comma-separated."),
            _field("branches", "What happens for each answer, such as 1 or sales.", "branches"),
            _field("onInvalid", "What happens when another answer came.", STEPS),
            _field("onTimeout", "What happens when nothing came.", STEPS),
            _field("log", "Whether Plivo keeps what was pressed or said.", "boolean", default="true"),
        ],
    },
    "forward": {
        "says": "Rings another number, and goes on where nobody answers.",
        "content": NUMBERS,
        "fields": [
            _field("timeout", "Seconds that it rings.", "number", min=1),
            _field("callerId", "The number that the called party sees."),
            _field("callerName", "The name that the called party sees."),
            _field("timeLimit", "Seconds after which the call is ended.", "number", min=1),
            _field("ifNoAnswer", "What happens when nobody answers.", STEPS),
        ],
    },
    "voicemail": {
        "says": "Says a text and records a message after the beep.",
        "content": TEXT,
        "fields": [_field("maxLength", "The most seconds.", "number", min=1, max=3600), _FINISH, *_VOICE],
    },
    "machine": {
        "says": "Goes on with other steps where a machine answered; wants machine detection.",
        "content": STEPS,
        "fields": [_field("human", "What happens when a person answered.", STEPS)],
    },
    "repeat": {
        "says": "Does the same steps several times.",
        "content": STEPS,
        "fields": [_field("times", "How often.", "number", min=1, max=20)],
    },
    "xml": {"says": "Plivo's XML as it is, checked.", "content": TEXT, "fields": []},
}


def answer_steps() -> list[dict[str, Any]]:
    """Return every step: its name, what it says, what its value is, its fields, and the steps that may stand in it."""
    composites = [{"name": name, **_COMPOSITES[name]} for name in COMPOSITES if name in _COMPOSITES]
    elements = [_element(ELEMENTS[name]) for name in ROOT.children]
    return elements + composites


def _element(spec: ElementSpec) -> dict[str, Any]:
    fields = [_attribute(attribute) for attribute in spec.attributes if attribute.name != spec.step_attribute]
    step = {"name": spec.step, "says": spec.says, "content": _content(spec), "fields": fields}
    if step["content"] == STEPS:
        step["within"] = [ELEMENTS[name].step for name in spec.children]
    return step


def _content(spec: ElementSpec) -> str:
    if spec.name == "Dial":
        return NUMBERS
    if spec.text is not None or spec.step_attribute is not None:
        return TEXT
    return STEPS if spec.children else FLAG


def _attribute(attribute: Attribute) -> dict[str, Any]:
    shown: dict[str, Any]
    match attribute.value:
        case Boolean():
            shown = _field(attribute.step, attribute.says, "boolean")
        case Options(options):
            shown = _field(attribute.step, attribute.says, "select", options=list(options))
        case Integer(least, most):
            shown = _field(attribute.step, attribute.says, "number", min=least, max=most)
        case _:
            shown = _field(attribute.step, attribute.says)
    shown |= {"default": attribute.default, "required": attribute.required or None}
    return {name: value for name, value in shown.items() if value is not None}
