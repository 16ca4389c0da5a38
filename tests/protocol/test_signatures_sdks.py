"""Plivo's own SDKs accept what we sign and refuse what we refuse; where they differ, each case with its reason."""

import hmac
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plivo.utils import validate_signature, validate_v3_signature

from app.protocol.signatures import Accepted, Rejected, Version, sign, verify
from app.protocol.signed_text import Request
from tests.support.node import Judges

TOKEN, NONCE = "MjFmMmJiODVlOGRiZDIyNzdhMTdhYjMw12345678", "05429567804466091622"
FORM = "application/x-www-form-urlencoded"

thorough = settings(
    deadline=None,
    max_examples=500,
    # The judges are one process for the whole run.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

# Characters that sort alike by code point and by UTF-16: those between are in the list of differences below.
_plain = st.characters(exclude_categories=["Cs"], max_codepoint=0xD7FF) | st.sampled_from("😀🇮🇳\U0010ffff")
ascii_texts = st.text(st.characters(max_codepoint=127), max_size=8)
texts = ascii_texts | st.text(_plain, max_size=8)
names = st.sampled_from(["From", "To", "Text", "Digits", "CallUUID", "a", "b", "A", "a.b", "SIP-H-To"]) | texts
places = st.tuples(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["connector.example.com", "127.0.0.1:8080", "Sub.Example.com:443", "localhost"]),
    st.sampled_from(["", "/", "/events/e1", "/events/e1/", "/a.b/c%20d", "//x", "/caf%C3%A9:1", "/~+,=&!$'()*%2F%3f"]),
).map(lambda parts: f"{parts[0]}://{parts[1]}{parts[2]}")


