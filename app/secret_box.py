"""What is kept or handed out sealed: nobody without ``SECRET_KEY`` can read it, change it or make one.

AES-256-GCM of the library ``cryptography``, keys derived by HKDF. What is sealed for one purpose opens for no other.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import ConfigurationError

_NONCE_BYTES = 12


class SealError(Exception):
    """It was not sealed with one of the keys, was changed, or serves another purpose."""


class SecretBox:
    """Seals and opens.

    Args:
        keys: secrets of any form; the first seals, all open. Or what returns them when they are first needed, and
            raises ConfigurationError where there are none.
    """

    def __init__(self, keys: Sequence[str] | Callable[[], Sequence[str]]) -> None:
        self._keys = keys if callable(keys) else lambda: keys
        if not callable(keys):
            _ = self._ciphers

    @cached_property
    def _ciphers(self) -> list[AESGCM]:
        return [AESGCM(_derived(key)) for key in self._keys()]

    def seal(self, content: bytes, purpose: str) -> bytes:
        """Seal bytes for a purpose, each time differently."""
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, content, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed.

        Raises:
            SealError: it was not, or not for this purpose.
        """
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
        raise SealError

    def seal_text(self, content: bytes, purpose: str) -> str:
        """Seal bytes as text that a URL can hold."""
        return urlsafe_b64encode(self.seal(content, purpose)).rstrip(b"=").decode("ascii")

    def open_text(self, sealed: str, purpose: str) -> bytes:
        """Return what was sealed as text.

        Raises:
            SealError: see :meth:`open`.
        """
        try:
            return self.open(urlsafe_b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4)), purpose)
        except ValueError:  # no base64, or not ASCII
            raise SealError from None


def open_secret_box(secret_key: str | None, beside: Path | None, *, is_shared: bool) -> SecretBox:
    """Return the box that the settings describe.

    Args:
        secret_key: SECRET_KEY: one secret or several, separated by commas.
        beside: the store's file, beside which a key is made once where none is set; None: one for this process only.
        is_shared: several machines must have the same key, so that none can be made here.

    Raises:
        ConfigurationError: no key is set where several machines need the same, or its file cannot be used.
    """
    if secret_key is not None:
        keys = [key.strip() for key in secret_key.split(",") if key.strip()]
        if not keys:
            raise ConfigurationError("SECRET_KEY: is empty.")
        return SecretBox(keys)
    if is_shared:
        raise ConfigurationError(
            "SECRET_KEY: must be set where PUBLIC_URL is and several machines share a Redis: all of them need the same "
            "one. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    if beside is None:
        return SecretBox([token_urlsafe(32)])
    return SecretBox(kept_keys(beside))


def kept_keys(beside: Path) -> list[str]:
    """Return the key that stands beside a store's file, which is made once.

    Raises:
        ConfigurationError: its file cannot be used.
    """
    return [_kept_key(beside.with_name("secret.key"))]


def no_keys() -> list[str]:
    """Say that a key must be set where several machines may need it.

    Raises:
        ConfigurationError: always.
    """
    raise ConfigurationError("SECRET_KEY: must be set so that what is kept in Redis can be read later.")


def _kept_key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Written whole under another name first: of processes that start at once the first decides for all.
            made = path.with_name(f"{path.name}.{token_urlsafe(8)}")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(token_urlsafe(32))
            with suppress(FileExistsError):
                os.link(made, path)
            made.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"SECRET_KEY: is not set, and {path.name} cannot be kept: {error.strerror}.") from None
    if not key:
        raise ConfigurationError(
            f"SECRET_KEY: {path.name} beside the store is empty; remove it or write a secret into it."
        )
    return key


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"plivo-connector secret box 1").derive(key.encode())
