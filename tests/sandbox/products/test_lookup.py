"""Number lookup."""

from tests.support.sandbox_driver import Driver


def test_lookup(plivo: Driver) -> None:
    """Country and formats follow from the number; a number that is none has Lookup's own error."""
    found = plivo.get("/v1/Number/+14155550123", type="carrier")
    assert (found["format"]["national"], found["format"]["e164"]) == ("(415) 555-0123", "+14155550123")
    assert plivo.get("/v1/Number/4930123456789")["country"] == {"iso2": "DE", "iso3": "DEU", "name": "Germany"}
    assert plivo.get("/v1/Number/18005550123")["carrier"]["type"] == "toll-free"
    assert set(plivo.get("/v1/Number/12", 404)) == {"api_id", "error_code", "message"}
