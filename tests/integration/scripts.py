"""A topic and a group of their own for each test of the clients, and scripts to interrupt."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from uuid import uuid4

from cointicker.kafka import AsyncConsumer, KafkaConsumerClient, KafkaProducerClient, Outgoing
from cointicker.kafka.admin import open_admin
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import open_consumer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Commit, Partition
from cointicker.topics import Topic
from local.stack import Stack

SECONDS = 60


@dataclass
class Desk:
    """What a user has before him: a topic, a group, and the clients to make."""

    stack: Stack
    topic: str = field(default_factory=lambda: f"c{uuid4().hex[:10]}")
    group: str = field(default_factory=lambda: f"g{uuid4().hex[:10]}")

    @property
    def servers(self) -> list[str]:
        return [self.stack.bootstrap_servers]

    def producer(self, **settings: float) -> KafkaProducerClient:
        return KafkaProducerClient(bootstrap_servers=self.servers, **settings)

    def consumer(self) -> KafkaConsumerClient:
        return KafkaConsumerClient(self.servers, self.group, [self.topic])

    def member(self) -> AsyncConsumer:
        return AsyncConsumer([self.topic], bootstrap_servers=self.servers, group_id=self.group)

    def send(self, values: Sequence[object]) -> None:
        with self.producer(timeout=SECONDS, delivery_timeout=SECONDS) as producer:
            producer.send_many([Outgoing(self.topic, each) for each in values])

    def committed(self) -> dict[int, int]:
        """The committed offset of each partition that has one."""
        return asyncio.run(self.committed_now())

    async def committed_now(self) -> dict[int, int]:
        async with open_admin(self.servers, SECONDS) as admin:
            offsets = await admin.committed(self.group)
        return {each.number: offset for each, offset in offsets.items()}

    async def until_level(self) -> None:
        """Wait until all there is in the first partition is committed."""
        deadline = monotonic() + SECONDS
        while (await self.committed_now()).get(0) != await self.end():
            assert monotonic() < deadline
            await asyncio.sleep(0.1)

    async def end(self) -> int:
        """Where the first partition ends."""
        async with open_reader(self.servers, SECONDS) as reader:
            return (await reader.bounds(Partition(self.topic, 0)))[1]

    async def create(self, partitions: int) -> None:
        async with open_admin(self.servers, SECONDS) as admin:
            await admin.create([Topic(self.topic, partitions, {})], 1)

    async def commit(self, offset: int, metadata: str = "") -> None:
        """As another program of the group would."""
        options = ConsumerOptions(servers=self.servers, group=self.group, topics=[self.topic])
        partition = Partition(self.topic, 0)
        async with open_consumer(options) as consumer, asyncio.timeout(SECONDS):
            while partition not in consumer.assignment():
                await consumer.poll(0.1, 1)
            await consumer.commit({partition: Commit(offset, metadata)})

    def written(self, script: str) -> str:
        """The script with this test's names in it."""
        named = script.replace("localhost:9092", self.stack.bootstrap_servers)
        return named.replace("TOPIC", self.topic).replace("GROUP", self.group)


@contextmanager
def running(script: str) -> Iterator[subprocess.Popen[str]]:
    """A script in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_printed(process: subprocess.Popen[str], line: str) -> None:
    """Wait until it printed this line."""
    assert process.stdout is not None
    assert line in (each.strip() for each in process.stdout)


def interrupt(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl-C; what it printed after, and its stderr."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=SECONDS)
