"""The texts that Plivo's signatures are made over, built from a request.

====  ===========================================================================================================
V3    ``{base}?{query}.{body}.{nonce}``; voice, and seen on messaging
V2    ``{base}{nonce}``: neither query nor body is covered; what Plivo's pages on messaging and Verify describe
V1    ``{url}{body}``: no nonce; deprecated
====  ===========================================================================================================

``base`` is the URL up to its path, ``query`` its decoded parameters as ``name=value`` joined by ``&``, ``body`` the
body's parameters as names and values with nothing between them; both sorted by name, then value. Where a part of V3 is
empty, the mark in front of it goes too. Whatever a GET carries is query. A fragment is never signed: on Plivo's
callback URLs it holds retry options. Since nothing parts a body's names from its values, V3 and V1 take ``ab=c`` for
``a=bc``: Plivo's own weakness.

The rules are those of Plivo's pages on signature validation and of its SDKs; where the SDKs differ, the tests list how,
and which one is followed here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed of a request.

    Attributes:
        method: GET or POST, in any capitals.
        url: the absolute URL as Plivo was told it, with everything that the request had in its query.
        body: the body as it came; or its parameters, read: repeated names as a list, nesting as JSON has it. With
            GET also parameters that are not in the URL.
        content_type: the Content-Type header of a body given as bytes. It is read as JSON if that says so, as a form
            if that says so, else as JSON where it starts like an object.
    """

    method: str
    url: str
    body: bytes | Mapping[str, object] = b""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a request that say where it went.

    Attributes:
        method: GET or POST.
        url: the whole URL without its fragment.
        base: up to the path, without a user's name.
        query: as it was written.
    """

    method: str
    url: bytes
    base: str
    query: bytes

    @classmethod
    def of(cls, request: Request) -> "Address":
        """Take a request's method and URL apart.

        Raises:
            ValueError: the method is neither GET nor POST, or the URL is not absolute; the message names neither.
        """
        method = request.method.upper()
        if method not in ("GET", "POST"):
            raise ValueError("Plivo signs requests by GET and POST only")
        url = request.url.partition("#")[0]
        place, _, query = url.partition("?")
        scheme, _, rest = place.partition("://")
        authority, slash, path = rest.partition("/")
        host = authority.rpartition("@")[2]
        if not scheme or not host or re.search(r"[\0-\x20\x7f]", url):
            raise ValueError("the URL is not absolute, or holds spaces or control characters")
        return cls(method, utf8(url), f"{scheme.lower()}://{host}{slash}{path}", utf8(query))

    def __str__(self) -> str:
        return f"{self.method} {self.base}"


def v3_texts(request: Request, address: Address, nonce: bytes) -> list[bytes]:
    """Return every text that V3 may have signed: one; of JSON up to two; none if the body cannot be read."""
    query = _form(address.query)
    texts = []
    for pairs in _readings(request):
        asked, told = (query + pairs, []) if address.method == "GET" else (query, pairs)
        mark = b"?" if asked or told else b""
        stop = b"." if asked and told else b""
        written = b"&".join(name + b"=" + value for name, value in sorted(asked))
        texts.append(utf8(address.base) + mark + written + stop + _joined(told) + b"." + nonce)
    return texts


def v2_texts(_: Request, address: Address, nonce: bytes) -> list[bytes]:
    """Return the text that V2 signed."""
    return [utf8(address.base) + nonce]


def v1_texts(request: Request, address: Address, _: bytes) -> list[bytes]:
    """Return every text that V1 may have signed, as with V3."""
    return [address.url + _joined(pairs) for pairs in _readings(request)]


def utf8(text: str) -> bytes:
    """Encode a text. Half of a surrogate pair, as of an emoji cut in two, becomes U+FFFD, as in Plivo's Node SDK."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _readings(request: Request) -> list[_Pairs]:
    """Return the body's parameters in every way in which they may have been written out."""
    if isinstance(request.body, bytes) and not _is_json(request.body, request.content_type.lower()):
        return [_form(request.body)]
    try:
        body = json.loads(request.body) if isinstance(request.body, bytes) else request.body
        if not isinstance(body, Mapping):
            return []
        first, second = (_flat(body, spelling) for spelling in _SPELLINGS)
    except (ValueError, RecursionError):
        return []
    return [first] if first == second else [first, second]


def _is_json(body: bytes, content_type: str) -> bool:
    return "json" in content_type or ("form" not in content_type and body.lstrip().startswith(b"{"))


def _form(text: bytes) -> _Pairs:
    """Read a query or a form down to the bytes that were encoded, whether or not they are UTF-8."""
    parts = [part.replace(b"+", b" ").partition(b"=") for part in text.split(b"&") if part]
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in parts]


# What Plivo signs of JSON is not documented; its SDKs write true, false and null as their own language does.
_SPELLINGS: tuple[dict[object, bytes], ...] = (
    {True: b"True", False: b"False", None: b"None"},
    {True: b"true", False: b"false", None: b"null"},
)


def _flat(parameters: Mapping[str, object], spelling: Mapping[object, bytes]) -> _Pairs:
    pairs: _Pairs = []
    for name, value in parameters.items():
        items = value if isinstance(value, list | tuple) else (value,)
        pairs.extend((utf8(name), _written(item, spelling)) for item in items)
    return pairs


def _written(value: object, spelling: Mapping[object, bytes]) -> bytes:
    if value is None or isinstance(value, bool):
        return spelling[value]
    if isinstance(value, Mapping):
        return _joined(_flat(value, spelling))
    if isinstance(value, list | tuple):
        return b"".join(_written(item, spelling) for item in value)
    return utf8(str(value))


def _joined(pairs: _Pairs) -> bytes:
    return b"".join(name + value for name, value in sorted(pairs))
