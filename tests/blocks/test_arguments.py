"""Raw args → clean values, or every problem at once."""

from typing import Any

import pytest

from app.blocks import CleanArgs
from app.blocks.arguments import MOST_REPORTED, Arguments, trimmed
from app.errors import InvalidFields, RequestError, RequiredFields, describe
from app.manifest.model import Block

CREDENTIALS = {"authId": "MAXXXX", "authToken": "token"}
TEXT = {"type": "String", "info": "Text."}


def arguments(*args: dict[str, Any], path: str = "/v1/Account/{auth_id}/Thing/", **keys: Any) -> Arguments:
    """Compile a block of these args."""
    request = {"method": "POST", "path": path, "fixed": keys.pop("fixed", {})}
    facts = {"name": "block", "group": "Things", "description": "Does a thing.", "example": {}}
    named = [{**TEXT, **arg} for arg in args]
    return Arguments(Block.model_validate({**facts, "request": request, "args": named, **keys}))


def read(compiled: Arguments, **raw: Any) -> CleanArgs:
    return compiled.read({**CREDENTIALS, **raw})


def refused(compiled: Arguments, **raw: Any) -> dict[str, Any]:
    """Return the error of args that must be refused, as the envelope tells it."""
    with pytest.raises(RequestError) as raised:
        read(compiled, **raw)
    return describe(raised.value)


SENDING = arguments(
    {"name": "destination", "type": "List", "join": "<", "format": "recipient", "required": True, "wire": "dst"},
    {"name": "text", "required": True},
    {"name": "messageUuid", "required": True},
    {"name": "answerMethod", "type": "Select", "options": ["GET", "POST"]},
    {"name": "timeLimit", "type": "Number", "min": 1},
    {"name": "enabled", "type": "Boolean"},
    path="/v1/Account/{auth_id}/Message/{message_uuid}/",
    fixed={"status": "live"},
)
GOOD: dict[str, Any] = {"destination": "14155550100", "text": "Hi", "messageUuid": "m-1"}


def test_what_is_given_comes_out_clean_and_nothing_else() -> None:
    clean = read(
        SENDING, destination=["+1 415 555 0100"], text=7, messageUuid="m/1", answerMethod="get", enabled="false"
    )
    assert clean.values == {
        "destination": "14155550100",
        "text": "7",
        "messageUuid": "m/1",
        "answerMethod": "GET",
        "enabled": False,
    }
    assert (clean.credentials.auth_id, clean.credentials.auth_token) == ("MAXXXX", "token")
    assert clean.additional == {}


def test_nothing_given_names_everything_required_in_manifest_order() -> None:
    with pytest.raises(RequiredFields) as raised:
        SENDING.read({})
    assert describe(raised.value) == {
        "status_code": "REQUIRED_FIELDS",
        "status_msg": "Please, check and fill in required fields.",
        "fields": ["authId", "authToken", "destination", "text", "messageUuid"],
        "hint": "authId, authToken, destination, text, messageUuid are missing.",
    }


@pytest.mark.parametrize("empty", ["", None])
def test_empty_and_null_mean_absent(empty: object) -> None:
    assert refused(SENDING, **GOOD | {"text": empty})["fields"] == ["text"]
    assert refused(SENDING, **GOOD, authToken=empty)["fields"] == ["authToken"]
    assert "timeLimit" not in read(SENDING, **GOOD, timeLimit=empty).values
    assert read(SENDING, **GOOD, unknownButEmpty=empty).values == read(SENDING, **GOOD).values


def test_zero_and_false_are_values() -> None:
    clean = read(
        arguments({"name": "offset", "type": "Number"}, {"name": "log", "type": "Boolean"}), offset=0, log=False
    )
    assert clean.values == {"offset": 0, "log": False}


def test_null_is_a_value_of_a_nullable_arg() -> None:
    unlinking = arguments({"name": "appId", "nullable": True}, {"name": "alias"})
    assert read(unlinking, appId=None, alias=None).values == {"appId": None}
    assert read(unlinking, appId="").values == {}
    assert read(unlinking, appId="7").values == {"appId": "7"}


