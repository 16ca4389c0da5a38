"""The body of a block call → raw args: JSON and forms in every shape that marketplaces send."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from app.datatypes.files import Upload
from app.errors import InvalidJson
from app.web.body import SizeLimit, read_args
from tests.support.patience import patient

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BOM = b"\xef\xbb\xbf"
BOUNDARY = "boundary4711"


MOST = SizeLimit(16 * 1024 * 1024, "MAX_BODY_BYTES")


def args_of(body: bytes, content_type: str | None = None, *, piece: int = 65536) -> dict[str, Any]:
    """Read a body that comes in pieces of at most so many bytes."""
    pieces = iter([body[start : start + piece] for start in range(0, len(body), piece)] or [b""])
    left = max(1, -(-len(body) // piece))

    async def receive() -> Message:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": next(pieces), "more_body": left > 0}

    return asyncio.run(read_args(receive, content_type or "", body=MOST, upload=MOST))


def multipart(*parts: tuple[str, str | bytes, str]) -> bytes:
    """Write a multipart body of (name, content, further disposition and headers)."""
    chunks = []
    for name, content, more in parts:
        raw = content.encode() if isinstance(content, str) else content
        chunks.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + raw + b"\r\n"
        )
    return b"".join(chunks) + f"--{BOUNDARY}--\r\n".encode()


def of_multipart(*parts: tuple[str, str | bytes, str]) -> dict[str, Any]:
    return args_of(multipart(*parts), f"multipart/form-data; boundary={BOUNDARY}")


@pytest.mark.parametrize(
    "content_type", [JSON, "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"]
)
@pytest.mark.parametrize(
    ("body", "args"),
    [
        (b'{"args": {"a": 1, "b": null}}', {"a": 1, "b": None}),
        (b'{"a": 1, "b": [true]}', {"a": 1, "b": [True]}),
        (b'{"args": {"a": 1}, "a": 2, "to": "x"}', {"a": 1, "to": "x"}),
        (b'{"a": 2, "args": {}}', {"a": 2}),
        (b"{}", {}),
        (b'{"args": {"args": {"a": 1}}}', {"args": {"a": 1}}),
        (BOM + b' {"a": 1}', {"a": 1}),
        (b'{"a": "cut \\ud83d"}', {"a": "cut \ud83d"}),
    ],
)
def test_json_is_wrapped_in_args_or_flat(body: bytes, args: dict[str, Any], content_type: str) -> None:
    assert args_of(body, content_type) == args


@pytest.mark.parametrize("content_type", [None, "", "text/plain", FORM, "application/octet-stream"])
@pytest.mark.parametrize("start", [b"", b" \r\n\t", BOM])
def test_what_looks_like_json_is_read_as_json_whatever_its_type(content_type: str | None, start: bytes) -> None:
    assert args_of(start + b'{"args": {"a": "1"}}', content_type) == {"a": "1"}
    for no_object in (b"[1]", b'"text"'):
        with pytest.raises(InvalidJson):
            args_of(start + no_object, content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"a=1",
        b"[]",
        b"null",
        b"5",
        b'"{}"',
        b'{"args": []}',
        b'{"args": null}',
        b'{"args": "{}"}',
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": 1}}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
    ids=lambda body: repr(body[:14]),
)
def test_json_that_is_none_or_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        args_of(body, JSON)


def nested(levels: int) -> bytes:
    """Write an object nested in so many levels, the outermost counted."""
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_json_may_be_nested_in_64_levels() -> None:
    assert args_of(nested(64), JSON).keys() == {"a"}
    assert of_multipart(("args", nested(64), "")).keys() == {"a"}
    for levels in (65, 1000):
        with pytest.raises(InvalidJson):
            args_of(nested(levels), JSON)
        with pytest.raises(InvalidJson):
            args_of(urlencode({"args": nested(levels)}).encode(), FORM)


def test_wide_json_and_brackets_in_text_are_not_deep() -> None:
    content = {"many": [{"a": []}] * 500, "text": "[{" * 500}
    assert args_of(json.dumps(content).encode(), JSON) == content


@pytest.mark.parametrize("content_type", [None, FORM, f"{FORM}; charset=UTF-8", "text/plain"])
@pytest.mark.parametrize(
    ("body", "args"),
    [
        ("", {}),
        ("a=1&b=two+words&c=caf%C3%A9&d=", {"a": "1", "b": "two words", "c": "café", "d": ""}),
        ("a=%2B1415&b=x%3Dy", {"a": "+1415", "b": "x=y"}),
        ("args[a]=1&args[b]=2", {"a": "1", "b": "2"}),
        ("args%5Ba%5D=1", {"a": "1"}),
        ('args={"a": 1, "b": [2]}', {"a": 1, "b": [2]}),
        ('args={"args": {"a": 1}}', {"a": 1}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1", {"a": ["1"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("args[a][]=1&args[a][]=2", {"a": ["1", "2"]}),
        ("args[a]=1&args[a]=2", {"a": ["1", "2"]}),
        ("a=flat&args[a]=inside&b=3", {"a": "inside", "b": "3"}),
        ('a=flat&args={"a": "inside"}&b=3', {"a": "inside", "b": "3"}),
        ("+a+=1&args[+b+]=2", {"a": "1", "b": "2"}),
        ("to=x&args[a]=1", {"to": "x", "a": "1"}),
        ("\ufeffa=1&b=2", {"a": "1", "b": "2"}),
    ],
)
def test_forms_in_every_shape(body: str, args: dict[str, Any], content_type: str | None) -> None:
    got = args_of(body.encode(), content_type)
    assert {name.strip(): value for name, value in got.items()} == args


@pytest.mark.parametrize(
    "body", [b"a=%FF", b"a=\xff", b"%FF=1", b"args=nonsense", b"args=[1]", b"args=", b"args={", b"a=" + b"&a=" * 20_000]
)
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        args_of(body, FORM)


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1).map(str.strip)
fields = st.dictionaries(names.filter(lambda name: name not in ("", "args")), st.text())


@patient
@given(fields)
def test_any_text_survives_json_and_forms_alike(args: dict[str, str]) -> None:
    assert args_of(json.dumps({"args": args}).encode(), JSON) == args
    assert args_of(json.dumps(args).encode(), JSON) == args
    assert args_of(urlencode(args).encode(), FORM) == args
    assert args_of(urlencode({f"args[{name}]": value for name, value in args.items()}).encode(), FORM) == args
    assert args_of(urlencode({"args": json.dumps(args)}).encode(), FORM) == args


@patient
@given(
    st.binary(), st.sampled_from([None, JSON, FORM, f"multipart/form-data; boundary={BOUNDARY}", "multipart/form-data"])
)
def test_any_bytes_are_args_or_refused(body: bytes, content_type: str | None) -> None:
    try:
        args = args_of(body, content_type)
    except InvalidJson:
        return
    assert all(isinstance(name, str) for name in args)


def test_multipart_fields_have_the_shapes_of_other_forms() -> None:
    assert of_multipart(("a", "1", ""), ("args[b]", "zwölf", ""), ("c[]", "3", ""), ("args[d]", "", "")) == {
        "a": "1",
        "b": "zwölf",
        "c": ["3"],
        "d": "",
    }
    assert of_multipart(("args", '{"a": 1}', ""), ("b", "2", ""), ("b", "3", "")) == {"a": 1, "b": ["2", "3"]}


def test_a_multipart_field_may_be_large() -> None:
    """Starlette's own limit is 1 MiB a part; ours is that of the whole body."""
    text = "x" * (2 * 1024 * 1024)
    assert of_multipart(("text", text, "")) == {"text": text}


