"""Plivo's signatures on the requests that it makes to its customers: checked and made.

A signature is the base64 of an HMAC over a text built from the request (``signed_text``), keyed with an auth token:
SHA-256 for V3 and V2, SHA-1 for V1. ``X-Plivo-Signature-V3`` is made with the token of the account or subaccount
concerned, ``X-Plivo-Signature-Ma-V3`` with that of the main account; V2 likewise. A header may hold several signatures,
parted by commas, while two tokens are valid.

Any signature that matches is enough, the strongest are tried first: who could forge a weak one could as well leave
the strong one away. Which kind it was is said, so that a caller may ask for more. Whether a nonce was seen before is
for the caller to remember.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.protocol.signed_text import Address, Request, utf8, v1_texts, v2_texts, v3_texts


class Version(StrEnum):
    """A header's kind of signature, the strongest first; ``Ma`` is made with the main account's token.

    V2 covers neither the query nor the body.
    """

    V3 = "V3"
    MA_V3 = "Ma-V3"
    V2 = "V2"
    MA_V2 = "Ma-V2"
    V1 = "V1"

    @property
    def header(self) -> str:
        """The header that carries it."""
        return "X-Plivo-Signature" if self is Version.V1 else f"X-Plivo-Signature-{self}"


class Cause(StrEnum):
    """Why a request is rejected; the later, the nearer it came to being accepted."""

    MISSING = "missing"
    MALFORMED = "malformed"
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request was signed with one of the tokens.

    Attributes:
        version: the strongest kind of signature that matched.
        nonce: the nonce that it covers, for recognising replays; empty with V1, which has none.
        token: the place of the token in the sequence given.
    """

    version: Version
    nonce: str
    token: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The request cannot be taken for Plivo's.

    Attributes:
        cause: the kind of fault.
        reason: words for the log: which headers, and the URL up to its path; no token, no signature, no value.
    """

    cause: Cause
    reason: str


Verdict = Accepted | Rejected


def verify(request: Request, headers: Mapping[str, str], tokens: Sequence[str]) -> Verdict:
    """Say whether a request was signed with one of the tokens, by any of the signatures that it carries.

    Args:
        request: what came.
        headers: its headers, names in any capitals.
        tokens: every auth token that may have signed: the account's or subaccount's and the main account's, an old
            and a new one while they are exchanged. Empty ones never match.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    present = [version for version in Version if sent.get(version.header.lower(), "").strip()]
    if not present:
        return Rejected(Cause.MISSING, "no X-Plivo-Signature header")
    try:
        address = Address.of(request)
    except ValueError as fault:
        return Rejected(Cause.MALFORMED, str(fault))
    rejections: dict[Cause, str] = {}
    for version in present:
        scheme = _SCHEMES[version]
        nonce = sent.get(scheme.nonce_header.lower(), "") if scheme.nonce_header else ""
        if scheme.nonce_header and not nonce:
            rejections[Cause.MISSING] = f"{version.header} without {scheme.nonce_header}"
            continue
        signatures = [utf8(text.strip()) for text in sent[version.header.lower()].split(",")]
        if not any(map(scheme.signature_format.fullmatch, signatures)):
            rejections[Cause.MALFORMED] = f"{version.header} holds no base64 of an HMAC-{scheme.digest}"
            continue
        texts = scheme.texts(request, address, utf8(nonce))
        if not texts:
            rejections[Cause.MALFORMED] = f"{version.header} covers the body, which is not the JSON object it should be"
            continue
        for place, token in enumerate(tokens):
            expected = [scheme.signature(token, text) for text in texts] if token else []
            if any(hmac.compare_digest(right, given) for right in expected for given in signatures):
                return Accepted(version, nonce, place)
        names = ", ".join(other.header for other in present)
        rejections[Cause.NO_MATCH] = f"none of {len(tokens)} auth tokens gives what {names} says for {address}"
    cause = max(rejections, key=list(Cause).index)
    return Rejected(cause, rejections[cause])


def sign(
    request: Request,
    *,
    nonce: str,
    tokens: Sequence[str],
    main_tokens: Sequence[str] | None = None,
    version: Version = Version.V3,
) -> dict[str, str]:
    """Return the headers that Plivo adds to a request.

    Args:
        request: what is sent.
        nonce: a text of its own for this request; V1 has no place for it.
        tokens: the valid auth tokens of the account or subaccount concerned: one, or two while they are exchanged.
        main_tokens: those of the main account; by default the same.
        version: V3, V2 or V1; the first two come with their ``Ma`` counterpart.

    Raises:
        ValueError: the URL is not absolute, the method neither GET nor POST, the body cannot be read, or a nonce or
            token is missing.
    """
    scheme = _SCHEMES[version]
    main_tokens = tokens if main_tokens is None else main_tokens
    if not tokens or not main_tokens or not all((*tokens, *main_tokens, nonce or not scheme.nonce_header)):
        raise ValueError("a signature needs a nonce and tokens, none of them empty")
    texts = scheme.texts(request, Address.of(request), utf8(nonce))
    if not texts:
        raise ValueError("the body cannot be read, so there is nothing to sign")
    headers = {
        kind.header: ",".join(scheme.signature(token, texts[0]).decode() for token in signers)
        for kind, signers in zip(scheme.versions, (tokens, main_tokens), strict=False)
    }
    return {**headers, scheme.nonce_header: nonce} if scheme.nonce_header else headers


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How the signatures of one family are made.

    Attributes:
        versions: the account's own, then the main account's.
        nonce_header: empty where there is none.
        digest: the HMAC's hash function.
        signature_format: what a signature looks like.
        texts: every text that may have been signed, the usual one first.
    """

    versions: tuple[Version, ...]
    nonce_header: str
    digest: str
    signature_format: re.Pattern[bytes]
    texts: Callable[[Request, Address, bytes], list[bytes]]

    def signature(self, token: str, text: bytes) -> bytes:
        return b64encode(hmac.digest(utf8(token), text, self.digest))


_OF_32_BYTES = re.compile(rb"[A-Za-z0-9+/]{43}=")
_OF_20_BYTES = re.compile(rb"[A-Za-z0-9+/]{27}=")
_SCHEMES = {
    version: scheme
    for scheme in (
        _Scheme((Version.V3, Version.MA_V3), "X-Plivo-Signature-V3-Nonce", "sha256", _OF_32_BYTES, v3_texts),
        _Scheme((Version.V2, Version.MA_V2), "X-Plivo-Signature-V2-Nonce", "sha256", _OF_32_BYTES, v2_texts),
        _Scheme((Version.V1,), "", "sha1", _OF_20_BYTES, v1_texts),
    )
    for version in scheme.versions
}