def test_null_empties_what_can_be_cleared() -> None:
    """It goes out as the text that Plivo takes for it, whatever the type; an empty field of a form is absent."""
    emptying = arguments(
        {"name": "hangupUrl", "format": "url", "nullable": True, "clear": ""},
        {"name": "words", "type": "List", "join": ",", "nullable": True, "clear": ""},
        {"name": "applicationId", "nullable": True, "clear": "none"},
        {"name": "fallbackUrl", "format": "url"},
    )
    nothing = dict.fromkeys(("hangupUrl", "words", "applicationId", "fallbackUrl"))
    assert read(emptying, **nothing).values == {"hangupUrl": "", "words": "", "applicationId": "none"}
    assert read(emptying, **dict.fromkeys(nothing, "")).values == {}
    assert refused(emptying, hangupUrl="nowhere")["fields"] == ["hangupUrl"]


def test_all_problems_are_told_together() -> None:
    error = refused(SENDING, text={}, answerMethod="PUT", timeLimit="0", dst="1", authId="no/id", authToken=None)
    assert error["status_code"] == "REQUIRED_FIELDS"
    assert error["fields"] == ["authToken", "destination", "messageUuid"]
    assert list(error["errors"]) == ["authId", "text", "answerMethod", "timeLimit", "dst"]


