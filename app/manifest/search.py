"""Finds blocks by plain questions: "hang up a call", "is this a mobile number".

Words are compared by their stems. What people say for the same thing counts as the same (:data:`_SYNONYMS`), a rare
word says more than a common one, and a keyword of the manifest that stands whole in the question says most. No index on
disk, no library: a few hundred blocks are ranked in about a millisecond.
"""

import re
from collections.abc import Container, Iterable, Sequence
from math import log

from app.manifest.model import Block

_WORD = re.compile(r"[a-z0-9]+")
_NAME_PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

_STOP_WORDS = frozenset(
    """
    a about an and any are as at be been by can could did do does for from had has have how i if in into is it its
    let like may me my need now of on or our out please should so some somebody someone something than that the
    their them then there these they this to up us want was we were what when where which whose will with without
    would you your
    """.split()  # noqa: SIM905  # a list of as many lines as words
)

_SYNONYMS = (
    "sms text texts message texting",
    "mms picture image photo",
    "call ring dial phone telephone",
    "hangup hang end stop terminate cancel close finish disconnect",
    "delete remove erase rid destroy drop",
    "create make new add set register",
    "list show all",
    "buy purchase rent order",
    "free available search find",
    "unrent release give back return",
    "own rented",
    "connect assign link attach",
    "cost price pay charge rate money tariff spend spent expensive",
    "long last duration minutes seconds",
    "sentence words text",
    "caller callee call",
    "go route send forward answer",
    "fail failed error reason cause why",
    "everybody everyone all",
    "sender number",
    "pool powerpack",
    "balance credit money left",
    "deliver status state arrive reach",
    "code otp password passcode",
    "correct right check validate valid",
    "credentials login account",
    "subaccount tenant customer client",
    "conference meeting room",
    "participant member person people who",
    "kick throw eject",
    "mute silence",
    "forward transfer redirect",
    "live running active ongoing current moment",
    "record recording tape",
    "text transcribe transcript transcription",
    "carrier operator network",
    "mobile landline line lookup",
    "mask hide",
    "inbound incoming",
    "company business brand",
    "approve status review",
    "speak say read tell",
    "music sound audio",
    "digit key press dtmf menu",
    "read download",
    "change update edit modify rename",
    "pbx trunk",
    "softphone endpoint",
    "yesterday history log past detail",
)
"""Words that may stand for each other, a group a line."""

_TITLE, _KEYWORD, _NAME, _GROUP, _DESCRIPTION = 3.0, 2.5, 1.5, 1.0, 0.4
"""What a word counts by where it stands."""

_FIRST_WORD = 1.3
"""What the first word that says something counts more: it is mostly the deed."""

_SYNONYM = 0.45
"""What a word counts that only means the same."""

_WHOLE_KEYWORD = 4.0
"""What a keyword of several words adds that stands whole in the question."""

_QUESTION = re.compile(
    r"\s*(who|whose|what|which|where|when|why|how|is|are|am|was|were|has|have|did|does|do|can)\b", re.IGNORECASE
)

_READ = 1.25
"""What a block that only reads gains where a question is asked rather than an order given."""

_FREQUENT = 1.25
"""What the blocks gain that nearly everybody comes for."""

_CREATES = 1.12
"""What the blocks gain that make something: who names a thing without a deed mostly wants one."""

_DEPRECATED = 0.5

_SHORTEST_STEM = 3
_LONGEST_QUERY = 500


