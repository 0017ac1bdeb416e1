"""A topic of Kafka in memory, as an audit reads it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from cointicker.kafka.records import OffsetOutOfRange, Partition, Record

TOPIC = "cointicker.raw.test"


@dataclass(frozen=True)
class Made:
    """A record as Kafka has it."""

    offset: int
    value: bytes | None
    timestamp: int = 0
    key: bytes | None = b"k"
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass
class MemoryLog:
    """One partition of one topic, in batches of two."""

    kept: list[Made] = field(default_factory=list)
    start: int = 0
    end: int | None = None
    group: dict[int, int] = field(default_factory=dict)
    numbers: int = 1

    async def partitions(self, topic: str) -> int:
        return self.numbers if topic == TOPIC else 0

    async def committed(self, topic: str) -> Mapping[int, int]:
        return self.group if topic == TOPIC else {}

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        assert partition.number < self.numbers
        after_last = self.kept[-1].offset + 1 if self.kept else 0
        return self.start, after_last if self.end is None else self.end

    async def records(
        self, partition: Partition, start: int, end: int
    ) -> AsyncIterator[Sequence[Record]]:
        if start < self.start:
            raise OffsetOutOfRange(partition, start)
        found: list[Record] = [each for each in self.kept if start <= each.offset < end]
        for at in range(0, len(found), 2):
            yield found[at : at + 2]
