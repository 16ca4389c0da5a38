"""National numbers of one country, read by Google's libphonenumber (package ``phonenumbers``).

Only imported where DEFAULT_COUNTRY is set: the library's tables take memory and time to load.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    ValidationResult,
)

SHORTEST = 7
"""Digits of a number that may be a national one without a leading 0; what has fewer is a short code or a part."""


class NationalNumbers:
    """Adds the country code to national numbers.

    Args:
        country: two capital letters (ISO 3166) that the library knows.
    """

    def __init__(self, country: str) -> None:
        self._country = country
        self._calling_code = str(phonenumbers.country_code_for_region(country))
        # A number that stands in a list again costs a fifth of a millisecond each time otherwise.
        self.read = lru_cache(maxsize=4096)(self._read)

    def _read(self, digits: str) -> str:
        """Return the digits with their country code; digits that are no national number come back as they are.

        Args:
            digits: without a plus or 00, so that nothing says where they begin.

        Raises:
            ValueError: they begin with a 0 and are no number of the country, or could be two numbers.
        """
        if digits.startswith("0"):
            national = self._parse(digits)
            if national is None or not _can_be(national):
                raise ValueError(f"is not a number of {self._country}: give it with its country code, like 14155550100")
            return _with_country_code(national)
        written = self._as_people_write_it(digits) if len(digits) >= SHORTEST else None
        if written is None or (digits.startswith(self._calling_code) and self._is_international(digits)):
            return digits
        if self._is_international(digits):
            raise ValueError(
                f"could be a number of {self._country} as well as one that begins with its country code: "
                "write + before the country code"
            )
        return _with_country_code(written)

    def _as_people_write_it(self, digits: str) -> PhoneNumber | None:
        """Read a number that is written without a 0 in front in this country (not 171… in Germany)."""
        match = next(iter(PhoneNumberMatcher(digits, self._country)), None)
        return match.number if match is not None and match.raw_string == digits else None

    def _is_international(self, digits: str) -> bool:
        number = self._parse(f"+{digits}")
        return number is not None and phonenumbers.is_valid_number(number)

    def _parse(self, text: str) -> PhoneNumber | None:
        try:
            return phonenumbers.parse(text, self._country)
        except NumberParseException:
            return None


def _can_be(number: PhoneNumber) -> bool:
    """Say whether the 0 in front is the country's prefix, or belongs to one of its numbers."""
    if number.italian_leading_zero:
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _with_country_code(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
