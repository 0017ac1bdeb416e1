"""insights with topics of its own on the real stack, as its clients and its upstream see it."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec
from aiokafka import AIOKafkaProducer

from cointicker.kafka.admin import open_admin
from cointicker.topics import load_topics
from local.cluster import ROOT
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack

_COMMAND = Path(sys.executable).with_name("insights")


@dataclass
class Running:
    """A process of insights, and a producer whose transactions it reads."""

    stack: Stack
    prefix: str
    name: str
    port: int
    producer: AIOKafkaProducer
    session: aiohttp.ClientSession

    async def publish(self, topic: str, records: Sequence[tuple[int, msgspec.Struct, int]]) -> None:
        """One transaction of partition, record and Kafka's timestamp in ms."""
        async with self.producer.transaction():
            for partition, record, at_ms in records:
                await self.producer.send(
                    f"{self.prefix}.{topic}",
                    msgspec.json.encode(record),
                    partition=partition,
                    timestamp_ms=at_ms,
                )

    async def get(self, path: str, port: int | None = None) -> tuple[int, Any]:
        async with self.session.get(f"http://{HOST}:{port or self.port}{path}") as response:
            return response.status, json.loads(await response.read())

    async def until(self, path: str, is_so: Any) -> Any:
        """The first answer of which it is so."""
        async with asyncio.timeout(30):
            while True:
                _, answer = await self.get(path)
                if is_so(answer):
                    return answer
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def listen(
        self, query: str = "", last: str | None = None
    ) -> AsyncIterator["StreamClient"]:
        headers = {"Last-Event-ID": last} if last else {}
        url = f"http://{HOST}:{self.port}/api/stream{query}"
        async with self.session.get(url, headers=headers) as response:
            assert response.status == 200, await response.text()
            await response.content.readuntil(b"\n\n")
            yield StreamClient(response)


@dataclass
class StreamClient:
    response: aiohttp.ClientResponse

    async def next(self) -> tuple[str, Any, float]:
        """The next event's id and data, and the time in s since 1970 at which it came."""
        while True:
            frame = await self.response.content.readuntil(b"\n\n")
            now = time.time()
            if not frame.startswith(b":"):
                break
        fields = dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())
        return fields.get("id", ""), json.loads(fields["data"]), now


def part(stack: Stack, prefix: str, name: str, port: int) -> Part:
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": prefix,
        "HTTP_PORT": str(port),
        "CONFIG_FILE": str(ROOT / "config" / "kafka_config.yaml"),
        "IDLE_SECONDS": "0.5",
    }
    return Part(name, [str(_COMMAND)], ready=http_ready(port), environment=environment, port=port)


@asynccontextmanager
async def running_insights(stack: Stack) -> AsyncIterator[Running]:
    """insights with topics of its own, ready while the context is open."""
    prefix = f"view{uuid4().hex[:8]}"
    topics = load_topics(ROOT / "kafka" / "topics.yaml", prefix)
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create([each for each in topics if ".raw." not in each.name], 1)
    name, port = f"{prefix}-insights", free_port()
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.bootstrap_servers,
        transactional_id=prefix,
        retry_backoff_ms=10,
    )
    await producer.start()
    try:
        await asyncio.to_thread(stack.add, part(stack, prefix, name, port))
        await asyncio.to_thread(stack.wait_ready, name)
        async with aiohttp.ClientSession() as session:
            yield Running(stack, prefix, name, port, producer, session)
    finally:
        await producer.stop()
        if stack.alive(name):
            await asyncio.to_thread(stack.stop, name)
