"""Single values, as JSON and forms hold them."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import json_text
from app.datatypes.scalars import LONGEST_NUMBER, read_boolean, read_coordinates, read_decimal, read_text, read_whole
from app.json_text import WrittenFloat
from tests.support.patience import patient

NOT_SCALARS: list[object] = [None, [], ["a"], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as is ", "as is "),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-5, "-5"),
        (5.0, "5"),
        (0.5, "0.5"),
        (14155550100, "14155550100"),
        (14155550100.0, "14155550100"),
        (2**70, "1180591620717411303424"),
        (WrittenFloat("5.0"), "5.0"),
        (WrittenFloat("0.00500"), "0.00500"),
        (WrittenFloat("12345678901234567890.0"), "12345678901234567890.0"),
    ],
)
def test_numbers_and_booleans_are_read_as_text(value: object, text: str) -> None:
    assert read_text(value) == text


def test_a_number_whose_digits_are_lost_is_refused() -> None:
    """An id above 2^53 that came as a JSON float is another id by now."""
    with pytest.raises(ValueError, match="send it as text"):
        read_text(12345678901234567890.0)


@pytest.mark.parametrize("value", [*NOT_SCALARS, math.inf, -math.inf, math.nan, WrittenFloat("1e400")])
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be text|too large"):
        read_text(value)


numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@patient
@given(numbers)
def test_a_json_number_is_read_as_the_text_that_was_written(number: int | Decimal) -> None:
    """A code, an id or a one-time password is what the caller wrote, not the double nearest to it."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    assert read_text(json_text.parse(text)) == ("0" if text == "-0" else text)


@patient
@given(numbers)
def test_a_number_is_exactly_that_which_was_written(number: int | Decimal) -> None:
    """The standard library's Decimal is the judge, on the way in and on the wire."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    for given_as in (text, json_text.parse(text)):
        on_the_wire = json_text.render(read_decimal(given_as))
        assert json.loads(on_the_wire, parse_float=Decimal, parse_int=Decimal) == number
        if number == int(number) and "." not in text:
            assert read_whole(given_as) == number


@pytest.mark.parametrize("value", [60, "60", 60.0, "60.0", " 60 ", "+60", "060", "60.", WrittenFloat("60.00")])
def test_60_is_60_however_it_is_written(value: object) -> None:
    number = read_whole(value)
    assert number == 60
    assert type(number) is int


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        ("0", 0),
        ("-3", -3),
        (-3.0, -3),
        (2**60 + 1, 2**60 + 1),
        ("12345678901234567890123", 12345678901234567890123),
        (WrittenFloat("12345678901234567890123.0"), 12345678901234567890123),
        ("7" * LONGEST_NUMBER, int("7" * LONGEST_NUMBER)),
    ],
)
def test_zero_and_negative_numbers_are_numbers(value: object, number: int) -> None:
    assert read_whole(value) == number


@pytest.mark.parametrize(
    "value",
    [
        *NOT_SCALARS,
        True,
        False,
        60.5,
        "60.5",
        "sixty",
        "",
        " ",
        "1e3",
        "6 0",
        "1,000",
        "0x10",
        "٦٠",
        math.inf,
        math.nan,
        2.0**70,
        WrittenFloat("1e400"),
        WrittenFloat("60.5"),
        "1" * 5000,
        "0" * 1_000_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a whole number"):
        read_whole(value)


@pytest.mark.parametrize(
    ("value", "on_the_wire"),
    [
        (0.5, "0.5"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+5.50", "5.50"),
        ("0.00500", "0.00500"),
        ("-00.25", "-0.25"),
        ("1e-3", "1e-3"),
        ("1E+3", "1E+3"),
        ("60", "60"),
        ("007", "7"),
        ("0", "0"),
        ("-0.0", "-0.0"),
        ("2.0", "2.0"),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
        (WrittenFloat("0.12345678901234567890123"), "0.12345678901234567890123"),
    ],
)
def test_decimals_travel_as_they_are_written(value: object, on_the_wire: str) -> None:
    number = read_decimal(value)
    assert json_text.render(number).decode() == str(number) == on_the_wire
    assert number == float(on_the_wire)


@pytest.mark.parametrize(
    "value",
    [
        *NOT_SCALARS,
        True,
        "half",
        "",
        ".",
        "+",
        "e5",
        ".e5",
        "-.",
        "1e9999",
        math.inf,
        -math.inf,
        math.nan,
        "nan",
        "inf",
        "1,5",
        "1_000",
        "\u0666.\u0660",
        "0" * LONGEST_NUMBER + "x",
        "0" * 1_000_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        read_decimal(value)


@pytest.mark.parametrize("value", ["1e400", "-1e999", WrittenFloat("1e400")])
def test_a_number_beyond_all_bounds_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is a number that is too large"):
        read_decimal(value)


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE", " true ", 1, 1.0, "1", "1.0", WrittenFloat("1.0")])
def test_true(value: object) -> None:
    assert read_boolean(value) is True


@pytest.mark.parametrize("value", [False, "false", "False", "FALSE", 0, 0.0, "0", "0.0", WrittenFloat("0.0")])
def test_false(value: object) -> None:
    assert read_boolean(value) is False


@pytest.mark.parametrize(
    "value", [*NOT_SCALARS, 2, -1, 0.5, WrittenFloat("-0.0"), WrittenFloat("1.5"), "yes", "on", "", "2", "None"]
)
def test_what_is_neither_true_nor_false_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        read_boolean(value)


@pytest.mark.parametrize(
    ("latitude", "longitude", "pair"),
    [
        (50.37, 26.56, (50.37, 26.56)),
        ("50.37", " 26.56", (50.37, 26.56)),
        (-90, 180, (-90, 180)),
        (90, -180, (90, -180)),
    ],
)
def test_coordinates(latitude: object, longitude: object, pair: tuple[float, float]) -> None:
    assert read_coordinates(latitude, longitude) == pair


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.1, 0), (-91, 0), (0, 180.5), (0, -181), ("90.00000000000000000001", 0)]
)
def test_coordinates_off_the_globe_are_refused(latitude: object, longitude: object) -> None:
    with pytest.raises(ValueError, match="latitude from -90 to 90"):
        read_coordinates(latitude, longitude)


@pytest.mark.parametrize(("latitude", "longitude"), [("north", 0), (0, None), (math.inf, 0)])
def test_coordinates_are_numbers(latitude: object, longitude: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        read_coordinates(latitude, longitude)
