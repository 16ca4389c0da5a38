"""Loading the manifest: what it means, every problem at once, and what platforms get to see of it."""

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.errors import ConfigurationError
from app.manifest import METADATA, load_manifest
from app.surfaces.catalogue import create_catalogue
from app.web.envelope import Envelopes

PACKAGE = json.loads((METADATA / "package.json").read_text())
PACKAGE["accounts"]["test"] = "makeCall"
CALL: dict[str, Any] = {
    "name": "makeCall",
    "title": "Call somebody",
    "keywords": ["phone"],
    "group": "Calls",
    "description": "Calls somebody.",
    "request": {"method": "POST", "path": "/v1/Account/{auth_id}/Call/{call_uuid}/"},
    "args": [
        {
            "name": "callUuid",
            "label": "Call UUID",
            "type": "String",
            "required": True,
            "info": "Which call.",
            "example": "a-1",
        },
        {
            "name": "timeLimit",
            "label": "Time limit, seconds",
            "type": "Number",
            "min": 1,
            "max": 60,
            "info": "Seconds.",
            "default": 0,
        },
    ],
    "example": {"message": "call fired"},
}

THINGS: dict[str, Any] = {
    "name": "getThings",
    "title": "List things",
    "keywords": ["things"],
    "group": "Calls",
    "description": "Lists things.",
    "request": {"method": "GET", "path": "/v1/Account/{auth_id}/Thing/"},
    "list": {},
    "example": {"meta": {}, "objects": [{"id": 1}]},
}


def block(name: str = "makeCall", **changes: Any) -> dict[str, Any]:
    title = {} if name == CALL["name"] else {"title": f"Call by {name}"}
    return {**copy.deepcopy(CALL), "name": name, **title, **changes}


def arg(name: str = "extra", **keys: Any) -> dict[str, Any]:
    return {"name": name, "label": f"The {name}", "type": "String", "info": "What it is.", **keys}


def with_arg(name: str = "extra", **keys: Any) -> dict[str, Any]:
    return block(args=[*CALL["args"], arg(name, **keys)])


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "package.json").write_text(json.dumps(PACKAGE))
    (tmp_path / "datatypes.json").write_text("[]")
    return tmp_path


def write_blocks(metadata: Path, **files: Any) -> None:
    for name, blocks in files.items():
        (metadata / "blocks" / f"{name}.json").write_text(blocks if isinstance(blocks, str) else json.dumps(blocks))


def problems_of(metadata: Path) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load_manifest(metadata)
    return str(raised.value)


def test_a_block_is_loaded_with_its_request_and_args(metadata: Path) -> None:
    write_blocks(metadata, call=[CALL])
    manifest = load_manifest(metadata)
    loaded = manifest.blocks["makeCall"]
    assert list(manifest.blocks) == ["makeCall"]
    assert (loaded.request.method, loaded.request.host) == ("POST", "api.plivo.com")
    assert loaded.request.path_parameters == ("call_uuid",)
    assert [arg.name for arg in loaded.args] == ["callUuid", "timeLimit"]


