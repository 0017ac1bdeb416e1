"""A cluster as an audit reads it: its records, and how far one group has come."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cointicker.kafka.admin import Admin, open_admin
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Partition, Record


class GroupLog:
    """The topics, their records, and the offsets that a group committed. Raises TransientError."""

    def __init__(self, reader: Reader, admin: Admin, group: str) -> None:
        self._reader = reader
        self._admin = admin
        self._group = group

    async def topics(self) -> list[str]:
        """The names of all topics but Kafka's own."""
        return [topic.name for topic in await self._admin.topics()]

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; 0 if there is none of this name."""
        found = {each.name: each.partitions for each in await self._admin.topics()}
        return found.get(topic, 0)

    async def committed(self, topic: str) -> dict[int, int]:
        """The offset that the group committed, by partition where it has."""
        offsets = await self._admin.committed(self._group)
        return {each.number: offset for each, offset in offsets.items() if each.topic == topic}

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
    servers: Sequence[str], group: str, request_seconds: float
) -> AsyncIterator[GroupLog]:
    """Connected while the context is open. Raises TransientError."""
    async with (
        open_admin(servers, request_seconds) as admin,
        open_reader(servers, request_seconds) as reader,
    ):
        yield GroupLog(reader, admin, group)
