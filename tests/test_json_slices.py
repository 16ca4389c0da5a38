"""Values cut out of JSON text: byte for byte as they stand there, whoever cuts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import json_slices
from tests.support.patience import patient

ODD = [
    b"0.00500",
    b"-0",
    b"1e400",
    b"1E+2",
    b"12345678901234567890123",
    b"9" * 5000,
    b'"cut \\ud83d"',
    b'"\\\\ud83d"',
    b'"\\ud83d\\ude00"',
    b'"quoted \\" ]},[{ and \\\\"',
    b'"\xc3\xa9"',
    b"null",
    b"true",
    b"{}",
    b"[ ]",
    b'{"b": {"c": [1.50, "]"]} , "d":[] }',
    b"[" * 2000 + b"]" * 2000,
]
"""Values that a parser would write in another way, or refuse."""

_spaces = st.sampled_from([b"", b" ", b"\n\t", b"\r\n  "])
_values = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode()),
)
_names = st.text() | st.sampled_from(["objects", 'a"b', "\\", "é"])


@patient
@given(st.lists(st.tuples(_spaces, _values, _spaces), max_size=6))
def test_elements_are_cut_as_they_stand(parts: list[tuple[bytes, bytes, bytes]]) -> None:
    text = b"[" + b",".join(before + value + after for before, value, after in parts) + (b"]" if parts else b" ]")
    assert json_slices.elements(text, 6) == [value for _, value, _ in parts]


@patient
@given(st.lists(st.tuples(_spaces, _names, _values), max_size=6), st.booleans())
def test_members_are_cut_as_they_stand(parts: list[tuple[bytes, str, bytes]], escaped: bool) -> None:  # noqa: FBT001  # drawn
    written = [
        space + json.dumps(name, ensure_ascii=escaped).encode(errors="surrogatepass") + space + b":" + space + value
        for space, name, value in parts
    ]
    text = b"{" + b" ,".join(written) + b" }"
    assert json_slices.members(text) == {name: value for _, name, value in parts}


def test_a_name_with_half_a_character() -> None:
    assert json_slices.members(b'{"\\ud83d": 0.10, "b": 2}') == {"\ud83d": b"0.10", "b": b"2"}


@pytest.mark.parametrize("text", [b"[]", b"5", b'"{}"', b"null", b""])
def test_what_is_no_object(text: bytes) -> None:
    with pytest.raises(ValueError, match="no object"):
        json_slices.members(text)


@pytest.mark.parametrize("text", [b"{}", b"5", b'"[]"', b"null", b""])
def test_what_is_no_array(text: bytes) -> None:
    with pytest.raises(ValueError, match="no array"):
        json_slices.elements(text, 5)


@pytest.mark.parametrize("element", [b"1", b'"cut \\ud83d"'])
def test_no_more_elements_than_wanted(element: bytes) -> None:
    """Neither cutter goes beyond."""
    text = b"[" + b",".join([element] * 5) + b"]"
    assert json_slices.elements(text, 5) == [element] * 5
    with pytest.raises(ValueError, match="more than 4 elements"):
        json_slices.elements(text, 4)


def test_millions_of_elements_are_not_cut() -> None:
    with pytest.raises(ValueError, match="more than 100 elements"):
        json_slices.elements(b"[" + b"1," * 5_000_000 + b"1]", 100)
