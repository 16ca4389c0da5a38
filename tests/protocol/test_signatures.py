"""What Plivo signed is accepted, what it did not sign is refused, and the refusal says why without saying a secret."""

import hmac
from base64 import b64encode
from typing import Any

import pytest

from app.protocol.signatures import Accepted, Cause, Rejected, Version, sign, verify
from app.protocol.signed_text import Request

TOKEN = "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4"
OLD, MAIN = "b2xkLXRva2Vu", "bWFpbi10b2tlbg=="
NONCE = "31627761595286130198"
PLACE = "https://connector.example.com/events/e1"
URL = PLACE + "?flow=a%20b&flow=%C3%A9"
FORM = b"From=14155550100&Text=Gr%C3%BC%C3%9Fe+%26+more&Text=&To=14155550123"
POST = Request("POST", URL, FORM, "application/x-www-form-urlencoded")

RECORDED: dict[str, object] = {
    "Direction": "outbound",
    "From": "19792014278",
    "ALegUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "CallStatus": "in-progress",
    "BillRate": "0.002",
    "ParentAuthID": "MANWVLYTK4ZWU1YTY4QA",
    "To": "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com",
    "ALegRequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "CallUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "RequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "SIP-H-To": "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1",
    "SessionStart": "2020-04-08 11:34:33.238707",
    "Event": "StartApp",
}
RECORDED_URL = "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml"
MESSAGE: dict[str, object] = {
    "To": "11234567896",
    "From": "11234567896",
    "Type": "sms",
    "MessageUUID": "4ee368ae-25ed-11e3-a36e-xxxxxxxxxxxx",
    "Text": "Hello World",
}
HANGUP: dict[str, object] = {"CallUUID": "97ceeb52-58b6-11e1-86da-77300b68f8bb", "Duration": "300"}


