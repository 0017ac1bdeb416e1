"""Reading a partition outside of any group: a record, a range, the bounds of the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from aiokafka.errors import OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from cointicker.errors import TransientError
from cointicker.kafka.clients import reading_client, stop_client
from cointicker.kafka.failures import translated
from cointicker.kafka.records import OffsetOutOfRange, Partition, Record

_FETCH_WAIT_MS = 500


class Reader:
    """Reads one partition at a time, as a `read_committed` reader. Raises TransientError."""

    def __init__(self, servers: Sequence[str], request_seconds: float) -> None:
        self._client = reading_client(servers, request_seconds)
        self._servers = servers
        self._deadline = request_seconds
        self._one_at_a_time = asyncio.Lock()
        self._at: tuple[TopicPartition, int] | None = None

    async def start(self) -> None:
        """Connect."""
        with translated(f"cannot reach a broker at {','.join(self._servers)}"):
            async with asyncio.timeout(self._deadline):
                await self._client.start()

    async def stop(self) -> None:
        """Disconnect."""
        await stop_client(self._client, self._deadline)

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        each = TopicPartition(*partition)
        with translated(f"cannot read the bounds of {partition}"):
            async with asyncio.timeout(self._deadline):
                start = await self._client.beginning_offsets([each])
                end = await self._client.end_offsets([each])
        return start[each], end[each]

    async def first_from(self, partition: Partition, offset: int) -> Record | None:
        """The first record at or after `offset`; None if there is none yet.

        Raises OffsetOutOfRange.
        """
        async for records in self.records(partition, offset, most=1):
            return records[0]
        return None

    async def records(
        self, partition: Partition, start: int, end: int | None = None, *, most: int = 5_000
    ) -> AsyncIterator[list[Record]]:
        """All records from `start` up to `end` (or what is the end now), in batches.

        Raises OffsetOutOfRange.
        """
        _, stop = await self.bounds(partition)
        if start > stop:
            raise OffsetOutOfRange(partition, start)
        stop = stop if end is None else min(end, stop)
        while start < stop:
            batch, start = await self._batch(partition, start, most)
            batch = [each for each in batch if each.offset < stop]
            if batch:
                yield batch

    async def _batch(self, partition: Partition, start: int, most: int) -> tuple[list[Record], int]:
        # A caller may be cancelled, a fetch never: that breaks aiokafka.
        fetching = asyncio.ensure_future(self._fetch(TopicPartition(*partition), start, most))
        fetching.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            with translated(f"cannot read {partition}"):
                return await asyncio.shield(fetching)
        except TransientError as error:
            if isinstance(error.__cause__, OffsetOutOfRangeError):
                raise OffsetOutOfRange(partition, start) from error
            raise

    async def _fetch(self, each: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        async with self._one_at_a_time:
            return await self._fetch_alone(each, start, most)

    async def _fetch_alone(
        self, each: TopicPartition, start: int, most: int
    ) -> tuple[list[Record], int]:
        if self._at is None or self._at[0] != each:
            self._client.assign([each])
        if self._at != (each, start):
            self._client.seek(each, start)
        self._at = None
        self._client.resume(each)
        # A deadline by count, for the same reason.
        for _ in range(max(1, int(self._deadline * 1000 / _FETCH_WAIT_MS))):
            found = await self._client.getmany(each, timeout_ms=_FETCH_WAIT_MS, max_records=most)
            position = await self._client.position(each)
            if found.get(each) or position > start:
                self._client.pause(each)  # or it would go on fetching what nobody asks for
                self._at = (each, position)
                return cast("list[Record]", found.get(each, [])), position
        raise TimeoutError(f"nothing came of {each} from {start} on")


@asynccontextmanager
async def open_reader(servers: Sequence[str], request_seconds: float) -> AsyncIterator[Reader]:
    """A connected reader while the context is open. Raises TransientError."""
    reader = Reader(servers, request_seconds)
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()
