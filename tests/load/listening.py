"""How late things are where a reader meets them: on the topics, and on the insights' stream."""

import asyncio
import time
from array import array
from collections import defaultdict
from datetime import datetime

import aiohttp
import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from cointicker.errors import TransientError
from tests.load.figures import Point
from tests.load.site import PREFIX, Site
from tests.load.tape import PARTITIONS
from tests.load.writing import RAW

MOVES = f"{PREFIX}.insights.price_move"
INSIGHTS = (f"{PREFIX}.insights.candles", MOVES, f"{PREFIX}.insights.volume_spike")
# Beyond this rate one partition of six is read: reading is not to be a load of its own.
_READ_ALL_UP_TO = 5_000
_FETCH_WAIT_MS = 200
_MARK_EVERY_SECONDS = 0.05


class _Told(msgspec.Struct):
    detected_at: datetime


class Delays:
    """Milliseconds between a record's fetching and its arrival, by stage, within the run.

    `marks` are some raw records: partition, offset, and when they were fetched (seconds).
    """

    def __init__(self, begin: float, end: float) -> None:
        self.begin, self.end = begin, end
        self.values: dict[str, array[float]] = defaultdict(lambda: array("f"))
        self.moves: list[Point] = []
        self.marks: list[tuple[int, int, float]] = []
        self._marked: dict[int, float] = {}

    def arrived(self, stage: str, fetched: float, now: float) -> None:
        """Note an arrival, if its record was fetched within the run."""
        if self.begin <= fetched < self.end:
            self.values[stage].append((now - fetched) * 1000)

    def mark(self, partition: int, offset: int, fetched: float) -> None:
        """Remember where a raw record is, of each partition at most twenty a second."""
        if not self.begin <= fetched < self.end:
            return
        if fetched - self._marked.get(partition, 0.0) >= _MARK_EVERY_SECONDS:
            self._marked[partition] = fetched
            self.marks.append((partition, offset, fetched))


async def listen_to_topic(
    site: Site, stage: str, topic: str, delays: Delays, stop: asyncio.Event, *, rate: float
) -> None:
    """Read what comes from now on, and note how late each record is."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=site.servers,
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_wait_ms=_FETCH_WAIT_MS,
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in partitions_read(rate)])
        await consumer.seek_to_end()
        while not stop.is_set():
            found = await consumer.getmany(timeout_ms=_FETCH_WAIT_MS, max_records=5_000)
            now = time.time()
            for partition, records in found.items():
                for record in records:
                    delays.arrived(stage, record.timestamp / 1000, now)
                if topic == RAW and records:
                    first = records[0]
                    delays.mark(partition.partition, first.offset, first.timestamp / 1000)
    finally:
        await consumer.stop()


async def listen_to_stream(site: Site, stage: str, delays: Delays, stop: asyncio.Event) -> None:
    """Follow the price moves of the live stream, as a browser does. Raises TransientError."""
    ending = asyncio.ensure_future(stop.wait())
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{site.insights_url}/api/stream?kinds=price_move") as answer,
        ):
            answer.raise_for_status()
            while not stop.is_set():
                line = asyncio.ensure_future(answer.content.readline())
                await asyncio.wait({line, ending}, return_when=asyncio.FIRST_COMPLETED)
                if not line.done():
                    line.cancel()
                    return
                if not line.result():
                    raise TransientError("the insights ended the stream")
                _note(line.result(), stage, delays)
    finally:
        ending.cancel()


def _note(line: bytes, stage: str, delays: Delays) -> None:
    if not line.startswith(b"data: {"):
        return
    now = time.time()
    told = msgspec.json.decode(line.removeprefix(b"data: "), type=_Told)
    fetched = told.detected_at.timestamp()
    delays.arrived(stage, fetched, now)
    if delays.begin <= fetched < delays.end:
        delays.moves.append((now - delays.begin, (now - fetched) * 1000))


def partitions_read(rate: float) -> range:
    """Which partitions of each topic are listened to at a rate."""
    return range(PARTITIONS if rate <= _READ_ALL_UP_TO else 1)


def stages() -> dict[str, str]:
    """The topics that are listened to, by what a delay on them is called."""
    found = {"fetched -> raw": RAW, "fetched -> processed": f"{PREFIX}.processed.market"}
    for topic in INSIGHTS:
        found[f"fetched -> {topic.rpartition('.')[2]}"] = topic
    return found
