"""Dates and times, as people, spreadsheets and programs write them."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datatypes.moments import END_OF_DAY, read_moment, write_moment
from app.json_text import WrittenFloat
from tests.support.patience import patient


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2016-05-28 00:00:00", "2016-05-28 00:00:00"),
        ("2016-05-28 13:37:59", "2016-05-28 13:37:59"),
        (" 2016-05-28 13:37:59 ", "2016-05-28 13:37:59"),
        ("2016-05-28T13:37:59", "2016-05-28 13:37:59"),
        ("2016-05-28t13:37:59", "2016-05-28 13:37:59"),
        ("2016-05-28 13:37", "2016-05-28 13:37:00"),
        ("20161126T101530", "2016-11-26 10:15:30"),
        ("20161126 101530", "2016-11-26 10:15:30"),
        ("0999-01-02 03:04:05", "0999-01-02 03:04:05"),
    ],
)
def test_a_moment_without_an_offset_comes_back_as_given(value: object, written: str) -> None:
    moment = read_moment(value)
    assert moment.tzinfo is None
    assert write_moment(moment) == written


@pytest.mark.parametrize(
    "value",
    [
        "2016-05-28T00:00:00Z",
        "2016-05-28t00:00:00z",
        "20160528T000000Z",
        "20160528T020000+0200",
        "2016-05-28 00:00:00+00:00",
        "2016-05-28T02:00:00+02:00",
        "2016-05-27T18:30:00-05:30",
        1464393600,
        1464393600.0,
        WrittenFloat("1464393600.0"),
        "1464393600",
        "1464393600.",
        "1464393600.0",
        1464393600000,
        1464393600000.0,
        "1464393600000",
    ],
)
def test_a_moment_with_an_offset_and_unix_time_come_back_in_utc(value: object) -> None:
    moment = read_moment(value)
    assert moment == datetime(2016, 5, 28, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", ["2016-05-28", "20160528", 20160528, "2016-W21-6", " 2016-05-28 "])
def test_a_date_alone_stands_for_the_time_of_day_that_it_is_read_for(value: object) -> None:
    assert read_moment(value) == datetime(2016, 5, 28)  # noqa: DTZ001  # as given: without
    assert read_moment(value, date_means=END_OF_DAY) == datetime(2016, 5, 28, 23, 59, 59)  # noqa: DTZ001  # as above


@pytest.mark.parametrize("value", ["2016-05-28 00:00:00", "2016-05-28T00:00Z", 1464393600])
def test_a_time_that_is_given_stays_whatever_a_date_stands_for(value: object) -> None:
    assert write_moment(read_moment(value, date_means=END_OF_DAY)) == "2016-05-28 00:00:00"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2016-05-28T10:20:30.5", "2016-05-28 10:20:30.5"),
        ("2016-05-28T10:20:30.999", "2016-05-28 10:20:30.999"),
        ("2016-05-28T10:20:30,120Z", "2016-05-28 10:20:30.12"),
        ("2016-05-28T10:20:30.000001+02:00", "2016-05-28 08:20:30.000001"),
        ("2016-05-28T10:20:30.000", "2016-05-28 10:20:30"),
        ("2016-05-28T10:20:30.1234567Z", "2016-05-28 10:20:30.123456"),
        ("1464393600.25", "2016-05-28 00:00:00.25"),
        (1464393600.25, "2016-05-28 00:00:00.25"),
        (WrittenFloat("1464393600.000001"), "2016-05-28 00:00:00.000001"),
        (1464393600123, "2016-05-28 00:00:00.123"),
        ("1464393600123.4567", "2016-05-28 00:00:00.123456"),
    ],
)
def test_fractions_of_a_second_are_kept_to_the_microsecond(value: object, written: str) -> None:
    """Microsoft writes seven digits, Go and Java nine; Plivo takes six."""
    assert write_moment(read_moment(value)) == written


@patient
@given(st.datetimes(datetime(1974, 1, 1), datetime(5000, 1, 1)))  # noqa: DTZ001  # bounds
def test_unix_time_loses_no_microsecond(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    whole = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    seconds, micros = divmod(whole, 10**6)
    assert read_moment(f"{seconds}.{micros:06}") == moment
    if whole // 1000 > 10**11:
        text = f"{whole // 1000}.{whole % 1000:03}"
        assert re.match(r"(19|20|21)\d{12}\b", text) or read_moment(text) == moment


def test_milliseconds_begin_above_10_to_the_11() -> None:
    assert read_moment(10**11).year == 5138
    assert read_moment(10**11 + 1).year == 1973


@patient
@given(st.dates())
def test_eight_digits_are_a_date_and_nothing_else(day: date) -> None:
    text = f"{day:%Y%m%d}".zfill(8)
    assert read_moment(text) == datetime.combine(day, time.min)


@pytest.mark.parametrize(
    "value", [0, 5, 2016, 201605, 99_999_999, "12345678", "1", "99999999.5", 20160528.5, "20160528.10"]
)
def test_seconds_have_at_least_nine_digits(value: object) -> None:
    with pytest.raises(ValueError, match="must be a date and time"):
        read_moment(value)


@pytest.mark.parametrize("value", [20161126101530, "20161126101530", "201611261015", 199912312359])
def test_what_could_be_a_date_as_well_as_milliseconds_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="could be a date written without separators as well as milliseconds"):
        read_moment(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        True,
        "",
        "yesterday",
        "2016-13-01",
        "2016-02-30",
        "20160230",
        "2016-05-28 25:00:00",
        "2016-05-28_10:00",
        "28.05.2016",
        "05/28/2016",
        "2016-05-28T00:00:00+99:00",
        "0001-01-01T00:00:00+10:00",
        "\uff12\uff10\uff11\uff16-05-28",
        -5,
        10**16,
        10**30,
        1e300,
        float("inf"),
        WrittenFloat("1e400"),
        "9" * 1_000_000,
        "2016-05-28 " + "0" * 1_000_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be a date and time like 2016-05-28 00:00:00"):
        read_moment(value)
