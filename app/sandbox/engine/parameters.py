"""Checks a request's parameters against the block, the way Plivo does.

Names that the block does not know are ignored, as Plivo ignores them: the SDKs repeat path values in bodies.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from app import json_text
from app.manifest.model import Arg, AtLeastOne, Block, Conditional, ExactlyOne
from app.sandbox.engine.bodies import Uploaded
from app.sandbox.engine.notation import read_time
from app.sandbox.engine.phone import cleaned, is_address
from app.sandbox.engine.replies import Json, Refusal, invalid, missing

_SENDER = re.compile(r"[A-Za-z0-9]{1,11}")
_PHONE_FORMATS = ("phone", "recipient", "number", "sender")
_INT64 = 2**63
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def check(block: Block, given: Mapping[str, Any], path_values: Mapping[str, str]) -> Json:
    """Return the values of the parameters that the block knows, each of its own type.

    JSON null counts as absent unless the arg is nullable. Path values are not among them.

    Raises:
        Refusal: 400, something is missing or of the wrong type.
    """
    clean: Json = {}
    for arg in block.args:
        name = arg.wire_name
        if name in path_values or arg.stays_here:
            continue
        value = _given(arg, given)
        if value is None:
            if name in given and arg.nullable:
                clean[name] = None
            elif arg.required:
                raise missing(name)
            continue
        if value == "":
            if arg.required:
                raise missing(name)
            clean[name] = value
            continue
        if block.request.body == "multipart":
            value = _from_form(arg, value)
        try:
            clean[name] = _READERS.get(arg.type.lower(), _text)(arg, value)
        except ValueError as error:
            raise invalid(name, str(error)) from None
    _check_rules(block, {**clean, **path_values})
    return clean


def _given(arg: Arg, given: Mapping[str, Any]) -> Any:
    """Return what came for an arg; where its name counts files (``documents[{i}].file``), a list of them."""
    if "{i}" not in arg.wire_name:
        return given.get(arg.wire_name)
    pattern = re.compile(re.escape(arg.wire_name).replace(re.escape("{i}"), "[0-9]+"))
    return [value for name, value in given.items() if pattern.fullmatch(name)] or None


def _from_form(arg: Arg, value: object) -> object:
    """Take JSON out of a part of a form, which can only be text."""
    if isinstance(value, str) and arg.type.lower() in ("json", "array"):
        try:
            return json_text.parse(value)
        except ValueError:
            raise invalid(arg.wire_name, "must be JSON text") from None
    return value


def destinations(value: str) -> list[str]:
    """Split the ``<``-joined numbers of a call's ``to`` or a message's ``dst``, each cleaned and once."""
    return list(dict.fromkeys(cleaned(number) for number in value.split("<") if number.strip()))


def _check_rules(block: Block, given: Mapping[str, Any]) -> None:
    wire_names = {arg.name: arg.wire_name for arg in block.args if not arg.stays_here}
    for rule in block.rules:
        match rule:
            case ExactlyOne():
                _require_one([wire_names[name] for name in rule.exactly_one if name in wire_names], given, most=1)
            case AtLeastOne():
                _require_one([wire_names[name] for name in rule.at_least_one if name in wire_names], given)
            case Conditional() if all(given.get(wire_names[name]) in values for name, values in rule.when.items()):
                for name in rule.require:
                    _require_one([wire_names[name]], given)


def _require_one(names: list[str], given: Mapping[str, Any], most: int | None = None) -> None:
    count = sum(given.get(name) not in (None, "") for name in names)
    if count == 0:
        raise missing(" or ".join(names))
    if most is not None and count > most:
        raise Refusal(400, f"only one of {' or '.join(names)} may be given")


def _text(arg: Arg, value: object) -> str:
    match value:
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = str(value)
        case _:
            raise ValueError("must be a string")
    if arg.format in _PHONE_FORMATS:
        return _address(arg, text)
    _check_format(arg, text)
    return text


def _address(arg: Arg, text: str) -> str:
    """Return a number as Plivo takes it, digits only, or a SIP address or sender id as it is."""
    number = cleaned(text)
    if is_address(number) or (arg.format == "number" and number.isascii() and number.isdigit()):
        return number  # filters take the beginning of a number, however short
    # Plivo strips what is no letter or digit from a sender id before it counts.
    if arg.format == "sender" and _SENDER.fullmatch("".join(filter(str.isalnum, text))):
        return text
    if arg.format == "sender":
        raise ValueError("must be a phone number or a sender id of up to 11 characters")
    raise ValueError("must be a phone number with its country code")


def _check_format(arg: Arg, text: str) -> None:
    match arg.format:
        case "url":
            try:
                parts = urlsplit(text)
            except ValueError:
                parts = urlsplit("")
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValueError("must be an absolute http or https URL")


def _number(arg: Arg, value: object) -> float:
    number: float
    match value:
        case bool():
            raise ValueError("must be a number")
        case int():
            number = value
        case float() if value.is_integer() or arg.decimal:
            number = value if arg.decimal else int(value)
        case str() if _WHOLE.fullmatch(value):
            number = int(value)
        case str() if arg.decimal:
            number = float(value)
        case _:
            raise ValueError("must be a number" if arg.decimal else "must be an integer")
    if not -_INT64 <= number < _INT64:
        raise ValueError("is too large")
    if (arg.min is not None and number < arg.min) or (arg.max is not None and number > arg.max):
        low = "" if arg.min is None else f" from {arg.min:g}"
        high = "" if arg.max is None else f" up to {arg.max:g}"
        raise ValueError(f"must be{low}{high}")
    return number


def _boolean(_: Arg, value: object) -> bool:
    match value:
        case bool():
            return value
        case str() if value.lower() in ("true", "1"):
            return True
        case str() if value.lower() in ("false", "0"):
            return False
    raise ValueError("must be true or false")


def _select(arg: Arg, value: object) -> str:
    text = _text(arg, value)
    for option in arg.options:
        if option.casefold() == text.casefold():
            return option
    if arg.open:
        return text
    raise ValueError(f"must be one of {', '.join(arg.options)}")


def _list(arg: Arg, value: object) -> str | list[str]:
    if isinstance(value, str) and arg.join and arg.format in _PHONE_FORMATS:
        return value  # whoever takes several numbers says what becomes of those that are none
    if isinstance(value, str):
        for item in value.split(arg.join or ","):
            _check_format(arg, item.strip())
        return value if arg.join else value.split(",")
    if isinstance(value, list) and not arg.join:
        return [_text(arg, item) for item in value]
    raise ValueError(f"must be a string, its items joined by {arg.join}" if arg.join else "must be a list of strings")


def _date(_: Arg, value: object) -> str:
    if isinstance(value, str):
        read_time(value)
        return value
    raise ValueError("must be a time like 2026-01-31 09:00:00")


def _array(_: Arg, value: object) -> list[Any]:
    if isinstance(value, list):
        json_text.render(value)  # a number beyond a double could not be shown again
        return value
    raise ValueError("must be a JSON array")


def _json(_: Arg, value: object) -> object:
    if isinstance(value, dict | list):
        json_text.render(value)  # as above
        return value
    raise ValueError("must be a JSON object")


def _file(arg: Arg, value: object) -> Uploaded | list[Uploaded]:
    files = [file for file in (value if isinstance(value, list) else [value]) if isinstance(file, Uploaded)]
    if not files or (isinstance(value, list) and len(files) < len(value)):
        raise ValueError("must be a file")
    return files if arg.multiple else files[0]


_READERS: dict[str, Callable[[Arg, Any], object]] = {
    "string": _text,
    "number": _number,
    "boolean": _boolean,
    "select": _select,
    "list": _list,
    "datepicker": _date,
    "array": _array,
    "json": _json,
    "file": _file,
}
"""Lower-case datatype → how a value is read; other datatypes are read as text."""
