"""A broker in memory, with transactions and groups, as a service's tasks see it."""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cointicker.errors import ContractViolation, TransientError
from cointicker.kafka.records import Commit, NotOwned, OffsetOutOfRange, Partition, Polled, Record
from cointicker.kafka.transactions import Fenced
from cointicker.snapshots import Snapshot, decode_snapshot
from cointicker.times import to_ms, utc_now
from cointicker.work import Output


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is in the log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass
class MemoryLog:
    """One partition. `end` is past the marks that end transactions, which are no records."""

    records: list[Record] = field(default_factory=list)
    start: int = 0
    end: int = 0

    def append(self, records: Iterable[tuple[bytes | None, bytes, int]]) -> None:
        for key, value, timestamp in records:
            self.records.append(Kept(self.end, timestamp, key, value))
            self.end += 1

    def mark(self) -> None:
        """The end of a transaction takes an offset."""
        self.end += 1

    def between(self, start: int, end: int) -> list[Record]:
        at = bisect_left(self.records, start, key=lambda record: record.offset)
        to = bisect_left(self.records, end, key=lambda record: record.offset)
        return self.records[at:to]

    def delete_before(self, start: int) -> None:
        """What retention does."""
        self.start = start
        self.end = max(self.end, start)
        self.records = self.between(start, self.end)


class MemoryBroker:
    """Logs, offsets and who may publish as whom.

    `disturb` is called with `before` and `after` around each transaction: what it raises is what
    the publisher sees. `largest` is the most bytes that a value may have.
    """

    def __init__(self, partitions: int = 1, largest: int = 2_000_000) -> None:
        self.partitions = partitions
        self.largest = largest
        self.logs: defaultdict[Partition, MemoryLog] = defaultdict(MemoryLog)
        self.offsets: dict[tuple[str, Partition], Commit] = {}
        self.epochs: defaultdict[str, int] = defaultdict(int)
        self.disturb: Callable[[str], None] = lambda _: None
        self.changed = asyncio.Event()

    def produce(self, partition: Partition, *values: bytes, timestamp: int = 1) -> None:
        self.logs[partition].append((None, value, timestamp) for value in values)
        self.changed.set()

    def values(self, topic: str, number: int = 0) -> list[bytes]:
        return [each.value or b"" for each in self.logs[Partition(topic, number)].records]

    @asynccontextmanager
    async def publisher(self, name: str, group: str) -> AsyncIterator["MemoryPublisher"]:
        """Fences every earlier one of this name."""
        self.epochs[name] += 1
        yield MemoryPublisher(self, name, group)


class MemoryPublisher:
    """`Transactions` in memory."""

    def __init__(self, broker: MemoryBroker, name: str, group: str) -> None:
        self._broker = broker
        self._name = name
        self._group = group
        self._epoch = broker.epochs[name]

    async def commit(
        self, outputs: Iterable[Output], reading: tuple[Partition, Commit] | None = None
    ) -> None:
        """All of it, or nothing."""
        for _ in range(4):  # as long as others need to bring more records meanwhile
            await asyncio.sleep(0)
        broker, outputs = self._broker, list(outputs)
        broker.disturb("before")
        if broker.epochs[self._name] != self._epoch:
            raise Fenced(f"another is {self._name}")
        if any(len(each.value) > broker.largest for each in outputs):
            raise ContractViolation("a record is larger than the topic takes")
        for each in outputs:
            log = broker.logs[Partition(each.topic, each.partition)]
            at_ms = to_ms(utc_now()) if each.timestamp_ms is None else each.timestamp_ms
            log.append([(each.key, each.value, at_ms)])
        for partition in {Partition(each.topic, each.partition) for each in outputs}:
            broker.logs[partition].mark()
        if reading is not None:
            partition, commit = reading
            broker.offsets[self._group, partition] = commit
        broker.changed.set()
        broker.disturb("after")


