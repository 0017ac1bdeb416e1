"""The limits of the bare parts: writing to the broker, reading from it, writing to HDFS."""

import os
import time
from collections.abc import Callable
from pathlib import PurePosixPath

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from cointicker.concurrency import task_group
from cointicker.kafka.admin import open_admin
from cointicker.topics import Topic
from cointicker.webhdfs import open_webhdfs
from tests.load.figures import Point, drain_rate, drain_window
from tests.load.site import PREFIX, Site
from tests.load.tape import PARTITIONS, Entry, Tape
from tests.load.writing import open_writer

BENCH = f"{PREFIX}.bench.raw"
_CHUNK_POLLS = 100
_EVERY_MS = 1_000
_SILENT_SECONDS = 30.0
_FILE_BYTES = 16 * 1024 * 1024
_FILES_AT_ONCE = 4
_WRITE_SECONDS = 5.0
_MIB = 1024 * 1024


async def make_topic(site: Site, name: str) -> None:
    """Create a topic that no service reads, with as many partitions as the raw one."""
    async with open_admin(site.servers, 10) as admin:
        await admin.create([Topic(name, PARTITIONS, {})], 1)


async def write_backlog(
    site: Site, topic: str, tape: Tape, records: int, draw: Callable[[float], None]
) -> float:
    """Write about so many records, a second of event time apart; records a second while writing.

    Making them is not counted.
    """
    seconds = 0.0
    async with open_writer(site.servers, topic) as writer:
        chunk: list[Entry] = []
        end_ms = round(time.time() * 1000)
        for number, poll in enumerate(tape.backlog(records, end_ms, _EVERY_MS), start=1):
            chunk += poll
            if number % _CHUNK_POLLS and writer.written + len(chunk) < records:
                continue
            began = time.perf_counter()
            await writer.write(chunk)
            await writer.flush()
            seconds += time.perf_counter() - began
            draw(writer.written)
            chunk = []
        return writer.written / seconds


async def read_all(site: Site, topic: str) -> tuple[float | None, float]:
    """Read a topic and nothing else: records a second, and CPU seconds a million of them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=site.servers,
        group_id=None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        total = sum((await consumer.end_offsets(partitions)).values())
        consumer.assign(partitions)
        began_cpu = time.process_time()
        points = await _read(consumer, total)
        cpu = time.process_time() - began_cpu
    finally:
        await consumer.stop()
    return drain_rate(drain_window(points, total), total), cpu / total * 1e6


async def _read(consumer: AIOKafkaConsumer, total: int) -> list[Point]:
    count = 0
    points: list[Point] = []
    deadline = time.monotonic() + _SILENT_SECONDS
    while count < total and time.monotonic() < deadline:
        found = await consumer.getmany(timeout_ms=500, max_records=5_000)
        if found:
            count += sum(map(len, found.values()))
            points.append((time.perf_counter(), count))
            deadline = time.monotonic() + _SILENT_SECONDS
    return points


async def write_files(site: Site) -> float:
    """MiB a second through WebHDFS, four files of 16 MiB at a time, removed afterwards."""
    directory = PurePosixPath("/load-test")
    body = os.urandom(_FILE_BYTES)
    written = 0
    async with open_webhdfs([site.namenode_url], PREFIX, threads=_FILES_AT_ONCE) as files:
        await files.make_directory(directory)
        began = time.perf_counter()
        while (elapsed := time.perf_counter() - began) < _WRITE_SECONDS:
            async with task_group() as tasks:
                for number in range(written, written + _FILES_AT_ONCE):
                    tasks.create_task(files.create(directory / f"{number}", body))
            written += _FILES_AT_ONCE
        elapsed = time.perf_counter() - began
        await files.delete(directory)
    return written * _FILE_BYTES / _MIB / elapsed
