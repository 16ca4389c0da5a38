"""Raw args → clean values, or every problem at once.

Each block is compiled once into a table of readers (see :mod:`app.datatypes.readers`), so a request costs no schema
work, and only what it gives is looked at.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from app.datatypes import Reader, Shape
from app.datatypes.credentials import Credentials, read_auth_id, read_auth_token
from app.datatypes.readers import reader_for
from app.datatypes.scalars import read_boolean, read_text
from app.errors import InvalidFields, RequiredFields
from app.manifest.model import CREDENTIAL_NAMES, Arg, AtLeastOne, Block, Conditional, ExactlyOne

_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_SUGGESTIONS = 20
"""Unknown names that get a suggestion: looking for one costs time that a hostile body must not buy."""
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Walk:
    """A wish for many pages of a list.

    Attributes:
        max_items: where to stop; None: at the end of the list.
        continue_from: ``meta.continue`` of an earlier reply, to go on where it stopped.
    """

    max_items: int | None
    continue_from: str | None


@dataclass(slots=True)
class CleanArgs:
    """What a request asks for, in the values that go on the wire.

    Attributes:
        values: value by arg name, only of args that were given.
        additional: parameters under Plivo's own names, sent as given.
        walk: set when more than one page of a list is wanted.
        idempotency_key: the caller's name for this request, so that it is never sent twice.
        dry_run: show the request instead of sending it.
    """

    credentials: Credentials
    values: dict[str, Any]
    additional: dict[str, Any]
    walk: Walk | None = None
    idempotency_key: str | None = None
    dry_run: bool = False


class Arguments:
    """The compiled args of one block."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._readers: dict[str, Reader] = {
            "authId": read_auth_id,
            "authToken": read_auth_token,
            **{arg.name: _reader_of(arg, block) for arg in block.args},
            **(_WALK_READERS if block.listing else {}),
            **_UNIVERSAL_READERS,
            "additionalFields": _read_additional_fields,
            "to": _read_to,
        }
        self._position = {name: position for position, name in enumerate(self._readers)}
        self._nullable = frozenset(arg.name for arg in block.args if arg.nullable)
        self._wire_names = {arg.name: arg.wire_name for arg in block.args}
        self._not_additional = frozenset(("auth_id", *block.request.path_parameters, *block.request.fixed))
        self._required = frozenset((*CREDENTIAL_NAMES, *(arg.name for arg in block.args if arg.required)))

    def read(self, raw: Mapping[str, Any]) -> CleanArgs:
        """Clean the raw args; ``""`` and null count as absent.

        Raises:
            RequiredFields: something required is missing; other problems are told along.
            InvalidFields: values do not fit or names are unknown.
        """
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
        missing = {name for name in self._required if name not in values and name not in invalid}
        if self._block.rules:
            self._apply_rules(values, missing, invalid)
        if "additionalFields" in values:
            self._check_additional(values["additionalFields"], [*values, *invalid], invalid)
        if missing or invalid:
            self._refuse(missing, invalid)
        return _clean_args(values)

    def _apply_rules(self, values: Mapping[str, Any], missing: set[str], invalid: dict[str, str]) -> None:
        given = {*values, *invalid}
        for rule in self._block.rules:
            match rule:
                case ExactlyOne(exactly_one=names):
                    several = [name for name in names if name in given]
                    if not several:
                        missing.update(names)
                    elif len(several) > 1:
                        for name in several:
                            invalid.setdefault(name, f"give only one of {', '.join(names)}")
                case AtLeastOne(at_least_one=names):
                    if not any(name in given for name in names):
                        missing.update(names)
                case Conditional(when=conditions, require=names):
                    if all(
                        name not in invalid and values.get(name) in accepted for name, accepted in conditions.items()
                    ):
                        missing.update(name for name in names if name not in given)

    def _check_additional(self, additional: Mapping[str, Any], given: Iterable[str], invalid: dict[str, str]) -> None:
        taken = {self._wire_names[name]: name for name in given if name in self._wire_names}
        for name in additional:
            if name in self._not_additional:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} cannot be set here"
            elif name in taken:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} is given by {taken[name]} already"

    def _refuse(self, missing: set[str], invalid: dict[str, str]) -> None:
        last = len(self._position)

        def order(name: str) -> int:
            return self._position.get(name, last)

        unknown = sorted(name for name in invalid if name not in self._position)
        for name in unknown[:_SUGGESTIONS]:
            invalid[name] += self._suggestion(name)
        errors = {name: invalid[name] for name in sorted(invalid, key=order)}
        if missing:
            raise RequiredFields(sorted(missing, key=order), errors)
        raise InvalidFields(errors)

    def _suggestion(self, name: str) -> str:
        if len(name) > _LONGEST_NAME:
            return ""
        known = {arg_name.lower(): arg_name for arg_name in self._position}
        known |= {wire_name.lower(): arg_name for arg_name, wire_name in self._wire_names.items()}
        near = get_close_matches(name.lower(), known, n=1)
        return f", did you mean {known[near[0]]}?" if near else ""


def trimmed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raw args with spaces around their names removed (the old package had ``"answerMethod "``)."""
    return {name.strip(): value for name, value in raw.items()}


def _clean_args(values: dict[str, Any]) -> CleanArgs:
    """Take apart what was read: credentials, what is universal, and the block's own values."""
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


def _reader_of(arg: Arg, block: Block) -> Reader:
    read = reader_for(arg)
    if arg.wire_name in block.request.path_parameters:
        return lambda value: _path_value(read(value))
    if arg.nullable:
        return lambda value: None if value is None else read(value)
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


def _read_to(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text: it names the key of the reply under contextWrites")
    return value


def _read_idempotency_key(value: object) -> str:
    text = read_text(value)
    if not _IDEMPOTENCY_KEY.fullmatch(text):
        raise ValueError("must be 1 to 255 printable characters")
    return text


_read_json = reader_for(Shape(name="additionalFields", type="JSON"))


def _read_additional_fields(value: object) -> dict[str, Any]:
    parsed = _read_json(value)
    if not isinstance(parsed, dict):
        raise ValueError("must be a JSON object of Plivo's own parameter names")
    return parsed


_UNIVERSAL_READERS: dict[str, Reader] = {
    "idempotencyKey": _read_idempotency_key,
    "dryRun": read_boolean,
}
"""What every block takes besides its own args."""

_WALK_READERS: dict[str, Reader] = {
    "returnAll": reader_for(Shape(name="returnAll", type="Boolean")),
    "maxItems": reader_for(Shape(name="maxItems", type="Number", min=1)),
    "continueFrom": reader_for(Shape(name="continueFrom", type="String")),
}
"""What every list block takes besides its own args."""
