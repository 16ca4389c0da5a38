"""A step that is an element of Plivo's XML → that element, with every problem told by its path."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.protocol.answers.placeholders import fill, holds_placeholder, unknown_names
from app.protocol.xml.characters import unwritable
from app.protocol.xml.document import Element
from app.protocol.xml.elements import ELEMENTS, STEPS, element_of_step
from app.protocol.xml.model import ElementSpec
from app.protocol.xml.values import nearest

COMPOSITES = ("gather", "forward", "voicemail", "machine", "human", "repeat", "xml")
"""Steps that are more than an element."""


@dataclass(slots=True)
class Builder:
    """Builds elements: to check them, or to write them with what is known by now.

    Attributes:
        values: what placeholders stand for; None while checking.
        known: names that a placeholder may have, while checking.
        takes_any_variable: variables are given elsewhere.
        problems: what is wrong, by path.
    """

    values: Mapping[str, str] | None = None
    known: frozenset[str] = frozenset()
    takes_any_variable: bool = False
    problems: list[str] = field(default_factory=list)

    def element(self, step: object, path: str, *, parent: ElementSpec | None = None) -> Element | None:
        """Return the element of a step; None where it is none, with the reason among the problems."""
        if not isinstance(step, dict) or not step:
            self._refuse(path, "must be an object with one key that says what to do, like speak")
            return None
        spec = element_of_step(list(step))
        if spec is None:
            self._refuse(path, self._unknown(step, parent))
            return None
        inner = f"{path}: {spec.step}"
        if parent is not None and spec.name not in parent.children:
            self._refuse(inner, _misplaced(parent))
            return None
        value = step[spec.step]
        attributes = {name: given for name, given in step.items() if name != spec.step}
        if spec.empty:
            self._take_value(spec, value, attributes, inner)
            return Element(spec.name, self._attributes(spec, attributes, inner))
        content = self._content(spec, value, inner)
        return Element(spec.name, self._attributes(spec, attributes, inner), content)

    def text(self, value: str, path: str) -> str:
        """Return a text with its placeholders filled, or checked."""
        if self.values is not None:
            return fill(value, self.values)
        for name in unknown_names(value, self.known):
            if name.startswith("vars.") and self.takes_any_variable:
                continue
            self._refuse(path, f"{{{{{name}}}}} is filled by nothing: name a gather so, or give it in answerVars")
        # One without placeholders is looked at where it is read.
        if holds_placeholder(value) and (reason := unwritable(value)):
            self._refuse(path, reason)
        return value

    def _refuse(self, path: str, reason: str) -> None:
        self.problems.append(f"{path}: {reason}")

    def _unknown(self, step: Mapping[str, Any], parent: ElementSpec | None) -> str:
        names = [*STEPS, *COMPOSITES]
        told = [name for name in step if name in names]
        if len(told) > 1:
            return f"{' and '.join(told)} are steps of their own: give each its object, in a list"
        if told and parent is not None:
            return f"{told[0]} {_misplaced(parent)}"
        first = str(next(iter(step)))[:40]
        near = nearest(first, names)
        return f"{first} is not a step" + (f"; did you mean {near}?" if near else f"; steps are {', '.join(names[1:])}")

    def _take_value(self, spec: ElementSpec, value: object, attributes: dict[str, Any], path: str) -> None:
        """Put the value of an element without content where it belongs."""
        if spec.step_attribute is not None and not isinstance(value, bool):
            attributes.setdefault(spec.step_attribute, value)
        elif value is not True and value not in ("", {}):
            self._refuse(path, "must be true; what it needs stands beside it")

    def _attributes(self, spec: ElementSpec, given: Mapping[str, Any], path: str) -> dict[str, str]:
        open_names = {name for name, value in given.items() if holds_placeholder(value)}
        texts = {
            name: self.text(value, f"{path}: {name}") if isinstance(value, str) else value
            for name, value in given.items()
        }
        if self.values is not None:
            # What a placeholder made of it may not fit any more: the element goes out without it then.
            return spec.read_attributes(texts).values
        read = spec.read_attributes({name: value for name, value in texts.items() if name not in open_names})
        for name, reason in read.problems.items():
            known = spec.attribute_of_step(name)
            if not any(spec.attribute_of_step(other) is known and known for other in open_names):
                self._refuse(path, f"{name} {reason}")
        return read.values

    def _content(self, spec: ElementSpec, value: object, path: str) -> list[Element | str]:
        if spec.name == "Dial":
            return list(self._parties(spec, value, path))
        if isinstance(value, list) and spec.children:
            return list(self._children(spec, value, path))
        if spec.text is None:
            self._refuse(path, "must be a list of steps")
            return []
        return self._written(spec.text.read, value, path)

    def _written(self, read: Callable[[object], str], value: object, path: str) -> list[Element | str]:
        if isinstance(value, str) and (self.values is not None or holds_placeholder(value)):
            return [self.text(value, path)]
        try:
            return [read(value)]
        except ValueError as error:
            self._refuse(path, str(error))
            return []

    def _children(self, spec: ElementSpec, value: list[Any], path: str) -> list[Element | str]:
        content: list[Element | str] = []
        for position, part in enumerate(value, start=1):
            if isinstance(part, str) and spec.text is not None:
                content += self._written(spec.text.read, part, f"{path}: step {position}")
            elif (child := self.element(part, f"{path}: step {position}", parent=spec)) is not None:
                content.append(child)
        return content

    def _parties(self, spec: ElementSpec, value: object, path: str) -> list[Element]:
        parties = []
        for position, party in enumerate(value if isinstance(value, list) else [value], start=1):
            where = path if not isinstance(value, list) else f"{path}: {position}"
            if isinstance(party, dict):
                child = self.element(party, where, parent=spec)
            else:
                name = "user" if isinstance(party, str) and party.startswith("sip:") else "number"
                child = self.element({name: party}, where, parent=spec)
            if child is not None:
                parties.append(child)
        if not parties and not self.problems:
            self._refuse(path, "needs at least one number")
        return parties


def _misplaced(parent: ElementSpec) -> str:
    allowed = ", ".join(ELEMENTS[name].step for name in parent.children)
    return f"cannot stand in {parent.step}; it takes {allowed}"
