"""The manifest as platforms get it, held against the files that it comes from."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.in_process import App, error_in

METADATA = Path(__file__).parent.parent.parent / "metadata"

MARKETPLACE_ARG = {
    "name", "type", "info", "required", "options", "structure", "placeholder", "default", "example", "min", "max"
}  # fmt: skip
MARKETPLACE_BLOCK = {"name", "description", "args", "callbacks"}
OURS_ARG = {"optionsFrom", "optionLabels", "label", "format", "open", "items", "separator"}
OURS_BLOCK = {"group", "rules", "title", "keywords", "readOnly", "destructive", "idempotent", "costs", "deprecated"}
OURS_SINGLE_BLOCK = {"example", "returns"}
VENDOR_SIDE = {"request", "wire", "join", "decimal", "nullable", "clear", "dateOnly", "fixed", "path", "smsText"}


def source_blocks() -> dict[str, dict[str, Any]]:
    return {
        block["name"]: block
        for path in sorted((METADATA / "blocks").glob("*.json"))
        for block in json.loads(path.read_text())
    }


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as running:
        yield running


@pytest.fixture(scope="module")
def package(app: App) -> dict[str, Any]:
    content: dict[str, Any] = app.get("/api/Plivo").json()
    return content


def shapes_in(args: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Walk args and the fields of their structures."""
    for arg in args:
        yield arg
        yield from shapes_in(arg.get("structure", []))


def test_the_package_has_the_keys_of_the_format(package: dict[str, Any]) -> None:
    source = json.loads((METADATA / "package.json").read_text())
    assert package.keys() == {
        "package", "tagline", "description", "image", "keywords", "accounts", "steps", "datatypes", "blocks", "events"
    }  # fmt: skip
    for key in ("package", "tagline", "description", "image", "keywords", "steps"):
        assert package[key] == source[key]
    accounts = package["accounts"]
    assert {"domain", "credentials"} <= accounts.keys() <= {"domain", "credentials", "test"}
    assert (accounts["domain"], accounts["credentials"]) == ("plivo.com", ["authId", "authToken"])
    assert package["datatypes"] == json.loads((METADATA / "datatypes.json").read_text())


def test_every_block_is_served_once(package: dict[str, Any]) -> None:
    assert sorted(block["name"] for block in package["blocks"]) == sorted(source_blocks())


def test_only_public_keys_are_served(package: dict[str, Any]) -> None:
    """The list says what may be served, so a new vendor-side key cannot slip through."""
    for block in package["blocks"]:
        assert block.keys() == MARKETPLACE_BLOCK | OURS_BLOCK
        for shape in shapes_in(block["args"]):
            assert {"name", "type", "required"} <= shape.keys() <= MARKETPLACE_ARG | OURS_ARG
            assert not VENDOR_SIDE & shape.keys()


def test_the_credentials_come_first_in_every_block(package: dict[str, Any]) -> None:
    for block in package["blocks"]:
        first, second = block["args"][:2]
        assert (first["name"], second["name"]) == ("authId", "authToken")
        assert first["type"] == second["type"] == "credentials"
        assert first["required"] is second["required"] is True
        assert first["info"]
        assert second["info"]
        assert second["format"] == "secret"


def test_the_args_follow_as_they_stand_in_the_files(package: dict[str, Any]) -> None:
    """What a block was given beyond its file (paging) comes last."""
    sources = source_blocks()
    for block in package["blocks"]:
        source = sources[block["name"]]
        assert block["description"] == source["description"]
        served = block["args"][2 : 2 + len(source["args"])]
        for arg, written in zip(served, source["args"], strict=True):
            for key in ("name", "type", "info", "options", "default", "example", "placeholder", "min", "max"):
                assert arg.get(key) == written.get(key), (block["name"], written["name"], key)
            assert arg["required"] is written.get("required", False)
        rest = [arg["name"] for arg in block["args"][2 + len(source["args"]) :]]
        sending = [] if block["readOnly"] else ["idempotencyKey", "dryRun"]
        walking = ["returnAll", "maxItems", "continueFrom"] if "list" in source else []
        assert rest == [*sending, *walking, "additionalFields"]


def test_every_block_has_both_callbacks(package: dict[str, Any]) -> None:
    for block in package["blocks"]:
        assert [callback["name"] for callback in block["callbacks"]] == ["error", "success"]
        assert all(callback["info"] for callback in block["callbacks"])


def test_a_single_block_is_its_entry_with_samples(app: App, package: dict[str, Any]) -> None:
    for entry in package["blocks"][::20]:
        single = app.get(f"/api/Plivo/{entry['name']}").json()
        assert {key: single[key] for key in entry} == entry
        assert single.keys() - entry.keys() <= OURS_SINGLE_BLOCK


def test_post_serves_the_same_manifest(app: App) -> None:
    """As marketplaces ask for it."""
    assert app.request("POST", "/api/Plivo").content == app.get("/api/Plivo").content


