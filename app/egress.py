"""Connections to addresses that callers name: public ones only, unless who runs the service says otherwise.

Every address is checked at the moment its socket is made, and the check and the connection share one socket: neither
notations of private addresses, nor redirects, nor a name that resolves differently the second time get past. Names are
resolved by threads of their own: a name server that never answers takes none from those who talk to Plivo.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from app import USER_AGENT
from app.errors import InvalidFields

DNS_THREADS = 8
"""Names that are resolved at one time."""

DNS_TIMEOUT = 5.0
"""Seconds for one name."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is public in IPv6 lies in here; the ipaddress module counts retired blocks outside of it as global."""


class NotPublicError(OSError):
    """The address is not one of the public Internet."""


def open_session(*, is_allowed: Callable[[str], bool] | None) -> aiohttp.ClientSession:
    """Open what connects to addresses that callers name. It keeps no cookies and no connections.

    Args:
        is_allowed: says whether an IP address may be reached; None: any may.
    """
    connector = aiohttp.TCPConnector(
        force_close=True,
        use_dns_cache=False,
        resolver=_Resolver(),
        socket_factory=_guarded(is_allowed) if is_allowed else None,
    )
    headers = {"User-Agent": USER_AGENT}
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=headers)


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public Internet, seen through IPv4-in-IPv6 notations."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        return ip in _GLOBAL_UNICAST and ip.is_global
    return ip.is_global and not ip.is_multicast


def is_public_or_loopback(address: str) -> bool:
    """Say whether an IP address belongs to the public Internet or to this machine."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip).is_loopback or is_public(address)


def is_loopback(host: str) -> bool:
    """Say whether a host, a name or an address, is this machine and nobody else's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_private(arg: str, url: str, is_allowed: Callable[[str], bool] | None) -> None:
    """Refuse what will not be reached, as far as its text tells: a name is looked up when it is connected to.

    Args:
        arg: the field that the URL was given in.
        url: what is to be reached.
        is_allowed: says whether an IP address may be reached; None: any may.

    Raises:
        InvalidFields: it names an address in a private network.
    """
    host = urlsplit(url).hostname or ""
    address = "127.0.0.1" if host == "localhost" else host.partition("%")[0]
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return  # a name
    if is_allowed is not None and not is_allowed(address):
        raise InvalidFields(
            {arg: "is an address in a private network, to which nothing is sent (FETCH_PRIVATE_ADDRESSES)"}
        )


def is_not_public(error: BaseException | None) -> bool:
    """Say whether a connection failed because its address may not be reached."""
    while error is not None:
        if isinstance(error, NotPublicError) or "not a public address" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Resolver(AbstractResolver):
    """Resolves names in a few threads of its own, for a short time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="egress-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        try:
            async with asyncio.timeout(DNS_TIMEOUT):
                found = await work
        except TimeoutError:
            raise OSError("the name could not be resolved in time") from None
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        # Threads that wait for a dead name server end by themselves; nobody waits for them.
        self._threads.shutdown(wait=False, cancel_futures=True)


def _guarded(is_allowed: Callable[[str], bool]) -> Callable[[tuple[Any, ...]], socket.socket]:
    def make_socket(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = address_info
        if not is_allowed(address[0]):
            raise NotPublicError("not a public address")
        return socket.socket(family, kind, protocol)

    return make_socket
