"""The parts of the sink put together: what a lane is made of, and what it all waits for."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePosixPath
from typing import TypeVar
from uuid import uuid4

from cointicker.archive import Layout
from cointicker.backoff import Backoff
from cointicker.concurrency import until
from cointicker.errors import ConfigError, TransientError
from cointicker.health import Health
from cointicker.kafka.admin import open_admin
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.patterns import is_meant
from cointicker.kafka.producer import Producer
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Partition
from cointicker.kafka.supervisor import Supervisor
from cointicker.webhdfs import WebHdfsFiles
from hdfs_sink import metrics
from hdfs_sink.budget import Budget
from hdfs_sink.config import SinkSettings
from hdfs_sink.kafka_log import KafkaLog
from hdfs_sink.lane import Lane, Terms
from hdfs_sink.pledge import Pledge, Pledges
from hdfs_sink.protocol import Place
from hdfs_sink.report import LaneReport
from hdfs_sink.retrying import Retrying
from hdfs_sink.sink import Sink
from hdfs_sink.writer import Writer

HDFS = "hdfs"
_CHECK_SECONDS = 5.0
# What is polled ahead of a partition's file: some polls, and no more than a few of its fetches.
_INBOX_POLLS = 4
_INBOX_BYTES = 8 * 1_048_576

T = TypeVar("T")


def new_id() -> str:
    """Never given before, and telling who: host, process, random."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:12]}"


class Assembly:
    """Makes lanes, and the sink that they belong to."""

    def __init__(
        self,
        settings: SinkSettings,
        files: WebHdfsFiles,
        producer: Producer,
        workers: ThreadPoolExecutor,
        health: Health,
    ) -> None:
        self._settings = settings
        self._files = files
        self._producer = producer
        self._health = health
        self._layout = Layout.of(settings.hdfs_root, settings.kafka_topic_prefix)
        self._moved = asyncio.Event()
        metrics.BUFFER_BUDGET_BYTES.set(settings.buffer_bytes)
        self._workers = workers
        self.sink = Sink(
            Budget(settings.buffer_bytes),
            health,
            moved=self._moved,
            poll_records=settings.poll_records,
            stalled_seconds=settings.kafka_consumer_stalled_seconds,
        )

    async def run(self, supervisor: Supervisor, stop: asyncio.Event) -> None:
        """Wait for Kafka and HDFS, check what was written before, and consume until `stop`.

        Raises ConfigError.
        """
        settings = self._settings
        cluster = await self._answer(stop, "kafka", self._cluster_id)
        if cluster is None:
            return
        pledges = Pledges(self._files, self._layout, Pledge(cluster), new_id)
        broken = await self._answer(
            stop, HDFS, lambda: pledges.broken(lambda topic: is_meant(topic, settings.kafka_topics))
        )
        if broken:
            raise ConfigError(broken)
        await self._answer(stop, HDFS, self._check_formula)
        terms = self._terms(pledges)
        await supervisor.run(partial(self._consume, terms), stop)

    async def _cluster_id(self) -> str:
        settings = self._settings
        seconds = settings.kafka_request_timeout_seconds
        async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
            return await admin.cluster_id()

    async def _consume(self, terms: Terms, consumer: Consumer, stop: asyncio.Event) -> None:
        """Use one consumer for as long as it is good."""
        settings = self._settings
        async with open_reader(
            settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
        ) as reader:
            await self.sink.run(consumer, partial(self._lane, terms, consumer, reader), stop)

    async def watch_hdfs(self, stop: asyncio.Event) -> None:
        """Tell `health` whether HDFS can be written to, until `stop`."""
        while not stop.is_set():
            try:
                await self._files.check_ready()
            except TransientError as error:
                self._health.down(HDFS, str(error))
                metrics.HDFS_WRITABLE.set(0)
            else:
                self._health.up(HDFS)
                metrics.HDFS_WRITABLE.set(1)
            await until(stop, _CHECK_SECONDS)

    def _terms(self, pledges: Pledges) -> Terms:
        settings = self._settings
        return Terms(
            rotation=settings.rotation(),
            pledge=pledges.keep,
            refused_retry_seconds=settings.refused_retry_seconds,
            inbox_records=_INBOX_POLLS * settings.poll_records,
            inbox_bytes=_INBOX_BYTES,
            workers=self._workers,
            moved=self._moved.set,
            clock=time.monotonic,
        )

    def _lane(self, terms: Terms, consumer: Consumer, reader: Reader, partition: Partition) -> Lane:
        patience = Retrying(str(partition), self._health, Backoff())
        place = Place(self._layout, *partition, new_root=self._settings.new_root)
        gaps_topic = f"{self._settings.kafka_topic_prefix}.gaps"
        log = KafkaLog(partition, consumer, reader, self._producer, gaps_topic)
        writer = Writer(place, self._files, log, patience, new_id)
        report = LaneReport(partition, self._health)
        return Lane(partition, consumer, writer, patience, report, terms)

    async def _check_formula(self) -> None:
        directory = self._layout.root / "_staging"
        await self._files.make_directory(directory)
        await self._files.check_formula(directory / PurePosixPath(f"known-{new_id()}"))

    async def _answer(
        self, stop: asyncio.Event, system: str, call: Callable[[], Awaitable[T]]
    ) -> T | None:
        """The answer of a call, however long it takes; None if we are stopped before."""
        backoff = Backoff(cap_seconds=10)
        while not stop.is_set():
            try:
                return await call()
            except TransientError as error:
                self._health.down(system, str(error))
            self._health.progressed()
            await until(stop, backoff.next_seconds())
        return None
