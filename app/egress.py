"""Connections to addresses that callers name: public ones only, unless who runs the service says otherwise.

Every address is checked at the moment its socket is made, and the check and the connection share one socket: neither
notations of private addresses, nor redirects, nor a name that resolves differently the second time get past.
"""

import ipaddress
import socket
from typing import Any

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is public in IPv6 lies in here; the ipaddress module counts retired blocks outside of it as global."""


class NotPublicError(OSError):
    """The address is not one of the public Internet."""


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


def public_socket(address_info: tuple[Any, ...]) -> socket.socket:
    """Make the socket for an address, if it is public (what aiohttp calls a socket factory).

    Raises:
        NotPublicError: it is not.
    """
    family, kind, protocol, _, address = address_info
    if not is_public(address[0]):
        raise NotPublicError("not a public address")
    return socket.socket(family, kind, protocol)


def is_not_public(error: BaseException | None) -> bool:
    """Say whether a connection failed because its address is not public."""
    while error is not None:
        if isinstance(error, NotPublicError) or "not a public address" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
