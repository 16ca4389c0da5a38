"""What an attribute or a text of Plivo's XML may hold: the idea, and the two kinds that are not patterns."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from app.protocol.xml.characters import stripped, unwritable

DIGITS = "[0-9]{1,9}"
"""How a whole number is written."""

_DIGITS = re.compile(DIGITS)


class Value(ABC):
    """What an attribute, or the text of an element, may hold."""

    separator: str | None = None
    """What joins the items where one text stands for several."""

    @abstractmethod
    def describe(self) -> str:
        """Say what it takes, to be read after "must be"."""

    @abstractmethod
    def takes(self, text: str) -> bool:
        """Say whether a text is allowed as it is written."""

    def problem(self, text: str) -> str | None:
        """Say what is wrong with a text, to be read after the name of what holds it; None when it is right."""
        reason = unwritable(text)
        if reason is None and not self.takes(text):
            reason = f"must be {self.describe()}"
        return reason

    def warning(self, text: str) -> str | None:  # noqa: ARG002  # most values have nothing to warn of
        """Say what is doubtful about a text that is allowed."""
        return None

    def read(self, value: object) -> str:
        """Turn a value out of JSON into the text that XML holds: booleans as true and false, numbers as digits.

        Raises:
            ValueError: it does not fit; the text says why and is read after the name of what holds it.
        """
        text = self._spelled(self._text(value))
        reason = self.problem(text)
        if reason is not None:
            raise ValueError(reason)
        return text

    def _spelled(self, text: str) -> str:
        """Return the text in Plivo's own spelling where it is known."""
        return text

    def _text(self, value: object) -> str:
        match value:
            case str():
                return value
            case bool():
                return "true" if value else "false"
            case int() if value.bit_length() <= 64:  # noqa: PLR2004  # no number of Plivo's is longer
                return str(value)
            case float():
                return str(int(value)) if value.is_integer() else repr(value)
            case list() if self.separator is not None:
                return self.separator.join(self._text(item) for item in value)
            case dict() if self.separator is not None:
                return self.separator.join(f"{key}={self._text(item)}" for key, item in value.items())
        raise ValueError(f"must be {self.describe()}")


@dataclass(frozen=True, slots=True)
class Text(Value):
    """Any text.

    Attributes:
        least: characters that it has at least.
        most: characters that it has at most.
        separator: what joins the items of a list.
    """

    least: int = 0
    most: int | None = None
    separator: str | None = None

    def describe(self) -> str:
        """Say what it takes."""
        if self.most is not None:
            return f"text of {self.least} to {self.most} characters"
        return "text" if self.least == 0 else "text that is not empty"

    def takes(self, text: str) -> bool:
        """Say whether the length is right."""
        return len(text) >= self.least and (self.most is None or len(text) <= self.most)


@dataclass(frozen=True, slots=True)
class Integer(Value):
    """A whole number within a range.

    Attributes:
        least: the smallest.
        most: the largest, None where Plivo names none.
    """

    least: int = 0
    most: int | None = None

    def describe(self) -> str:
        """Say what it takes."""
        if self.most is None:
            return f"a whole number, {self.least} or more"
        return f"a whole number from {self.least} to {self.most}"

    def takes(self, text: str) -> bool:
        """Say whether it is a number in the range; white space around it does not count, as in XML Schema."""
        digits = stripped(text)
        if not _DIGITS.fullmatch(digits):
            return False
        return self.least <= int(digits) and (self.most is None or int(digits) <= self.most)

    def _spelled(self, text: str) -> str:
        return text.strip()


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, if one is near."""
    spelling = {word.casefold(): word for word in known if word}
    near = get_close_matches(text[:64].strip().casefold(), spelling, 1)
    return spelling[near[0]] if near else None


def plain(value: object) -> str:
    """Write a value for an attribute that is not known: text as it is, booleans and numbers as XML has them.

    Raises:
        ValueError: it is neither.
    """
    return Text().read(value)
