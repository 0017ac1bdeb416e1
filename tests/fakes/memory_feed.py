"""A feed of topics in memory: what a Follower gives of real ones."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cointicker.errors import TransientError
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled
from tests.fakes.memory_log import Made


@dataclass
class MemoryTopics:
    """The logs; `away` is why no broker answers. A reader waits for `changed`."""

    logs: dict[Partition, list[Made]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[Partition, int] = field(default_factory=lambda: defaultdict(int))
    away: str | None = None
    opened: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, partition: Partition, value: bytes | None, timestamp_ms: int) -> None:
        """Append a record."""
        log = self.logs[partition]
        log.append(Made(len(log), value, timestamp_ms))
        self.changed.set()

    def fail(self, why: str | None) -> None:
        """From now on nothing answers; with None everything does again."""
        self.away = why
        self.changed.set()

    @asynccontextmanager
    async def open(
        self, since_ms: int, positions: Mapping[Partition, int]
    ) -> AsyncIterator["MemoryFeed"]:
        """A feed of all partitions that there are."""
        self.opened += 1
        if self.away:
            raise TransientError(self.away)
        yield MemoryFeed(self, since_ms, positions)


class MemoryFeed:
    """A Feed."""

    def __init__(
        self, topics: MemoryTopics, since_ms: int, positions: Mapping[Partition, int]
    ) -> None:
        self._topics = topics
        self._goals = {each: len(log) for each, log in topics.logs.items()}
        self._positions = {
            each: positions.get(each, max(topics.starts[each], self._first(log, since_ms)))
            for each, log in topics.logs.items()
        }

    async def poll(self, wait_seconds: float, max_records: int) -> Sequence[Polled]:
        """As Feed has it."""
        polled = self._take(max_records)
        if not polled:
            self._topics.changed.clear()
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._topics.changed.wait()
            except TimeoutError:
                return []
            polled = self._take(max_records)
        return polled

    def positions(self) -> Mapping[Partition, int]:
        """As Feed has it."""
        return dict(self._positions)

    def behind(self) -> Sequence[Partition]:
        """As Feed has it."""
        return [each for each, goal in self._goals.items() if self._positions[each] < goal]

    def goals(self) -> Mapping[Partition, int]:
        """As Feed has it."""
        return dict(self._goals)

    def _take(self, most: int) -> list[Polled]:
        if self._topics.away:
            raise TransientError(self._topics.away)
        polled = []
        for each, since in self._positions.items():
            if since < self._topics.starts[each]:
                raise OffsetOutOfRange(each, since)
            records = self._topics.logs[each][since : since + most]
            if records:
                polled.append(Polled(each, since, records))
                self._positions[each] = records[-1].offset + 1
                most -= len(records)
            if not most:
                break
        return polled

    @staticmethod
    def _first(log: Sequence[Made], since_ms: int) -> int:
        late = [each.offset for each in log if each.timestamp >= since_ms]
        return late[0] if late else len(log)