def test_head_has_the_headers_alone(app: App) -> None:
    response = app.request("HEAD", "/api/Plivo/makeCall")
    assert response.status_code == 200
    assert response.headers["etag"] == app.get("/api/Plivo/makeCall").headers["etag"]


@pytest.mark.parametrize("path", ["/api/Plivo", "/api/Plivo/makeCall", "/api/Plivo?group=Calls"])
def test_who_has_the_document_is_told_so(path: str, app: App) -> None:
    etag = app.get(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"x" , {etag}', "*"):
        response = app.get(path, headers={"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == etag
    assert app.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_documents_have_different_etags(app: App) -> None:
    paths = ["/api/Plivo", "/api/Plivo/makeCall", "/api/Plivo/getCallsDetails", "/api/Plivo?group=Calls"]
    assert len({app.get(path).headers["etag"] for path in paths}) == len(paths)


def test_the_manifest_is_compressed_for_who_takes_it(app: App) -> None:
    plain = app.get("/api/Plivo", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = app.get("/api/Plivo", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(gzip.compress(plain.content, 1))


def test_a_group_is_a_part_of_the_manifest(app: App, package: dict[str, Any]) -> None:
    calls = app.get("/api/Plivo?group=cALLS").json()
    assert calls["blocks"] == [block for block in package["blocks"] if block["group"] == "Calls"]
    assert calls["blocks"]


def test_blocks_are_a_part_of_the_manifest(app: App, package: dict[str, Any]) -> None:
    some = app.get("/api/Plivo?blocks=sendMessage,makeCall").json()
    wanted = [block for block in package["blocks"] if block["name"] in ("sendMessage", "makeCall")]
    assert some == {**package, "blocks": wanted}


def test_all_of_it_has_examples_and_returns(app: App, package: dict[str, Any]) -> None:
    full = app.get("/api/Plivo", params={"full": "true"}).json()
    for entry, block in zip(full["blocks"], package["blocks"], strict=True):
        assert entry.keys() == block.keys() | OURS_SINGLE_BLOCK
        assert {key: entry[key] for key in block} == block
        assert entry["example"].keys() == {"request", "reply"}
        assert Draft202012Validator(entry["returns"]).is_valid(entry["example"]["reply"])
    assert app.get("/api/Plivo", params={"full": "FALSE"}).json() == package
    wrong = error_in(app.get("/api/Plivo", params={"full": "maybe"}))
    assert (wrong["status_code"], wrong["fields"]) == ("INVALID_FIELDS", ["full"])


def test_people_can_read_every_block_and_field(package: dict[str, Any]) -> None:
    """Titles and labels for menus and forms; what a list holds and how it may be written; what options are called."""
    sources = source_blocks()
    for block in package["blocks"]:
        assert (block["title"], block["keywords"]) == (
            sources[block["name"]]["title"],
            sources[block["name"]]["keywords"],
        )
        for shape in shapes_in(block["args"]):
            assert shape["label"], (block["name"], shape["name"])
            if shape["type"] == "List":
                assert shape["items"]["type"] == "String"
                assert shape["items"].get("format") == shape.get("format")
                assert shape["separator"]
            if "optionLabels" in shape:
                assert shape["optionLabels"].keys() == set(shape["options"])
    args = {arg["name"]: arg for block in package["blocks"] if block["name"] == "makeCall" for arg in block["args"]}
    assert args["callTo"]["separator"] == "<"
    assert "optionLabels" in json.dumps(package)


def test_every_type_in_use_is_described(package: dict[str, Any]) -> None:
    described = [note["name"] for note in package["datatypes"]]
    assert {shape["type"] for block in package["blocks"] for shape in shapes_in(block["args"])} <= set(described)
    assert len(described) == len(set(described))


def test_a_single_block_takes_no_query(app: App) -> None:
    error = error_in(app.get("/api/Plivo/makeCall?full=true"))
    assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["full"])


@pytest.mark.parametrize(
    ("path", "code", "mentions"),
    [
        ("/api/Plivo/makeCal", "UNKNOWN_BLOCK", "makeCall"),
        ("/api/Plivo/MAKECALL", "UNKNOWN_BLOCK", ""),
        ("/api/Plivo/" + "x" * 5000, "UNKNOWN_BLOCK", ""),
        ("/api/Plivo/%00", "UNKNOWN_BLOCK", ""),
        ("/api/Plivo?group=none", "NOT_FOUND", "Calls"),
        ("/api/Plivo?blocks=makeCal", "UNKNOWN_BLOCK", "makeCall"),
        ("/api/plivo", "NOT_FOUND", "/api/Plivo"),
    ],
)
def test_what_is_not_there(path: str, code: str, mentions: str, app: App) -> None:
    response = app.get(path)
    assert response.status_code == 404
    error = error_in(response)
    assert error["status_code"] == code
    assert mentions in error["status_msg"]
    assert len(response.content) < 2000
