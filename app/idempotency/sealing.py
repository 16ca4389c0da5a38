"""What the store may know of a request with a key: hashes of everything, and the reply encrypted.

The reply is encrypted under a key that only the caller's authToken opens; the store learns neither account, key, token
nor reply.
"""

from dataclasses import dataclass
from hashlib import sha256
from hmac import digest as hmac_digest
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import json_text
from app.datatypes.credentials import Credentials
from app.datatypes.files import FileUrl, Upload
from app.plivo import Part, UpstreamReply, UpstreamRequest


@dataclass(frozen=True, slots=True)
class Seal:
    """One request, as far as the store may know it.

    Attributes:
        name: hash of account, block and key.
        token: hash that tells the tokens of one account apart.
        fingerprint: the same for the same request with the same token only.
        cipher: closes and opens the reply.
    """

    name: str
    token: str
    fingerprint: bytes
    cipher: AESGCM

    def close(self, reply: UpstreamReply) -> bytes:
        """Encrypt a reply."""
        nonce = token_bytes(12)
        head = json_text.render([reply.status, reply.api_id])
        return nonce + self.cipher.encrypt(nonce, head + b"\n" + reply.body, self.name.encode())

    def open(self, stored: bytes) -> UpstreamReply:
        """Return the stored reply.

        Raises:
            InvalidTag: it was changed.
            ValueError: it is no such thing.
        """
        head, _, body = self.cipher.decrypt(stored[:12], stored[12:], self.name.encode()).partition(b"\n")
        status, api_id = json_text.parse(head)
        return UpstreamReply(status, body, api_id, tries=0, replayed=True)


def seal_for(credentials: Credentials, block: str, key: str, request: UpstreamRequest) -> Seal:
    """Return the seal of a request.

    Args:
        credentials: whose it is.
        block: name of the block.
        key: the caller's idempotency key.
        request: what is to be sent.
    """
    name = sha256(json_text.render([credentials.auth_id, block, key])).digest()
    derive = HKDF(SHA256(), length=80, salt=name, info=b"plivo-connector idempotency 2")
    secret = derive.derive(credentials.auth_token.encode())
    fingerprint = hmac_digest(secret[:32], canonical(request), "sha256")
    return Seal(name.hex(), secret[64:].hex(), fingerprint, AESGCM(secret[32:64]))


def canonical(request: UpstreamRequest) -> bytes:
    """Render a request so that the order in which fields were given makes no difference; files by hash or URL."""
    query = sorted(request.query.split("&"), key=lambda pair: pair.partition("=")[0])
    parts = [(name, _canonical_part(part)) for name, part in sorted(request.parts or (), key=lambda part: part[0])]
    whole: list[Any] = [
        request.method,
        request.host,
        request.path,
        query,
        request.json,
        request.parts is not None,
        parts,
    ]
    # What is hosted, not where: its URL is another one each time.
    whole += [[wire, answer.steps, answer.variables] for wire, answer in request.hosted]
    return json_text.canonical(whole)


def _canonical_part(part: Part) -> object:
    match part:
        case Upload():
            return [part.name, part.content_type, sha256(part.content).hexdigest()]
        case FileUrl():
            # What it holds is not fetched for this: a repetition needs nothing but the store.
            return ["url", part.url]
    return part
