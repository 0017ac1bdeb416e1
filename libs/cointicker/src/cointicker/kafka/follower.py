"""Following topics from a time on, without a group: every follower sees everything."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from cointicker.errors import TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.clients import reading_client, stop_client
from cointicker.kafka.failures import translated
from cointicker.kafka.progress import ProgressWatch
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled, Record, Stalled

_CHECK_SECONDS = 2.0


class Feed(Protocol):
    """Committed records of some topics, as they come."""

    async def poll(self, wait_seconds: float, max_records: int) -> Sequence[Polled]:
        """What has come since; waits a while if there is nothing.

        Raises TransientError (make a new feed) and OffsetOutOfRange (the log lost what was next).
        """
        ...

    def positions(self) -> Mapping[Partition, int]:
        """The next offset of each partition: where another feed can go on."""
        ...

    def behind(self) -> Sequence[Partition]:
        """The partitions that are not yet where the log ended when the feed began."""
        ...

    def goals(self) -> Mapping[Partition, int]:
        """Where the log of each partition ended when the feed began."""
        ...


class Positioned(Protocol):
    """A client that knows where it is."""

    async def position(self, partition: TopicPartition) -> int:
        """The next offset; waits for as long as there is none."""
        ...


class Follower:
    """A Feed of the real thing. Its records are those that a `read_committed` reader sees."""

    def __init__(
        self,
        servers: Sequence[str],
        topics: Sequence[str],
        *,
        request_seconds: float = 10.0,
        stalled_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = reading_client(servers, request_seconds)
        self._servers = servers
        self._topics = topics
        self._deadline = request_seconds
        self._clock = clock
        self._watch = ProgressWatch(stalled_seconds)
        self._positions: dict[Partition, int] = {}
        self._goals: dict[Partition, int] = {}
        self._checked_at = clock()

    async def start(self, since_ms: int, positions: Mapping[Partition, int]) -> None:
        """Begin each partition where `positions` says, or with the first record since then."""
        with translated(f"cannot follow at {','.join(self._servers)}"):
            async with asyncio.timeout(self._deadline):
                partitions = await self._partitions()
                await self._client.start()
                self._assign(partitions)
                self._goals = await self._ends(partitions)
                found = await self._client.offsets_for_times(
                    {TopicPartition(*each): since_ms for each in partitions}
                )
        for each in partitions:
            first = found[TopicPartition(*each)]
            start = self._goals[each] if first is None else first.offset
            self._positions[each] = positions.get(each, start)
            self._client.seek(TopicPartition(*each), self._positions[each])
            self._client.resume(TopicPartition(*each))

    async def stop(self) -> None:
        """Disconnect."""
        await stop_client(self._client, self._deadline)

    async def poll(self, wait_seconds: float, max_records: int) -> list[Polled]:
        """As Feed has it. Raises Stalled if there is something to read and nothing comes."""
        try:
            found = await self._client.getmany(
                timeout_ms=int(wait_seconds * 1000), max_records=max_records
            )
        except OffsetOutOfRangeError as error:
            (topic, number), offset = next(iter(error.args[0].items()))
            raise OffsetOutOfRange(Partition(topic, number), offset) from error
        except KafkaError as error:
            raise TransientError(f"cannot follow: {error!r}") from error
        polled = [self._polled(each, records) for each, records in found.items()]
        if self.behind():
            await self._refresh()
        if self._clock() - self._checked_at >= _CHECK_SECONDS:
            await self._check()
        return polled

    def positions(self) -> Mapping[Partition, int]:
        """The next offset of each partition."""
        return dict(self._positions)

    def behind(self) -> list[Partition]:
        """The partitions that have not reached the end that their log had at the start."""
        return [each for each, goal in self._goals.items() if self._positions[each] < goal]

    def goals(self) -> Mapping[Partition, int]:
        """Where the log of each partition ended at the start."""
        return dict(self._goals)

    async def _partitions(self) -> list[Partition]:
        async with open_admin(self._servers, self._deadline) as admin:
            counts = {each.name: each.partitions for each in await admin.topics()}
        missing = [each for each in self._topics if each not in counts]
        if missing:
            raise TransientError(f"no such topic: {', '.join(missing)}")
        return [
            Partition(topic, number) for topic in self._topics for number in range(counts[topic])
        ]

    def _assign(self, partitions: Sequence[Partition]) -> None:
        """Paused, and with a position, nothing is fetched or looked up on its own."""
        assigned = [TopicPartition(*each) for each in partitions]
        self._client.assign(assigned)
        for each in assigned:
            self._client.pause(each)
            self._client.seek(each, 0)

    async def _ends(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        ends = await self._client.end_offsets([TopicPartition(*each) for each in partitions])
        return {Partition(*each): end for each, end in ends.items()}

    def _polled(self, each: TopicPartition, records: Sequence[Record]) -> Polled:
        partition = Partition(*each)
        since, self._positions[partition] = self._positions[partition], records[-1].offset + 1
        return Polled(partition, since, records)

    async def _refresh(self) -> None:
        """Move on over the markers of transactions, which only the client sees."""
        partitions = list(self._positions)
        self._positions.update(await next_offsets(self._client, partitions, self._deadline))

    async def _check(self) -> None:
        with translated("cannot read the end offsets"):
            async with asyncio.timeout(self._deadline):
                ends = await self._ends(list(self._positions))
        await self._refresh()
        self._checked_at = self._clock()
        standing = self._watch.observe(self._positions, ends, self._checked_at)
        if standing:
            raise Stalled(f"nothing came of {', '.join(map(str, standing))}")


async def next_offsets(
    client: Positioned, partitions: Sequence[Partition], deadline_seconds: float
) -> dict[Partition, int]:
    """Where the client is in each partition. Raises TransientError, also if it cannot say so."""
    with translated("cannot tell the positions"):
        async with asyncio.timeout(deadline_seconds):
            return {each: await client.position(TopicPartition(*each)) for each in partitions}


@asynccontextmanager
async def open_follower(
    follower: Follower, since_ms: int, positions: Mapping[Partition, int]
) -> AsyncIterator[Follower]:
    """The follower, connected while the context is open. Raises TransientError."""
    try:
        await follower.start(since_ms, positions)
        yield follower
    finally:
        await follower.stop()