def test_a_multipart_file_is_an_upload() -> None:
    content = b"\x89PNG\r\n\x00\xff"
    more = '; filename="a b.png"\r\nContent-Type: image/png'
    assert of_multipart(("file", content, more), ("args[text]", "x", "")) == {
        "file": Upload("a b.png", "image/png", content),
        "text": "x",
    }


def test_what_a_common_client_sends_is_read() -> None:
    request = httpx.Request(
        "POST", "http://a.example/", data={"a": ["1", "2"]}, files={"file": ("n.txt", b"x", "text/plain")}
    )
    args = args_of(request.read(), request.headers["content-type"])
    assert args == {"a": ["1", "2"], "file": Upload("n.txt", "text/plain", b"x")}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (multipart(("a", "1", "")), "multipart/form-data"),
        (multipart(("a", "1", "")), "multipart/form-data; boundary=another"),
        (b"--" + BOUNDARY.encode() + b"\r\nnonsense", f"multipart/form-data; boundary={BOUNDARY}"),
        (multipart(("a", "1", ""), ("b", "2", ""))[:-30], f"multipart/form-data; boundary={BOUNDARY}"),
        (multipart(("args", "nonsense", "")), f"multipart/form-data; boundary={BOUNDARY}"),
        (b'{"a": 1}', f"multipart/form-data; boundary={BOUNDARY}"),
    ],
)
def test_a_multipart_body_that_cannot_be_read_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(InvalidJson):
        args_of(body, content_type)
