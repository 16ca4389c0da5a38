"""What an element of Plivo's XML is: the words that the table is written in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.protocol.xml.characters import is_name
from app.protocol.xml.values import Value, nearest, plain

_HYPHEN = re.compile(r"[-:]([a-z])")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an element.

    Attributes:
        name: as XML has it.
        value: what it may hold.
        says: what it is for, one sentence.
        default: what Plivo assumes, None where it is not known or nothing.
        required: the element is wrong without it.
        advised: the element is allowed without it, and of little use.
        aliases: other names that Plivo's SDKs write it by.
        step_names: further names that it goes by in steps.
    """

    name: str
    value: Value
    says: str
    default: str | None = None
    required: bool = False
    advised: bool = False
    aliases: tuple[str, ...] = ()
    step_names: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """Its name in steps: camelCase without hyphens and colons (``interpret-as`` is interpretAs)."""
        return _camel_case(self.name)


@dataclass(frozen=True, slots=True)
class ReadAttributes:
    """What became of the attributes that a step gives.

    Attributes:
        values: texts by the names that XML has.
        problems: reasons by the names that were given, to be read after the name.
        warnings: the same for what passes.
    """

    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ElementSpec:
    """An element: what it holds and which attributes it has.

    Attributes:
        name: as XML has it.
        says: what it does, one sentence.
        text: what its text may be; None where it has none.
        children: names of the elements that may stand in it, in any order and number.
        attributes: by name.
        needs_child: it is wrong without a child.
        step_attribute: the attribute that a step's value stands for, where the element has neither text nor children.
    """

    name: str
    says: str
    text: Value | None = None
    children: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    needs_child: bool = False
    step_attribute: str | None = None

    @property
    def step(self) -> str:
        """Its name in steps: getDigits, dtmf, sayAs."""
        return self.name.lower() if self.name.isupper() else _camel_case(self.name[0].lower() + self.name[1:])

    @property
    def mixed(self) -> bool:
        """Whether text and children may stand side by side."""
        return self.text is not None and bool(self.children)

    @property
    def empty(self) -> bool:
        """Whether it holds neither text nor children."""
        return self.text is None and not self.children

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute by the name that XML, or one of Plivo's SDKs, has for it."""
        return next((known for known in self.attributes if name == known.name or name in known.aliases), None)

    def attribute_of_step(self, name: str) -> Attribute | None:
        """Return an attribute by any of its names, those in steps included."""
        found = self.attribute(name)
        return found or next(
            (known for known in self.attributes if name == known.step or name in known.step_names), None
        )

    def nearest_attribute(self, name: str) -> str | None:
        """Return the attribute that was probably meant."""
        return nearest(name, (known.name for known in self.attributes))

    def read_attributes(self, given: Mapping[str, object]) -> ReadAttributes:
        """Turn what a step gives beside its content into attributes; every problem at once.

        Null is the same as leaving an attribute out. An unknown attribute passes with a warning: Plivo adds some.
        """
        read = ReadAttributes()
        for name, value in given.items():
            if value is None:
                continue
            known = self.attribute_of_step(name)
            xml_name = known.name if known else name
            if xml_name in read.values:
                read.problems[name] = f"gives {xml_name} again: give it once"
                continue
            if known is None and not is_name(name):
                read.problems[name] = (
                    "cannot be the name of an attribute: a letter first, then letters, digits, _ . or -"
                )
                continue
            try:
                read.values[xml_name] = text = known.value.read(value) if known else plain(value)
            except ValueError as error:
                read.problems[name] = str(error)
                continue
            warning = known.value.warning(text) if known else self.unknown(name)
            if warning:
                read.warnings[name] = warning
        for known in self.attributes:
            if known.name not in read.values and not any(
                self.attribute_of_step(name) is known for name in read.problems
            ):
                self._miss(known, read)
        return read

    def unknown(self, name: str) -> str:
        """Say of an attribute that is not in the table what it may have been meant to be."""
        near = self.nearest_attribute(name)
        return f"is not an attribute of {self.name} that is known here" + (f"; did you mean {near}?" if near else "")

    def _miss(self, known: Attribute, read: ReadAttributes) -> None:
        if known.required:
            read.problems[known.step] = f"is missing: {known.says}"
        elif known.advised:
            read.warnings[known.step] = f"is missing: {known.says}"


def _camel_case(name: str) -> str:
    return _HYPHEN.sub(lambda found: found[1].upper(), name)
