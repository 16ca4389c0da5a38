"""Cleaning never makes another number: what libphonenumber reads of a text is the judge."""

import re

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from app.datatypes.formats import FORMATS
from app.datatypes.phone_numbers import _ZERO_IS_DIALLED, clean_number
from tests.support.patience import patient

PHONE_LIKE = ["phone", "recipient", "sender", "number"]
DECORATION = st.text(st.sampled_from(" -/\u00a0\u2011\u200b"), max_size=3)
KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)


def _examples() -> list[PhoneNumber]:
    found = [
        phonenumbers.example_number_for_type(region, kind)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in KINDS
    ]
    return [number for number in found if number is not None]


EXAMPLES = _examples()
"""A line and a mobile of every country, as the library's tables have them."""


def digits_of(number: PhoneNumber) -> str:
    """Write a number as Plivo takes it."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize(
    "typed",
    [
        "14155550100",
        "+14155550100",
        "0014155550100",
        "00 1 415 555 0100",
        "+1 (415) 555-0100",
        " 1.415.555.0100 ",
        "1-415-555-0100\n",
        "+1.4155550100",
        "\u202a+1\u00a0415\u00a0555\u20110100\u202c",
        "\u2066+1 415 555 0100\u2069",
    ],
)
def test_phone_numbers_are_cleaned_of_what_people_type(name: str, typed: str) -> None:
    assert FORMATS[name](typed) == "14155550100"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("+44 (0)20 7946 0958", "442079460958"),
        ("+44(0)2079460958", "442079460958"),
        ("+44 (0) 20 7946 0958", "442079460958"),
        ("(+44) (0)20 7946 0958", "442079460958"),
        ("0044 (0)20 7946 0958", "442079460958"),
        ("44 (0)20 7946 0958", "442079460958"),
        ("+49 (0)171 1234567", "491711234567"),
        ("+353 (0)1 234 5678", "35312345678"),
        ("+39 (0)6 6982 1234", "390669821234"),
        ("+225 (0)7 12 34 56 78", "2250712345678"),
        ("+1 415 (0) 555", "14150555"),
    ],
)
def test_a_0_in_brackets_after_the_country_code_is_not_dialled(typed: str, digits: str) -> None:
    assert clean_number(typed) == digits


def test_every_country_s_numbers_are_read_as_libphonenumber_reads_them() -> None:
    typed = {
        start + phonenumbers.format_number(number, form).removeprefix("+"): digits_of(number)
        for number in EXAMPLES
        for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
        for start in ("+", "00", "")
    }
    assert {text: clean_number(text) for text in typed} == typed


def test_every_country_s_trunk_prefix_is_read_as_libphonenumber_reads_it() -> None:
    for number in EXAMPLES:
        national = phonenumbers.national_significant_number(number)
        typed = f"+{number.country_code} (0){national.removeprefix('0')}"
        read = phonenumbers.parse(typed)
        region = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_number(number) or "")
        assert region is not None
        if phonenumbers.is_valid_number(read) and (region.national_prefix == "0" or national.startswith("0")):
            assert clean_number(typed) == digits_of(read) == digits_of(number)
        else:
            # Nobody has to write it there; the 0 is none that is dialled, or one that stands for what it is.
            assert clean_number(typed) in (digits_of(number), digits_of(read))


def test_the_countries_whose_0_is_dialled_are_those_that_libphonenumber_knows() -> None:
    known = {
        str(number.country_code)
        for number in EXAMPLES
        if phonenumbers.national_significant_number(number).startswith("0")
    }
    assert known == _ZERO_IS_DIALLED


@patient
@given(number=st.sampled_from(EXAMPLES), data=st.data())
def test_decoration_never_changes_the_digits(number: PhoneNumber, data: st.DataObject) -> None:
    digits = digits_of(number)
    decorated = "+" + "".join(digit + data.draw(DECORATION) for digit in digits)
    assert clean_number(decorated) == digits


@patient
@given(st.text(st.sampled_from("0123456789 +()-./,x\u200b"), max_size=24))
def test_what_passes_has_the_digits_that_were_typed_and_no_leading_0(text: str) -> None:
    try:
        cleaned = clean_number(text)
    except ValueError:
        return
    typed = re.sub(r"[^0-9]", "", text)
    without_trunk_prefix = re.sub(r"[^0-9]", "", text.replace("(0)", "", 1))
    assert cleaned in (typed, typed.removeprefix("00"), without_trunk_prefix, without_trunk_prefix.removeprefix("00"))
    assert re.fullmatch(r"[1-9][0-9]*", cleaned)


@patient
@given(st.text(st.sampled_from("0123456789 +()-./,x"), min_size=5, max_size=24))
def test_what_passes_is_no_other_number_than_libphonenumber_reads(text: str) -> None:
    """Where the library knows the number that was typed with a plus, it is the one that goes out."""
    try:
        number = phonenumbers.parse(text)
        cleaned = clean_number(text)
    except (phonenumbers.NumberParseException, ValueError):
        return
    assume(phonenumbers.is_valid_number(number))
    trunk = re.compile(rf"{number.country_code}0+")
    assert cleaned == digits_of(number) or trunk.match(cleaned)


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize(
    "typed", ["0171 1234567", "020 7946 0958", "(0)171 1234567", "000491711234567", "+0491711234567", "0"]
)
def test_a_leading_0_that_remains_is_refused_with_what_to_do(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match=r"^is a national number .*give the country code.*DEFAULT_COUNTRY$"):
        FORMATS[name](typed)


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize(
    "typed",
    [
        "14155550123.0",
        " +14155550123.0 ",
        "14155550123.00",
        "14155550123.5",
        "14155550123.123",
        "14 155 550 123.00",
        "14155550123,0",
        "1415555.0",
    ],
)
def test_a_decimal_fraction_is_refused(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="has a decimal fraction"):
        FORMATS[name](typed)


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize("typed", ["1.41556E+10", "1,41556E+10", "1.4155550123e10", "14155E+6"])
def test_a_number_that_a_spreadsheet_shortened_is_refused(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="shortened by a spreadsheet"):
        FORMATS[name](typed)


@pytest.mark.parametrize("name", ["phone", "recipient", "number"])
@pytest.mark.parametrize(
    "typed",
    ["+1 415 555 0100 ext. 5", "4155550100x5", "4155550100 x 5", "14155550100#12", "14155550100,,5", "1415555;ext=5"],
)
def test_an_extension_is_refused(name: str, typed: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number, it has an extension"):
        FORMATS[name](typed)


@pytest.mark.parametrize("typed", ["1415555O100", "1-800-FLOWERS", "call me", "tel:+14155550100"])
def test_letters_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number, it has letters"):
        clean_number(typed)


@pytest.mark.parametrize(
    "typed", ["", " ", "+", "00", "++14155550100", "1/2?", "²", "١٤١٥٥٥٥", "14155550100<14155550101", "\ud83d"]
)
def test_what_has_no_number_in_it_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a phone number.*: give 3 to 15 digits with the country code"):
        clean_number(typed)


@pytest.mark.parametrize("text", ["1" * 1_000_000, "+" * 1_000_000, "(0)" * 300_000, "a" * 1_000_000, "1 " * 500_000])
def test_a_huge_text_is_refused_in_few_words(text: str) -> None:
    with pytest.raises(ValueError, match="it is too long") as refused:
        clean_number(text)
    assert len(str(refused.value)) < 200
