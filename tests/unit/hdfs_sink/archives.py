"""A writer over an archive and a partition in memory, and files that it has published."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NoReturn

from cointicker.archive import Layout
from cointicker.errors import TransientError
from cointicker.kafka.records import Record
from hdfs_sink.protocol import Chain, Place
from hdfs_sink.publish import Published, publish
from hdfs_sink.recovery import recover
from hdfs_sink.writer import Writer
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_partition import MemberLog, MemoryPartition
from tests.unit.hdfs_sink.world import TOPIC, content, record

_IDS = count()


class NoPatience:
    """Gives up at once."""

    async def wait(self, error: TransientError) -> NoReturn:
        raise error


@dataclass
class Archive:
    """A NameNode and a partition; `writer()` is the one who owns it."""

    files: MemoryFiles = field(default_factory=MemoryFiles)
    partition: MemoryPartition = field(default_factory=lambda: MemoryPartition(owner="me"))

    def writer(self, *, root: str = "/cointicker", new_root: bool = False) -> Writer:
        place = Place(Layout.of(root, "cointicker"), TOPIC, 0, new_root)
        log = MemberLog(self.partition, "me")
        return Writer(place, self.files, log, NoPatience(), lambda: f"id{next(_IDS)}")

    async def recovered(self, *, root: str = "/cointicker", new_root: bool = False) -> Chain:
        return await recover(self.writer(root=root, new_root=new_root))

    async def publish(self, chain: Chain, records: Sequence[Record]) -> Published:
        """Publish one file and commit it."""
        writer = self.writer(root=str(chain.staging.parents[2]))
        published = await publish(writer, chain, content(records))
        assert published.chain.previous is not None
        await writer.commit(published.path, published.chain.previous)
        return published

    def produce(self, *offsets: int) -> list[Record]:
        records: list[Record] = [record(offset) for offset in offsets]
        self.partition.append(*records)
        return records

    def retain_from(self, start: int) -> None:
        self.partition.start = start
        self.partition.records = [r for r in self.partition.records if r.offset >= start]


async def archived(*offsets: int) -> Archive:
    """An archive with one file of these offsets, committed."""
    archive = Archive()
    records = archive.produce(*offsets)
    await archive.publish(await archive.recovered(), records)
    return archive
