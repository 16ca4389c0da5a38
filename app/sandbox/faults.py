"""What shall go wrong, as somebody ordered it: at a stage, with a probability, by a status or a delay."""

from dataclasses import dataclass

from app.sandbox.engine.replies import Json
from app.sandbox.engine.state import State

API, CALLBACKS = "api", "callbacks"

STAGES = {
    API: "requests to the sandbox's API are answered late, or with the status",
    CALLBACKS: "requests that the sandbox makes go out late, or are lost as if the receiver had answered the status",
}
"""Where something may go wrong → what happens then."""


@dataclass(frozen=True)
class Fault:
    """What happens.

    Attributes:
        status: of HTTP; None: it is only late.
        delay: seconds.
        probability: 0 to 1.
    """

    status: int | None = None
    delay: float = 0.0
    probability: float = 1.0


class Faults:
    """The faults of each stage.

    Args:
        state: decides by chance.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.by_stage: dict[str, Fault] = {}

    def shown(self) -> dict[str, Json]:
        """Return the faults by their stage, as JSON shows them."""
        return {stage: vars(fault) for stage, fault in self.by_stage.items()}

    def strikes(self, stage: str) -> Fault | None:
        """Return what goes wrong this time; None: nothing."""
        fault = self.by_stage.get(stage)
        return fault if fault is not None and self._state.chance(fault.probability) else None