class BlockSearch:
    """Finds blocks.

    Args:
        blocks: what can be found.
        frequent: names of the blocks that nearly everybody comes for.
    """

    def __init__(self, blocks: Iterable[Block], frequent: Container[str] = ()) -> None:
        self._blocks = tuple(blocks)
        self._same = _synonyms()
        self._places: dict[str, dict[int, float]] = {}
        self._phrases: dict[frozenset[str], set[int]] = {}
        self._orders = [_DEPRECATED if block.deprecated else 1.0 for block in self._blocks]
        self._questions: list[float] = []
        for position, block in enumerate(self._blocks):
            weights = _weights(block)
            for stem, weight in weights.items():
                self._places.setdefault(stem, {})[position] = weight
            for text in (block.title, *block.keywords):
                self._phrases.setdefault(frozenset(_stems(text)), set()).add(position)
            # Many words match by chance: a block with few of them that fit is meant more likely.
            said = sum(weight >= _KEYWORD for weight in weights.values())
            gain = (_FREQUENT if block.name in frequent else 1) * (_CREATES if block.name.startswith("create") else 1)
            self._orders[position] *= gain / (1 + log(1 + said / 40))
            self._questions.append(self._orders[position] * (_READ if block.is_read_only else 1))
        self._rarity = {stem: log(1 + len(self._blocks) / len(found)) for stem, found in self._places.items()}

    def find(self, query: str, among: Iterable[Block], limit: int) -> list[Block]:
        """Return the blocks that a question is about, the best first.

        Args:
            query: plain words; without any the blocks come in their own order.
            among: blocks that may be found.
            limit: how many at most.
        """
        names = {block.name for block in among}
        asked = list(dict.fromkeys(_stems(query[:_LONGEST_QUERY])))
        if not asked:
            return [block for block in self._blocks if block.name in names][:limit]
        factors = self._questions if _QUESTION.match(query) else self._orders
        scores = {position: score * factors[position] for position, score in self._scores(asked).items()}
        ranked = sorted(scores, key=lambda position: -scores[position])
        return [self._blocks[position] for position in ranked if self._blocks[position].name in names][:limit]

    def nearest(self, name: str, among: Iterable[Block], limit: int) -> list[Block]:
        """Return the blocks that a wrong name is about, the best first: sendSms is what ``send sms`` finds."""
        return self.find(" ".join(_NAME_PART.findall(name)), among, limit)

    def _scores(self, asked: Sequence[str]) -> dict[int, float]:
        scores: dict[int, float] = {}
        for stem in asked:
            for position, score in self._matches(stem).items():
                scores[position] = scores.get(position, 0.0) + score * (_FIRST_WORD if stem == asked[0] else 1)
        words = frozenset(asked)
        for phrase, positions in self._phrases.items():
            if len(phrase) > 1 and phrase <= words:
                for position in positions:
                    scores[position] = scores.get(position, 0.0) + _WHOLE_KEYWORD * (len(phrase) - 1)
        return scores

    def _matches(self, stem: str) -> dict[int, float]:
        """Return by block what a word counts: itself, or the best of what means the same."""
        matches: dict[int, float] = {}
        for variant, share in ((stem, 1.0), *((other, _SYNONYM) for other in self._same.get(stem, ()))):
            for position, weight in self._places.get(variant, {}).items():
                score = share * weight * self._rarity[variant]
                matches[position] = max(matches.get(position, 0.0), score)
        return matches


def _weights(block: Block) -> dict[str, float]:
    """Return by word what it counts in a block: the most that one of its places gives it."""
    weights: dict[str, float] = {}
    for weight, text in (
        (_TITLE, block.title),
        (_KEYWORD, " ".join(block.keywords)),
        (_NAME, " ".join(_NAME_PART.findall(block.name))),
        (_GROUP, block.group),
        (_DESCRIPTION, block.description),
    ):
        for stem in _stems(text):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    """Take off the endings of plural, past and -ing, alike in questions and in the manifest; no grammar beyond that."""
    for ending, replacement in (("ies", "y"), ("ing", ""), ("ied", "y"), ("ed", ""), ("es", ""), ("s", ""), ("e", "")):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM and not word.endswith("ss"):
            return word[: -len(ending)] + replacement
    return word


def _synonyms() -> dict[str, frozenset[str]]:
    same: dict[str, set[str]] = {}
    for line in _SYNONYMS:
        stems = _stems(line)
        for stem in stems:
            same.setdefault(stem, set()).update(other for other in stems if other != stem)
    return {stem: frozenset(others) for stem, others in same.items()}
