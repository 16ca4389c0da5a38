"""Fetching files that a caller named by URL, without becoming a way into the network we run in.

Only http and https, and only what :mod:`app.egress` lets through; size, time and the number of fetches are bounded.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, Self
from urllib.parse import unquote, urljoin

import aiohttp
from yarl import URL

from app.blocks import Prepared
from app.datatypes.files import FileUrl, Upload
from app.datatypes.formats import url as checked_url
from app.egress import is_not_public, open_session
from app.errors import InvalidFields
from app.plivo import UpstreamRequest

MAX_REDIRECTS: Final = 5
MOST_AT_ONCE = 32
"""Files that are fetched at one time, for all accounts together."""

MOST_PER_ACCOUNT = 4
"""Files that are fetched at one time for one account; further ones wait."""

TIME_TO_SEND = 5.0
"""Seconds before a call's deadline by which its files must be there, or half of what is left, if that is less."""

_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_NOT_PUBLIC = "does not point to a public address"


class FileFetcher:
    """Fetches files over http and https.

    Args:
        max_bytes: most that the files of one request may have together.
        is_allowed: says whether an IP address may be reached; None: any may.
    """

    def __init__(self, *, max_bytes: int, is_allowed: Callable[[str], bool] | None) -> None:
        self._max_bytes = max_bytes
        self._is_allowed = is_allowed
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._places_of: dict[str, asyncio.Semaphore] = {}
        self._users_of: Counter[str] = Counter()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open what connects."""
        self._session = open_session(is_allowed=self._is_allowed)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, urls: Sequence[str], account: str, seconds: float) -> list[Upload]:
        """Fetch the files of one request.

        Args:
            urls: where they are.
            account: whose request it is.
            seconds: for all of them, redirects included.

        Raises:
            ValueError: why they cannot be had, for the user.
        """
        uploads: list[Upload] = []
        room = self._max_bytes
        try:
            async with asyncio.timeout(seconds), self._place_for(account):
                for url in urls:
                    uploads.append(await self._follow(url, room))
                    room -= len(uploads[-1].content)
        except TimeoutError:
            reason = f"was not delivered within {seconds:.3g} seconds"
        except (aiohttp.InvalidURL, UnicodeError):
            reason = "is not a URL that can be fetched"
        except (aiohttp.ClientError, OSError) as error:
            reason = _NOT_PUBLIC if is_not_public(error) else "could not be fetched: the connection failed"
        except ValueError as error:
            reason = str(error)
        else:
            return uploads
        raise ValueError(f"URL {len(uploads) + 1} {reason}" if len(urls) > 1 else reason)

    @asynccontextmanager
    async def _place_for(self, account: str) -> AsyncIterator[None]:
        """Wait for a place among the account's fetches, then among all."""
        own = self._places_of.setdefault(account, asyncio.Semaphore(MOST_PER_ACCOUNT))
        self._users_of[account] += 1
        try:
            async with own, self._places:
                yield
        finally:
            self._users_of[account] -= 1
            if not self._users_of[account]:
                del self._users_of[account], self._places_of[account]

    async def _follow(self, url: str, room: int) -> Upload:
        if self._session is None:
            raise RuntimeError("the fetcher is not open")
        for _ in range(MAX_REDIRECTS + 1):
            # A URL that is signed must arrive as it was given, so yarl may not write it anew.
            target = URL(url, encoded=url.isascii())
            async with self._session.get(target, allow_redirects=False) as reply:
                if reply.status in _REDIRECTS and "location" in reply.headers:
                    url = _redirected(url, reply.headers["location"])
                    continue
                if reply.status != 200:  # noqa: PLR2004  # nothing else carries a whole file
                    raise ValueError(f"could not be fetched: its server answered {reply.status}")
                content = await self._read(reply, room)
                return Upload(_file_name(url), _media_type(reply), content)
        raise ValueError(f"redirects more than {MAX_REDIRECTS} times")

    async def _read(self, reply: aiohttp.ClientResponse, room: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in reply.content.iter_chunked(_CHUNK_BYTES):
            size += len(chunk)
            if size > room:
                raise ValueError(f"is too large: the files of a request may have {self._max_bytes} bytes in all")
            chunks.append(chunk)
        return b"".join(chunks)


def names_files_by_url(request: UpstreamRequest) -> bool:
    """Say whether files must be fetched before a request can be sent."""
    return request.parts is not None and any(isinstance(part, FileUrl) for _, part in request.parts)


async def with_files(call: Prepared, fetcher: FileFetcher, account: str, deadline: float) -> UpstreamRequest:
    """Return the request of a call with every file that it names by URL in memory.

    Args:
        call: whose request it is.
        fetcher: fetches the files.
        account: whose request it is, for the number of fetches.
        deadline: the event loop's time at which the call is given up.

    Raises:
        InvalidFields: files that cannot be had, each with its reason.
    """
    uploads: dict[FileUrl, Upload] = {}
    errors: dict[str, str] = {}
    for arg in call.block.args:
        given = call.args.values.get(arg.name) if arg.type == "File" else None
        wanted = [file for file in (given if isinstance(given, list) else [given]) if isinstance(file, FileUrl)]
        if not wanted:
            continue
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            files = await fetcher.fetch([file.url for file in wanted], account, left - min(TIME_TO_SEND, left / 2))
        except ValueError as error:
            errors[arg.name] = str(error)
        else:
            uploads |= dict(zip(wanted, files, strict=True))
    if errors:
        raise InvalidFields(errors)
    parts = [(name, uploads[part] if isinstance(part, FileUrl) else part) for name, part in call.request.parts or ()]
    return replace(call.request, parts=tuple(parts))


def _redirected(url: str, location: str) -> str:
    try:
        return checked_url(urljoin(url, location))
    except ValueError:
        raise ValueError("redirects to what is not an http(s) URL") from None


def _media_type(reply: aiohttp.ClientResponse) -> str:
    given = reply.content_type
    return given if given.isascii() and given.isprintable() else "application/octet-stream"


def _file_name(url: str) -> str:
    return PurePosixPath(unquote(URL(url).raw_path)).name or "file"
