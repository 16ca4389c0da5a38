"""The guard around fetching: no notation, name, redirect or trick leads to an address that is not public."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import egress
from app.blocks.files_by_url import FileFetcher
from app.datatypes.files import Upload
from app.egress import is_public
from tests.support.file_server import LOOPBACK, Names, file_server, redirect, reply
from tests.support.patience import PATIENCE

NOT_PUBLIC = "does not point to a public address"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Keep every lookup on this machine."""
    return Names(monkeypatch)


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 count as public, so that a server there can play the Internet's part."""
    monkeypatch.setattr(egress, "is_public", lambda address: address == LOOPBACK or is_public(address))


async def fetch(*urls: str, **options: Any) -> list[Upload]:
    seconds = options.pop("timeout", PATIENCE)
    settings = {"max_bytes": 100_000, "is_allowed": egress.is_public, **options}
    async with FileFetcher(**settings) as fetcher:
        return await fetcher.fetch(urls, "MA1", seconds)


async def refusal(*urls: str, **options: Any) -> str:
    """Return why files are not fetched."""
    with pytest.raises(ValueError, match=r".") as raised:
        await fetch(*urls, **options)
    return str(raised.value)


PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "151.101.1.140",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
    "64:ff9b::808:808",
]
NOT_GLOBAL = [
    *(
        "0.0.0.0",  # noqa: S104  # nothing is bound
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.0.9",
    ),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1"),
    *("2001:db8::1", "2001:0:808:808::80ff:fffe", "2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:101::"),
    *("4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "febf::1"),
    *("fec0::1", "fe80::5efe:808:808", "ff02::1", "ff0e::1", "::1%lo"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_GLOBAL)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_notation_is_what_it_is(address: Any) -> None:
    number = int(address)
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    for notation in (f"::ffff:{address}", f"64:ff9b::{high}:{low}", f"2002:{high}:{low}::1"):
        assert is_public(notation) == is_public(str(address))


LOOPBACK_URLS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7F.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0x0.0.01:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.255.255.254:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://0.:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://public.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@public.example/",
    "http://127.0.0.1:{port}?@public.example/",
    "http://127.0.0.1:{port}\\@public.example/",
    "http://public.example\\@127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/ ",
    "https://127.0.0.1:{port}/",
]


@pytest.mark.parametrize("url", LOOPBACK_URLS)
def test_no_notation_of_loopback_is_reached(url: str) -> None:
    """A server listens there and must not see so much as a connection."""

    async def attempt() -> tuple[str, int]:
        async with file_server() as files:
            return await refusal(url.format(port=files.port)), await files.count_connections()

    reason, connections = asyncio.run(attempt())
    assert connections == 0
    assert reason


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "10.0.0.1",
            "192.168.0.1",
            "172.16.5.4",
            "100.64.0.1",
            "169.254.169.254",
            "0.0.0.0",  # noqa: S104  # nothing is bound
            "0xa9fea9fe",
        ),
        *("[::1]", "[fd00:ec2::254]", "[fec0::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"),
        *("localhost", "metadata.example", "metadata.example.", "mixed.example"),
    ],
)
def test_the_reason_is_told(names: Names, host: str) -> None:
    names.teach("metadata.example", ["169.254.169.254"])
    names.teach("mixed.example", ["10.0.0.1", "::1", "fd00::1"])
    assert asyncio.run(refusal(f"http://{host}/latest/meta-data/")) == NOT_PUBLIC


def test_private_addresses_can_be_allowed() -> None:
    async def attempt() -> list[Upload]:
        async with file_server({"/a.png": reply()}) as files:
            return await fetch(files.url(), files.url(host="localhost"), is_allowed=None)

    assert asyncio.run(attempt()) == [Upload("a.png", "image/png", b"\x89PNG")] * 2


@pytest.mark.usefixtures("loopback_is_public")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "http://[::1]/", "//169.254.169.254/latest", "http://0x7f000002/", "http://intranet.example/"],
)
def test_a_redirect_to_a_private_address(names: Names, target: str, status: int) -> None:
    names.teach("intranet.example", ["192.168.1.1"])

    async def attempt() -> str:
        async with file_server({"/a.png": redirect(target, status)}) as files:
            return await refusal(files.url())

    assert asyncio.run(attempt()) == NOT_PUBLIC


@pytest.mark.usefixtures("loopback_is_public")
def test_the_address_that_was_checked_is_the_one_connected_to(names: Names) -> None:
    """A name that changes its address between check and connection gains nothing: it is looked up once."""
    names.teach("rebinding.example", [LOOPBACK], ["127.0.0.9"], ["127.0.0.9"])

    async def attempt() -> tuple[list[Upload], str, int]:
        async with file_server({"/a.png": reply()}) as files:
            url = files.url(host="rebinding.example")
            return await fetch(url), await refusal(url), await files.count_connections()

    uploads, reason, connections = asyncio.run(attempt())
    assert uploads == [Upload("a.png", "image/png", b"\x89PNG")]
    assert reason == NOT_PUBLIC
    assert names.asked == ["rebinding.example"] * 2
    assert connections == 1


@pytest.mark.usefixtures("loopback_is_public")
def test_a_name_that_changes_its_address_before_a_redirect(names: Names) -> None:
    names.teach("rebinding.example", [LOOPBACK], ["10.0.0.1"])

    async def attempt() -> str:
        async with file_server({"/a.png": redirect("/b.png"), "/b.png": reply()}) as files:
            return await refusal(files.url(host="rebinding.example"))

    assert asyncio.run(attempt()) == NOT_PUBLIC


def test_a_private_address_beside_a_public_one(monkeypatch: pytest.MonkeyPatch, names: Names) -> None:
    """The public one does not answer; the next in the list is not tried instead."""
    monkeypatch.setattr(egress, "is_public", lambda address: address == "127.0.0.2")
    names.teach("mixed.example", ["127.0.0.2", LOOPBACK])

    async def attempt() -> tuple[str, int]:
        async with file_server({"/a.png": reply()}) as files:
            return await refusal(files.url(host="mixed.example")), await files.count_connections()

    reason, connections = asyncio.run(attempt())
    assert connections == 0
    assert reason


def test_the_system_resolver_is_what_the_names_stand_in_for() -> None:
    """What the tests above are worth: lookups of the fetcher go where the fake ones come from."""
    assert asyncio.run(refusal("http://nowhere.example/")) == "could not be fetched: the connection failed"
    assert socket.getaddrinfo.__name__ == "_lookup"