@pytest.mark.parametrize(
    ("keys", "wire_name"),
    [
        ({"name": "answerUrl"}, "answer_url"),
        ({"name": "src"}, "src"),
        ({"name": "machineDetectionMaximumSpeechLength"}, "machine_detection_maximum_speech_length"),
        ({"name": "sample1"}, "sample1"),
        ({"name": "destinationCountryIso2"}, "destination_country_iso2"),
        ({"name": "endTimeGt", "wire": "end_time__gt"}, "end_time__gt"),
    ],
)
def test_the_wire_name_is_snake_case_unless_given(metadata: Path, keys: dict[str, str], wire_name: str) -> None:
    write_blocks(metadata, call=[with_arg(**keys)])
    assert load_manifest(metadata).blocks["makeCall"].args[-1].wire_name == wire_name


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (with_arg(colour="red"), "colour"),
        (block(colour="red"), "colour"),
        (block(request={**CALL["request"], "url": "/"}), "url"),
        (with_arg(structure=[{"name": "a", "type": "String", "colour": "red"}]), "colour"),
        (with_arg(type="Integer"), "extra: unknown type Integer"),
        (with_arg(type="JSON", structure=[{"name": "a", "type": "Text"}]), "extra: a: unknown type Text"),
        (with_arg(format="e-mail"), "extra: unknown format e-mail"),
        (with_arg(type="Select"), "extra: is a Select without options"),
        (block(title=""), "has no title"),
        (block(title="Call somebody " * 3), "title"),
        (block(title="call BY good"), "good has the title"),
        (block(keywords=[]), "needs keywords"),
        (block(keywords=["phone", " "]), "needs keywords"),
        (with_arg(label=""), "extra: has no label"),
        (with_arg(label="extra"), "extra: its label is its name"),
        (with_arg(label="Call UUID"), "two args have the label Call UUID"),
        (with_arg(label="x" * 61), "label"),
        (with_arg(type="JSON", structure=[{"name": "a", "type": "String"}]), "extra: a: has no label"),
        (with_arg(clear=""), "extra: has clear, but is not nullable"),
        (with_arg(type="Select", options=["a", "b"], optionLabels={"a": "A"}), "extra: its option b has no label"),
        (with_arg(type="Select", options=["a"], optionLabels={"a": "A", "c": "C"}), "extra: optionLabels names c"),
        (with_arg("timeLimit"), "two args are called timeLimit"),
        (with_arg(wire="time_limit"), "two parameters are called time_limit on the wire"),
        (block(request={**CALL["request"], "fixed": {"time_limit": 1}}), "two parameters are called time_limit"),
        (block(args=CALL["args"][1:]), "no arg fills {call_uuid} of the path"),
        (block(args=[arg("callUuid")]), "callUuid is in the path, so it must be required"),
        (with_arg(info=""), "info"),
        ({name: value for name, value in CALL.items() if name != "description"}, "description"),
        (with_arg(required=True), "extra: is required, so it needs an example"),
        (with_arg(type="Number", max=5, example=6), "extra: its example does not fit"),
        (block(rules=[{"exactlyOne": ["timeLimit", "noSuchArg"]}]), "a rule names noSuchArg"),
        (block(rules=[{"atLeastOne": ["noSuchArg", "timeLimit"]}]), "a rule names noSuchArg"),
        (block(rules=[{"when": {"noSuchArg": [None]}, "require": ["timeLimit"]}]), "a rule names noSuchArg"),
        (block(rules=[{"when": {"timeLimit": [1]}, "require": ["noSuchArg"]}]), "a rule names noSuchArg"),
        (block(rules=[{"ifThen": ["timeLimit", "callUuid"]}]), "ifThen"),
        (with_arg(optionsFrom={"block": "getApps", "value": "id", "label": "id"}), "getApps is no list block"),
        (with_arg(optionsFrom={"block": "good", "value": "id", "label": "id"}), "good is no list block"),
        (with_arg(optionsFrom={"block": "getThings", "value": "id", "label": "name"}), "of getThings has no name"),
        (block(request={"method": "PUT", "path": "/v1/"}), "request.method"),
        (block(request={"method": "GET", "path": "v1/"}), "request.path"),
        (block(request={"method": "GET", "path": "/v1/?status=live"}), "request.path"),
        (block(request={**CALL["request"], "host": "plivo.example"}), "request.host"),
    ],
)
def test_a_problem_is_told_with_its_file_and_block(metadata: Path, wrong: dict[str, Any], said: str) -> None:
    write_blocks(metadata, good=[block("good"), THINGS], wrong=[wrong])
    lines = [line.strip() for line in problems_of(metadata).splitlines() if said in line]
    assert lines
    assert all(line.startswith("wrong.json: makeCall: ") for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        *("to", "args", "authId", "authToken", "additionalFields"),
        *("idempotencyKey", "dryRun", "returnAll", "maxItems", "continueFrom"),
    ],
)
def test_reserved_names_are_no_args(metadata: Path, name: str) -> None:
    write_blocks(metadata, call=[with_arg(name, wire="extra")])
    assert f"call.json: makeCall: {name} is a reserved name" in problems_of(metadata)


def test_all_problems_of_all_files_are_told_at_once(metadata: Path) -> None:
    (metadata / "package.json").write_text("{")
    (metadata / "datatypes.json").unlink()
    write_blocks(
        metadata,
        first=[block("one", colour="red"), block("two", args=[]), with_arg(format="e-mail", wire="time_limit")],
        second="[{]",
        third=[block("two"), {"group": "nameless"}, 7],
        fourth={"name": "not a list"},
    )
    told = problems_of(metadata)
    for expected in (
        "package.json: ",
        "datatypes.json: ",
        "first.json: one: colour: ",
        "first.json: two: no arg fills {call_uuid} of the path",
        "first.json: makeCall: two parameters are called time_limit on the wire",
        "first.json: makeCall: extra: unknown format e-mail",
        "second.json: is not JSON",
        "third.json: two: another block has this name",
        "third.json: 1: description: ",
        "third.json: 2: ",
        "fourth.json: ",
    ):
        assert f"\n  {expected}" in told


def test_options_have_the_labels_of_their_format(metadata: Path) -> None:
    """One file says what languages and the like are called, also in structures; what an arg says itself wins."""
    (metadata / "option_labels.json").write_text('{"language": {"da-DK": "Danish", "nl-NL": "Dutch"}}')
    spoken = {"type": "Select", "format": "language", "options": ["da-DK", "nl-NL"]}
    named = {**spoken, "optionLabels": {"da-DK": "Dansk"}}
    parts = arg("parts", type="Array", structure=[arg("tongue", **spoken)])
    land = arg("land", type="Select", format="country", options=["DE"])
    write_blocks(metadata, call=[block(args=[*CALL["args"], arg("one", **spoken), arg("own", **named), parts, land])])
    *_, one, own, parts_arg, country = load_manifest(metadata).blocks["makeCall"].args
    assert one.option_labels == {"da-DK": "Danish", "nl-NL": "Dutch"}
    assert own.option_labels == {"da-DK": "Dansk", "nl-NL": "Dutch"}
    assert parts_arg.structure[0].option_labels == one.option_labels
    assert country.option_labels == {"DE": "Germany"}


