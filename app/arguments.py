"""Raw args → clean values, or every problem at once.

Each block is compiled once into a pydantic validator, so a request costs no schema work. The validator
is a TypedDict rather than a model class: args may be called anything (``from``, ``json``, ``copy``,
``model_…``), and what comes out is a plain dict of the args that were given. The values themselves are
read by the readers of :mod:`app.datatypes`, since pydantic's own coercions are not the marketplace's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, NotRequired, Required

from pydantic import ConfigDict, PlainValidator, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from app.datatypes import Reader, Shape, reader_for
from app.errors import InvalidFields, RequiredFields
from app.manifest import CREDENTIAL_NAMES, Arg, AtLeastOne, Block, Conditional, ExactlyOne
from app.scalars import read_text

_AUTH_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SUGGESTIONS = 20
"""Unknown names that get a suggestion: looking for one costs time that a hostile body must not buy."""
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Credentials:
    """The two halves of Plivo's Basic auth."""

    auth_id: str
    auth_token: str

    def __repr__(self) -> str:
        return f"Credentials({self.auth_id!r}, …)"


@dataclass(frozen=True, slots=True)
class CleanArgs:
    """What a request asks for, in the values that go on the wire.

    Attributes:
        values: value by arg name, only of args that were given.
        additional: parameters under Plivo's own names, sent as given.
    """

    credentials: Credentials
    values: dict[str, Any]
    additional: dict[str, Any]


class Arguments:
    """The compiled args of one block."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._position = {
            name: position
            for position, name in enumerate(
                (*CREDENTIAL_NAMES, *(arg.name for arg in block.args), "additionalFields", "to")
            )
        }
        self._nullable = frozenset(arg.name for arg in block.args if arg.nullable)
        self._wire_names = {arg.name: arg.wire_name for arg in block.args}
        self._not_additional = frozenset(("auth_id", *block.request.path_parameters, *block.request.fixed))
        self._validate = _compile(block)

    def read(self, raw: Mapping[str, Any]) -> CleanArgs:
        """Clean the raw args; ``""`` and null count as absent.

        Raises:
            RequiredFields: something required is missing; other problems are told along.
            InvalidFields: values do not fit or names are unknown.
        """
        given = {
            name: value for name, value in raw.items() if value != "" and (value is not None or name in self._nullable)
        }
        missing: set[str] = set()
        invalid: dict[str, str] = {}
        try:
            values = self._validate(given)
        except ValidationError as error:
            values = given
            for problem in error.errors(include_url=False, include_input=False):
                name = str(problem["loc"][0])
                if problem["type"] == "missing":
                    missing.add(name)
                elif problem["type"] == "extra_forbidden":
                    invalid[name] = "is not a field of this block"
                else:
                    invalid[name] = str(problem["ctx"]["error"])
        if self._block.rules:
            self._apply_rules(values, missing, invalid)
        additional = values.get("additionalFields")
        if additional and "additionalFields" not in invalid:
            self._check_additional(additional, values, invalid)
        if missing or invalid:
            self._refuse(missing, invalid)
        credentials = Credentials(values.pop("authId"), values.pop("authToken"))
        values.pop("to", None)
        return CleanArgs(credentials, values, values.pop("additionalFields", None) or {})

    def _apply_rules(self, values: Mapping[str, Any], missing: set[str], invalid: dict[str, str]) -> None:
        for rule in self._block.rules:
            match rule:
                case ExactlyOne(exactly_one=names):
                    given = [name for name in names if name in values]
                    if not given:
                        missing.update(names)
                    elif len(given) > 1:
                        for name in given:
                            invalid.setdefault(name, f"give only one of {', '.join(names)}")
                case AtLeastOne(at_least_one=names):
                    if not any(name in values for name in names):
                        missing.update(names)
                case Conditional(when=conditions, require=names):
                    if all(values.get(name) in accepted for name, accepted in conditions.items()):
                        missing.update(name for name in names if name not in values)

    def _check_additional(self, additional: object, values: Mapping[str, Any], invalid: dict[str, str]) -> None:
        if not isinstance(additional, dict):
            return
        given = {self._wire_names[name]: name for name in values if name in self._wire_names}
        for name in additional:
            if name in self._not_additional:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} cannot be set here"
            elif name in given:
                invalid["additionalFields"] = f"{name[:_LONGEST_NAME]} is given by {given[name]} already"

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


def _compile(block: Block) -> Callable[[Any], dict[str, Any]]:
    fields = dict(_universal_fields())
    for arg in block.args:
        field = Annotated[Any, PlainValidator(_reader_of(arg, block))]
        fields[arg.name] = Required[field] if arg.required else NotRequired[field]
    typed_dict = TypedDict(block.name, fields)  # type: ignore[misc]  # the functional form with computed names
    configured = with_config(ConfigDict(extra="forbid", hide_input_in_errors=True))(typed_dict)
    return TypeAdapter(configured).validator.validate_python


def _universal_fields() -> Iterator[tuple[str, Any]]:
    yield "authId", Required[Annotated[Any, PlainValidator(_read_auth_id)]]
    yield "authToken", Required[Annotated[Any, PlainValidator(_read_auth_token)]]
    yield "to", NotRequired[Annotated[Any, PlainValidator(_read_to)]]
    yield "additionalFields", NotRequired[Annotated[Any, PlainValidator(_read_additional_fields)]]


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


def _read_auth_id(value: object) -> str:
    text = read_text(value)
    if not _AUTH_ID.fullmatch(text):
        raise ValueError("must be letters and digits only, as the Plivo console shows it")
    return text


def _read_auth_token(value: object) -> str:
    text = read_text(value)
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters or line breaks")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains half a character") from None
    return text


def _read_to(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text: it names the key of the reply under contextWrites")
    return value


_read_json = reader_for(Shape(name="additionalFields", type="JSON"))


def _read_additional_fields(value: object) -> dict[str, Any]:
    parsed = _read_json(value)
    if not isinstance(parsed, dict):
        raise ValueError("must be a JSON object of Plivo's own parameter names")
    return parsed
