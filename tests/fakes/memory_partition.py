"""A partition of a topic in memory, and the group's offset of it, as a sink's `Log`."""

from bisect import bisect_left
from dataclasses import dataclass, field

from cointicker.kafka.records import Commit, NotOwned, OffsetOutOfRange, Partition, Record
from hdfs_sink.protocol import Gap


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """A record; `timestamp` in ms."""

    offset: int
    timestamp: int = 0
    key: bytes | None = None
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass
class MemoryPartition:
    """What the broker knows of one partition. Offsets may have holes; only `owner` may commit."""

    records: list[Record] = field(default_factory=list)
    start: int = 0
    end: int = 0
    commit: Commit | None = None
    gaps: list[Gap] = field(default_factory=list)
    owner: str | None = None

    def append(self, *records: Record) -> None:
        """Add records at the end of the log."""
        for record in records:
            self.records.append(record)
            self.end = record.offset + 1


class MemberLog:
    """`Log` in memory, as one member of the group sees it."""

    def __init__(self, partition: MemoryPartition, member: str = "member") -> None:
        self._partition = partition
        self._member = member

    async def bounds(self) -> tuple[int, int]:
        return self._partition.start, self._partition.end

    async def first_from(self, offset: int) -> Record | None:
        known = self._partition
        if not known.start <= offset <= known.end:
            raise OffsetOutOfRange(Partition("memory", 0), offset)
        index = bisect_left(known.records, offset, key=lambda record: record.offset)
        return known.records[index] if index < len(known.records) else None

    async def committed(self) -> Commit | None:
        return self._partition.commit

    async def commit(self, commit: Commit) -> None:
        if self._partition.owner != self._member:
            raise NotOwned(f"{self._member} does not own it")
        self._partition.commit = commit

    async def record_gap(self, gap: Gap) -> None:
        self._partition.gaps.append(gap)
