"""Answers that the connector hosts: steps in place of a URL that Plivo fetches."""

from dataclasses import dataclass
from typing import Any

from app.datatypes.json_values import from_text
from app.protocol.answers import Steps
from app.protocol.answers.steps import as_steps, check


@dataclass(frozen=True, slots=True)
class HostedAnswer:
    """An answer that needs a URL before its request is sent.

    Attributes:
        steps: what a call shall do; they were checked.
        variables: what ``{{vars.name}}`` stands for.
        is_lasting: it is an application's, and stays until that is changed; else a call's.
    """

    steps: Steps
    variables: dict[str, str]
    is_lasting: bool = False


def read_answer(value: object) -> Steps:
    """Read an answer: a step, a list of steps, or the same as JSON text.

    Raises:
        ValueError: every problem, by path.
    """
    answer = from_text(value)
    problems = check(answer)
    if problems:
        raise ValueError("; ".join(problems))
    return as_steps(answer)


def read_variables(value: object) -> dict[str, str]:
    """Read what placeholders stand for: an object of texts and numbers, or the same as JSON text.

    Raises:
        ValueError: it is something else.
    """
    given = from_text(value)
    if not isinstance(given, dict) or any(isinstance(item, dict | list) for item in given.values()):
        raise ValueError("must be an object of texts, or the same as JSON text")
    return {str(name): _text(item) for name, item in given.items() if item is not None}


def _text(value: Any) -> str:
    return ("false", "true")[value] if isinstance(value, bool) else str(value)
