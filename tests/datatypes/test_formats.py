"""Formats of text values: cleaned where people decorate, refused where nothing sensible can be meant."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datatypes.formats import FORMATS
from tests.support.patience import patient

PHONE_LIKE = ["phone", "recipient", "sender", "number"]
DECORATION = st.text(st.sampled_from(" ()-./\u00a0\u2011\u200b"), max_size=3)


@pytest.mark.parametrize("name", PHONE_LIKE)
@pytest.mark.parametrize(
    "typed",
    [
        "14155550100",
        "+14155550100",
        "+1 (415) 555-0100",
        " 1.415.555.0100 ",
        "1-415-555-0100\n",
        "\u202a+1\u00a0415\u00a0555\u20110100\u202c",
    ],
)
def test_phone_numbers_are_cleaned_of_what_people_type(name: str, typed: str) -> None:
    assert FORMATS[name](typed) == "14155550100"


@pytest.mark.parametrize("name", PHONE_LIKE)
@patient
@given(digits=st.from_regex(r"[0-9]{3,15}", fullmatch=True), data=st.data())
def test_decoration_never_changes_the_digits(name: str, digits: str, data: st.DataObject) -> None:
    decorated = "+" + "".join(digit + data.draw(DECORATION) for digit in digits)
    assert FORMATS[name](decorated) == digits


@pytest.mark.parametrize("name", ["phone", "recipient"])
@pytest.mark.parametrize("length", [3, 15])
def test_3_to_15_digits_are_a_destination(name: str, length: int) -> None:
    assert FORMATS[name]("4" * length) == "4" * length


@pytest.mark.parametrize("name", ["phone", "recipient"])
@pytest.mark.parametrize(
    "text",
    ["", " ", "+", "12", "1" * 16, "++14155550100", "1415555O100", "call me", "١٤١٥٥٥٥", "14155550100<14155550101"],
)
def test_what_is_no_phone_number_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        FORMATS[name](text)


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
    with pytest.raises(ValueError, match="is not a phone number"):
        FORMATS["phone"](text)


@pytest.mark.parametrize("sender_id", ["PLIVO", "Acme", "A", "ABCDEFGHIJK", "My Shop 24"])
def test_a_sender_may_be_an_alphanumeric_id_of_up_to_11(sender_id: str) -> None:
    assert FORMATS["sender"](sender_id) == sender_id


@pytest.mark.parametrize("text", ["", "ABCDEFGHIJKL", "1" * 16, "Zoë", "a<b", "<script>", "\ud83d"])
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a phone number nor a sender id"):
        FORMATS["sender"](text)


@pytest.mark.parametrize("digits", ["1", "12", "1" * 20])
def test_a_number_in_a_path_is_any_digits(digits: str) -> None:
    assert FORMATS["number"](digits) == digits


@pytest.mark.parametrize("text", ["", "+", "..", "-", "1/2a", "14155550100?", "abc", "²"])
def test_a_number_in_a_path_is_digits_only(text: str) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        FORMATS["number"](text)


@patient
@given(st.text(st.characters()))
def test_whatever_passes_as_a_number_is_digits(text: str) -> None:
    try:
        cleaned = FORMATS["number"](text)
    except ValueError:
        return
    assert re.fullmatch(r"[0-9]+", cleaned)
    assert cleaned == "".join(character for character in text if character in "0123456789")


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
