"""Multipart bodies taken apart by hand, so that what arrives is judged byte by byte."""

import re
from dataclasses import dataclass

from tests.support.recorder import RecordedRequest


@dataclass(frozen=True)
class Part:
    """One part of a multipart body, as it arrived.

    Attributes:
        headers: by lower-case name.
    """

    headers: dict[str, str]
    content: bytes


def parts_of(request: RecordedRequest) -> list[Part]:
    """Take a multipart body apart (RFC 7578), tolerating nothing."""
    content_type = request.header("content-type")
    assert content_type
    match = re.fullmatch(r"multipart/form-data; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})", content_type)
    assert match
    delimiter = b"--" + match[1].encode()
    assert request.header("content-length") == str(len(request.body))
    start, *pieces, end = (b"\r\n" + request.body).split(b"\r\n" + delimiter)
    assert (start, end) == (b"", b"--\r\n")
    parts = []
    for piece in pieces:
        assert piece.startswith(b"\r\n")
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        parts.append(Part({name.lower(): value for name, value in fields.items()}, content))
    return parts


def text(name: str, value: str) -> Part:
    """Return the part that a text must be."""
    return Part({"content-disposition": f'form-data; name="{name}"'}, value.encode())


def file(name: str, file_name: str, media_type: str, content: bytes) -> Part:
    """Return the part that a file must be."""
    disposition = f'form-data; name="{name}"; filename="{file_name}"'
    return Part({"content-disposition": disposition, "content-type": media_type}, content)
