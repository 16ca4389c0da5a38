"""Clean values → the request to make: where each value goes, and how it is written there."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blocks.arguments import Arguments
from app.blocks.request import compile_request
from app.datatypes.files import Upload
from app.errors import RequestError
from app.manifest.model import Block
from app.plivo import UpstreamRequest
from tests.support.patience import patient

ACCOUNT = "/v1/Account/{auth_id}"
TEXT = {"type": "String", "info": "Text."}


def block(method: str, path: str, *args: dict[str, Any], **request: Any) -> Block:
    named = [{**TEXT, **arg} for arg in args]
    facts = {"name": "block", "group": "Things", "description": "Does a thing.", "example": {}}
    return Block.model_validate({**facts, "request": {"method": method, "path": path, **request}, "args": named})


def build(asked: Block, **raw: Any) -> UpstreamRequest:
    """Go from raw args to the upstream request, as a block call does."""
    args = Arguments(asked).read({"authId": "MAXXXX", "authToken": "token", **raw})
    return compile_request(asked)(args)


def thing(method: str, path: str = f"{ACCOUNT}/Thing/{{thing_id}}/", **request: Any) -> Block:
    return block(
        method,
        path,
        {"name": "thingId", "required": True},
        {"name": "callFrom", "wire": "from"},
        {"name": "timeLimit", "type": "Number"},
        {"name": "log", "type": "Boolean"},
        {"name": "urls", "type": "List", "format": "url"},
        {"name": "appId", "nullable": True},
        **request,
    )


VALUES = {
    "thingId": "t-1",
    "callFrom": "a&b=c d",
    "timeLimit": "0",
    "log": "False",
    "urls": "http://a.example/,http://b.example/",
}
ON_THE_WIRE = {"from": "a&b=c d", "time_limit": 0, "log": False, "urls": ["http://a.example/", "http://b.example/"]}
IN_A_QUERY = [
    ("from", "a&b=c d"),
    ("time_limit", "0"),
    ("log", "false"),
    ("urls", "http://a.example/"),
    ("urls", "http://b.example/"),
]


def query_of(request: UpstreamRequest) -> list[tuple[str, str]]:
    """Read a query as any server does."""
    return parse_qsl(request.query, keep_blank_values=True, strict_parsing=bool(request.query), errors="strict")


def test_a_get_has_everything_in_its_query() -> None:
    request = build(thing("GET"), **VALUES)
    assert (request.method, request.host) == ("GET", "api.plivo.com")
    assert request.path == "/v1/Account/MAXXXX/Thing/t-1/"
    assert query_of(request) == IN_A_QUERY
    assert request.json is None


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_has_everything_in_its_json_body(method: str) -> None:
    request = build(thing(method), **VALUES)
    assert (request.method, request.query) == (method, "")
    assert request.json == ON_THE_WIRE


def test_a_delete_has_everything_in_both() -> None:
    """Plivo's documentation says query, all its SDKs send a body."""
    request = build(thing("DELETE"), **VALUES)
    assert query_of(request) == IN_A_QUERY
    assert request.json == ON_THE_WIRE


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", {}), ("PATCH", {}), ("DELETE", None)])
def test_without_parameters(method: str, body: object) -> None:
    """A POST sends ``{}``, a DELETE has no body; the path value is repeated nowhere."""
    request = build(thing(method), thingId="t-1")
    assert request.query == ""
    assert request.json == body


@pytest.mark.parametrize("path", ["/v1/Number/{thing_id}", f"{ACCOUNT}/Thing/{{thing_id}}/"])
def test_the_path_keeps_or_lacks_its_trailing_slash(path: str) -> None:
    request = build(thing("GET", path), thingId="t-1")
    assert request.path == path.replace("{thing_id}", "t-1").replace("{auth_id}", "MAXXXX")


def test_an_operation_may_have_its_own_host() -> None:
    assert build(thing("GET", host="lookup.plivo.com"), thingId="t").host == "lookup.plivo.com"


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [("GET", "status=live", None), ("POST", "", {"status": "live"}), ("DELETE", "status=live", {"status": "live"})],
)
def test_fixed_parameters_go_where_args_go(method: str, query: str, body: object) -> None:
    request = build(thing(method, fixed={"status": "live"}), thingId="t")
    assert (request.query, request.json) == (query, body)


