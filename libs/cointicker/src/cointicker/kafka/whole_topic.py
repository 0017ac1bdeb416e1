"""Reading a small topic as a whole, for people: from what is kept up to a verified end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from cointicker.errors import ConfigError, TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.clients import stop_client
from cointicker.kafka.failures import translated
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.settings import ClientSettings

# A transaction that its task left open is ended after TRANSACTION_TIMEOUT_SECONDS, by default 10,
# and then at the broker's next look for such, by default every 10 s.
_SETTLED_SECONDS = 25.0
_LOOK_SECONDS = 0.1


class Topics:
    """The topics there are, read by partition. Raises TransientError."""

    def __init__(self, reader: Reader, partitions: dict[str, int], settings: ClientSettings):
        self._reader = reader
        self._partitions = partitions
        self._settings = settings

    def check(self, topic: str) -> None:
        """Raises ConfigError if there is none of this name."""
        if topic not in self._partitions:
            raise ConfigError([unknown_topic(topic, sorted(self._partitions))])

    def has(self, partition: Partition) -> bool:
        """Whether there is such a partition."""
        return partition.number < self._partitions.get(partition.topic, 0)

    async def records(self, topic: str) -> AsyncIterator[Record]:
        """Every committed record that is kept, partition by partition."""
        for number in range(self._partitions[topic]):
            partition = Partition(topic, number)
            start, end = await self._reader.bounds(partition)
            async for batch in self._reader.records(partition, start, end):
                for record in batch:
                    yield record

    async def record(self, partition: Partition, offset: int) -> Record | None:
        """The record at this very offset; None if it is not there, or not any more."""
        if not self.has(partition):
            return None
        start, end = await self._reader.bounds(partition)
        if not start <= offset < end:
            return None
        found = await self._reader.first_from(partition, offset)
        return found if found is not None and found.offset == offset else None

    async def settle(self, partition: Partition) -> None:
        """Wait until everything that is in it now can be read: what was open has been ended."""
        goal = await _uncommitted_end(partition, self._settings)
        try:
            async with asyncio.timeout(_SETTLED_SECONDS):
                while (await self._reader.bounds(partition))[1] < goal:  # noqa: ASYNC110 (nobody tells us)
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as error:
            raise TransientError(f"a transaction on {partition} is still open") from error


async def _uncommitted_end(partition: Partition, settings: ClientSettings) -> int:
    seconds = settings.kafka_request_timeout_seconds
    each = TopicPartition(*partition)
    client = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_uncommitted",
        request_timeout_ms=int(seconds * 1000),
    )
    try:
        with translated(f"cannot read the end of {partition}"):
            async with asyncio.timeout(seconds):
                await client.start()
                return int((await client.end_offsets([each]))[each])
    finally:
        await stop_client(client, seconds)


@asynccontextmanager
async def open_topics(settings: ClientSettings) -> AsyncIterator[Topics]:
    """Connected while the context is open. Raises TransientError."""
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with open_admin(servers, seconds) as admin:
        partitions = {each.name: each.partitions for each in await admin.topics()}
    async with open_reader(servers, seconds) as reader:
        yield Topics(reader, partitions, settings)