def test_invalid_fields_come_in_manifest_order_and_unknown_names_last() -> None:
    with pytest.raises(InvalidFields) as raised:
        read(SENDING, **GOOD | {"zzz": 1, "enabled": "x", "timeLimit": "x", "text": []})
    error = describe(raised.value)
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["fields"] == list(error["errors"]) == ["text", "timeLimit", "enabled", "zzz"]
    assert error["errors"]["timeLimit"] == "must be a whole number"


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("dst", "destination"),
        ("destinations", "destination"),
        ("DESTINATION", "destination"),
        ("message_uuid", "messageUuid"),
        ("answer_method", "answerMethod"),
        ("anserMethod", "answerMethod"),
        ("auth_token", "authToken"),
        ("additionalField", "additionalFields"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_known_one(unknown: str, meant: str) -> None:
    error = refused(SENDING, **GOOD, **{unknown: "x"})
    assert error["fields"] == [unknown]
    assert f"did you mean {meant}?" in error["errors"][unknown]


@pytest.mark.parametrize(
    "unknown", ["qqqqqqqq", "", "x" * 100_000, "\ud83d", "né\x00"], ids=lambda name: repr(name[:9])
)
def test_an_unknown_name_like_no_other_is_told_without_a_guess(unknown: str) -> None:
    error = refused(SENDING, **GOOD, **{unknown: "x"})
    assert error["fields"] == [unknown[:64]]
    assert "did you mean" not in error["errors"][unknown[:64]]


def test_a_name_with_half_a_character_hides_no_other_problem() -> None:
    error = refused(SENDING, **{"\ud83d": "x", "text": {}, "messageUuid": "m"})
    assert (error["fields"], list(error["errors"])) == (["destination"], ["text", "\ud83d"])


def test_of_thousands_of_unknown_names_some_are_told_and_how_many_there_are() -> None:
    error = refused(SENDING, **GOOD, **{f"destination{number}": "x" for number in range(5000)})
    assert len(error["fields"]) == MOST_REPORTED + 1
    assert error["errors"]["…"] == f"{5000 - MOST_REPORTED} more fields do not fit"


def test_the_value_is_in_no_message() -> None:
    secret = "s3cret-7890"
    error = refused(
        SENDING,
        # A list names the item that does not fit.
        **dict.fromkeys([*(GOOD.keys() - {"destination"}), "answerMethod", "timeLimit", "enabled", "zzz"], secret),
        authId=secret,
    )
    assert secret not in str(error)
    assert secret not in str(refused(SENDING, **GOOD, authToken=f"{secret}\n"))
    assert secret not in repr(read(SENDING, **GOOD, authToken=secret))


def test_names_are_trimmed() -> None:
    """The original package had a field called ``"answerMethod "``."""
    raw = trimmed({**GOOD, "answerMethod ": "POST", "\ttimeLimit": 5})
    assert read(SENDING, **raw).values == {**GOOD, "answerMethod": "POST", "timeLimit": 5}


@pytest.mark.parametrize("empty", ["", None])
def test_of_names_that_differ_in_spaces_what_says_something_counts(empty: object) -> None:
    assert trimmed({"text": "a", "text ": empty, " src": "b"}) == {"text": "a", "src": "b"}
    assert trimmed({"text ": empty, "text": "a"}) == {"text": "a"}
    assert trimmed({"text": empty, " text": empty}).keys() == {"text"}


def test_a_field_that_is_given_twice_with_spaces_and_without_is_refused() -> None:
    with pytest.raises(InvalidFields) as refusal:
        trimmed({"text": "a", "text ": "b", "src": "c", "src\t": "c", "x": ""})
    assert refusal.value.details["fields"] == ["text", "src"]


@pytest.mark.parametrize(
    "name",
    ["from", "json", "copy", "model_x", "model_config", "schema", "class", "self", "__init__", "_x", "values", "if"],
)
def test_an_arg_may_be_called_anything(name: str) -> None:
    compiled = arguments({"name": name, "wire": "w", "required": True}, {"name": "number", "type": "Number"})
    assert read(compiled, **{name: "x"}).values == {name: "x"}
    assert refused(compiled)["fields"] == [name]
    assert refused(compiled, **{name: []})["fields"] == [name]


@pytest.mark.parametrize("auth_id", ["", None, "MA/../SA", "MA XX", "MA:XX", "M" * 65, "MÄ", "MA\n", ["MA"], 1.5])
def test_an_auth_id_is_letters_and_digits(auth_id: object) -> None:
    assert refused(arguments(), authId=auth_id)["fields"] == ["authId"]


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX: y", "\x00", "\x7f", "\x85", "\ud83d", ["t"], {}])
def test_an_auth_token_has_no_control_characters(token: object) -> None:
    assert refused(arguments(), authToken=token)["fields"] == ["authToken"]


@pytest.mark.parametrize("token", ["a:b", " spaced ", "pässwörd", "=+/", "😀"])
def test_an_auth_token_is_any_other_text(token: str) -> None:
    assert read(arguments(), authToken=token).credentials.auth_token == token


def test_to_is_text_and_no_parameter() -> None:
    assert read(arguments(), to="answer").values == {}
    assert refused(arguments(), to=["answer"])["fields"] == ["to"]


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_value_that_leads_elsewhere_is_refused(value: str) -> None:
    error = refused(SENDING, **GOOD | {"messageUuid": value})
    assert error["fields"] == ["messageUuid"]
    assert error["status_code"] == ("INVALID_FIELDS" if value else "REQUIRED_FIELDS")


@pytest.mark.parametrize("given", [{"new_one": [1, None]}, '{"new_one": [1, null]}'])
def test_additional_fields_are_taken_as_given(given: object) -> None:
    assert read(SENDING, **GOOD, additionalFields=given).additional == {"new_one": [1, None]}


@pytest.mark.parametrize("given", ["", None, {}, "{}"])
def test_no_additional_fields(given: object) -> None:
    assert read(SENDING, **GOOD, additionalFields=given).additional == {}


@pytest.mark.parametrize("given", [[], "[1]", "text", "{", 5, True])
def test_additional_fields_are_an_object(given: object) -> None:
    assert refused(SENDING, **GOOD, additionalFields=given)["fields"] == ["additionalFields"]


@pytest.mark.parametrize("name", ["message_uuid", "auth_id", "dst", "text", "status"])
def test_an_additional_field_that_is_given_already_or_stands_in_the_path_is_refused(name: str) -> None:
    assert refused(SENDING, **GOOD, additionalFields={name: "x"})["fields"] == ["additionalFields"]
    error = refused(SENDING, **GOOD, timeLimit="x", additionalFields=f'{{"{name}": "x"}}')
    assert error["fields"] == ["timeLimit", "additionalFields"]


def test_an_additional_field_may_stand_for_an_optional_arg_but_for_no_required_one() -> None:
    assert read(SENDING, **GOOD, additionalFields={"time_limit": 5}).additional == {"time_limit": 5}
    error = refused(SENDING, destination="14155550100", messageUuid="m", additionalFields={"text": "Hi"})
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["text"])