class MemoryGroup:
    """A member of a group, which is given partitions by `assign`."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        self.broker = broker
        self.name = name
        self.generation = 0
        self.is_away = False
        self._positions: dict[Partition, int] = {}
        self._fetched: set[Partition] = set()

    def assign(self, *partitions: Partition) -> None:
        """What was ours is not any more; this is."""
        self.generation += 1
        self._positions = dict.fromkeys(partitions, 0)
        self._fetched = set()
        self.broker.changed.set()

    def assignment(self) -> frozenset[Partition]:
        return frozenset(self._positions)

    async def poll(
        self, wait_seconds: float, max_records: int, only: Collection[Partition] = ()
    ) -> list[Polled]:
        if self.is_away:
            await asyncio.sleep(0)
            raise TransientError("the broker is away")
        polled = self._ready(max_records, only)
        if not polled:
            self.broker.changed.clear()
            try:
                async with asyncio.timeout(min(wait_seconds, 0.01)):
                    await self.broker.changed.wait()
            except TimeoutError:
                return []
        return polled

    def seek(self, partition: Partition, offset: int) -> None:
        self._need(partition)
        self._positions[partition] = offset

    def pause(self, partition: Partition) -> None:
        self._need(partition)
        self._fetched.discard(partition)

    def is_fetched(self, partition: Partition) -> bool:
        return partition in self._fetched

    def resume(self, partition: Partition) -> None:
        self._need(partition)
        self._fetched.add(partition)

    def position(self, partition: Partition) -> int:
        self._need(partition)
        return self._positions[partition]

    async def reached(self, partition: Partition) -> int:
        position, log = self.position(partition), self.broker.logs[partition]
        left = log.between(position, log.end)
        return left[0].offset if left else max(position, log.end)

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {each: self.broker.logs[each].end for each in partitions}

    async def check(self) -> None:
        if self.is_away:
            raise TransientError("the broker is away")

    def lags(self) -> dict[Partition, int]:
        return {
            each: len(self.broker.logs[each].between(at, self.broker.logs[each].end))
            for each, at in self._positions.items()
        }

    def _ready(self, most: int, only: Collection[Partition]) -> list[Polled]:
        polled = []
        for partition in sorted(self._fetched):
            log, since = self.broker.logs[partition], self._positions[partition]
            if only and partition not in only:
                continue
            if since < log.start:
                raise OffsetOutOfRange(partition, since)
            if records := log.between(since, log.end)[:most]:
                self._positions[partition] = records[-1].offset + 1
                polled.append(Polled(partition, since, records))
        return polled

    def _need(self, partition: Partition) -> None:
        if partition not in self._positions:
            raise NotOwned(f"{partition} is not ours any more")


class MemoryTaskLog:
    """`TaskLog` in memory, of one assignment."""

    def __init__(self, partition: Partition, state_topic: str, group: MemoryGroup) -> None:
        self._partition = partition
        self._state = Partition(state_topic, partition.number)
        self._group = group
        self._generation = group.generation

    async def committed(self) -> Commit | None:
        return self._group.broker.offsets.get((self._group.name, self._partition))

    async def bounds(self) -> tuple[int, int]:
        log = self._group.broker.logs[self._partition]
        return log.start, log.end

    async def partitions(self) -> int:
        return self._group.broker.partitions

    async def newest_snapshot(self) -> Snapshot | None:
        kept = self._group.broker.logs[self._state].records
        return decode_snapshot(kept[-1].value or b"") if kept else None

    async def replay(self, start: int, end: int) -> AsyncIterator[Sequence[Record]]:
        log = self._group.broker.logs[self._partition]
        if start < log.start:
            raise OffsetOutOfRange(self._partition, start)
        records = log.between(start, end)
        for at in range(0, len(records), 3):
            yield records[at : at + 3]

    def go_on(self, offset: int) -> None:
        if self._group.generation != self._generation:
            raise NotOwned(f"{self._partition} was assigned anew")
        self._group.seek(self._partition, offset)
        self._group.resume(self._partition)
