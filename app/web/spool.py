"""Bytes of an upload while they arrive: in memory as long as they are few, then in a temporary file."""

import errno
import tempfile
from mmap import ACCESS_READ, mmap
from typing import IO

from app.errors import NotConfigured, Overloaded

SPOOL_BYTES = 1024 * 1024
"""Most that is kept in memory of one file."""


class Spool:
    """Takes bytes piece by piece, and gives them back as a whole."""

    def __init__(self) -> None:
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece.

        Raises:
            NotConfigured: there is no directory for temporary files.
            Overloaded: there is no room left in it.
        """
        self._memory += piece
        if len(self._memory) > SPOOL_BYTES:
            self._flush()

    def read(self) -> bytes | mmap:
        """Return all of it. The temporary file, which has no name, is gone with what is returned.

        Raises:
            NotConfigured: there is no directory for temporary files.
            Overloaded: there is no room left in it.
        """
        if self._file is None:
            return bytes(self._memory)
        self._flush()
        with self._file as file:
            return mmap(file.fileno(), 0, access=ACCESS_READ)

    def close(self) -> None:
        """Drop what was taken."""
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # closed with the spool
            rest = memoryview(self._memory)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.close()
            # What Python says when it finds no directory that can be written to.
            if error.errno in (errno.ENOENT, errno.EROFS, errno.EACCES):
                raise NotConfigured(
                    f"An upload of more than {SPOOL_BYTES} bytes is kept in a temporary file, but no directory for "
                    "those can be written to: mount one at /tmp, or name one in TMPDIR. Nothing was sent."
                ) from None
            raise Overloaded("There is no room left for the temporary file of an upload.") from None
        self._memory = bytearray()