FROM = arguments(
    {"name": "text"}, {"name": "src"}, {"name": "powerpackUuid"}, rules=[{"exactlyOne": ["src", "powerpackUuid"]}]
)


def test_exactly_one() -> None:
    assert refused(FROM, text="Hi") == refused(FROM, src="", powerpackUuid=None) | {"fields": ["src", "powerpackUuid"]}
    assert read(FROM, src="1").values == {"src": "1"}
    error = refused(FROM, src="1", powerpackUuid="2")
    assert error["status_code"] == "INVALID_FIELDS"
    assert error["fields"] == ["src", "powerpackUuid"]
    assert "src, powerpackUuid" in error["errors"]["src"]


def test_at_least_one() -> None:
    some = arguments({"name": "b"}, {"name": "a"}, rules=[{"atLeastOne": ["a", "b"]}])
    error = refused(some)
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", ["b", "a"])
    assert read(some, a="1", b="2").values == {"a": "1", "b": "2"}


def test_a_list_without_items_is_none_of_those_that_are_needed() -> None:
    some = arguments({"name": "text"}, {"name": "urls", "type": "List"}, rules=[{"atLeastOne": ["text", "urls"]}])
    assert refused(some, urls=[])["fields"] == ["text", "urls"]
    assert read(some, text="a", urls=[]).values == {"text": "a", "urls": []}
    assert read(some, urls="a").values == {"urls": ["a"]}


TRANSFER = arguments(
    {"name": "legs", "type": "Select", "options": ["aleg", "bleg", "both"]},
    {"name": "alegUrl", "format": "url"},
    {"name": "blegUrl", "format": "url"},
    rules=[
        {"when": {"legs": ["aleg", "both", None]}, "require": ["alegUrl"]},
        {"when": {"legs": ["bleg", "both"]}, "require": ["blegUrl"]},
    ],
)


@pytest.mark.parametrize(
    ("legs", "required"),
    [
        (None, ["alegUrl"]),
        ("", ["alegUrl"]),
        ("aleg", ["alegUrl"]),
        ("BLEG", ["blegUrl"]),
        ("both", ["alegUrl", "blegUrl"]),
    ],
)
def test_what_one_arg_requires_of_others(legs: str | None, required: list[str]) -> None:
    error = refused(TRANSFER, legs=legs)
    assert (error["status_code"], error["fields"]) == ("REQUIRED_FIELDS", required)
    urls = dict.fromkeys(required, "https://a.example/")
    assert read(TRANSFER, legs=legs, **urls).values.items() >= urls.items()


def test_rules_are_told_together_with_wrong_values() -> None:
    error = refused(TRANSFER, legs="BOTH", blegUrl="nowhere", zzz=1)
    assert error["fields"] == ["alegUrl"]
    assert list(error["errors"]) == ["blegUrl", "zzz"]
    assert refused(FROM, src={})["fields"] == ["src"]


def test_a_condition_that_is_not_understood_requires_nothing() -> None:
    error = refused(TRANSFER, legs="neither")
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["legs"])


def test_reading_leaves_the_raw_args_as_they_were() -> None:
    raw = {**CREDENTIALS, **GOOD, "to": "x", "additionalFields": {"a": 1}, "timeLimit": ""}
    before = dict(raw)
    SENDING.read(raw)
    assert raw == before
