"""A task's input and state in Kafka, as one member of the group sees them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cointicker.kafka.consumer import Consumer
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Commit, NotOwned, Partition, Record
from cointicker.snapshots import Snapshot, decode_snapshot

# The newest snapshot is the last record but for those of transactions that were aborted.
_LAST_OFFSETS = 4


class KafkaTaskLog:
    """`TaskLog` of the assignment that was in force when it was made: NotOwned after the next."""

    def __init__(
        self, partition: Partition, state_topic: str, consumer: Consumer, reader: Reader
    ) -> None:
        self._partition = partition
        self._state = Partition(state_topic, partition.number)
        self._consumer = consumer
        self._reader = reader
        self._generation = consumer.generation

    async def committed(self) -> Commit | None:
        """What the group committed last, with nothing pending."""
        self._need()
        return await self._consumer.committed(self._partition)

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        return await self._reader.bounds(self._partition)

    async def partitions(self) -> int:
        """How many partitions the input topic has."""
        return self._consumer.partitions(self._partition.topic)

    async def newest_snapshot(self) -> Snapshot | None:
        """Search backwards from the end of the state's partition. Raises InvalidMessage."""
        start, end = await self._reader.bounds(self._state)
        step = _LAST_OFFSETS
        while start < end:
            after = max(start, end - step)
            newest = await self._last_value(after, end)
            if newest is not None:
                return decode_snapshot(newest)
            end, step = after, step * 4
        return None

    async def replay(self, start: int, end: int) -> AsyncIterator[Sequence[Record]]:
        """The records from `start` up to `end`. Raises OffsetOutOfRange."""
        async for records in self._reader.records(self._partition, start, end):
            self._need()
            yield records

    def go_on(self, offset: int) -> None:
        """Fetch the partition, from `offset` on."""
        self._need()
        self._consumer.seek(self._partition, offset)
        self._consumer.resume(self._partition)

    async def _last_value(self, start: int, end: int) -> bytes | None:
        newest = None
        async for records in self._reader.records(self._state, start, end):
            for record in records:
                newest = record.value or newest
        return newest

    def _need(self) -> None:
        if self._consumer.generation != self._generation:
            raise NotOwned(f"{self._partition} was assigned anew")


@asynccontextmanager
async def open_task_log(
    partition: Partition, state_topic: str, consumer: Consumer, request_seconds: float
) -> AsyncIterator[KafkaTaskLog]:
    """Its partition is not fetched until `go_on`. Raises TransientError, NotOwned."""
    consumer.pause(partition)
    async with open_reader(consumer.servers, request_seconds) as reader:
        yield KafkaTaskLog(partition, state_topic, consumer, reader)
