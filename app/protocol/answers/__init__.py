"""Answers: what a call shall do, as steps that need no server.

A step is an object whose one key names an element of Plivo's XML in camelCase (:mod:`app.protocol.xml`), its content as
the value, its attributes beside it: ``{"speak": "Hello", "voice": "WOMAN"}``. Some steps say what XML alone cannot:
``gather`` with branches, ``forward``, ``voicemail``, ``machine``/``human``, ``repeat``, ``xml``.

``steps`` checks an answer, ``flow`` goes on where Plivo's request says, ``pages`` writes what comes next as XML. All of
it is pure: where pages are hosted is nobody's business here.
"""

from dataclasses import dataclass, field
from typing import Any

Step = dict[str, Any]
Steps = list[Step]

MAX_PAGES = 200
"""Pages that one flow visits: one that turns in circles ends there."""

MAX_STEPS = 500
"""Steps of an answer, branches included."""

MAX_DEPTH = 12
"""Branches within branches."""


MAX_STEP_BYTES = 97_000
"""Bytes of what one step says as XML, and where a page ends and the next goes on: room is left for its address."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a list of steps.

    Attributes:
        key: which list it is: empty for the answer itself, else the key of the step that holds it (``branches.1``).
        index: of the step.
        turn: how often a repeat has been through before.
    """

    key: str
    index: int
    turn: int = 0


@dataclass(slots=True)
class Heard:
    """What a call has told on one page.

    Attributes:
        digits: what was pressed, by the name of the gather.
        speech: what was said, likewise.
        recordings: addresses of what was recorded.
    """

    digits: dict[str, str] = field(default_factory=dict)
    speech: dict[str, str] = field(default_factory=dict)
    recordings: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.digits or self.speech or self.recordings)


@dataclass(frozen=True, slots=True)
class State:
    """How far a call has come in its answer.

    Attributes:
        frames: from the answer itself down to the step that is next.
        event: what is awaited at that step: empty to begin with it, ``input`` or ``silence`` of a gather, ``again`` to
            ask it once more, ``dial`` of a forward, ``record`` of a voicemail.
        tries: how often a gather was asked before.
        pages: visited before this one.
        values: what the flow has learned, by the names of placeholders.
    """

    frames: tuple[Frame, ...] = (Frame("", 0),)
    event: str = ""
    tries: int = 0
    pages: int = 0
    values: dict[str, str] = field(default_factory=dict)
