"""Formats of text values: cleaned where people decorate, refused where nothing sensible can be meant."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datatypes.formats import FORMATS
from tests.support.patience import patient


@pytest.mark.parametrize("name", ["phone", "recipient"])
@pytest.mark.parametrize("length", [3, 15])
def test_3_to_15_digits_are_a_destination(name: str, length: int) -> None:
    assert FORMATS[name]("4" * length) == "4" * length


@pytest.mark.parametrize("name", ["phone", "recipient", "sender"])
@pytest.mark.parametrize("length", [1, 2, 16, 40])
def test_fewer_or_more_digits_are_none(name: str, length: int) -> None:
    digits = "1 digit" if length == 1 else f"{length} digits"
    with pytest.raises(ValueError, match=f"is not a phone number, it has {digits}: give 3 to 15"):
        FORMATS[name]("4" * length)


@pytest.mark.parametrize(
    "uri", ["sip:alice@phone.plivo.com", "SIP:alice210@phone.plivo.com", " sip:bob@example.com:5061 "]
)
@pytest.mark.parametrize("name", ["phone", "sender"])
def test_calls_go_to_and_from_sip_addresses_too(name: str, uri: str) -> None:
    assert FORMATS[name](uri) == uri.strip()


@pytest.mark.parametrize("name", ["recipient", "number"])
def test_a_sip_address_is_no_message_destination_and_no_number(name: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        FORMATS[name]("sip:alice@phone.plivo.com")


@pytest.mark.parametrize("text", ["sip:", "sip:a b@example.com", "sip:a@x.com<sip:b@x.com", "sips:alice@example.com"])
def test_a_malformed_sip_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a phone number, nor a SIP address like sip:alice@phone\.plivo\.com"):
        FORMATS["phone"](text)


@pytest.mark.parametrize(
    "sender_id",
    [
        "PLIVO",
        "Acme",
        "A",
        "ABCDEFGHIJK",
        "My Shop 24",
        "Acme Health 1",
        "Joe's Pizza",
        "J&J - Co. (UK) +1",
        "1800FLOWERS",
    ],
)
def test_a_sender_may_be_an_id_of_11_letters_and_digits_and_what_plivo_strips(sender_id: str) -> None:
    assert FORMATS["sender"](f" {sender_id} ") == sender_id


@pytest.mark.parametrize("text", ["ABCDEFGHIJKL", "Acme Health 12", "A.B.C.D.E.F.G.H.I.J.K.L", "a" * 1_000_000])
def test_a_sender_id_of_more_is_refused_with_how_many_count(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"neither a phone number nor a sender id: it has 1\d+ letters and digits, 11 at"
    ):
        FORMATS["sender"](text)


@pytest.mark.parametrize("text", ["Zoë", "Café 1", "Acme\nHealth", "Acme\x00", "Acme\ud83d", "A\u043a\u043c\u0435"])
def test_a_sender_id_that_would_lose_letters_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a phone number nor a sender id: Plivo takes the letters A-Z"):
        FORMATS["sender"](text)


@pytest.mark.parametrize("text", ["+1415555O100", "+Acme"])
def test_what_begins_with_a_plus_is_meant_as_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number, it has letters"):
        FORMATS["sender"](text)


@patient
@given(text=st.text(max_size=20))
def test_a_sender_id_keeps_all_of_its_letters_and_digits(text: str) -> None:
    try:
        sender_id = FORMATS["sender"](text)
    except ValueError:
        return
    if not sender_id.lower().startswith("sip:"):
        kept = re.sub(r"[^A-Za-z0-9]", "", sender_id)
        assert [letter for letter in sender_id if letter.isalnum()] == list(kept)
        assert len(kept) <= (15 if kept.isdigit() else 11)


@pytest.mark.parametrize(("text", "digits"), [("1", "1"), ("+1415", "1415"), ("1" * 20, "1" * 20), ("0049", "49")])
def test_a_number_in_a_path_or_the_beginning_of_one_is_any_digits(text: str, digits: str) -> None:
    assert FORMATS["number"](text) == digits


@pytest.mark.parametrize("text", ["", "+", "..", "-", "1/2a", "14155550100?", "abc", "²"])
def test_a_number_in_a_path_is_digits_only(text: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        FORMATS["number"](text)


@pytest.mark.parametrize("text", ["US", "us", " De ", "XK", "xx"])
def test_a_country_is_its_two_letters_in_capitals(text: str) -> None:
    assert FORMATS["country"](text) == text.strip().upper()


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Germany", "DE"), ("germny", "DE"), ("DEU", "DE"), ("UK", "GB"), ("usa", "US"), ("côte d\u2019ivoire", "CI")],
)
def test_a_country_s_name_is_answered_with_its_two_letters(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"is not a country's two letters, like US, did you mean {meant}\\?$"):
        FORMATS["country"](text)


@pytest.mark.parametrize("text", ["", "1", "Atlantis", "U1", "中国", "x" * 100_000])
def test_what_names_no_country_is_refused_without_a_guess(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a country's two letters, like US$"):
        FORMATS["country"](text)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com/answer?x=1&y=a,b#top",
        "HTTPS://Example.com/",
        "http://user:pass@example.com:8080/",
        "http://127.0.0.1/a",
        "https://[2001:db8::1]:8443/",
        "https://exämple.com/grüße",
        " https://example.com/trimmed ",
    ],
)
def test_absolute_http_urls_pass_as_they_are(url: str) -> None:
    assert FORMATS["url"](url) == url.strip()


@patient
@given(url=st.from_regex(r"https?://[a-zA-Z0-9.-]{1,9}(:[0-9]{1,6})?(/[^\s]{0,9})?", fullmatch=True))
def test_the_library_agrees_on_what_is_a_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_absolute = bool(parts.hostname) and parts.port != -1
    except ValueError:
        is_absolute = False
    try:
        assert FORMATS["url"](url) == url
    except ValueError:
        assert not is_absolute or re.search(r"[\x00-\x1f\x7f]", url)
    else:
        assert is_absolute


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "/answer",
        "//example.com/",
        "http://",
        "http:///path",
        "https://:443/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "wss://example.com/",
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nX: y",
        "http://example.com/\x00",
        "http://[::1/",
        "http://example.com:99999/",
        "http://example.com:port/",
    ],
)
def test_what_is_no_absolute_http_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a URL"):
        FORMATS["url"](text)


@pytest.mark.parametrize("name", FORMATS)
@patient
@given(text=st.text(st.characters()))
def test_a_format_says_value_error_or_returns_text_that_it_takes_again(name: str, text: str) -> None:
    try:
        cleaned = FORMATS[name](text)
    except ValueError:
        return
    assert FORMATS[name](cleaned) == cleaned
