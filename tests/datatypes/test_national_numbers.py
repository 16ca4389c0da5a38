"""DEFAULT_COUNTRY: national numbers are read, and no number that was complete becomes another."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.datatypes import Shape
from app.datatypes.formats import FORMATS, formats_for
from app.datatypes.national_numbers import NationalNumbers
from app.datatypes.readers import reader_for
from tests.support.patience import patient

PHONE_LIKE = ["phone", "recipient", "sender", "number"]
COUNTRIES = ["AU", "BR", "CN", "DE", "DK", "ES", "FR", "GB", "IN", "IT", "JP", "MX", "PL", "RU", "SG", "US", "ZA"]
readers = {country: NationalNumbers(country).read for country in COUNTRIES}


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize(
    ("country", "typed", "digits"),
    [
        ("DE", "0171 1234567", "491711234567"),
        ("DE", "(0171) 123 45 67", "491711234567"),
        ("GB", "020 7946 0958", "442079460958"),
        ("FR", "06 12 34 56 78", "33612345678"),
        ("IT", "06 6982 1234", "390669821234"),
        ("IT", "312 345 6789", "393123456789"),
        ("US", "(415) 555-0100", "14155550100"),
        ("US", "415.555.0100", "14155550100"),
        ("US", "011 44 20 7946 0958", "442079460958"),
        ("IN", "98765 43210", "919876543210"),
        ("IN", "098765 43210", "919876543210"),
        ("CN", "138 1234 5678", "8613812345678"),
        ("DK", "32 12 34 56", "4532123456"),
        ("RU", "8 (916) 123-45-67", "79161234567"),
    ],
)
def test_national_numbers_are_read_as_people_write_them(name: str, country: str, typed: str, digits: str) -> None:
    assert formats_for(country)[name](typed) == digits


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("kind", [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
def test_what_the_library_writes_for_people_of_a_country_is_read(country: str, kind: int) -> None:
    number = phonenumbers.example_number_for_type(country, kind)
    assert number is not None
    typed = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    expected = phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    try:
        assert formats_for(country)["phone"](typed) == expected
    except ValueError as error:
        assert "could be a number of" in str(error)  # noqa: PT017  # the library's example may be two numbers
        digits = "".join(filter(str.isdigit, typed))
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize(
    "typed", ["+14155550100", "+44 (0)20 7946 0958", "0049 171 1234567", "+1 (415) 555-0100", "+390669821234"]
)
def test_a_number_that_says_where_it_begins_is_read_as_without_a_country(country: str, typed: str) -> None:
    assert formats_for(country)["phone"](typed) == FORMATS["phone"](typed)


@patient
@given(
    country=st.sampled_from(COUNTRIES), region=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), data=st.data()
)
def test_a_complete_number_is_never_made_another(country: str, region: str, data: st.DataObject) -> None:
    """It is taken as it is, or refused where it could be two."""
    kind = data.draw(st.sampled_from([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]))
    number = phonenumbers.example_number_for_type(region, kind)
    if number is None:
        return
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    try:
        assert readers[country](digits) == digits
    except ValueError as error:
        assert "could be a number of" in str(error)  # noqa: PT017  # either outcome will do


@patient
@given(country=st.sampled_from(COUNTRIES), digits=st.from_regex(r"[1-9][0-9]{2,14}", fullmatch=True))
def test_digits_stay_or_become_a_valid_number_of_the_country(country: str, digits: str) -> None:
    try:
        read = readers[country](digits)
    except ValueError:
        return
    if read != digits:
        number = phonenumbers.parse(f"+{read}")
        assert phonenumbers.is_valid_number(number)
        assert number.country_code == phonenumbers.country_code_for_region(country)
        assert not _is_valid(f"+{digits}")


def _is_valid(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


@pytest.mark.parametrize("typed", ["12345", "415555", "100"])
def test_short_codes_and_beginnings_of_numbers_stay(typed: str) -> None:
    assert formats_for("US")["sender"](typed) == typed


def test_a_number_that_could_be_two_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"could be a number of CN as well as .*write \+ before the country code"):
        formats_for("CN")["phone"]("13012345678")


@pytest.mark.parametrize(
    ("country", "typed"), [("US", "0171 1234567"), ("US", "0415555010"), ("GB", "01"), ("DE", "0")]
)
def test_what_is_no_number_of_the_country_is_refused(country: str, typed: str) -> None:
    with pytest.raises(ValueError, match=f"is not a number of {country}: give it with its country code"):
        formats_for(country)["phone"](typed)


def test_what_is_no_number_at_all_is_refused_as_without_a_country() -> None:
    for typed in ("14155550123.0", "1415555O100", "", "1.41556E+10"):
        with pytest.raises(ValueError, match="is not a phone number"):
            formats_for("US")["phone"](typed)


def test_sender_ids_and_sip_addresses_stay() -> None:
    formats = formats_for("US")
    assert formats["sender"]("Acme Health 1") == "Acme Health 1"
    assert formats["phone"]("sip:alice@phone.plivo.com") == "sip:alice@phone.plivo.com"
    assert formats["url"] is FORMATS["url"]


def test_the_readers_of_every_datatype_take_it() -> None:
    formats = formats_for("GB")
    lists = Shape(name="arg", type="List", format="phone", join="<")
    assert reader_for(lists, formats)(["020 7946 0958", "+442079460958", "07400 123456"]) == "442079460958<447400123456"
    field = Shape(name="number", type="String", format="number")
    nested = Shape(name="arg", type="Array", structure=(Shape(name="inner", type="JSON", structure=(field,)),))
    assert reader_for(nested, formats)([{"inner": {"number": "020 7946 0958"}}]) == [
        {"inner": {"number": "442079460958"}}
    ]


def test_without_the_setting_nobody_s_numbers_are_read() -> None:
    assert formats_for(None) is FORMATS
