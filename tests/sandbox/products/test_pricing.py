"""Prices by country."""

from tests.support.sandbox_driver import Driver


def test_pricing(plivo: Driver) -> None:
    """Prices differ by country; an unknown country is refused."""
    germany = plivo.get("Pricing/", country_iso="DE")
    assert (germany["country"], germany["country_code"], germany["country_iso"]) == ("Germany", 49, "DE")
    assert germany["message"]["outbound"]["rate"] == "0.08500"
    assert germany["voice"]["outbound"]["rates"][0]["prefix"] == ["49"]
    assert plivo.get("Pricing/", country_iso="US")["message"]["outbound"]["rate"] == "0.00550"
    assert plivo.get("Pricing/", country_iso="ke")["country"] == "Kenya"
    assert plivo.get("Pricing/", 400, country_iso="ZZ")["error"].startswith("country_iso parameter is invalid. ")