@pytest.mark.parametrize(
    ("version", "method", "url", "body", "nonce", "token", "signature"),
    [
        # Recorded by Plivo at its own platform, published in the tests of its Go SDK.
        (
            "V3",
            "POST",
            RECORDED_URL + "/?a=b&c=d",
            RECORDED,
            NONCE,
            TOKEN,
            "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c=",
        ),
        (
            "V3",
            "GET",
            RECORDED_URL + "/?a=b&c=d",
            RECORDED,
            NONCE,
            TOKEN,
            "UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ=",
        ),
        ("V3", "POST", RECORDED_URL, RECORDED, NONCE, TOKEN, "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="),
        ("V3", "GET", RECORDED_URL, RECORDED, NONCE, TOKEN, "i/MQsaQSAd6fiKhOh2qeeeLHZ9faldADSb3/7+Akfbc="),
        # From the tests of all of Plivo's SDKs.
        (
            "V2",
            "POST",
            "https://answer.url",
            {},
            "12345",
            "my_auth_token",
            "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        ),
        # From the tests of Plivo's Go SDK, and of the Node SDK when V1 was the only one.
        ("V1", "POST", "http://foo.com/answer/", HANGUP, "", "MAXXXXXXXXXXXXXXXXXX", "EJEt0ELanhr8hjMPIJnLNLex0dE="),
        (
            "V1",
            "POST",
            "http://foo.com/answer/",
            {"a": "1 2"},
            "",
            "MAXXXXXXXXXXXXXXXXXX",
            "n3Xfo4u+vRFyl3gsH8B0qDUIK5g=",
        ),
        (
            "V1",
            "POST",
            "http://localhost:13372/sms",
            MESSAGE,
            "",
            "MjFmMmJiODVlOGRiZDIyNzdhMTdhYjMw12345678",
            "8Qk9ZxsfFhq8EhsADKfw6NtFFY8=",
        ),
    ],
)
def test_what_plivo_published_as_signed_is_accepted_and_made_alike(
    version: str, method: str, url: str, body: dict[str, object], nonce: str, token: str, signature: str
) -> None:
    headers = {Version(version).header: signature, f"X-Plivo-Signature-{version}-Nonce": nonce}
    request = Request(method, url, body)
    assert verify(request, headers, [token]) == Accepted(Version(version), nonce, 0)
    assert sign(request, nonce=nonce, tokens=[token], version=Version(version))[Version(version).header] == signature


@pytest.mark.parametrize("version", [Version.V3, Version.V2, Version.V1])
@pytest.mark.parametrize(
    "request_",
    [
        POST,
        Request("GET", URL),
        Request("post", "https://h.example", b""),
        Request("POST", "https://h.example?a", b""),
        Request("GET", "wss://h.example:8443/stream?x=%FF+&&=&x#er=local"),
        Request("POST", "http://[::1]:8080/", b"%ED%A0%BD=%FF%zz&a"),
        Request("POST", URL, b'{"numbers": ["2", "1"], "n": null, "deep": {"yes": true, "x": [{}, []]}}'),
    ],
)
def test_what_is_signed_is_accepted(version: Version, request_: Request) -> None:
    headers = sign(request_, nonce=NONCE, tokens=[TOKEN], version=version)
    assert verify(request_, headers, [TOKEN]) == Accepted(version, "" if version is Version.V1 else NONCE, 0)


def test_the_strongest_that_matches_is_named() -> None:
    headers = {name: value for version in Version if "Ma" not in version for name, value in _signed(version).items()}
    found = []
    for version in Version:
        verdict = verify(POST, headers, [TOKEN])
        assert isinstance(verdict, Accepted)
        found.append(verdict.version)
        del headers[version.header]
    assert found == list(Version)


def test_while_tokens_are_exchanged_either_is_enough_on_both_sides() -> None:
    """Plivo puts a signature by each into the header; we may know the old one, the new one, or both."""
    headers = sign(POST, nonce=NONCE, tokens=[TOKEN, OLD])
    assert headers["X-Plivo-Signature-V3"].count(",") == 1
    spaced = {name: value.replace(",", " , ") for name, value in headers.items()}
    for sent in (headers, spaced):
        assert verify(POST, sent, [TOKEN]) == Accepted(Version.V3, NONCE, 0)
        assert verify(POST, sent, [OLD]) == Accepted(Version.V3, NONCE, 0)
        assert verify(POST, sent, ["other", OLD]) == Accepted(Version.V3, NONCE, 1)
        assert isinstance(verify(POST, sent, ["other"]), Rejected)


@pytest.mark.parametrize(("version", "main"), [(Version.V3, Version.MA_V3), (Version.V2, Version.MA_V2)])
def test_a_subaccounts_request_is_accepted_by_its_own_token_or_the_main_accounts(
    version: Version, main: Version
) -> None:
    headers = sign(POST, nonce=NONCE, tokens=[TOKEN], main_tokens=[OLD, MAIN], version=version)
    assert verify(POST, headers, [TOKEN]) == Accepted(version, NONCE, 0)
    assert verify(POST, headers, [MAIN]) == Accepted(main, NONCE, 0)
    assert verify(POST, headers, [MAIN, TOKEN]) == Accepted(version, NONCE, 1)


def test_the_names_of_headers_may_have_any_capitals() -> None:
    for names in (str.lower, str.upper):
        assert isinstance(verify(POST, {names(k): v for k, v in _signed().items()}, [TOKEN]), Accepted)


def test_the_fragment_is_not_signed() -> None:
    with_options = Request("POST", URL + "#rc=2&rt=5000", FORM, "application/x-www-form-urlencoded")
    for version in (Version.V3, Version.V2, Version.V1):
        assert _signed(version, with_options) == _signed(version)


def test_the_order_of_parameters_is_not_signed() -> None:
    first = Request("POST", "https://h.example/?b=2&a=1&b=1", b"y=2&x=1&y=1")
    second = Request("POST", "https://h.example/?a=1&b=1&b=2", b"x=1&y=1&y=2")
    assert _signed(Version.V3, first) == _signed(Version.V3, second)


def test_a_get_signs_parameters_alike_in_the_url_and_beside_it() -> None:
    whole = Request("GET", "https://h.example/p?a=1&From=2&a=0")
    beside = Request("GET", "https://h.example/p?a=1", {"From": "2", "a": ["0"]})
    assert _signed(Version.V3, whole) == _signed(Version.V3, beside)


def test_json_is_accepted_as_either_sdk_would_write_it() -> None:
    """What Plivo signs of JSON is not documented; see the other tests for the SDKs' own words."""
    sent = Request("POST", "https://h.example/p", b'{"b": true, "a": [2, 1], "c": {"e": "f"}}', "application/json")
    for written in ({"b": "True", "a": ["1", "2"], "c": "ef"}, {"b": "true", "a": ["1", "2"], "c": "ef"}):
        headers = _signed(Version.V3, Request("POST", "https://h.example/p", written))
        assert isinstance(verify(sent, headers, [TOKEN]), Accepted)
    headers = _signed(Version.V3, Request("POST", "https://h.example/p", {"b": "1", "a": ["1", "2"], "c": "ef"}))
    assert isinstance(verify(sent, headers, [TOKEN]), Rejected)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "", "text/plain"])
