"""Several ordered streams as one, read ahead, and nothing left running once it is closed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from heapq import heappop, heappush

from cointicker.archive.stored import Kept

_BATCH = 1_000


class Ahead:
    """The chunks of a stream, the next of which is always being made already."""

    def __init__(self, chunks: AsyncGenerator[list[Kept], None]) -> None:
        self._chunks = chunks
        self._coming = asyncio.create_task(self._make())

    async def next(self) -> list[Kept]:
        """The next chunk; an empty one at the end."""
        chunk = await self._coming
        if chunk:
            self._coming = asyncio.create_task(self._make())
        return chunk

    async def close(self) -> None:
        """Stop making the next one."""
        self._coming.cancel()
        await asyncio.wait([self._coming])
        if not self._coming.cancelled():
            self._coming.exception()  # nobody asks for it any more
        await self._chunks.aclose()

    async def _make(self) -> list[Kept]:
        return await anext(self._chunks, [])


class Merged:
    """The lines of several partitions by timestamp, those of one partition in its own order.

    What is given next is the oldest of the next lines of all partitions: the one order that keeps
    each partition's own, and is by time as far as the partitions are.
    """

    def __init__(self, streams: Sequence[Ahead]) -> None:
        self._streams = streams
        self._chunks: list[list[Kept]] = [[] for _ in streams]
        self._at = [0] * len(streams)
        # The next line's timestamp, its partition, and the number of its stream.
        self._heap: list[tuple[int, int, int]] | None = None

    async def next(self) -> list[Kept]:
        """The next lines, about a thousand; none at the end."""
        if self._heap is None:
            self._heap = []
            for number in range(len(self._streams)):
                await self._fill(number, self._heap)
        batch: list[Kept] = []
        while self._heap and len(batch) < _BATCH:
            number = heappop(self._heap)[2]
            batch += self._run(number, self._heap)
            if self._at[number] == len(self._chunks[number]):
                await self._fill(number, self._heap)
            else:
                self._push(number, self._heap)
        return batch

    async def close(self) -> None:
        """Close every stream."""
        for stream in self._streams:
            await stream.close()

    def _run(self, number: int, others: list[tuple[int, int, int]]) -> list[Kept]:
        """The lines of a stream that come before those of all others."""
        chunk, start = self._chunks[number], self._at[number]
        stop = start + 1
        if others:
            bound = others[0][:2]
            while stop < len(chunk) and chunk[stop][:2] < bound:
                stop += 1
        else:
            stop = len(chunk)
        self._at[number] = stop
        return chunk[start:stop]

    async def _fill(self, number: int, heap: list[tuple[int, int, int]]) -> None:
        self._chunks[number], self._at[number] = await self._streams[number].next(), 0
        if self._chunks[number]:
            self._push(number, heap)

    def _push(self, number: int, heap: list[tuple[int, int, int]]) -> None:
        line = self._chunks[number][self._at[number]]
        heappush(heap, (line.timestamp_ms, line.partition, number))
