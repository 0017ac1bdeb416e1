"""Looks at a running stack again and again: offsets, commits, CPU time, memory, counts."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from cointicker.concurrency import task_group
from cointicker.errors import TransientError
from cointicker.kafka.admin import Admin, open_admin
from tests.load.figures import Point, totals
from tests.load.site import PREFIX, Site
from tests.load.tape import PARTITIONS
from tests.load.writing import RAW

PROCESSED = f"{PREFIX}.processed.market"
# What each group reads, and the counter of what it has worked off.
READS = {"processor": RAW, "insights": PROCESSED, "hdfs-sink": RAW}
_COUNTERS = {
    "collector": "cointicker_collector_records_published_total",
    "processor": "cointicker_processor_records_in_total",
    "insights": "cointicker_insights_records_in_total",
    "hdfs-sink": "cointicker_hdfs_sink_records_total",
}
_CPU, _MEMORY = "process_cpu_seconds_total", "process_resident_memory_bytes"
_MIB = 1024 * 1024
# What hdfs-sink has not read yet; what it has not committed, Kafka knows.
UNREAD = "cointicker_hdfs_sink_lag_records"


@dataclass(frozen=True, slots=True)
class Looks:
    """How often offsets and processes are looked at, and pages; `reads` is each group's topic."""

    every_seconds: float = 0.25
    pages_every_seconds: float = 1.0
    reads: Mapping[str, str] = field(default_factory=lambda: READS)


class Samples:
    """Series over time (seconds since 1970), by name.

    `kernel_peaks` is the most memory, in MiB, that processes of this machine ever had.
    `commits` are the committed offsets of hdfs-sink, `unread` what it has not read yet.
    `unknown` names the metrics that pages were expected to have, and had not.
    """

    def __init__(self) -> None:
        self.written: list[Point] = []
        self.committed: dict[str, list[Point]] = defaultdict(list)
        self.lag: dict[str, list[Point]] = defaultdict(list)
        self.cpu: dict[str, list[Point]] = defaultdict(list)
        self.memory: dict[str, list[Point]] = defaultdict(list)
        self.kernel_peaks: dict[str, float] = {}
        self.worked: dict[str, list[Point]] = defaultdict(list)
        self.commits: list[tuple[float, dict[int, int]]] = []
        self.unread: list[Point] = []
        self.unknown: set[str] = set()


class Sampler:
    """Fills samples while it runs; what does not answer leaves a hole, nothing else."""

    def __init__(self, site: Site, consumer: AIOKafkaConsumer, admin: Admin, looks: Looks) -> None:
        self.samples = Samples()
        self._site = site
        self._consumer = consumer
        self._admin = admin
        self._looks = looks
        self._watched: dict[str, psutil.Process] = {}

    async def look_at_offsets(self, stop: asyncio.Event) -> None:
        """Look at what Kafka and the system know, until `stop`."""
        while not stop.is_set():
            began = time.monotonic()
            await self._look_at_offsets()
            self._look_at_processes()
            await _rest(began, self._looks.every_seconds)

    async def look_at_pages(self, stop: asyncio.Event) -> None:
        """Look at the services' pages, until `stop`: a slow one keeps nothing else waiting."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as session:
            while not stop.is_set():
                began = time.monotonic()
                for name, url in self._site.pages.items():
                    await self._look_at_page(session, name, url)
                await _rest(began, self._looks.pages_every_seconds)

    async def _look_at_offsets(self) -> None:
        # The commits before the ends: what comes between makes a lag too large, never too small.
        committed: dict[str, dict[int, int]] = {}
        for group, topic in self._looks.reads.items():
            try:
                found = await self._admin.committed(group)
            except TransientError:
                continue  # no coordinator yet: the group is new
            committed[group] = {
                each.number: at for each, at in found.items() if each.topic == topic
            }
            self.samples.committed[group].append((time.time(), sum(committed[group].values())))
            if group == "hdfs-sink":
                self.samples.commits.append((time.time(), committed[group]))
        try:
            ends = {topic: await self._ends(topic) for topic in (RAW, PROCESSED)}
        except KafkaError:
            return
        now = time.time()
        self.samples.written.append((now, sum(ends[RAW].values())))
        for group, offsets in committed.items():
            left = sum(ends[self._looks.reads[group]].values()) - sum(offsets.values())
            self.samples.lag[group].append((now, max(0, left)))

    async def _ends(self, topic: str) -> dict[int, int]:
        found = await self._consumer.end_offsets(
            [TopicPartition(topic, number) for number in range(PARTITIONS)]
        )
        return {each.partition: end for each, end in found.items()}

    def _look_at_processes(self) -> None:
        now = time.time()
        for name, pid in self._site.pids().items():
            try:
                known = self._watched.get(name)
                if known is None or known.pid != pid:
                    known = self._watched[name] = psutil.Process(pid)
                times = known.cpu_times()
                self.samples.cpu[name].append((now, times.user + times.system))
                self.samples.memory[name].append((now, known.memory_info().rss / _MIB))
                self._look_at_peak(name, pid)
            except psutil.NoSuchProcess:
                continue

    def _look_at_peak(self, name: str, pid: int) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return  # it ended, or this is no Linux
        peak = peak_of(status)
        if peak is not None:
            known = self.samples.kernel_peaks
            known[name] = max(peak, known.get(name, 0.0))

    async def _look_at_page(self, session: aiohttp.ClientSession, name: str, url: str) -> None:
        try:
            async with session.get(url) as answer:
                page = totals(await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            return
        now = time.time()
        samples = self.samples
        if (worked := page.get(_COUNTERS[name])) is None:
            samples.unknown.add(f"{_COUNTERS[name]} is not on the page of {name}")
        else:
            samples.worked[name].append((now, worked))
        if UNREAD in page:
            samples.unread.append((now, page[UNREAD]))
        if name not in self._watched and _CPU in page:
            samples.cpu[name].append((now, page[_CPU]))
            samples.memory[name].append((now, page[_MEMORY] / _MIB))


async def _rest(began: float, every_seconds: float) -> None:
    await asyncio.sleep(max(0.01, every_seconds - (time.monotonic() - began)))


@asynccontextmanager
async def sampling(site: Site, looks: Looks | None = None) -> AsyncIterator[Samples]:
    """Samples that grow while the context is open."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=site.servers, group_id=None, isolation_level="read_committed"
    )
    await consumer.start()
    stop = asyncio.Event()
    try:
        async with open_admin(site.servers, 10) as admin:
            sampler = Sampler(site, consumer, admin, looks or Looks())
            async with task_group() as tasks:
                tasks.create_task(sampler.look_at_offsets(stop))
                tasks.create_task(sampler.look_at_pages(stop))
                try:
                    yield sampler.samples
                finally:
                    stop.set()
    finally:
        await consumer.stop()


def peak_of(status: str) -> float | None:
    """The most memory that a process ever had, in MiB, by its /proc/PID/status."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None


def peaks(samples: Samples) -> dict[str, float]:
    """The most memory of each process: the kernel's own figure, else the largest sample."""
    seen = {name: max(value for _, value in points) for name, points in samples.memory.items()}
    return {**seen, **samples.kernel_peaks}


def since(points: Sequence[Point], begin: float) -> list[Point]:
    """A series from a moment on, in seconds since that moment."""
    return [(moment - begin, value) for moment, value in points if moment >= begin]
