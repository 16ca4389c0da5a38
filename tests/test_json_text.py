"""JSON text in and out: what orjson refuses although it is valid JSON works too."""

import copy
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import json_text
from tests.support.patience import patient

BOM = b"\xef\xbb\xbf"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(st.characters()), children, max_size=4),
    max_leaves=12,
)


def nested(levels: int) -> Any:
    """Build arrays and objects, in turn, nested in so many levels."""
    value: Any = "innermost"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


@patient
@given(json_values)
def test_what_is_written_reads_the_same(value: object) -> None:
    text = json_text.render(value)
    assert json.loads(text) == value
    assert json_text.parse(text) == value
    assert json_text.parse(text.decode()) == value


decimals = st.decimals(allow_nan=False, allow_infinity=False).map(str)
written = st.recursive(
    st.sampled_from(["null", "true", "false", '"cut \\ud83d"', "-0.0", "1E5", "0.00500", "1e-400", "1e400"])
    | st.integers().map(str)
    | decimals
    | st.text(st.characters()).map(json.dumps),
    lambda children: (
        st.lists(children, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(st.text(st.characters()).map(json.dumps), children, max_size=4).map(
            lambda members: "{" + ",".join(f"{name}:{value}" for name, value in members.items()) + "}"
        )
    ),
    max_leaves=12,
)


def exactly(text: str | bytes) -> Any:
    """Read JSON with the standard library, every number as its text."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _with_numbers_as_text(text: str | bytes) -> Any:
    return json.loads(text, parse_float=str, parse_int=lambda number: "0" if number == "-0" else number)


@patient
@given(written)
def test_every_number_is_written_as_it_was_read(text: str) -> None:
    """The standard library is the judge of what was written."""
    again = json_text.render(json_text.parse(text))
    assert _with_numbers_as_text(again) == _with_numbers_as_text(text)
    assert exactly(again) == exactly(text)
    assert json_text.render(json_text.parse(text.encode(errors="surrogatepass"))) == again


@patient
@given(st.text('0123456789-+.eE", []{}:tfnul\\u', max_size=12))
def test_what_is_json_is_what_the_library_says(text: str) -> None:
    """What is faster may not take more than is JSON, nor less."""
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  # callers only tell that it happened, whatever the text
            json_text.parse(text)
        return
    assert json_text.parse(text) == json_text.parse(text.encode()) == expected


@patient
@given(written)
def test_the_canonical_form_says_the_same_whatever_the_order(text: str) -> None:
    value = json_text.parse(text)

    def turned_round(node: Any) -> Any:
        match node:
            case dict():
                return {name: turned_round(node[name]) for name in reversed(node)}
            case list():
                return [turned_round(child) for child in node]
        return node

    assert json_text.canonical(turned_round(value)) == json_text.canonical(value)
    assert exactly(json_text.canonical(value)) == exactly(text)


def test_the_canonical_form_tells_apart_what_is_the_same_double() -> None:
    first, second = "0.1234567890123456789", "0.1234567890123456788"
    assert float(first) == float(second)
    assert json_text.canonical([json_text.parse(first)]) != json_text.canonical([json_text.parse(second)])


def test_a_number_is_a_float_that_knows_its_text() -> None:
    number = json_text.parse("0.00500")
    assert (number, str(number), repr(number), f"{number}") == (0.005, "0.00500", "0.00500", "0.00500")
    assert isinstance(number, float)
    assert json_text.render(copy.deepcopy({"n": number})) == b'{"n":0.00500}'


@pytest.mark.parametrize("levels", [100, 300, 900])
def test_deep_values_keep_their_numbers_too(levels: int) -> None:
    text = "[" * levels + "0.00500,18446744073709551616" + "]" * levels
    assert json_text.render(json_text.parse(text)).decode() == text


def test_what_is_no_json_value_is_a_type_error() -> None:
    for value in ({1, 2}, [object()], b"bytes"):
        with pytest.raises(TypeError):
            json_text.render(value)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text.render(["cut \ud83d", math.inf])


def test_an_error_says_where() -> None:
    with pytest.raises(json.JSONDecodeError, match="line 2 column"):
        json_text.parse(b'{"a": 1,\n "b": 1.}')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, true, null]}', {"a": [1, True, None]}),
        (b' "Zo\xc3\xab" ', "Zoë"),
        ('"Zoë"', "Zoë"),
        (BOM + b'{"a": 1}', {"a": 1}),
        (BOM + b' "\\ud83d"', "\ud83d"),
        (b'"cut \\ud83d"', "cut \ud83d"),
        ('"cut \\ud83d"', "cut \ud83d"),
        (b"1e400", math.inf),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2**64),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_valid_json_is_read(text: bytes | str, value: object) -> None:
    assert json_text.parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"  ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        "[NaN]",
        b'"\xff"',
        b'\x00"a"',
        BOM,
        BOM + BOM + b"{}",
        '{"a": 1}'.encode("utf-16"),
        b"{} {}",
        b"1" * 5000,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        "[" * 100_000 + "]" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_not_json_or_too_deep_is_a_value_error(text: bytes | str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # callers only tell that it happened, whatever the text
        json_text.parse(text)


def test_json_is_written_compact_and_in_utf_8() -> None:
    assert json_text.render({"name": "Zoë", "list": [1, True, None]}) == '{"name":"Zoë","list":[1,true,null]}'.encode()


def test_half_a_character_is_written_as_its_escape() -> None:
    assert json_text.render({"text": "cut \ud83d"}) == b'{"text":"cut \\ud83d"}'


@patient
@given(st.integers())
@example(2**64)
def test_every_digit_of_a_whole_number_is_written(number: int) -> None:
    assert json_text.render([number]) == f"[{number}]".encode()


@pytest.mark.parametrize(
    ("text", "rest"), [(BOM + b"{}", b"{}"), (b"{}", b"{}"), (b"", b""), (b"{}" + BOM, b"{}" + BOM)]
)
def test_only_a_leading_byte_order_mark_is_dropped(text: bytes, rest: bytes) -> None:
    assert json_text.without_bom(text) == rest


@pytest.mark.parametrize("levels", [1, 2, 63, 64])
def test_64_levels_are_not_too_deep(levels: int) -> None:
    assert not json_text.is_deeper_than(nested(levels))


@pytest.mark.parametrize("levels", [65, 66, 1000, 50_000])
def test_65_levels_are_too_deep(levels: int) -> None:
    assert json_text.is_deeper_than(nested(levels))


def test_the_deepest_branch_counts_and_width_does_not() -> None:
    wide: list[Any] = [{"a": []} for _ in range(1000)]
    assert not json_text.is_deeper_than(wide, 3)
    assert json_text.is_deeper_than([*wide, {"a": [[]]}], 3)


@pytest.mark.parametrize("value", ["[[[[", 1, None, True])
def test_what_holds_nothing_has_no_depth(value: object) -> None:
    assert not json_text.is_deeper_than(value, 0)