def test_an_option_that_its_format_does_not_know_is_a_problem(metadata: Path) -> None:
    write_blocks(metadata, call=[with_arg(type="Select", format="country", options=["DE", "XX"])])
    assert "call.json: makeCall: extra: its option XX has no label" in problems_of(metadata)


def test_option_labels_that_cannot_be_read_are_a_problem(metadata: Path) -> None:
    (metadata / "option_labels.json").write_text('{"language": ["Danish"]}')
    write_blocks(metadata, call=[CALL])
    assert "option_labels.json: language: " in problems_of(metadata)


def test_a_manifest_without_blocks_is_a_problem(metadata: Path) -> None:
    assert "no block found" in problems_of(metadata)


def test_the_block_that_tests_credentials_exists(metadata: Path) -> None:
    write_blocks(metadata, call=[block("another")])
    assert "package.json: accounts.test: there is no block makeCall" in problems_of(metadata)


def served(metadata: Path, path: str) -> Any:
    """Get a document from the catalogue of a manifest."""
    api = FastAPI(openapi_url=None)
    api.include_router(create_catalogue(load_manifest(metadata), Envelopes(mirror=False)))

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://connector") as client:
            return await client.get(path)

    response = asyncio.run(get())
    assert response.status_code == 200
    return response.json()


def test_the_public_manifest_has_the_keys_of_the_marketplace_format(metadata: Path) -> None:
    write_blocks(metadata, call=[CALL])
    note = {"name": "Map", "description": "A place.", "example": "50.37, 26.56"}
    (metadata / "datatypes.json").write_text(json.dumps([note]))
    public = served(metadata, "/api/Plivo")
    assert public["package"] == "Plivo"
    assert public["accounts"]["domain"] == "plivo.com"
    assert public["accounts"]["credentials"] == ["authId", "authToken"]
    assert public["datatypes"] == [note]
    for name in ("tagline", "description", "image", "keywords", "steps"):
        assert public[name] == PACKAGE[name]
    assert [entry["name"] for entry in public["blocks"]] == ["makeCall"]


def test_credentials_come_first_among_the_args_and_callbacks_are_added(metadata: Path) -> None:
    write_blocks(metadata, call=[CALL])
    entry = served(metadata, "/api/Plivo/makeCall")
    assert entry["description"] == CALL["description"]
    assert [(arg["name"], arg["type"], arg["required"]) for arg in entry["args"]] == [
        ("authId", "credentials", True),
        ("authToken", "credentials", True),
        ("callUuid", "String", True),
        ("timeLimit", "Number", False),
        ("idempotencyKey", "String", False),
        ("dryRun", "Boolean", False),
        ("additionalFields", "JSON", False),
    ]
    assert sorted(callback["name"] for callback in entry["callbacks"]) == ["error", "success"]
    assert all(callback["info"] for callback in entry["callbacks"])


def test_a_block_of_its_own_and_in_the_whole_is_the_same(metadata: Path) -> None:
    """The block's own document may say more, never something else."""
    write_blocks(metadata, call=[CALL])
    (in_the_whole,) = served(metadata, "/api/Plivo")["blocks"]
    assert served(metadata, "/api/Plivo/makeCall").items() >= in_the_whole.items()


def test_vendor_side_keys_are_not_served(metadata: Path) -> None:
    """Marketplace keys are, exactly as the file has them."""
    field = {
        "name": "kind",
        "label": "Kind",
        "type": "Select",
        "required": True,
        "options": ["a"],
        "info": "What kind.",
    }
    shown: list[dict[str, Any]] = [
        arg("when", type="Datepicker"),
        arg("whom", type="List", placeholder="14155550100"),
        arg("share", type="Number", min=0.5, max=10, default=0),
        arg("parts", type="Array", structure=[field], example=[{"kind": "a"}]),
    ]
    hidden: list[dict[str, Any]] = [
        {"wire": "when__gt", "dateOnly": True, "nullable": True},
        {"join": "<", "format": "phone", "open": True},
        {"decimal": True},
        {"structure": [{**field, "dateOnly": True}]},
    ]
    told: list[dict[str, Any]] = [
        {},
        {"format": "phone", "open": True, "items": {"type": "String", "format": "phone"}, "separator": "<"},
        {},
        {"structure": [field]},
    ]
    everything = block(
        notFoundHint="It may have gone.",
        rules=[{"atLeastOne": ["when", "whom"]}],
        request={**CALL["request"], "fixed": {"status": "live"}},
        args=[*CALL["args"], *({**public, **vendor} for public, vendor in zip(shown, hidden, strict=True))],
    )
    write_blocks(metadata, call=[everything])
    (entry,) = served(metadata, "/api/Plivo")["blocks"]
    served_args = entry["args"][-7:-3]
    assert served_args == [{"required": False, **public, **more} for public, more in zip(shown, told, strict=True)]
    assert entry["rules"] == [{"atLeastOne": ["when", "whom"]}]
    assert not entry.keys() & {"request", "notFoundHint"}
