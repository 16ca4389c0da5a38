"""Going on in an answer: from what Plivo's request says to the page that comes next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.protocol.answers import MAX_PAGES, MAX_STEP_BYTES, Frame, Heard, State, Step, Steps
from app.protocol.answers.elements import Builder
from app.protocol.answers.placeholders import FROM_PLIVO
from app.protocol.answers.steps import as_steps
from app.protocol.xml.document import MAX_BYTES, Element, parse, render

GoOn = Callable[[State], str]
"""Where Plivo goes on from a state: the URL of its page."""

DEFAULT_RETRIES = 2
"""How often a gather asks again where it does not say."""

_ANSWERED = frozenset(("completed", "answer", "answered"))
_LONGEST_INPUT = 500
_MOST_ELEMENTS = 300
_MOST_WALKED = 2000
"""Steps that one page walks through, written or not: a repeat of what is for machines writes nothing to people."""


def page(answer: object, state: State, request: Mapping[str, str], go_on: GoOn, heard: Heard | None = None) -> bytes:
    """Return the page that a call gets now.

    Args:
        answer: the whole answer; it was checked.
        state: how far the call has come.
        request: the parameters of Plivo's request.
        go_on: names the pages that may come after this one.
        heard: gets what this request tells of what was asked.
    """
    if state.pages >= MAX_PAGES:
        return render(Element("Response", content=[Element("Hangup")]))
    walk = _Walk(as_steps(answer), _learned(state, request), go_on, Heard() if heard is None else heard)
    walk.begin(state, request)
    rendered = render(Element("Response", content=walk.elements))
    return rendered if len(rendered) <= MAX_BYTES else render(Element("Response", content=[Element("Hangup")]))


def _learned(state: State, request: Mapping[str, str]) -> State:
    """Return the state with what this request tells, one page further."""
    told = {name: request[name][:_LONGEST_INPUT] for name in FROM_PLIVO if request.get(name)}
    return replace(state, values={**state.values, **told}, pages=state.pages + 1)


class _Walk:
    """Writes elements from a place in an answer until somebody must say how it goes on, or it ends."""

    def __init__(self, answer: Steps, state: State, go_on: GoOn, heard: Heard) -> None:
        self._answer = answer
        self._heard = heard
        self._state = state
        self._go_on = go_on
        self._bytes = 0
        self.elements: list[Element] = []

    def begin(self, state: State, request: Mapping[str, str]) -> None:
        frames = list(state.frames)
        step = self._step_at(frames)
        following: list[Frame] | None = frames
        match state.event:
            case "input" | "silence" if step is not None:
                following = self._after_gather(step, frames, state, request)
            case "dial" if step is not None:
                following = self._after_forward(step, frames, request)
            case "record":
                if request.get("RecordUrl"):
                    self._heard.recordings.append(request["RecordUrl"])
                following = self._next(frames)
            case "again" if step is not None:
                self._ask(step, frames, state.tries)
                following = None
        self._write(following)

    # Where the flow goes

    def _after_gather(
        self, step: Step, frames: list[Frame], state: State, request: Mapping[str, str]
    ) -> list[Frame] | None:
        given = request.get("Digits") or request.get("Speech") or ""
        branches: Mapping[str, Any] = step.get("branches") or {}
        if state.event == "input" and given:
            if step.get("name"):
                self._state.values[step["name"]] = given[:_LONGEST_INPUT]
                told = self._heard.digits if request.get("Digits") else self._heard.speech
                told[step["name"]] = given[:_LONGEST_INPUT]
            key = _matching(branches, given)
            if key is not None:
                return [*frames, Frame(f"branches.{key}", 0)]
            if not branches:
                return self._next(frames)
            handler = "onInvalid"
        else:
            handler = "onTimeout"
        # How often it was asked is kept while the handler's own steps are run.
        return (
            [*frames, Frame(handler, 0, state.tries)]
            if step.get(handler)
            else self._ask_again(step, frames, state.tries)
        )

    def _ask_again(self, step: Step, frames: list[Frame], tries: int) -> list[Frame] | None:
        if tries < int(step.get("retries", DEFAULT_RETRIES)):
            self._ask(step, frames, tries + 1)
            return None
        return self._next(frames)

    def _after_forward(self, step: Step, frames: list[Frame], request: Mapping[str, str]) -> list[Frame] | None:
        if request.get("DialStatus", "") in _ANSWERED:
            self.elements.append(Element("Hangup"))
            return None
        return [*frames, Frame("ifNoAnswer", 0)] if "ifNoAnswer" in step else self._next(frames)

    def _write(self, frames: list[Frame] | None) -> None:
        """Write steps from a place on."""
        for _ in range(_MOST_WALKED):
            if not frames:
                return
            step = self._step_at(frames)
            if step is None:
                frames = self._leave(frames)
                continue
            match step:
                case {"gather": _}:
                    self._ask(step, frames, 0)
                    return
                case {"forward": _}:
                    self._add(self._forwarded(step, frames), frames)
                    return
                case {"voicemail": _}:
                    self._add(self._recorded(step, frames), frames)
                    return
                case {"repeat": _}:
                    frames = [*frames, Frame("repeat", 0)]
                case {"machine": _} | {"human": _}:
                    side = "machine" if self._state.values.get("Machine", "").lower() == "true" else "human"
                    frames = [*frames, Frame(side, 0)] if step.get(side) else self._next(frames)
                case _:
                    frames = self._next(frames) if self._add(self._inline([step]), frames) else None
        if frames:
            self.elements.append(self._redirect(frames))

    def _step_at(self, frames: list[Frame]) -> Step | None:
        """Return the step at a place; None behind the last one of its list, or where nothing is there."""
        node: Any = self._answer
        for position, frame in enumerate(frames):
            if position:
                key, _, branch = frame.key.partition(".")
                node = node.get(key) if isinstance(node, dict) else None
                node = node.get(branch) if branch and isinstance(node, dict) else node
            steps = as_steps(node) if node is not None else []
            node = steps[frame.index] if 0 <= frame.index < len(steps) else None
        return node if isinstance(node, dict) else None

    @staticmethod
    def _next(frames: list[Frame]) -> list[Frame]:
        *outer, last = frames
        return [*outer, replace(last, index=last.index + 1)]

    def _leave(self, frames: list[Frame]) -> list[Frame] | None:
        """Go on behind the step whose list has ended, through a repeat once more, or with the question again."""
        *outer, last = frames
        step = self._step_at(outer) if outer else None
        if step is None:
            return None
        if last.key == "repeat" and last.turn + 1 < int(step.get("times", 1)):
            return [*outer, Frame("repeat", 0, last.turn + 1)]
        if last.key in ("onInvalid", "onTimeout"):
            return self._ask_again(step, outer, last.turn)
        return self._next(outer)

    # What is written

    def _add(self, written: Sequence[Element], frames: list[Frame], event: str = "", tries: int = 0) -> bool:
        """Write what a step says; where the page is full already, write where the call goes on with it."""
        size = sum(len(render(element)) for element in written)
        is_full = self._bytes + size > MAX_STEP_BYTES or len(self.elements) + len(written) > _MOST_ELEMENTS
        if self.elements and is_full:
            self.elements.append(self._redirect(frames, event, tries))
            return False
        self._bytes += size
        self.elements.extend(written)
        return True

    def _inline(self, steps: Steps) -> list[Element]:
        builder = Builder(values=self._state.values)
        written: list[Element] = []
        for step in steps:
            if isinstance(step, dict) and "xml" in step:
                written.extend(parse(str(step["xml"])).children)
            elif (element := builder.element(step, "")) is not None:
                written.append(element)
        return written

    def _ask(self, step: Step, frames: list[Frame], tries: int) -> None:
        """Write a gather, behind which Plivo says how the call goes on."""
        timeout = int(step.get("timeout", 5))
        attributes: dict[str, Any] = {
            "inputType": step.get("input", "dtmf"),
            "startInputTimeout": timeout,
            # Plivo ends the input after 15 seconds in all, unless it is told otherwise.
            "executionTimeout": min(timeout + 10, 60),
            **{name: step[name] for name in ("numDigits", "finishOnKey", "language", "hints", "log") if name in step},
            "action": self._to(frames, "input", tries),
            "redirect": True,
        }
        written = [
            Element("GetInput", asking.attributes, self._inline(as_steps(step["gather"])))
            for asking in self._inline([{"getInput": [], **attributes}])
        ]
        # Plivo goes on here where nothing was pressed or said.
        written.append(self._redirect(frames, "silence", tries))
        self._add(written, frames, "again", tries)

    def _forwarded(self, step: Step, frames: list[Frame]) -> list[Element]:
        attributes = {name: value for name, value in step.items() if name not in ("forward", "ifNoAnswer")}
        action = {"action": self._to(frames, "dial", 0), "redirect": True}
        return self._inline([{"dial": step["forward"], "timeout": 20, **attributes, **action}])

    def _recorded(self, step: Step, frames: list[Frame]) -> list[Element]:
        spoken: Step = {name: step[name] for name in ("voice", "language") if name in step}
        recorded: Step = {"maxLength": step.get("maxLength", 120), "finishOnKey": step.get("finishOnKey", "#")}
        action = {"action": self._to(frames, "record", 0), "redirect": True}
        return self._inline([{"speak": step["voicemail"], **spoken}, {"record": True, **recorded, **action}])

    def _redirect(self, frames: list[Frame], event: str = "", tries: int = 0) -> Element:
        return Element("Redirect", content=self._to(frames, event, tries))

    def _to(self, frames: list[Frame], event: str, tries: int) -> str:
        return self._go_on(replace(self._state, frames=tuple(frames), event=event, tries=tries))


def _matching(branches: Mapping[str, Any], given: str) -> str | None:
    """Return the branch of what was pressed or said: the same, in any capitals; else the first that was said in it."""
    said = given.strip().strip(".!?").casefold()
    folded = {key.casefold(): key for key in branches}
    if said in folded:
        return folded[said]
    words = f" {said} "
    return next((key for lower, key in folded.items() if not lower.isdecimal() and f" {lower} " in words), None)
