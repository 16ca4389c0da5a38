r"""Values that a regular expression describes.

The expressions are written in what Python's ``re`` and XML Schema have in common (no anchors, no ``(?…)``, no
``.`` or ``\d``), so that the checker and the schema cannot differ. At every character only one way goes on, so
that they are fast on any text.
"""

import re
from abc import abstractmethod
from dataclasses import dataclass
from functools import cache

from app.protocol.xml.values import Value, nearest

SPACES = r" \t\n\r" + "\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What looks like nothing, of any script, for a class of characters: it comes along when people copy."""


class Patterned(Value):
    """A value that one regular expression describes."""

    @abstractmethod
    def expression(self) -> str:
        """Return the regular expression that the whole text must match, for Python and XML Schema alike."""

    def takes(self, text: str) -> bool:
        """Say whether the whole text matches."""
        return _compiled(self).fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Pattern(Patterned):
    """Text of a certain form.

    Attributes:
        pattern: what the whole text must match.
        meaning: the form in words, to be read after "must be".
        most: characters that it has at most.
        separator: what joins the items of a list.
    """

    pattern: str
    meaning: str
    most: int | None = None
    separator: str | None = None

    def describe(self) -> str:
        """Say what it takes."""
        return self.meaning

    def expression(self) -> str:
        """Return the pattern."""
        return self.pattern

    def takes(self, text: str) -> bool:
        """Say whether form and length are right."""
        return Patterned.takes(self, text) and (self.most is None or len(text) <= self.most)

    def _spelled(self, text: str) -> str:
        return text.strip()


@dataclass(frozen=True, slots=True)
class Options(Patterned):
    """One of some words.

    Attributes:
        options: the words, in Plivo's spelling.
        other: a pattern of what passes as well, with a warning: Plivo's own list is longer or unknown.
        meaning: what is taken in words, to be read after "must be", where the options alone do not say it.
        any_case: Plivo takes the words in any capitals.
        separator: what joins the items where Plivo writes two words as one option.
    """

    options: tuple[str, ...]
    other: str | None = None
    meaning: str | None = None
    any_case: bool = False
    separator: str | None = None

    def expression(self) -> str:
        """Return the options as alternatives."""
        words = [_any_case(option) if self.any_case else _escape(option) for option in self.options]
        return "|".join([*words, self.other] if self.other else words)

    def describe(self) -> str:
        """Name the options."""
        if self.meaning is not None:
            return self.meaning
        words = _either([*self.options, "another word that Plivo knows"] if self.other else list(self.options))
        return f"{words}, in any capitals" if self.any_case else words

    def problem(self, text: str) -> str | None:
        """Say what is wrong, with the option that is nearest."""
        reason = Value.problem(self, text)
        near = nearest(text, self.options) if reason is not None else None
        return f"{reason}; did you mean {near}?" if near else reason

    def warning(self, text: str) -> str | None:
        """Say that an option is not among those that are known."""
        if self.other is None or not self.takes(text) or text in self.options:
            return None
        near = nearest(text, self.options)
        return "is not known here, and Plivo may not know it" + (f"; did you mean {near}?" if near else "")

    def _spelled(self, text: str) -> str:
        stripped = text.strip()
        return next((option for option in self.options if option.casefold() == stripped.casefold()), stripped)


@dataclass(frozen=True, slots=True)
class Boolean(Patterned):
    """True or false, which XML writes in small letters."""

    def describe(self) -> str:
        """Say what it takes."""
        return "true or false"

    def expression(self) -> str:
        """Return the two words."""
        return "true|false"

    def _spelled(self, text: str) -> str:
        lowered = text.strip().casefold()
        return {"1": "true", "0": "false"}.get(lowered, lowered)


@dataclass(frozen=True, slots=True)
class Url(Patterned):
    """An absolute URL.

    Attributes:
        secure: how its scheme is called: ``https`` (``http`` as well), or ``wss`` (``ws`` as well).
        also: words that may stand in its place.
    """

    secure: str = "https"
    also: tuple[str, ...] = ()
    any_case: bool = False

    def expression(self) -> str:
        """Return scheme, host, and anything but white space."""
        words = [_any_case(word) if self.any_case else _escape(word) for word in self.also]
        scheme = _any_case(self.secure[:-1]) + "[Ss]?"
        return "|".join([*words, f"{scheme}://[^{SPACES}/?#]+([/?#][^{SPACES}]*)?"])

    def describe(self) -> str:
        """Say what it takes."""
        url = f"an absolute {self.secure} or {self.secure[:-1]} URL"
        return _either([*(word or "empty" for word in self.also), url])

    def _spelled(self, text: str) -> str:
        stripped = text.strip()
        return next((word for word in self.also if word.casefold() == stripped.casefold()), stripped)


@dataclass(frozen=True, slots=True)
class Several(Patterned):
    """One or more of some words, joined by commas, in any capitals.

    Attributes:
        options: the words, in Plivo's spelling.
    """

    options: tuple[str, ...]
    separator = ","

    def expression(self) -> str:
        """Return the words with commas between them; Plivo's own SDKs write a space after the comma."""
        word = f"({'|'.join(_any_case(option) for option in self.options)})"
        return f"{word}(, ?{word})*"

    def describe(self) -> str:
        """Say what it takes."""
        return f"one or more of {', '.join(self.options)}, with commas between them"

    def _spelled(self, text: str) -> str:
        known = {option.casefold(): option for option in self.options}
        items = [item.strip() for item in text.split(",")]
        return ",".join(known.get(item.casefold(), item) for item in items if item)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _escape(word: str) -> str:
    return re.sub(r"([\\|.?*+(){}\[\]^])", r"\\\1", word)


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else _escape(letter) for letter in word)


@cache
def _compiled(value: Patterned) -> re.Pattern[str]:
    return re.compile(value.expression())
