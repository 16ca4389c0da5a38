"""Raw args → clean values, or every problem at once.

Each block is compiled once into a table of readers (see :mod:`app.datatypes.readers`), so a request costs no schema
work, and only what it gives is looked at.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.blocks import CleanArgs, Walk
from app.blocks.naming import Names
from app.blocks.rules import missing_by_rules
from app.datatypes import Reader
from app.datatypes.credentials import Credentials
from app.datatypes.formats import FORMATS, TextFormat
from app.datatypes.readers import reader_for
from app.datatypes.scalars import is_absent
from app.errors import InvalidFields, RequiredFields
from app.manifest.common_args import CREDENTIAL_NAMES, CREDENTIALS, taken_options
from app.manifest.model import Arg, Block

MOST_REPORTED = 50
"""Problems that one answer names: looking each up costs time that a hostile body must not buy."""

_LONGEST_NAME = 64


class Arguments:
    """The compiled args of one block.

    Args:
        block: whose args they are.
        formats: the text formats by name.
    """

    def __init__(self, block: Block, formats: Mapping[str, TextFormat] = FORMATS) -> None:
        self._block = block
        self._readers: dict[str, Reader] = {
            **{arg.name: arg.read for arg in CREDENTIALS},
            **{arg.name: _reader_of(arg, block, formats) for arg in block.args},
            **{arg.name: arg.read for arg in taken_options(block)},
        }
        self._position = {name: position for position, name in enumerate(self._readers)}
        self._names = Names(block, self._readers)
        self._nullable = frozenset(arg.name for arg in block.args if arg.nullable)
        self._wire_names = {arg.name: arg.hosted_as or arg.wire_name for arg in block.args}
        hosted = {arg.hosted_as: arg.name for arg in block.args if arg.hosted_as}
        self._twins = {arg.name: hosted[arg.wire_name] for arg in block.args if arg.wire_name in hosted}
        """By the name of a URL's arg, the one that is hosted in its place."""
        self._not_additional = frozenset(("auth_id", *block.request.path_parameters, *block.request.fixed))
        self._required = frozenset((*CREDENTIAL_NAMES, *(arg.name for arg in block.args if arg.required)))

    def read(
        self, raw: Mapping[str, Any], common: Mapping[str, Any] | None = None, *, suggests: bool = True
    ) -> CleanArgs:
        """Clean the raw args; ``""`` and null count as absent.

        Args:
            raw: the args as they came.
            common: clean values that count where the raw args say nothing else.
            suggests: say for unknown names which known ones are nearest.

        Raises:
            RequiredFields: something required is missing; other problems are told along.
            InvalidFields: values do not fit or names are unknown.
        """
        values, invalid = self._read_values(raw)
        if common:
            values = {**common, **values}
        missing = {name for name in self._required if name not in values and name not in invalid}
        hints: list[str] = []
        if self._block.rules:
            missing_by_rules(self._block.rules, values, missing, invalid, hints, self._twins)
        for url, answer in self._twins.items():
            if url in values and answer in values:
                invalid |= dict.fromkeys((url, answer), f"give only one of {url}, {answer}")
        if "additionalFields" in values:
            self._check_additional(values["additionalFields"], [*values, *invalid], invalid)
        if missing or invalid:
            self._refuse(missing, invalid, hints, suggests=suggests)
        return _clean_args(values)

    def read_common(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Clean args that are common to many calls, once; what is required may be missing.

        Raises:
            InvalidFields: values do not fit or names are unknown.
        """
        values, invalid = self._read_values(raw)
        if invalid:
            self._refuse(set(), invalid, [])
        return values

    def _read_values(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {}
        invalid: dict[str, str] = {}
        for name, value in raw.items():
            if value == "" or (value is None and name not in self._nullable):
                continue
            read = self._readers.get(name)
            try:
                if read is None:
                    invalid[name] = "is not a field of this block"
                else:
                    values[name] = read(value)
            except ValueError as error:
                invalid[name] = str(error)
        return values, invalid

    def _check_additional(self, additional: Mapping[str, Any], given: Iterable[str], invalid: dict[str, str]) -> None:
        taken = {self._wire_names[name]: name for name in given if name in self._wire_names}
        for name in additional:
            if name in self._not_additional:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} cannot be set here"
            elif name in taken:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} is given by {taken[name]} already"

    def _refuse(self, missing: set[str], invalid: dict[str, str], hints: list[str], *, suggests: bool = True) -> None:
        last = len(self._position)

        def order(name: str) -> int:
            return self._position.get(name, last)

        reported = sorted(invalid, key=order)[:MOST_REPORTED]
        errors = {name[:_LONGEST_NAME]: invalid[name] for name in reported}
        for name in reported:
            if suggests and name not in self._position:
                errors[name[:_LONGEST_NAME]] += self._names.suggestion_for(name)
        if "to" in errors:
            errors["to"] += self._names.instead_of_to()
        if len(invalid) > len(errors):
            errors["…"] = f"{len(invalid) - len(errors)} more fields do not fit"
        if missing:
            alone = sorted(missing & self._required, key=order)
            raise RequiredFields(sorted(missing, key=order), errors, hint=_hint(alone, hints))
        raise InvalidFields(errors)


def trimmed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raw args with spaces around their names removed (the old package had ``"answerMethod "``).

    Raises:
        InvalidFields: two of them have one name then, and both say something.
    """
    args = {name.strip(): value for name, value in raw.items()}
    if len(args) < len(raw):
        _choose_given(raw, args)
    return args


def _choose_given(raw: Mapping[str, Any], args: dict[str, Any]) -> None:
    """Let what says something count, where names differ in the spaces around them only."""
    given: dict[str, Any] = {}
    twice: dict[str, str] = {}
    for spaced, value in raw.items():
        name = spaced.strip()
        if is_absent(value):
            continue
        if name in given:
            twice[name[:_LONGEST_NAME]] = "is given twice, with spaces around its name and without: give it once"
        given[name] = value
    if twice:
        raise InvalidFields(twice)
    args |= given


def _hint(alone: list[str], by_rules: list[str]) -> str:
    """Say in words what must be given, and what is an either-or."""
    parts = [f"{', '.join(alone)} {'is' if len(alone) == 1 else 'are'} missing"] if alone else []
    return "; ".join([*parts, *by_rules]) + "."


def _clean_args(values: dict[str, Any]) -> CleanArgs:
    """Take apart what was read: credentials, what is common, and the block's own values."""
    credentials = Credentials(values.pop("authId"), values.pop("authToken"))
    values.pop("to", None)
    additional = values.pop("additionalFields", {})
    returns_all = values.pop("returnAll", False)
    max_items = values.pop("maxItems", None)
    continue_from = values.pop("continueFrom", None)
    walk = Walk(max_items, continue_from) if returns_all or max_items or continue_from else None
    key = values.pop("idempotencyKey", None)
    dry_run = values.pop("dryRun", False)
    return CleanArgs(credentials, values, additional, walk, key, dry_run)


def _reader_of(arg: Arg, block: Block, formats: Mapping[str, TextFormat]) -> Reader:
    read = reader_for(arg, formats)
    if arg.wire_name in block.request.path_parameters:
        return lambda value: _path_value(read(value))
    if arg.nullable:
        return lambda value: arg.clear if value is None else read(value)
    return read


def _path_value(value: object) -> str:
    text = str(value)
    if text in ("", ".", ".."):
        raise ValueError("cannot stand in a path")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains half a character") from None
    return text
