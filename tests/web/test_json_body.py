"""JSON that cannot be read: the hint says what is wrong and where, and never repeats a value."""

import pytest

from app.errors import InvalidJson
from app.web.body import parse_args
from app.web.json_body import parse_json

SECRET = "s3cret"
FORM = "application/x-www-form-urlencoded"


def hint_for(body: bytes, content_type: str = "application/json") -> str:
    with pytest.raises(InvalidJson) as raised:
        parse_args(body, content_type)
    hint = raised.value.details["hint"]
    assert isinstance(hint, str)
    assert SECRET not in hint
    return hint


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_an_empty_body(body: bytes) -> None:
    assert hint_for(body).startswith("The body is empty")


@pytest.mark.parametrize(
    ("body", "place", "problem"),
    [
        (b'{"a": 1,\n "b" 2}', "line 2, column 6", "colon"),
        (b'{"a": 1\n "b": 2}', "line 2, column 2", "comma"),
        (b'{"a": "s3cret",\n}', "line 2, column 1", "closing bracket"),
        (b'{"a": ["s3cret",]}', "line 1, column 17", "closing bracket"),
        (b"{'a': 's3cret'}", "line 1, column 2", "double quotes"),
        (b'{"a": s3cret}', "line 1, column 7", "a value is expected"),
        (b'{"a": True}', "line 1, column 7", "a value is expected"),
        (b'{a: "s3cret"}', "line 1, column 2", "name in double quotes"),
        (b'{"a": "s3cret', "line 1, column 7", "closing quote"),
        (b'{"a": "s3cret"', "line 1, column 15", "ends too early"),
        (b'{"a": "s3cret\n"}', "line 1, column 14", "escaped"),
        (b'{"a": "C:\\s3cret"}', "line 1, column 10", "backslash"),
        (b'{"a": 1}}', "line 1, column 9", "follows"),
        (b'\xef\xbb\xbf{"a" 1}', "line 1, column 6", "colon"),
    ],
)
def test_a_mistake_is_named_with_its_place(body: bytes, place: str, problem: str) -> None:
    hint = hint_for(body)
    assert place in hint
    assert problem in hint


def test_what_is_not_utf_8() -> None:
    assert "UTF-8 at byte 8" in hint_for(b'{"a": "\xff"}')
    assert "UTF-8" in hint_for('{"a": 1}'.encode("utf-16"))
    assert "UTF-8 at byte 3" in hint_for(b"a=\xff", FORM)
    assert "percent-encoded" in hint_for(b"a=%ff", FORM)


@pytest.mark.parametrize(("value", "named"), [(b"NaN", "NaN"), (b"-Infinity", "-Infinity"), (b"1" * 5000, "digits")])
def test_numbers_that_are_none(value: bytes, named: str) -> None:
    assert named in hint_for(b'{"a": %b}' % value)


@pytest.mark.parametrize("levels", [65, 1000, 200_000])
def test_what_is_nested_too_deep(levels: int) -> None:
    assert "nested" in hint_for(b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}")
    assert "deep" in hint_for(b'{"a":' * levels + b"1" + b"}" * levels)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'[{"a": 1}]', "The body is a list where an object is needed"),
        (b'"s3cret"', "a text"),
        (b'"{\\"a\\": 1}"', "twice"),
        (b"5", "a number"),
        (b"true", "a boolean"),
        (b"null", "null"),
        (b'{"args": [1]}', "args is a list"),
        (b'{"args": "s3cret"}', "args is a text"),
        (b'{"args": null}', "args is null"),
    ],
)
def test_what_is_no_object(body: bytes, named: str) -> None:
    assert named in hint_for(body)


def test_a_list_is_shown_the_way_to_bulk() -> None:
    assert "/bulk" in hint_for(b'[{"a": 1}]')


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "text/csv; charset=utf-8", "", FORM])
@pytest.mark.parametrize(
    "body", [b"src,destination,text\n1,2,s3cret\n", b"\xef\xbb\xbfsrc;dst\r\n1;2\r\n", b"src\tdst\n1\t2\n"]
)
def test_csv_is_recognised(content_type: str, body: bytes) -> None:
    assert "CSV" in hint_for(body, content_type)


def test_the_field_args_of_a_form_is_named() -> None:
    assert hint_for(b"args=%7B", FORM).startswith("The field args is not JSON at line 1, column 2")
    assert "The field args is a list" in hint_for(b"args=[1]", FORM)
    assert "The field args is empty" in hint_for(b"args=", FORM)


def test_a_form_with_too_many_fields() -> None:
    assert "10000 fields" in hint_for(b"&".join([b"a=1"] * 10_001), FORM)


def test_others_name_what_they_read() -> None:
    with pytest.raises(InvalidJson) as raised:
        parse_json(b"{", "Line 7")
    assert str(raised.value.details["hint"]).startswith("Line 7 is not JSON")
    assert parse_json(b'[{"a": 1}]', "Line 7") == [{"a": 1}]
