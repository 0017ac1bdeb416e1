"""The archive in HDFS: where a record is kept, what its file says of itself, how to trust it.

<root>/raw/<source>/dt=YYYY-MM-DD/hh=HH/<topic>-<partition>-<first offset>.ndjson.gz
<root>/other/<topic>/…                  topics that are neither raw, processed nor insights
<root>/_staging/<topic>-<partition>/<assignment>/…    files being written
<root>/_settings/<topic>.json           the settings that shape the names
"""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec
from isal import isal_zlib

from cointicker.errors import CoinTickerError
from cointicker.files import Entry, Files, NotFound

ATTRIBUTE = "user.cointicker"
SEEN_ATTRIBUTE = "user.cointicker.seen"
SUFFIX = ".ndjson.gz"

_HOUR_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_HOUR = int((datetime(9999, 12, 31, 23, tzinfo=UTC) - _EPOCH) / timedelta(hours=1))
_FILE_NAME = re.compile(
    r"(?P<topic>.+)-(?P<partition>\d+)-(?P<first>\d{20})" + re.escape(SUFFIX), re.ASCII
)
GZIP = 31  # zlib's window bits for a gzip member, whose header then holds no name and no time


class ForeignFile(CoinTickerError):
    """A file stands in the archive that no sink of ours published: it has no attribute of ours."""


def hour_of(timestamp_ms: int) -> int:
    """The UTC hour of a Kafka timestamp, as hours since 1970.

    A timestamp that no calendar has (Kafka takes any) counts as the first or the last hour there
    is: a record is kept whatever its producer wrote on it.
    """
    return max(0, min(timestamp_ms // _HOUR_MS, _LAST_HOUR))


class FileName(NamedTuple):
    """What the name of a published file says."""

    topic: str
    partition: int
    first: int

    @classmethod
    def parse(cls, name: str) -> "FileName | None":
        """The parts of a file's name, None if it is no name of a published file."""
        match = _FILE_NAME.fullmatch(name)
        return match and cls(match["topic"], int(match["partition"]), int(match["first"]))

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}-{self.first:020}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are kept below `root`; `kinds` maps a directory to the prefix of its topics."""

    root: PurePosixPath
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, root: str, topic_prefix: str) -> "Layout":
        """The usual layout: `<prefix>.raw.<source>` in `raw/<source>`, and so on."""
        kinds = {kind: f"{topic_prefix}.{kind}" for kind in ("raw", "processed", "insights")}
        return cls(PurePosixPath(root), kinds)

    def topic_directory(self, topic: str) -> PurePosixPath:
        """The directory of all files of a topic."""
        for kind, prefix in self.kinds.items():
            name = topic.removeprefix(f"{prefix}.")
            if name != topic and name not in {"", ".", ".."}:
                return self.root / kind / name
        return self.root / "other" / topic

    def hour_directory(self, topic: str, timestamp_ms: int) -> PurePosixPath:
        """The directory of a file whose first record has this timestamp."""
        hour = _EPOCH + timedelta(hours=hour_of(timestamp_ms))
        return self.topic_directory(topic) / f"dt={hour:%Y-%m-%d}" / f"hh={hour:%H}"

    def file(self, topic: str, partition: int, first: int, timestamp_ms: int) -> PurePosixPath:
        """The path of the file whose first record has this offset and timestamp."""
        name = str(FileName(topic, partition, first))
        return self.hour_directory(topic, timestamp_ms) / name

    def staging(self, topic: str, partition: int) -> PurePosixPath:
        """The directory that holds one directory per assignment of a partition."""
        return self.root / "_staging" / f"{topic}-{partition}"

    def settings(self, topic: str) -> PurePosixPath:
        """The file with the settings that shape the names of a topic's files."""
        return self.root / "_settings" / f"{topic}.json"


class FileAttribute(msgspec.Struct, frozen=True):
    """What a published file says of itself, in its attribute `user.cointicker`.

    `previous` is the last offset of the file before it, None at the start of a chain: the very
    first file, and the first after a recorded gap. `end` is its own last offset. `sha256` is of the
    stored (compressed) bytes, in hex; `last_crc32c` of the last record's value. `writer` is unique
    to the attempt that wrote the file.
    """

    previous: int | None
    end: int
    count: int
    sha256: str
    first_timestamp: int
    last_timestamp: int
    last_crc32c: int
    writer: str

    def encode(self) -> bytes:
        """The attribute's value: a JSON object."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, value: bytes) -> "FileAttribute":
        """The attribute of its value. Raises ForeignFile."""
        try:
            return msgspec.json.decode(value, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ForeignFile(f"attribute {value[:200]!r}: {error}") from error


class GzipBody:
    """The body of a file being collected: one gzip member, the same bytes for the same lines."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._gzip = isal_zlib.compressobj(1, isal_zlib.DEFLATED, GZIP)

    def __len__(self) -> int:
        """The compressed bytes so far; the compressor holds back a little more."""
        return len(self._body)

    def add(self, lines: bytes) -> None:
        """Append lines."""
        self._body += self._gzip.compress(lines)

    def finish(self) -> bytes:
        """The whole body; nothing can be added after."""
        self._body += self._gzip.flush()
        body, self._body = bytes(self._body), bytearray()
        return body


def sha256_of(body: bytes) -> str:
    """The `sha256` of a file's attribute."""
    return hashlib.sha256(body).hexdigest()


async def read_behind_barrier(files: Files, path: PurePosixPath) -> FileAttribute | None:
    """The attribute of a published file that may be relied on; None if there is no such file.

    A NameNode shows a rename before it is durable. Marking the file as seen is answered only when
    all that happened to it before is durable; only then its attribute is read. Raises ForeignFile.
    """
    try:
        await files.set_attribute(path, SEEN_ATTRIBUTE, b"1", replace=True)
        value = await files.attribute(path, ATTRIBUTE)
    except NotFound:
        return None
    if value is None:
        raise ForeignFile(f"{path} has no attribute {ATTRIBUTE}")
    return FileAttribute.decode(value)


async def walk(
    files: Files, directory: PurePosixPath
) -> AsyncIterator[tuple[PurePosixPath, Entry]]:
    """Every file below a directory, with its path; none if the directory does not exist."""
    directories = [directory]
    while directories:
        parent = directories.pop()
        try:
            entries = await files.list_directory(parent)
        except NotFound:
            continue
        for entry in entries:
            if not entry.is_directory:
                yield parent / entry.name, entry
        directories += [parent / each.name for each in reversed(entries) if each.is_directory]


class PublishedFile(NamedTuple):
    """A file of the archive as a listing shows it: not yet behind the barrier."""

    path: PurePosixPath
    name: FileName
    length: int


async def published_files(
    files: Files, layout: Layout, topic: str, partition: int
) -> list[PublishedFile]:
    """The published files of one partition, by first offset, whatever their hour is."""
    found = []
    async for path, entry in walk(files, layout.topic_directory(topic)):
        name = FileName.parse(entry.name)
        if name and (name.topic, name.partition) == (topic, partition):
            found.append(PublishedFile(path, name, entry.length))
    return sorted(found, key=lambda file: file.name.first)
