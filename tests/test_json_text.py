"""JSON text in and out: what orjson refuses although it is valid JSON works too."""

import json
import math
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
    | st.integers(-(2**63), 2**64 - 1)
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
