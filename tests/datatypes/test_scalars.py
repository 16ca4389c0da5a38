"""Single values, as JSON and forms hold them."""

import math
from datetime import UTC, datetime

import pytest

from app.datatypes.scalars import read_boolean, read_coordinates, read_decimal, read_moment, read_text, read_whole

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
    ],
)
def test_numbers_and_booleans_are_read_as_text(value: object, text: str) -> None:
    assert read_text(value) == text


def test_a_number_whose_digits_are_lost_is_refused() -> None:
    """An id above 2^53 that came as a JSON float is another id by now."""
    with pytest.raises(ValueError, match="send it as text"):
        read_text(12345678901234567890.0)


@pytest.mark.parametrize("value", [*NOT_SCALARS, math.inf, -math.inf])
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be text|too large"):
        read_text(value)


@pytest.mark.parametrize("value", [60, "60", 60.0, "60.0", " 60 ", "+60", "060", "60."])
def test_60_is_60_however_it_is_written(value: object) -> None:
    number = read_whole(value)
    assert number == 60
    assert type(number) is int


@pytest.mark.parametrize(("value", "number"), [(0, 0), ("0", 0), ("-3", -3), (-3.0, -3), (2**60 + 1, 2**60 + 1)])
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
        "1" * 5000,
    ],
    ids=repr,
)
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a whole number"):
        read_whole(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [(0.5, 0.5), ("0.5", 0.5), (".5", 0.5), ("-0.25", -0.25), ("1e-3", 0.001), (60.0, 60), ("60", 60), ("2.0", 2)],
)
def test_decimals_are_read(value: object, number: float) -> None:
    assert read_decimal(value) == number


@pytest.mark.parametrize(
    "value", [*NOT_SCALARS, True, "half", "", "1e400", "1e999", math.inf, -math.inf, "nan", "inf", "1,5"]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        read_decimal(value)


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE", " true ", 1, 1.0, "1"])
def test_true(value: object) -> None:
    assert read_boolean(value) is True


@pytest.mark.parametrize("value", [False, "false", "False", "FALSE", 0, 0.0, "0"])
def test_false(value: object) -> None:
    assert read_boolean(value) is False


@pytest.mark.parametrize("value", [*NOT_SCALARS, 2, -1, 0.5, "yes", "on", "", "2", "None"])
def test_what_is_neither_true_nor_false_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        read_boolean(value)


@pytest.mark.parametrize(
    ("value", "iso_text"),
    [
        ("2016-05-28 00:00:00", "2016-05-28T00:00:00"),
        ("2016-05-28 13:37:59", "2016-05-28T13:37:59"),
        (" 2016-05-28 13:37:59 ", "2016-05-28T13:37:59"),
        ("2016-05-28T13:37:59", "2016-05-28T13:37:59"),
        ("2016-05-28T13:37:59.123", "2016-05-28T13:37:59.123000"),
        ("2016-05-28", "2016-05-28T00:00:00"),
    ],
)
def test_a_moment_without_an_offset_comes_back_as_given(value: object, iso_text: str) -> None:
    assert read_moment(value).isoformat() == iso_text


@pytest.mark.parametrize(
    "value",
    [
        "2016-05-28T00:00:00Z",
        "2016-05-28t00:00:00z",
        "2016-05-28 00:00:00+00:00",
        "2016-05-28T02:00:00+02:00",
        "2016-05-27T18:30:00-05:30",
        1464393600,
        1464393600.0,
        "1464393600",
        "1464393600.0",
        1464393600000,
        1464393600000.0,
        "1464393600000",
    ],
)
def test_a_moment_with_an_offset_and_unix_time_come_back_in_utc(value: object) -> None:
    moment = read_moment(value)
    assert moment == datetime(2016, 5, 28, tzinfo=UTC)
    assert moment.utcoffset() == UTC.utcoffset(None)


def test_milliseconds_begin_above_10_to_the_11() -> None:
    assert read_moment(10**11).year == 5138
    assert read_moment(10**11 + 1).year == 1973


@pytest.mark.parametrize(
    "value",
    [
        *NOT_SCALARS,
        True,
        "",
        "yesterday",
        "2016-13-01",
        "2016-02-30",
        "2016-05-28 25:00:00",
        "28.05.2016",
        "05/28/2016",
        "2016-05-28T00:00:00+99:00",
        "0001-01-01T00:00:00+10:00",
        -5,
        10**16,
        10**30,
        1e300,
        math.inf,
        "9" * 400,
    ],
    ids=repr,
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a date and time like 2016-05-28 00:00:00"):
        read_moment(value)


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


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 0), (-91, 0), (0, 180.5), (0, -181)])
def test_coordinates_off_the_globe_are_refused(latitude: object, longitude: object) -> None:
    with pytest.raises(ValueError, match="latitude from -90 to 90"):
        read_coordinates(latitude, longitude)


@pytest.mark.parametrize(("latitude", "longitude"), [("north", 0), (0, None), (math.inf, 0)])
def test_coordinates_are_numbers(latitude: object, longitude: object) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        read_coordinates(latitude, longitude)
