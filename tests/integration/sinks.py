"""A topic, a group and a root of their own for each test of the sink on the real stack."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from cointicker.archive import Layout
from cointicker.audit import AuditResult, audit
from cointicker.errors import TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.records import Partition
from cointicker.topics import Topic
from cointicker.webhdfs import WebHdfsFiles, open_webhdfs
from local.ports import free_port
from local.services import hdfs_sink
from local.stack import Stack

SESSION_SECONDS = 6
SETTINGS = {
    "ROTATE_AGE_SECONDS": "1",
    "ROTATE_IDLE_SECONDS": "0.5",
    "ROTATE_BYTES": "20000",
    "KAFKA_SESSION_SECONDS": str(SESSION_SECONDS),
    "KAFKA_METADATA_SECONDS": "1",
    "REFUSED_RETRY_SECONDS": "1",
}


@dataclass
class Scene:
    """One test's part of the stack."""

    stack: Stack
    files: WebHdfsFiles
    log: GroupLog
    producer: AIOKafkaProducer
    prefix: str
    sent: int = 0
    sinks: list[str] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return f"{self.prefix}.raw.test"

    @property
    def layout(self) -> Layout:
        return Layout.of(f"/{self.prefix}", self.prefix)

    async def create(self, name: str, partitions: int) -> None:
        """Make a topic; one of its name that is being deleted is waited for."""
        topic = Topic(f"{self.prefix}.{name}", partitions, {})
        async with open_admin([self.stack.bootstrap_servers], 10) as admin:
            await self.until(lambda: admin.create([topic], 1))

    async def start_sink(self, **settings: str) -> str:
        """A further sink; its name in the stack."""
        environment = {
            **SETTINGS,
            "KAFKA_TOPIC_PREFIX": self.prefix,
            "KAFKA_GROUP_ID": self.prefix,
            "HDFS_ROOT": str(self.layout.root),
            **settings,
        }
        name = f"{self.prefix}-sink{len(self.sinks)}"

        part = hdfs_sink(self.stack, environment, name=name, port=free_port())
        await asyncio.to_thread(self.stack.add, part)
        self.sinks.append(name)
        await asyncio.to_thread(self.stack.wait_ready, name)
        return name

    async def send(self, values: Sequence[bytes | None], topic: str | None = None) -> None:
        """Produce, spread over the partitions, and wait for the acknowledgements."""
        sending = [
            await self.producer.send(topic or self.topic, value, key=b"%d" % number)
            for number, value in enumerate(values)
        ]
        await asyncio.gather(*sending)
        self.sent += len(values)

    async def send_some(self, count: int) -> None:
        first = self.sent
        await self.send([b'{"n":%d,"fill":"%d"}' % (n, n**3) for n in range(first, first + count)])

    async def until_level(self, topic: str | None = None, seconds: float = 60) -> None:
        """Wait until the sink has committed all there is."""
        await self.until(lambda: self._is_level(topic or self.topic), seconds)

    async def until(self, holds: Callable[[], object], seconds: float = 60) -> None:
        """Ask until it holds."""
        deadline = monotonic() + seconds
        while not await self._holds(holds):
            assert monotonic() < deadline, f"not within {seconds} s"
            await asyncio.sleep(0.1)

    async def _holds(self, holds: Callable[[], object]) -> object:
        try:
            answer = holds()
            return await answer if asyncio.iscoroutine(answer) else answer
        except (TransientError, OSError):  # the part that is asked is just away
            return False

    async def _is_level(self, topic: str) -> bool:
        committed = await self.log.committed(topic)
        for number in range(await self.log.partitions(topic)):
            start, end = await self.log.bounds(Partition(topic, number))
            if committed.get(number, start) < end:
                return False
        return True

    async def audit(self, topic: str | None = None) -> AuditResult:
        return await audit(self.files, self.log, [topic or self.topic], self.layout)

    async def assert_exactly_once(self, topic: str | None = None) -> None:
        result = await self.audit(topic)
        assert result.clean, result
        assert sum(each.records for each in result.partitions) == self.sent

    async def ask(self, sink: str, path: str) -> tuple[int, dict[str, object]]:
        """What the sink's endpoint answers: status and JSON."""
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{self.stack.port(sink)}{path}")

    async def metrics(self, sink: str) -> str:
        url = f"http://127.0.0.1:{self.stack.port(sink)}/metrics"
        return await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())


def _get(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@asynccontextmanager
async def open_scene(stack: Stack, partitions: int) -> AsyncIterator[Scene]:
    """Its topics are made; its sinks are stopped at the end."""
    prefix = f"t{uuid4().hex[:10]}"
    servers = stack.bootstrap_servers
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=5
    )
    async with (
        open_webhdfs([stack.namenode_url], "cointicker") as files,
        open_group_log([servers], prefix, 10) as log,
    ):
        scene = Scene(stack, files, log, producer, prefix)
        await scene.create("raw.test", partitions)
        await scene.create("gaps", 1)
        await scene.create("consumer.status", 1)
        await producer.start()
        try:
            yield scene
        finally:
            await producer.stop()
            for name in scene.sinks:
                if stack.alive(name):
                    await asyncio.to_thread(stack.stop, name)
