"""Either-or and if-then among the args of a block (see the rules in :mod:`app.manifest.model`)."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.manifest.model import AtLeastOne, Conditional, ExactlyOne, Rule


def missing_by_rules(
    rules: Iterable[Rule],
    values: Mapping[str, Any],
    missing: set[str],
    invalid: dict[str, str],
    hints: list[str],
    twins: Mapping[str, str],
) -> None:
    """Add what a block's rules find to what is wrong with its args.

    Args:
        rules: the block's.
        values: what was given and fits, by arg name.
        missing: gets the names of which something must be given.
        invalid: gets the reason by name where too much was given.
        hints: gets a part of a sentence for each rule that is not met.
        twins: by the name of an arg, the one that may be given in its place.
    """
    given = _named(values) | invalid.keys()
    for rule in rules:
        match rule:
            case ExactlyOne(exactly_one=names):
                several = [name for name in names if name in given]
                if not several:
                    missing.update(names)
                    hints.append(f"give one of {', '.join(names)}")
                elif len(several) > 1:
                    for name in several:
                        invalid.setdefault(name, f"give only one of {', '.join(names)}")
            case AtLeastOne(at_least_one=names):
                if not any(name in given for name in names):
                    missing.update(names)
                    hints.append(f"give at least one of {', '.join(names)}")
            case Conditional(when=conditions, require=names):
                applies = all(
                    name not in invalid and values.get(name) in accepted for name, accepted in conditions.items()
                )
                lacking = [name for name in names if name not in given and twins.get(name) not in given]
                if applies and lacking:
                    missing.update(lacking)
                    needed = [f"{name} or {twins[name]}" if name in twins else name for name in lacking]
                    hints.append(f"{', '.join(needed)} {_verb(lacking)} needed {_reason(conditions, values)}")


def _named(values: Mapping[str, Any]) -> set[str]:
    """Return the args that say something; a list without items does not, as little as an empty text."""
    if [] in values.values():
        return {name for name, value in values.items() if value != []}
    return {*values}


def _verb(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _reason(conditions: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    return "where " + " and ".join(
        f"{name} is {values[name]}" if values.get(name) is not None else f"{name} is not given" for name in conditions
    )
