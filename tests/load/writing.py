"""Straight production to the raw topic: at a set rate, or as fast as one producer can."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.load.tape import Entry, Tape

RAW = "cointicker.raw.upbit_trends"
# What the services write with. The peer is told the same.
COMPRESSION = "zstd"
_BATCH_BYTES = 262_144
# So often a paced producer writes what is due; more often makes more requests than records.
_TICK_SECONDS = 0.02
_UNDER_WAY = 24


class Moments:
    """Milliseconds, each later than the one before: no two polls of a market are the same fact."""

    def __init__(self) -> None:
        self._newest = 0

    def next_from(self, wanted_ms: int) -> int:
        """This moment, or the first one after those that were given."""
        self._newest = max(wanted_ms, self._newest + 1)
        return self._newest


class Writer:
    """One idempotent producer that waits for all replicas, as the collector's does."""

    def __init__(self, client: AIOKafkaProducer, topic: str) -> None:
        self._client = client
        self._topic = topic
        self._under_way: list[asyncio.Future[Any]] = []
        self.written = 0

    async def write(self, entries: Iterable[Entry]) -> None:
        """Send records in whole batches; waits while too many are under way."""
        builders: dict[int, Any] = {}
        for entry in entries:
            builder = builders.get(entry.partition)
            if builder is None:
                builder = builders[entry.partition] = self._client.create_batch()
            if not self._append(builder, entry):
                await self._send(builder, entry.partition)
                builder = builders[entry.partition] = self._client.create_batch()
                self._append(builder, entry)
            self.written += 1
        for partition, builder in builders.items():
            await self._send(builder, partition)
        if len(self._under_way) >= _UNDER_WAY:
            await self.flush()

    async def flush(self) -> None:
        """Wait until everything is acknowledged. Raises what a delivery failed of."""
        under_way, self._under_way = self._under_way, []
        await asyncio.gather(*under_way)

    def _append(self, builder: Any, entry: Entry) -> bool:
        return (
            builder.append(key=entry.key, value=entry.value, timestamp=entry.timestamp_ms)
            is not None
        )

    async def _send(self, builder: Any, partition: int) -> None:
        sent = await self._client.send_batch(builder, self._topic, partition=partition)
        self._under_way.append(sent)


@asynccontextmanager
async def open_writer(servers: Sequence[str], topic: str = RAW) -> AsyncIterator[Writer]:
    """A connected writer; everything is acknowledged when the context ends."""
    client = AIOKafkaProducer(
        bootstrap_servers=list(servers),
        acks="all",
        enable_idempotence=True,
        compression_type=COMPRESSION,
        max_batch_size=_BATCH_BYTES,
    )
    await client.start()
    try:
        writer = Writer(client, topic)
        yield writer
        await writer.flush()
    finally:
        await client.stop()


async def write_paced(
    writer: Writer, tape: Tape, moments: Moments, rate: float, seconds: float
) -> None:
    """Write at `rate` records a second for so long; what a late turn missed is made up for.

    Beyond a poll in a millisecond the records' times run ahead of the clock.
    """
    poll_seconds = len(tape) / rate
    began = time.time()
    polls = 0
    while (elapsed := time.time() - began) < seconds:
        due = int(elapsed / poll_seconds)
        wanted = [round((began + number * poll_seconds) * 1000) for number in range(polls, due)]
        await writer.write(chain.from_iterable(map(tape.poll, map(moments.next_from, wanted))))
        polls = due
        await asyncio.sleep(_TICK_SECONDS)
