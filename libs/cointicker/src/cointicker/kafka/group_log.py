"""A cluster as an audit reads it: its records, and how far one group has come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient

from cointicker.kafka.admin import Admin
from cointicker.kafka.failures import translated
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Partition, Record


class GroupLog:
    """The topics, their records, and the offsets that a group committed. Raises TransientError."""

    def __init__(
        self, reader: Reader, client: AIOKafkaAdminClient, group: str, request_seconds: float
    ) -> None:
        self._reader = reader
        self._client = client
        self._admin = Admin(client, request_seconds)
        self._group = group
        self._deadline = request_seconds

    async def topics(self) -> list[str]:
        """The names of all topics but Kafka's own."""
        return [topic.name for topic in await self._admin.topics()]

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; 0 if there is none of this name."""
        found = {each.name: each.partitions for each in await self._admin.topics()}
        return found.get(topic, 0)

    async def committed(self, topic: str) -> dict[int, int]:
        """The offset that the group committed, by partition where it has."""
        with translated(f"cannot read the offsets of group {self._group}"):
            async with asyncio.timeout(self._deadline):
                offsets = await self._client.list_consumer_group_offsets(self._group)
        return {
            each.partition: found.offset
            for each, found in offsets.items()
            if each.topic == topic and found.offset >= 0
        }

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        return await self._reader.bounds(partition)

    def records(
        self, partition: Partition, start: int, end: int
    ) -> AsyncIterator[Sequence[Record]]:
        """All records from `start` up to `end`, in batches. Raises OffsetOutOfRange."""
        return self._reader.records(partition, start, end)


@asynccontextmanager
async def open_group_log(
    servers: Sequence[str], group: str, request_seconds: float = 10
) -> AsyncIterator[GroupLog]:
    """Connected while the context is open. Raises TransientError."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=list(servers), request_timeout_ms=int(request_seconds * 1000)
    )
    try:
        with translated(f"cannot reach a broker at {','.join(servers)}"):
            async with asyncio.timeout(request_seconds):
                await client.start()
        async with open_reader(servers, request_seconds) as reader:
            yield GroupLog(reader, client, group, request_seconds)
    finally:
        await client.close()
