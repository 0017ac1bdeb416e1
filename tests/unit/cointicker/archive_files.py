"""Files as hdfs-sink publishes them, in a NameNode in memory, and an archive over it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from crc32c import crc32c

from cointicker.archive import (
    ATTRIBUTE,
    AsyncArchive,
    FileAttribute,
    GzipBody,
    Layout,
    sha256_of,
)
from cointicker.lines import line
from cointicker.times import to_ms
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_log import TOPIC, Made

LAYOUT = Layout.of("/cointicker", "cointicker")
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def made(offset: int, after_noon: timedelta = timedelta(0), value: bytes | None = b"{}") -> Made:
    """A record of that time after noon."""
    return Made(offset, value, to_ms(NOON + after_noon))


def body_of(of: Sequence[Made]) -> bytes:
    packed = GzipBody()
    for each in of:
        packed.add(line(each.offset, each.timestamp, each.key, each.value, each.headers))
    return packed.finish()


async def publish(
    files: MemoryFiles,
    of: Sequence[Made],
    *,
    topic: str = TOPIC,
    partition: int = 0,
    at: PurePosixPath | None = None,
    body: bytes | None = None,
) -> PurePosixPath:
    """Put a file of these records where it belongs, or `at` another place; its path."""
    path = at or LAYOUT.file(topic, partition, of[0].offset, of[0].timestamp)
    body = body_of(of) if body is None else body
    says = FileAttribute(
        previous=None,
        end=of[-1].offset,
        count=len(of),
        sha256=sha256_of(body),
        first_timestamp=of[0].timestamp,
        last_timestamp=of[-1].timestamp,
        last_crc32c=crc32c(of[-1].value or b""),
        writer="w",
    )
    await files.make_directory(path.parent)
    await files.create(path, body)
    await files.set_attribute(path, ATTRIBUTE, says.encode(), replace=False)
    return path


def over(files: MemoryFiles) -> AsyncArchive:
    return AsyncArchive(files, LAYOUT, "memory")


async def places(
    archive: AsyncArchive,
    start: datetime | None = None,
    end: datetime | None = None,
    lateness: timedelta = HOUR,
) -> list[tuple[int, int]]:
    """Partition and offset of each record that the reader gives."""
    found = archive.records("test", start, end, lateness=lateness)
    return [(each["_partition"], each["_offset"]) async for each in found]
