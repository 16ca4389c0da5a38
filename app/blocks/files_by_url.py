"""Fetching files that a caller named by URL, without becoming a way into the network we run in.

Only http and https; every address is checked at the moment its socket is made, so neither notations
of private addresses, nor redirects, nor a name that resolves differently the second time get past;
size and time are bounded. What is fetched comes from the address that was checked, since the check
and the connection share one socket.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final, Self
from urllib.parse import unquote, urljoin

import aiohttp
from yarl import URL

from app.datatypes.files import FileUrl, Upload
from app.datatypes.formats import url as checked_url
from app.egress import is_not_public, public_socket
from app.errors import InvalidFields

MAX_REDIRECTS: Final = 5
_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_NOT_PUBLIC = "does not point to a public address"


class FileFetcher:
    """Fetches files over http and https.

    Args:
        timeout: seconds for all files of a request, redirects included.
        max_bytes: most that they may be together.
        allow_private: private addresses may be reached too, for those who run their own network.
    """

    def __init__(self, *, timeout: float, max_bytes: int, allow_private: bool) -> None:
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            force_close=True,
            use_dns_cache=False,
            socket_factory=None if self._allow_private else public_socket,
        )
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, urls: Sequence[str]) -> list[Upload]:
        """Fetch the files of one request.

        Raises:
            ValueError: why they cannot be had, for the user.
        """
        uploads: list[Upload] = []
        room = self._max_bytes
        try:
            async with asyncio.timeout(self._timeout):
                for url in urls:
                    uploads.append(await self._follow(url, room))
                    room -= len(uploads[-1].content)
        except TimeoutError:
            reason = f"was not delivered within {self._timeout:g} seconds"
        except (aiohttp.InvalidURL, UnicodeError):
            reason = "is not a URL that can be fetched"
        except (aiohttp.ClientError, OSError) as error:
            reason = _NOT_PUBLIC if is_not_public(error) else "could not be fetched: the connection failed"
        except ValueError as error:
            reason = str(error)
        else:
            return uploads
        raise ValueError(f"URL {len(uploads) + 1} {reason}" if len(urls) > 1 else reason)

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


async def fetch_files(fetcher: FileFetcher, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the values with every file that was named by URL in memory.

    Args:
        fetcher: fetches one file.
        values: clean values by arg name.
        names: the args that hold files.

    Raises:
        InvalidFields: files that cannot be had, each with its reason.
    """
    fetched = dict(values)
    errors: dict[str, str] = {}
    for name in set(names) & values.keys():
        value = values[name]
        files = value if isinstance(value, list) else [value]
        try:
            contents = iter(await fetcher.fetch([file.url for file in files if isinstance(file, FileUrl)]))
            uploads = [next(contents) if isinstance(file, FileUrl) else file for file in files]
        except ValueError as error:
            errors[name] = str(error)
        else:
            fetched[name] = uploads if isinstance(value, list) else uploads[0]
    if errors:
        raise InvalidFields(errors)
    return fetched


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
