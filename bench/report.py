"""What is printed: one table of measures a call, and one of the targets."""

from dataclasses import dataclass

from bench.measure import Duel


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to hold.

    Attributes:
        measured: None where it could not be measured.
        at_most: the measure must not be larger; or else
        at_least: not smaller.
    """

    title: str
    measured: float | None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def verdict(self) -> str:
        """Whether it is held."""
        if self.measured is None:
            return "NOT MEASURED"
        held = (self.at_most is None or self.measured <= self.at_most) and (
            self.at_least is None or self.measured >= self.at_least
        )
        return "held" if held else "MISSED"

    @property
    def bound(self) -> str:
        """The target as text."""
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


def comparison(title: str, duel: Duel, reference: str) -> str:
    """Return the measures of all contestants under one call."""
    lines = [f"{title:<34}{'µs CPU':>9}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'times':>9}"]
    for name in duel.titles:
        measures = (
            f"{duel.median(name, lambda outcome: outcome.cpu_micros):>9.0f}",
            f"{duel.median(name, lambda outcome: outcome.per_second):>9.0f}",
            f"{duel.median(name, lambda outcome: outcome.percentile(0.5)):>9.1f}",
            f"{duel.median(name, lambda outcome: outcome.percentile(0.99)):>9.1f}",
            f"{duel.times(name, reference):>9.2f}",
        )
        lines.append(f"  {name:<32}{''.join(measures)}")
    return "\n".join(lines)


def verdicts(targets: list[Target]) -> str:
    """Return the targets, what was measured, and whether each is held."""
    lines = [f"{'To hold':<58}{'measured':>10}{'target':>10}"]
    for target in targets:
        measured = "-" if target.measured is None else f"{target.measured:.2f}".rstrip("0").rstrip(".")
        lines.append(f"  {target.title:<56}{measured:>10}{target.bound:>10}   {target.verdict}")
    return "\n".join(lines)
