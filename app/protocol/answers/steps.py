"""Checking an answer: every problem at once, by path (``step 2: dial: callerId …``)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.protocol.answers import MAX_DEPTH, MAX_STEP_BYTES, MAX_STEPS, Steps
from app.protocol.answers.elements import Builder
from app.protocol.answers.placeholders import FROM_PLIVO
from app.protocol.xml.check import check as check_xml
from app.protocol.xml.document import Element, parse, render
from app.protocol.xml.elements import ELEMENTS

GATHER_FIELDS = frozenset(
    ("gather", "name", "numDigits", "input", "timeout", "retries", "branches", "onInvalid", "onTimeout", "finishOnKey",
     "language", "hints", "log")
)  # fmt: skip
FORWARD_FIELDS = frozenset(("forward", "timeout", "ifNoAnswer", "callerId", "callerName", "timeLimit"))
VOICEMAIL_FIELDS = frozenset(("voicemail", "maxLength", "finishOnKey", "voice", "language"))
REPEAT_FIELDS = frozenset(("repeat", "times"))

INPUTS = ("dtmf", "speech", "dtmf speech")
_MOST_TIMES = 20
_MOST_RETRIES = 10
_MOST_PROBLEMS = 50


def as_steps(answer: object) -> Steps:
    """Return an answer as a list: one step may stand for itself."""
    return answer if isinstance(answer, list) else [answer]  # type: ignore[list-item]  # checked where it is read


def check(answer: object, variables: Mapping[str, Any] | None = None) -> list[str]:
    """Return every problem of an answer, by path; an empty list where there is none.

    Args:
        answer: a step or a list of steps.
        variables: what ``{{vars.name}}`` may name; None: any name.
    """
    steps = as_steps(answer)
    if not steps:
        return ["needs at least one step"]
    count = sum(1 for _ in _all_steps(steps))
    if count > MAX_STEPS:
        return [f"has {count} steps, {MAX_STEPS} at most"]
    checker = _Checker(_known_names(steps, variables), takes_any_variable=variables is None)
    checker.steps(steps, "", 0)
    problems = checker.builder.problems
    more = len(problems) - _MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:_MOST_PROBLEMS], f"and {more} more problems"]


class _Checker:
    def __init__(self, known: frozenset[str], *, takes_any_variable: bool) -> None:
        self.builder = Builder(known=known, takes_any_variable=takes_any_variable)

    def steps(self, steps: object, path: str, depth: int) -> None:
        if not isinstance(steps, list | dict) or steps == []:
            return self._refuse(path or "answer", "must be a list of steps")
        if depth > MAX_DEPTH:
            return self._refuse(path, f"is nested deeper than {MAX_DEPTH} levels")
        for position, step in enumerate(as_steps(steps), start=1):
            self._step(step, f"{path}: step {position}" if path else f"step {position}", depth + 1)
        return None

    def _step(self, step: Any, path: str, depth: int) -> None:
        match step:
            case {"gather": _}:
                self._gather(step, f"{path}: gather", depth)
            case {"forward": _}:
                self._forward(step, f"{path}: forward", depth)
            case {"voicemail": _}:
                self._voicemail(step, f"{path}: voicemail")
            case {"repeat": _}:
                self._fields(step, REPEAT_FIELDS, f"{path}: repeat")
                self._number(step, "times", 1, _MOST_TIMES, f"{path}: repeat")
                self.steps(step["repeat"], f"{path}: repeat", depth)
            case {"xml": _}:
                self._xml(step["xml"], f"{path}: xml")
            case {"machine": _} | {"human": _}:
                self._fields(step, frozenset(("machine", "human")), path)
                for side in ("machine", "human"):
                    if side in step and step[side] != []:
                        self.steps(step[side], f"{path}: {side}", depth)
            case _:
                self._fits([self.builder.element(step, path, parent=ELEMENTS["Response"])], path)

    def _gather(self, step: Mapping[str, Any], path: str, depth: int) -> None:
        self._fields(step, GATHER_FIELDS, path)
        self._number(step, "numDigits", 1, 32, path)
        self._number(step, "timeout", 1, 60, path)
        self._number(step, "retries", 0, _MOST_RETRIES, path)
        if step.get("input", "dtmf") not in INPUTS:
            self._refuse(path, f"input must be one of {', '.join(INPUTS)}")
        name = step.get("name")
        if name is not None and not (isinstance(name, str) and name.isidentifier() and name.isascii()):
            self._refuse(path, "name must be letters, digits and _, so that a text can name it")
        if name in FROM_PLIVO:
            self._refuse(path, f"name must be another: {name} is what Plivo says itself")
        prompts = [
            self.builder.element(prompt, f"{path}: step {position}", parent=ELEMENTS["GetInput"])
            for position, prompt in enumerate(as_steps(step["gather"]), start=1)
        ]
        self._fits(prompts, path)
        branches = step.get("branches", {})
        if not isinstance(branches, dict):
            return self._refuse(path, "branches must be an object: what was pressed or said, and the steps then")
        for key, steps in branches.items():
            self.steps(steps, f"{path}: branch {key}", depth)
        for name in ("onInvalid", "onTimeout"):
            if name in step:
                self.steps(step[name], f"{path}: {name}", depth)
        return None

    def _forward(self, step: Mapping[str, Any], path: str, depth: int) -> None:
        self._fields(step, FORWARD_FIELDS, path)
        dial = {name: value for name, value in step.items() if name not in ("forward", "ifNoAnswer")}
        self._fits([self.builder.element({"dial": step["forward"], **dial}, path)], path)
        if "ifNoAnswer" in step:
            self.steps(step["ifNoAnswer"], f"{path}: ifNoAnswer", depth)

    def _voicemail(self, step: Mapping[str, Any], path: str) -> None:
        self._fields(step, VOICEMAIL_FIELDS, path)
        self._number(step, "maxLength", 1, 3600, path)
        spoken = {name: step[name] for name in ("voice", "language") if name in step}
        self._fits([self.builder.element({"speak": step["voicemail"], **spoken}, path)], path)

    def _xml(self, document: object, path: str) -> None:
        if not isinstance(document, str):
            return self._refuse(path, "must be the XML as text, <Response>…</Response>")
        problems = check_xml(document).problems
        self.builder.problems.extend(f"{path}: {problem}" for problem in problems)
        if not problems:
            self._fits(parse(document).children, path)
        return None

    def _fits(self, written: Sequence[Element | None], path: str) -> None:
        """See to it that what a step says goes into one page, whatever stands before and behind it."""
        try:
            size = sum(len(render(element)) for element in written if element is not None)
        except ValueError as error:
            # Most of what cannot be written has been told already; what is nested too deep has not.
            if not self.builder.problems:
                self._refuse(path, str(error))
            return
        if size > MAX_STEP_BYTES:
            self._refuse(path, f"has {size:,} bytes as XML, {MAX_STEP_BYTES:,} at most: Plivo reads no longer page")

    def _fields(self, step: Mapping[str, Any], known: frozenset[str], path: str) -> None:
        for name in step:
            if name not in known:
                self._refuse(path, f"{str(name)[:40]} is not known here; it takes {', '.join(sorted(known))}")

    def _number(self, step: Mapping[str, Any], name: str, least: int, most: int, path: str) -> None:
        value = step.get(name, least)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._refuse(path, f"{name} must be a whole number from {least} to {most}")

    def _refuse(self, path: str, reason: str) -> None:
        self.builder.problems.append(f"{path}: {reason}")


def _all_steps(steps: object) -> Iterator[Mapping[str, Any]]:
    """Walk an answer, steps in steps, without recursion: it may be nested by somebody hostile."""
    waiting: list[object] = [steps]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(value for value in node.values() if isinstance(value, list | dict))


def _known_names(steps: Steps, variables: Mapping[str, Any] | None) -> frozenset[str]:
    gathers = (step.get("name") for step in _all_steps(steps) if "gather" in step)
    given = () if variables is None else (f"vars.{name}" for name in variables)
    return frozenset((*FROM_PLIVO, *(name for name in gathers if isinstance(name, str)), *given))