def _queries(letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(letters, letters).map(lambda pair: urlencode([pair]))
    return st.lists(pair | st.sampled_from(["flag", "a=", "=", "", "a=b=c", "a+b=c+d"]), max_size=5).map("&".join)


@st.composite
def requests(draw: st.DrawFn, letters: st.SearchStrategy[str]) -> Request:
    """What Plivo may send: a GET with everything in its query, or a POST with a form, perhaps an empty one.

    Args:
        draw: Hypothesis's.
        letters: texts of the query; a form holds anything.
    """
    mark, fragment = draw(st.sampled_from(["?", ""])), draw(st.sampled_from(["", "", "#rc=2&rt=5000"]))
    url = draw(places) + (f"?{query}" if (query := draw(_queries(letters))) else mark) + fragment
    if draw(st.booleans()):
        return Request("GET", url)
    form = draw(st.lists(st.tuples(names, texts), max_size=6))
    return Request("POST", url, urlencode(form).encode(), FORM)


def as_frameworks_read(request: Request) -> dict[str, Any]:
    """Return a form as Flask and Express hand it to the SDKs: repeated names as a list."""
    assert isinstance(request.body, bytes)
    read = parse_qs(request.body.decode(), keep_blank_values=True)
    return {name: values if len(values) > 1 else values[0] for name, values in read.items()}


def python_v3(request: Request, headers: dict[str, str], token: str = TOKEN) -> bool:
    """Ask Plivo's Python SDK."""
    signature, nonce = headers["X-Plivo-Signature-V3"], headers["X-Plivo-Signature-V3-Nonce"]
    parameters = as_frameworks_read(request)
    return bool(validate_v3_signature(request.method, request.url, nonce, token, signature, parameters))


def node_v3(judges: Judges, request: Request, headers: dict[str, str], token: str = TOKEN) -> bool:
    """Ask Plivo's Node SDK."""
    signature, nonce = headers["X-Plivo-Signature-V3"], headers["X-Plivo-Signature-V3-Nonce"]
    parameters = as_frameworks_read(request)
    return bool(judges.call("plivoV3", request.method, request.url, nonce, token, signature, parameters))


@thorough
@given(requests(ascii_texts))
def test_both_sdks_accept_what_is_signed_with_v3(judges: Judges, request_: Request) -> None:
    headers = sign(request_, nonce=NONCE, tokens=["other", TOKEN])
    assert python_v3(request_, headers)
    assert node_v3(judges, request_, headers)
    assert verify(request_, headers, [TOKEN]) == Accepted(Version.V3, NONCE, 0)


@thorough
@given(requests(texts))
def test_nodes_sdk_accepts_any_letters_in_a_query(judges: Judges, request_: Request) -> None:
    assert node_v3(judges, request_, sign(request_, nonce=NONCE, tokens=[TOKEN]))


@thorough
@given(requests(ascii_texts), st.data())
def test_nobody_accepts_a_request_with_a_changed_part(judges: Judges, request_: Request, data: st.DataObject) -> None:
    headers = sign(request_, nonce=NONCE, tokens=[TOKEN])
    request_, headers, token = data.draw(st.sampled_from(TAMPERINGS))(request_, headers)
    assert isinstance(verify(request_, headers, [token]), Rejected)
    assert not python_v3(request_, headers, token)
    assert not node_v3(judges, request_, headers, token)


_Signed = tuple[Request, dict[str, str], str]


def _url(change: Callable[[str], str]) -> Callable[[Request, dict[str, str]], _Signed]:
    def tamper(request: Request, headers: dict[str, str]) -> _Signed:
        return Request(request.method, change(request.url), request.body, FORM), headers, TOKEN

    return tamper


def _header(name: str, change: Callable[[str], str]) -> Callable[[Request, dict[str, str]], _Signed]:
    def tamper(request: Request, headers: dict[str, str]) -> _Signed:
        kept = {other: value for other, value in headers.items() if "Ma" not in other}
        return request, {**kept, name: change(kept[name])}, TOKEN

    return tamper


def _with_parameter(request: Request, headers: dict[str, str]) -> _Signed:
    if request.method == "GET":
        return _url(lambda url: _in_query(url, "To=1"))(request, headers)
    assert isinstance(request.body, bytes)
    return Request("POST", request.url, request.body + b"&To=1", FORM), headers, TOKEN


def _in_query(url: str, parameter: str) -> str:
    address, _, _ = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{parameter}"


TAMPERINGS: list[Callable[[Request, dict[str, str]], _Signed]] = [
    _url(lambda url: url.replace("://", "s://", 1) if url.startswith("http:") else url.replace("https", "http", 1)),
    _url(lambda url: url.replace("://", "://x", 1)),
    _url(lambda url: url.replace(":8080", ":8081") if ":8080" in url else url.replace("://", "://h:80/", 1)),
    _url(lambda url: "/x?".join(url.split("?", 1)) if "?" in url else url.partition("#")[0] + "/x"),
    _url(lambda url: _in_query(url, "zz=1")),
    _with_parameter,
    _header("X-Plivo-Signature-V3-Nonce", lambda nonce: nonce + "1"),
    _header("X-Plivo-Signature-V3", lambda signature: ("a" if signature[0] != "a" else "b") + signature[1:]),
    lambda request, headers: (request, headers, TOKEN + "1"),
]


@thorough
@given(requests(ascii_texts))
def test_both_sdks_accept_what_is_signed_with_v2(judges: Judges, request_: Request) -> None:
    headers = sign(request_, nonce=NONCE, tokens=[TOKEN], version=Version.V2)
    own, main = headers["X-Plivo-Signature-V2"], headers["X-Plivo-Signature-Ma-V2"]
    for url, nonce, token, expected in [
        (request_.url, NONCE, TOKEN, True),
        (request_.url.replace("://", "://x"), NONCE, TOKEN, False),
        (request_.url, NONCE + "1", TOKEN, False),
        (request_.url, NONCE, TOKEN + "1", False),
    ]:
        assert validate_signature(url, nonce, own, token) is expected
        assert judges.call("plivoV2", url, nonce, main, token) is expected
        changed = Request(request_.method, url, request_.body, FORM)
        verdict = verify(changed, {**headers, "X-Plivo-Signature-V2-Nonce": nonce}, [token])
        assert isinstance(verdict, Accepted) is expected


@thorough
@given(requests(texts))
def test_nodes_sdk_accepts_what_is_signed_with_v1(judges: Judges, request_: Request) -> None:
    """Only that one still knows V1; of repeated names and some orders see the differences."""
    parameters = {f"n{place}": value for place, value in enumerate(as_frameworks_read(request_).values())}
    single = {name: value if isinstance(value, str) else value[0] for name, value in parameters.items()}
    request_ = Request(request_.method, request_.url.partition("#")[0], single)
    signature = sign(request_, nonce="", tokens=[TOKEN], version=Version.V1)["X-Plivo-Signature"]
    assert judges.call("plivoV1", TOKEN, request_.url, single, signature) is True
    assert judges.call("plivoV1", TOKEN, request_.url, {**single, "n0": "other text"}, signature) is False


@thorough
@given(
    st.dictionaries(
        names, texts | st.integers(-(2**53), 2**53) | st.lists(texts | st.integers(0, 9), min_size=1), min_size=1
    )
)
def test_both_sdks_accept_what_is_signed_of_flat_json(judges: Judges, parameters: dict[str, Any]) -> None:
    url = "https://connector.example.com/events/e1?a=b"
    headers = sign(Request("POST", url, parameters), nonce=NONCE, tokens=[TOKEN])
    arguments = ("POST", url, NONCE, TOKEN, headers["X-Plivo-Signature-V3"], parameters)
    assert validate_v3_signature(*arguments)
    assert judges.call("plivoV3", *arguments) is True


class Difference(NamedTuple):
    """A request that not both of Plivo's SDKs accept as we sign it."""

    what: str
    method: str
    url: str
    parameters: dict[str, Any]
    python: str
    node: str
    reason: str


WHOLE = "https://connector.example.com/events/e1"
DIFFERENCES = [
    Difference(
        "letters beyond ASCII in a query",
        "GET",
        WHOLE + "?Text=Gr%C3%BC%C3%9Fe",
        {},
        "UnicodeEncodeError",
        "accepts",
        (
            "Python's squeezes decoded bytes through ASCII; with GET it can check such a request only if the "
            "parameters are handed to it beside the URL, with POST not at all."
        ),
    ),
    Difference(
        "letters beyond ASCII, raw in the URL",
        "POST",
        WHOLE + "/é",
        {},
        "UnicodeDecodeError",
        "refuses",
        (
            "Python's reads the bytes as ASCII, Node's encodes them twice. On the wire they are percent-encoded; ours "
            "are UTF-8 once."
        ),
    ),
    Difference(
        "an @ in the path",
        "POST",
        WHOLE + "/user@host",
        {},
        "accepts",
        "refuses",
        "Node's URL parser takes whatever precedes an @ for a user's name.",
    ),
    Difference(
        "an @ in the query",
        "GET",
        WHOLE + "?To=user@host",
        {},
        "accepts",
        "refuses",
        "As above.",
    ),
    Difference(
        "a semicolon in the path",
        "POST",
        WHOLE + ";jsessionid=1",
        {},
        "refuses",
        "accepts",
        "Python's urlparse takes it for the start of parameters, which are dropped. We go with Node's and Go's.",
    ),
    Difference(
        "a user's name in the URL",
        "POST",
        "https://user:word@connector.example.com/e",
        {},
        "refuses",
        "accepts",
        "Python's keeps it. We go with Node's and Go's: whoever receives the request does not see it in the URL.",
    ),
    Difference(
        "a scheme in capitals",
        "POST",
        "HTTPS://connector.example.com/e",
        {},
        "ValidationError",
        "refuses",
        (
            "RFC 3986: schemes are lower case, as Go's and Python's own parsers make them. Python's SDK takes only "
            "lower case in the first place, Node's keeps the capitals."
        ),
    ),
    Difference(
        "an address of IPv6",
        "POST",
        "https://[::1]:8080/e",
        {},
        "accepts",
        "refuses",
        "Node's URL parser cuts the host at its first colon.",
    ),
    Difference(
        "a WebSocket",
        "GET",
        "wss://connector.example.com/stream",
        {},
        "ValidationError",
        "accepts",
        "Plivo signs the upgrade of a stream; Python's takes only http and https for a URL.",
    ),
    Difference(
        "characters between U+E000 and U+FFFF beside others beyond",
        "POST",
        WHOLE,
        {"a": ["\uff01", "😀"]},
        "accepts",
        "refuses",
        "JavaScript sorts by UTF-16, where an emoji comes first. We go with Python's and Go's: by code point.",
    ),
    Difference(
        "more than a thousand parameters in a query",
        "GET",
        WHOLE + "?" + "&".join(f"n={place}" for place in range(1001)),
        {},
        "accepts",
        "refuses",
        "Node's own query parser leaves out what comes after the thousandth.",
    ),
    Difference(
        "bytes in a query that are no UTF-8",
        "GET",
        WHOLE + "?a=%FF",
        {},
        "UnicodeEncodeError",
        "refuses",
        "Node's reads them as U+FFFD. We go with Go's: the bytes as they are.",
    ),
    Difference(
        "nesting in JSON",
        "POST",
        WHOLE,
        {"a": {"b": "c"}},
        "accepts",
        "refuses",
        "Node's writes [object Object].",
    ),
    Difference(
        "nothing in JSON",
        "POST",
        WHOLE,
        {"a": None},
        "accepts",
        "TypeError",
        "Node's cannot write null.",
    ),
    Difference(
        "a fraction of zero in JSON",
        "POST",
        WHOLE,
        {"a": 1.0},
        "accepts",
        "refuses",
        "JavaScript writes 1, Python 1.0; what Plivo itself signs of JSON is not documented.",
    ),
]


@pytest.mark.parametrize("case", DIFFERENCES, ids=[case.what for case in DIFFERENCES])
def test_where_the_sdks_differ(judges: Judges, case: Difference) -> None:
    """Each case is listed with its reason; ours accepts what ours signed in all of them."""
    request = Request(case.method, case.url, case.parameters)
    headers = sign(request, nonce=NONCE, tokens=[TOKEN])
    assert isinstance(verify(request, headers, [TOKEN]), Accepted)
    arguments = (case.method, case.url, NONCE, TOKEN, headers["X-Plivo-Signature-V3"], case.parameters)
    assert _said_by_python(arguments) == case.python
    assert _said_by_node(judges, arguments) == case.node


def test_the_sdks_take_no_list_of_v2_signatures_nor_spaces_in_one_of_v3(judges: Judges) -> None:
    """Proxies join repeated headers with a comma and a space, and V2 is rotated like V3: ours takes both."""
    request = Request("POST", WHOLE, b"a=b", FORM)
    v2 = sign(request, nonce=NONCE, tokens=["other", TOKEN], version=Version.V2)
    assert isinstance(verify(request, v2, [TOKEN]), Accepted)
    assert not validate_signature(WHOLE, NONCE, v2["X-Plivo-Signature-V2"], TOKEN)
    assert not judges.call("plivoV2", WHOLE, NONCE, v2["X-Plivo-Signature-V2"], TOKEN)
    v3 = sign(request, nonce=NONCE, tokens=["other", TOKEN])
    v3["X-Plivo-Signature-V3"] = v3["X-Plivo-Signature-V3"].replace(",", ", ")
    assert isinstance(verify(request, v3, [TOKEN]), Accepted)
    assert not python_v3(request, v3)
    assert not node_v3(judges, request, v3)


def test_a_token_beyond_ascii_is_encoded_once(judges: Judges) -> None:
    """Node's SDK encodes it twice; Plivo's tokens are ASCII."""
    request = Request("POST", WHOLE, b"a=b", FORM)
    headers = sign(request, nonce=NONCE, tokens=["tökén"])
    assert python_v3(request, headers, "tökén")
    assert not node_v3(judges, request, headers, "tökén")


def test_parameters_that_are_already_in_the_url_count_once_for_python_and_twice_for_node(judges: Judges) -> None:
    """Ours counts what it is given: with GET, the body holds only what the URL does not."""
    request = Request("GET", WHOLE + "?a=b")
    signature = sign(request, nonce=NONCE, tokens=[TOKEN])["X-Plivo-Signature-V3"]
    arguments = ("GET", WHOLE + "?a=b", NONCE, TOKEN, signature, {"a": "b"})
    assert validate_v3_signature(*arguments)
    assert not judges.call("plivoV3", *arguments)


def test_true_is_written_by_each_sdk_as_its_language_does_and_ours_takes_both(judges: Judges) -> None:
    for word, judge in (("True", _said_by_python), ("true", lambda arguments: _said_by_node(judges, arguments))):
        signature = b64encode(hmac.digest(TOKEN.encode(), f"{WHOLE}?ok{word}.{NONCE}".encode(), "sha256")).decode()
        assert judge(("POST", WHOLE, NONCE, TOKEN, signature, {"ok": True})) == "accepts"
        headers = {"X-Plivo-Signature-V3": signature, "X-Plivo-Signature-V3-Nonce": NONCE}
        assert isinstance(verify(Request("POST", WHOLE, b'{"ok": true}'), headers, [TOKEN]), Accepted)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"a": ["1", "2"]}, id="repeated names, which Node's joins with a comma"),
        pytest.param({"a": "1", "a!": "2"}, id="names that Node's sorts together with a comma and their values"),
    ],
)
def test_where_nodes_v1_differs(judges: Judges, parameters: dict[str, Any]) -> None:
    """V1 was defined for neither; ours treats names as V3 does."""
    request = Request("POST", WHOLE, parameters)
    headers = sign(request, nonce="", tokens=[TOKEN], version=Version.V1)
    assert isinstance(verify(request, headers, [TOKEN]), Accepted)
    assert judges.call("plivoV1", TOKEN, WHOLE, parameters, headers["X-Plivo-Signature"]) is False


def _said_by_python(arguments: tuple[Any, ...]) -> str:
    try:
        return "accepts" if validate_v3_signature(*arguments[:5], dict(arguments[5])) else "refuses"
    except Exception as fault:  # noqa: BLE001  # whatever it raises is its answer
        return type(fault).__name__


def _said_by_node(judges: Judges, arguments: tuple[Any, ...]) -> str:
    (outcome,) = judges.outcomes([("plivoV3", *arguments)])
    if "raised" in outcome:
        return str(outcome["raised"]).partition(":")[0]
    return "accepts" if outcome["returned"] else "refuses"