def test_additional_fields_are_merged_as_given() -> None:
    extra = {"new_flag": True, "deep": {"a": [1, None]}, "none": None}
    assert build(thing("POST"), thingId="t", callFrom="x", additionalFields=extra).json == {"from": "x", **extra}
    request = build(thing("GET"), thingId="t", additionalFields={"new_flag": True, "several": ["a", 1], "none": None})
    assert query_of(request) == [("new_flag", "true"), ("several", "a"), ("several", "1")]


def test_null_of_a_nullable_arg_is_sent_as_json_null() -> None:
    assert build(thing("POST"), thingId="t", appId=None).json == {"app_id": None}


def test_several_path_values() -> None:
    member = block(
        "POST",
        f"{ACCOUNT}/Conference/{{conference_name}}/Member/{{member_id}}/Mute/",
        {"name": "memberId", "required": True},
        {"name": "conferenceName", "required": True},
    )
    request = build(member, conferenceName="{member_id}", memberId="a/b")
    assert request.path == "/v1/Account/MAXXXX/Conference/%7Bmember_id%7D/Member/a%2Fb/Mute/"
    assert request.json == {}


@patient
@given(st.text(st.characters()) | st.text(st.sampled_from("./%\\?#;:@ {}"), max_size=4))
def test_no_path_value_can_reach_another_resource(value: str) -> None:
    """Every text stays one segment and arrives as it was given, or is refused."""
    try:
        path = build(thing("GET"), thingId=value).path
    except RequestError:
        assert value in ("", ".", "..") or not is_unicode(value)
        return
    assert value not in ("", ".", "..")
    assert path.count("/") == 6
    assert unquote(path.split("/")[5], errors="strict") == value
    assert path.isascii()
    assert path.isprintable()
    assert " " not in path
    parts = urlsplit(f"https://api.plivo.com{path}")
    assert (parts.path, parts.query, parts.fragment) == (path, "", "")


def is_unicode(text: str) -> bool:
    """Say whether a text is free of halved characters, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@patient
@given(st.lists(st.text(min_size=1), max_size=3), st.text(min_size=1))
def test_any_text_survives_a_query(items: list[str], text: str) -> None:
    listing = block("GET", "/v1/", {"name": "q"}, {"name": "items", "type": "List"})
    assert query_of(build(listing, q=text, items=items)) == [("q", text), *(("items", item) for item in items)]


def test_an_object_in_a_query_travels_as_json_text() -> None:
    filtering = block("GET", "/v1/", {"name": "where", "type": "JSON"})
    assert query_of(build(filtering, where={"a": [1, "é&"]})) == [("where", '{"a":[1,"é&"]}')]


@pytest.mark.parametrize(
    ("type_name", "given", "sent"),
    [
        ("String", 5, "5"),
        ("Number", "5", 5),
        ("Boolean", "1", True),
        ("Datepicker", "2016-05-28", "2016-05-28 00:00:00"),
        ("Map", "50.37, 26.56", [50.37, 26.56]),
        ("Array", '[{"a": 1}]', [{"a": 1}]),
        ("JSON", '{"a": 1}', {"a": 1}),
        ("List", "a,b", ["a", "b"]),
    ],
)
def test_values_have_their_json_type_in_a_body(type_name: str, given: object, sent: object) -> None:
    assert build(block("POST", "/v1/", {"name": "value", "type": type_name}), value=given).json == {"value": sent}


def test_a_multipart_body_has_a_part_for_every_value() -> None:
    upload = block(
        "POST",
        f"{ACCOUNT}/Media/",
        {"name": "title"},
        {"name": "isPublic", "type": "Boolean"},
        {"name": "file", "type": "File"},
        body="multipart",
    )
    file = Upload("a.png", "image/png", b"\x89PNG")
    request = build(upload, title="Logo", isPublic="True", file=file)
    assert request.parts == (("title", "Logo"), ("is_public", "true"), ("file", file))
    assert (request.query, request.json) == ("", None)


def test_other_bodies_have_no_parts() -> None:
    assert build(thing("POST"), thingId="t").parts is None
