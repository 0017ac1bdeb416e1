"""Where the log of each of many partitions begins and ends, and which offset a moment has."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiokafka
from aiokafka.structs import TopicPartition

from cointicker.kafka.clients import reading_client, stop_client
from cointicker.kafka.failures import translated
from cointicker.kafka.records import Partition


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first offset that is kept, and the end up to which records can be read."""

    start: int
    end: int


class Offsets:
    """Answers for many partitions in a request each. They must exist. Raises TransientError."""

    def __init__(self, client: aiokafka.AIOKafkaConsumer, request_seconds: float) -> None:
        self._client = client
        self._deadline = request_seconds

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, Bounds]:
        """The bounds of each, as a `read_committed` reader sees them."""
        asked = {each: TopicPartition(*each) for each in partitions}
        with translated("cannot read the bounds of partitions"):
            async with asyncio.timeout(self._deadline):
                starts = await self._client.beginning_offsets(list(asked.values()))
                ends = await self._client.end_offsets(list(asked.values()))
        return {each: Bounds(starts[as_asked], ends[as_asked]) for each, as_asked in asked.items()}

    async def at(self, partitions: Collection[Partition], moment_ms: int) -> dict[Partition, int]:
        """The first offset with a timestamp not before the moment, where there is one."""
        with translated("cannot look up a moment"):
            async with asyncio.timeout(self._deadline):
                found = await self._client.offsets_for_times(
                    {TopicPartition(*each): moment_ms for each in partitions}
                )
        return {Partition(*each): answer.offset for each, answer in found.items() if answer}


@asynccontextmanager
async def open_offsets(servers: Sequence[str], request_seconds: float) -> AsyncIterator[Offsets]:
    """Connected while the context is open. Raises TransientError."""
    client = reading_client(servers, request_seconds)
    try:
        with translated(f"cannot reach a broker at {','.join(servers)}"):
            async with asyncio.timeout(request_seconds):
                await client.start()
        yield Offsets(client, request_seconds)
    finally:
        await stop_client(client, request_seconds)
