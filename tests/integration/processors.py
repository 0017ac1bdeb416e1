"""Topics of their own for a test of the processor on the real stack, and what is in them."""

import asyncio
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaProducer

from cointicker.errors import TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.records import Partition, Record
from cointicker.topics import load_topics
from local.cluster import ROOT
from local.parts import Part
from local.ports import free_port
from local.probes import http_ready
from local.stack import Stack
from processor.making import SOURCES

KINDS = ("market", "news", "fear_greed", "analysis")
_COMMAND = Path(sys.executable).with_name("processor")
_USED = ("raw.", "processed.", "state.processor.", "dead_letter", "gaps", "consumer.status")
_SETTINGS = {"SNAPSHOT_SECONDS": "1", "POLL_RECORDS": "200", "KAFKA_METADATA_SECONDS": "1"}

# The source, its partition, and the value.
Raw = tuple[str, int, bytes | None]


@dataclass
class Run:
    """One processor with topics of its own."""

    stack: Stack
    log: GroupLog
    producer: AIOKafkaProducer
    prefix: str
    name: str = ""
    sent: int = 0
    _ends: dict[Partition, int] = field(default_factory=dict)

    async def start(self, **settings: str) -> None:
        """Start the processor and wait until it is ready."""
        port = free_port()
        self.name = f"{self.prefix}-processor"
        environment = {
            **_SETTINGS,
            "KAFKA_BOOTSTRAP_SERVERS": self.stack.bootstrap_servers,
            "KAFKA_TOPIC_PREFIX": self.prefix,
            "HTTP_PORT": str(port),
            **settings,
        }
        part = Part(
            self.name,
            [str(_COMMAND)],
            ready=http_ready(port),
            environment=environment,
            port=port,
            stop_seconds=30,
        )
        await asyncio.to_thread(self.stack.add, part)
        await asyncio.to_thread(self.stack.wait_ready, self.name)

    async def kill(self) -> None:
        """End it with SIGKILL, and start it anew."""
        await asyncio.to_thread(self.stack.kill, self.name)
        await asyncio.to_thread(self.stack.start, self.name)

    async def stop(self) -> None:
        """End it in order."""
        if self.name and self.stack.alive(self.name):
            await asyncio.to_thread(self.stack.stop, self.name)

    async def send(self, raw: Sequence[Raw], timestamp_ms: int) -> None:
        """Produce, each partition in order, and wait for the acknowledgements."""
        sending = [
            await self.producer.send(
                f"{self.prefix}.raw.{source}",
                value,
                key=b"k",
                partition=number,
                timestamp_ms=timestamp_ms,
            )
            for source, number, value in raw
        ]
        for each in await asyncio.gather(*sending):
            self._ends[Partition(each.topic, each.partition)] = each.offset + 1
        self.sent += len(raw)

    async def until_level(self, seconds: float = 90) -> None:
        """Wait until everything that was sent is committed."""
        deadline = monotonic() + seconds
        while not await self._is_level():
            assert monotonic() < deadline, f"not level within {seconds} s"
            await asyncio.sleep(0.1)

    async def until_ready_is(self, status: int, seconds: float = 30) -> None:
        """Wait until /readyz answers so."""
        deadline = monotonic() + seconds
        while await asyncio.to_thread(self._ready) != status:
            assert monotonic() < deadline, f"not {status} within {seconds} s"
            await asyncio.sleep(0.1)

    async def until_out(self, name: str, count: int, seconds: float = 30) -> None:
        """Wait until so many records are on a topic."""
        deadline = monotonic() + seconds
        while sum(map(len, (await self.read(name)).values())) < count:
            assert monotonic() < deadline, f"not {count} on {name} within {seconds} s"
            await asyncio.sleep(0.1)

    def metrics(self) -> str:
        """What it tells Prometheus."""
        with urllib.request.urlopen(self._url("/metrics"), timeout=5) as reply:
            return str(reply.read().decode())

    async def read(self, name: str) -> dict[int, list[Record]]:
        """All committed records of a topic, by partition."""
        topic = f"{self.prefix}.{name}"
        found: dict[int, list[Record]] = {}
        for number in range(await self.log.partitions(topic)):
            start, end = await self.log.bounds(Partition(topic, number))
            found[number] = []
            async for batch in self.log.records(Partition(topic, number), start, end):
                found[number].extend(batch)
        return found

    async def outcome(self) -> dict[str, list[tuple[int, bytes | None, Mapping[str, Any]]]]:
        """Timestamp, key and record of all that came out, by topic and origin, in its order."""
        found: dict[str, list[tuple[int, bytes | None, Mapping[str, Any]]]] = {}
        for name in (*(f"processed.{kind}" for kind in KINDS), "dead_letter"):
            for number, records in (await self.read(name)).items():
                for record in records:
                    value = orjson.loads((record.value or b"").replace(self.prefix.encode(), b"p"))
                    key = (record.key or b"").replace(self.prefix.encode(), b"p")
                    origin = value["origin"]
                    place = f"{name}-{number} from {origin['topic']}-{origin['partition']}"
                    found.setdefault(place, []).append((record.timestamp, key, value))
        return found

    def _ready(self) -> int:
        try:
            with urllib.request.urlopen(self._url("/readyz"), timeout=5) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.stack.port(self.name)}{path}"

    async def _is_level(self) -> bool:
        try:
            committed = {
                source: await self.log.committed(f"{self.prefix}.raw.{source}")
                for source in SOURCES
            }
        except TransientError:
            return False
        return all(
            committed[each.topic.removeprefix(f"{self.prefix}.raw.")].get(each.number, 0) >= end
            for each, end in self._ends.items()
        )


@asynccontextmanager
async def open_run(stack: Stack) -> AsyncIterator[Run]:
    """Its topics are made; its processor is stopped at the end."""
    prefix = f"t{uuid4().hex[:10]}"
    servers = stack.bootstrap_servers
    declared = await asyncio.to_thread(load_topics, ROOT / "kafka" / "topics.yaml", prefix)
    topics = [each for each in declared if each.name.removeprefix(f"{prefix}.").startswith(_USED)]
    async with open_admin([servers], 10) as admin:
        await admin.create(topics, 1)
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    async with open_group_log([servers], "processor", 10) as log:
        run = Run(stack, log, producer, prefix)
        await producer.start()
        try:
            yield run
        finally:
            await producer.stop()
            await run.stop()