def test_json_is_recognised_by_its_content_type_or_its_first_character(content_type: str) -> None:
    headers = _signed(Version.V3, Request("POST", URL, {"a": "1"}))
    assert isinstance(verify(Request("POST", URL, b' {"a": "1"}', content_type), headers, [TOKEN]), Accepted)


@pytest.mark.parametrize(
    "body", [b"[1]", b"{", b"\xff\xfe{", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"a": 1' + b"0" * 5000 + b"}"]
)
def test_a_body_that_cannot_be_read_is_taken_for_plivos_only_where_it_is_not_signed(body: bytes) -> None:
    sent = Request("POST", URL, body, "application/json")
    verdict = verify(sent, _signed(Version.V3), [TOKEN])
    assert isinstance(verdict, Rejected)
    assert verdict.cause is Cause.MALFORMED
    assert "JSON object" in verdict.reason
    assert isinstance(verify(sent, _signed(Version.V2), [TOKEN]), Accepted)


TAMPERED: list[tuple[str, dict[str, Any]]] = [
    ("scheme", {"url": URL.replace("https", "http")}),
    ("host", {"url": URL.replace("example.com", "example.org")}),
    ("port", {"url": URL.replace(".com/", ".com:443/")}),
    ("path", {"url": URL.replace("/e1", "/e2")}),
    ("slash", {"url": URL.replace("/e1", "/e1/")}),
    ("query value", {"url": URL.replace("=a", "=b")}),
    ("query name", {"url": URL.replace("flow", "flaw", 1)}),
    ("query added", {"url": URL + "&x="}),
    ("query gone", {"url": URL.partition("?")[0]}),
    ("body value", {"body": FORM.replace(b"100", b"101")}),
    ("body name", {"body": FORM.replace(b"To", b"to")}),
    ("body added", {"body": FORM + b"&x=y"}),
    ("body gone", {"body": b""}),
    ("method", {"method": "GET"}),
]


@pytest.mark.parametrize("version", [Version.V3, Version.V2, Version.V1])
@pytest.mark.parametrize(("part", "change"), TAMPERED, ids=[part for part, _ in TAMPERED])
def test_a_request_with_a_changed_part_is_refused(version: Version, part: str, change: dict[str, Any]) -> None:
    """V2 covers the URL up to its path and nothing else, V1 not the method: Plivo made them so."""
    fields = {"method": "POST", "url": URL, "body": FORM, "content_type": POST.content_type, **change}
    verdict = verify(Request(**fields), _signed(version), [TOKEN])
    unprotected = {Version.V2: ("query", "body", "method"), Version.V1: ("method",)}.get(version, ())
    assert isinstance(verdict, Accepted if part.startswith(unprotected) else Rejected)
    if isinstance(verdict, Rejected):
        assert verdict.cause is Cause.NO_MATCH


@pytest.mark.parametrize("version", [Version.V3, Version.V2, Version.V1])
def test_a_changed_signature_nonce_or_token_is_refused(version: Version) -> None:
    headers = _signed(version)
    for name, value in headers.items():
        letters = "ab" if value[0] != "a" else "bc"
        for changed in (letters[0] + value[1:], letters[1] + value[1:], value.swapcase(), value[::-1]):
            lone = {key: changed if key == name else headers[key] for key in headers if "Ma" not in key}
            if lone != {key: headers[key] for key in lone}:
                assert isinstance(verify(POST, lone, [TOKEN]), Rejected), (name, changed)
    for tokens in ([], [""], [TOKEN.lower()], [TOKEN + " "], [TOKEN[:-1]]):
        assert isinstance(verify(POST, headers, tokens), Rejected)


def test_an_empty_token_never_matches() -> None:
    """Anybody can sign with nothing."""
    with pytest.raises(ValueError, match="none of them empty"):
        sign(POST, nonce=NONCE, tokens=[""])
    forged = b64encode(hmac.digest(b"", b"https://h.example/1", "sha256")).decode()
    headers = {"X-Plivo-Signature-V2": forged, "X-Plivo-Signature-V2-Nonce": "1"}
    verdict = verify(Request("GET", "https://h.example/"), headers, ["", TOKEN])
    assert isinstance(verdict, Rejected)


SIGNATURE = "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="


@pytest.mark.parametrize(
    ("headers", "cause", "reason"),
    [
        ({}, Cause.MISSING, "no X-Plivo-Signature header"),
        (
            {"X-Plivo-Signature-V3": " ", "X-Plivo-Signature-V3-Nonce": "1"},
            Cause.MISSING,
            "no X-Plivo-Signature header",
        ),
        ({"X-Plivo-Signature-V3-Nonce": "1"}, Cause.MISSING, "no X-Plivo-Signature header"),
        (
            {"X-Plivo-Signature-Ma-V3": SIGNATURE, "X-Plivo-Signature-V2-Nonce": "1"},
            Cause.MISSING,
            "X-Plivo-Signature-Ma-V3 without X-Plivo-Signature-V3-Nonce",
        ),
        (
            {"X-Plivo-Signature-V3": ", short,\ud83d" + "é" * 44, "X-Plivo-Signature-V3-Nonce": "1"},
            Cause.MALFORMED,
            "X-Plivo-Signature-V3 holds no base64 of an HMAC-sha256",
        ),
        ({"X-Plivo-Signature": SIGNATURE}, Cause.MALFORMED, "X-Plivo-Signature holds no base64 of an HMAC-sha1"),
        (
            {
                "X-Plivo-Signature-V3": "short",
                "X-Plivo-Signature-V3-Nonce": "1",
                "X-Plivo-Signature-Ma-V2": SIGNATURE,
                "X-Plivo-Signature-V2-Nonce": "\udcff",
            },
            Cause.NO_MATCH,
            f"none of 2 auth tokens gives what X-Plivo-Signature-V3, X-Plivo-Signature-Ma-V2 says for POST {PLACE}",
        ),
    ],
)
def test_a_refusal_says_what_was_wrong(headers: dict[str, str], cause: Cause, reason: str) -> None:
    assert verify(POST, headers, [OLD, TOKEN]) == Rejected(cause, reason)


@pytest.mark.parametrize(
    ("method", "url", "reason"),
    [
        ("PUT", URL, "Plivo signs requests by GET and POST only"),
        ("POST", "", "the URL is not absolute, or holds spaces or control characters"),
        ("POST", "/events/e1", "the URL is not absolute, or holds spaces or control characters"),
        ("POST", "https:///events", "the URL is not absolute, or holds spaces or control characters"),
        ("POST", "https://user:secret@/events", "the URL is not absolute, or holds spaces or control characters"),
        ("POST", "https://h.example/a b", "the URL is not absolute, or holds spaces or control characters"),
        ("POST", "https://h.example/\r\n", "the URL is not absolute, or holds spaces or control characters"),
    ],
)
def test_a_request_that_plivo_cannot_have_made_is_malformed(method: str, url: str, reason: str) -> None:
    assert verify(Request(method, url), _signed(), [TOKEN]) == Rejected(Cause.MALFORMED, reason)
    with pytest.raises(ValueError, match=reason.partition(",")[0]):
        sign(Request(method, url), nonce=NONCE, tokens=[TOKEN])


def test_a_refusal_holds_no_secret_and_no_value() -> None:
    url = "https://user:secret1@h.example/p?Digits=secret2#secret3"
    request = Request("POST", url, b"Text=secret4")
    headers = {**_signed(Version.V3, request), "X-Plivo-Signature-V2": "secret5", "X-Plivo-Signature": SIGNATURE}
    verdict = verify(request, headers, ["secret6"])
    assert isinstance(verdict, Rejected)
    assert "secret" not in verdict.reason
    assert headers["X-Plivo-Signature-V3"] not in verdict.reason
    assert "https://h.example/p" in verdict.reason


@pytest.mark.parametrize(
    "given",
    [
        {"nonce": ""},
        {"tokens": []},
        {"tokens": ["", TOKEN]},
        {"main_tokens": []},
        {"main_tokens": [""]},
    ],
)
def test_nothing_is_signed_without_a_nonce_and_tokens(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs a nonce and tokens"):
        sign(POST, **{"nonce": NONCE, "tokens": [TOKEN], **given})


def test_a_body_that_cannot_be_read_is_not_signed() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        sign(Request("POST", URL, b"{", "application/json"), nonce=NONCE, tokens=[TOKEN])


def _signed(version: Version = Version.V3, request: Request = POST) -> dict[str, str]:
    return sign(request, nonce=NONCE, tokens=[TOKEN], version=version)
