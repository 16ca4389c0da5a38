"""Files that travel to Plivo: uploaded with the request, or to be fetched from a URL."""

from contextlib import suppress
from dataclasses import dataclass
from mmap import mmap

from app.datatypes.formats import url


@dataclass(frozen=True, slots=True)
class Upload:
    """A file.

    Attributes:
        name: its file name.
        content_type: its media type.
        content: its bytes; of a large one a map of a temporary file, which goes with it.
    """

    name: str
    content_type: str
    content: bytes | mmap


@dataclass(frozen=True, slots=True)
class FileUrl:
    """A file that is to be fetched from an absolute http or https URL."""

    url: str


def read_file(value: object) -> Upload | FileUrl:
    """Read an upload or a URL.

    Raises:
        ValueError: it is neither.
    """
    match value:
        case Upload():
            return value
        case str():
            with suppress(ValueError):  # what is said below names both ways
                return FileUrl(url(value))
    raise ValueError("must be a file sent as multipart/form-data, or an http(s) URL to fetch it from")
