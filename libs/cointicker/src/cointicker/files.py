"""What the archive needs of a file system: one narrow seam with HDFS behind it.

The names of the errors are the outcomes that the sink's protocol tells apart. Every method may
also raise `TransientError`: no answer came, or the NameNode is a standby, in safe mode or away.
The outcome of the call is then unknown.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from cointicker.errors import CoinTickerError


class FilesError(CoinTickerError):
    """A file operation was answered with a refusal: it did not happen."""


class AlreadyExists(FilesError):
    """The name to be made exists."""


class NotFound(FilesError):
    """The path to be read, or the source of a rename, does not exist."""


class ParentMissing(FilesError):
    """The directory that the name is to be made in does not exist."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a directory; `length` in bytes, `modified_ms` in ms since 1970 UTC."""

    name: str
    is_directory: bool
    length: int
    modified_ms: int


class Files(Protocol):
    """A tree of files whose names are taken once: nothing is ever replaced."""

    async def make_directory(self, path: PurePosixPath) -> None:
        """Make `path` and its parents; one that exists is left as it is."""
        ...

    async def create(self, path: PurePosixPath, body: bytes) -> None:
        """Write a new file, whole. Raises AlreadyExists, ParentMissing.

        A failure may leave a file that is short, closed and visible: verify before relying on it.
        """
        ...

    async def verify(self, path: PurePosixPath, body: bytes) -> bool:
        """Whether the stored length and checksum are those of `body`. Raises NotFound."""
        ...

    async def set_attribute(
        self, path: PurePosixPath, name: str, value: bytes, *, replace: bool
    ) -> None:
        """Set an extended attribute (`user.…`); answered only when it is durable.

        Without `replace` an attribute that is there raises AlreadyExists. Raises NotFound.
        Everything that happened to the file before an acknowledged call is durable too.
        """
        ...

    async def attribute(self, path: PurePosixPath, name: str) -> bytes | None:
        """The value of an extended attribute, None if it is not set. Raises NotFound."""
        ...

    async def rename(self, source: PurePosixPath, target: PurePosixPath) -> None:
        """Rename a file, never replacing.

        Raises AlreadyExists, NotFound (the source is gone), ParentMissing (of the target).
        """
        ...

    async def list_directory(self, path: PurePosixPath) -> list[Entry]:
        """The entries of a directory, sorted by name. Raises NotFound."""
        ...

    async def delete(self, path: PurePosixPath) -> bool:
        """Remove a file or a whole directory; False if there was none."""
        ...

    async def read(self, path: PurePosixPath) -> bytes:
        """The whole content of a file. Raises NotFound."""
        ...
