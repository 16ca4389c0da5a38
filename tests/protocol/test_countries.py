"""Countries: the table beside other people's."""

import phonenumbers
import pycountry
import pytest

from app.protocol.countries import COUNTRIES, code_of


def test_the_codes_are_those_of_iso_3166() -> None:
    assert {country.alpha_2 for country in pycountry.countries} == set(COUNTRIES)
    assert {country.alpha_3: code_of(country.alpha_3) for country in pycountry.countries} == {
        country.alpha_3: country.alpha_2 for country in pycountry.countries
    }


def test_every_country_with_phone_numbers_is_there() -> None:
    """Three regions have numbers, but no code of their own in ISO 3166."""
    assert set(phonenumbers.SUPPORTED_REGIONS) - set(COUNTRIES) == {"AC", "TA", "XK"}


def test_every_name_that_is_in_use_is_known() -> None:
    names = {
        getattr(country, kind): country.alpha_2
        for country in pycountry.countries
        for kind in ("name", "common_name")
        if hasattr(country, kind) and not {",", "("} & set(getattr(country, kind))
    }
    assert {name: code_of(name) for name in names} == names
    assert {name: code_of(name) for name in COUNTRIES.values()} == {name: code for code, name in COUNTRIES.items()}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("germany", "DE"),
        ("Germny", "DE"),
        ("U.S.A.", "US"),
        ("Cote d'Ivoire", "CI"),
        ("COTE D\u2019IVOIRE", "CI"),
        ("Trinidad and Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("UK", "GB"),
        ("England", "GB"),
        ("Holland", "NL"),
        ("de", "DE"),
    ],
)
def test_names_are_known_in_any_spelling(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize("text", ["", " ", "1", "XX", "Atlantis", "\ud83d", "x" * 1_000_000])
def test_what_names_no_country_is_none(text: str) -> None:
    assert code_of(text) is None
