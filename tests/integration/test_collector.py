"""The collector on a real broker: Kafka goes and comes back, the collector is killed under load."""

import asyncio
import re
import sqlite3
import sys
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from cointicker.kafka.admin import open_admin
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition
from cointicker.topics import load_topics
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack

TOPICS = Path(__file__).parents[2] / "kafka" / "topics.yaml"
BIN = Path(sys.executable).parent
SOURCES = {
    "upbit_trends": "upbit",
    "coinness": "coinness",
    "saveticker": "saveticker",
    "perplexity": "perplexity",
    "cnn_fear_greed": "cnn",
}
KINDS = {f"raw.{source}" for source in SOURCES}
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Collecting:
    """A collector of its own on the stack, with topics of its own."""

    stack: Stack
    prefix: str
    name: str
    port: int
    spool: Path

    def metric(self, name: str, labels: str = "") -> float:
        """The sum of a metric over what carries the labels."""
        with urllib.request.urlopen(f"http://{HOST}:{self.port}/metrics", timeout=5) as reply:
            text = reply.read().decode()
        pattern = rf"^cointicker_collector_{name}(\{{[^}}]*\}})? (\S+)$"
        return sum(
            float(value) for found, value in re.findall(pattern, text, re.M) if labels in found
        )

    def published(self, topic: str) -> int:
        """How many records of a topic were acknowledged."""
        return int(self.metric("records_published_total", f'{topic}"'))

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for what is looked at from outside."""
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(reached):
                assert await asyncio.to_thread(self.stack.alive, self.name), what
                await asyncio.sleep(0.05)

    async def records(self, topic: str) -> list[dict[str, Any]]:
        """Everything on one of its topics, partition by partition, in order."""
        found: list[dict[str, Any]] = []
        async with open_reader([self.stack.bootstrap_servers], 10) as reader:
            for number in range(6 if topic == "raw.upbit_trends" else 1):
                partition = Partition(f"{self.prefix}.{topic}", number)
                async for batch in reader.records(partition, 0):
                    found += [
                        orjson.loads(each.value or b"") | {"_key": each.key} for each in batch
                    ]
        return found


def settings(one: Collecting, simulator: str) -> dict[str, str]:
    """Its environment: every source on the simulator, polled five times a second."""
    rates = {"interval_seconds": POLL_SECONDS, "requests_per_second": 100, "burst": 100}
    sources = {
        name.upper(): orjson.dumps({"base_url": f"{simulator}/{path}", **rates}).decode()
        for name, path in SOURCES.items()
    }
    return {
        **sources,
        "PERPLEXITY_API_KEY": "pplx-simulated",
        "KAFKA_BOOTSTRAP_SERVERS": one.stack.bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": one.prefix,
        "KAFKA_DELIVERY_TIMEOUT_SECONDS": "3",
        "KAFKA_REQUEST_TIMEOUT_SECONDS": "3",
        "HTTP_PORT": str(one.port),
        "SPOOL_DIRECTORY": str(one.spool),
    }


@asynccontextmanager
async def collecting(stack: Stack, tmp_path: Path) -> AsyncIterator[Collecting]:
    """A simulator and a collector at work, the first records acknowledged."""
    name = uuid.uuid4().hex[:8]
    one = Collecting(stack, f"c{name}", f"collector-{name}", free_port(), tmp_path / "spool")
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create(load_topics(TOPICS, one.prefix), 1)
    port = free_port()
    parts = [
        Part(
            f"simulator-{name}",
            [str(BIN / "simulator"), "--port", str(port), "--markets", "40", "--rate", "200"],
            ready=http_ready(port, "/healthz"),
        ),
        Part(
            one.name,
            [str(BIN / "collector")],
            ready=http_ready(one.port),
            environment=settings(one, f"http://{HOST}:{port}"),
            stop_seconds=30,
        ),
    ]
    for part in parts:
        await asyncio.to_thread(stack.add, part)
        await asyncio.to_thread(stack.wait_ready, part.name)
    try:
        yield one
    finally:
        for part in reversed(parts):
            await asyncio.to_thread(stack.stop, part.name)


def facts(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each content of each fact, the first time it comes."""
    return list(dict.fromkeys((each["id"], each["content_hash"]) for each in records))


def assert_in_order_of_each_key(records: list[dict[str, Any]]) -> None:
    """A fact that came again after a failure is no new one: the first of each counts."""
    last: dict[bytes, str] = {}
    seen: set[tuple[str, str]] = set()
    for each in records:
        fact = (each["id"], each["content_hash"])
        if fact not in seen:
            seen.add(fact)
            assert last.get(each["_key"], "") <= each["fetched_at"]
            last[each["_key"]] = each["fetched_at"]


def longest_pause_seconds(records: list[dict[str, Any]]) -> float:
    """Between two polls whose records arrived."""
    moments = sorted({datetime.fromisoformat(each["fetched_at"]) for each in records})
    pauses = [later - sooner for sooner, later in pairwise(moments)]
    return max(pause.total_seconds() for pause in pauses)


def seconds(gap: dict[str, Any]) -> float:
    """How long a gap is."""
    start, end = (datetime.fromisoformat(gap[name]) for name in ("from", "to"))
    return (end - start).total_seconds()


async def test_all_five_sources_reach_their_topics(stack: Stack, tmp_path: Path) -> None:
    async with collecting(stack, tmp_path) as one:
        await one.until(lambda: all(map(one.published, KINDS)), "all sources")
        await asyncio.to_thread(stack.stop, one.name)
        for kind in KINDS:
            records = await one.records(kind)
            assert records
            assert {f"raw.{each['source']}" for each in records} == {kind}
            assert len(facts(records)) == len(records)
            assert_in_order_of_each_key(records)
        assert await one.records("dead_letter") == []
        assert await one.records("gaps") == []
        reports = await one.records("consumer.status")
        assert {each["service"] for each in reports} == {"collector"}
        assert "stopped" in one.stack.log(one.name).read_text()


async def test_kafka_away_costs_nothing_but_time(stack: Stack, tmp_path: Path) -> None:
    # The first poll that Kafka does not answer waits for it a moment; none after it does.
    async with collecting(stack, tmp_path) as one:
        await asyncio.to_thread(stack.kill, "kafka")
        await one.until(lambda: one.metric("spool_records") > 500, "spooled")
        await one.until(lambda: "kafka" in (stack.missing(one.name) or ""), "not ready")
        assert one.metric("source_state", 'source="upbit_trends",state="ok"') == 1
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")
        await one.until(lambda: one.metric("spool_records") == 0, "emptied")
        await asyncio.to_thread(stack.wait_ready, one.name)
        await asyncio.to_thread(stack.stop, one.name)
        records = await one.records("raw.upbit_trends")
        assert_in_order_of_each_key(records)
        assert longest_pause_seconds(records) < 3
        assert all(seconds(gap) < 3 for gap in await one.records("gaps"))


def spooled(directory: Path) -> list[dict[str, Any]]:
    """What a collector that was killed had on its disk."""
    with closing(sqlite3.connect(directory / "spool.sqlite3")) as connection:
        rows = connection.execute("SELECT topic, value FROM message ORDER BY position").fetchall()
    return [orjson.loads(value) for topic, value in rows if ".raw." in topic]


async def test_what_was_on_disk_when_it_was_killed_arrives_first_and_in_order(
    stack: Stack, tmp_path: Path
) -> None:
    async with collecting(stack, tmp_path) as one:
        await asyncio.to_thread(stack.kill, "kafka")
        await one.until(lambda: one.metric("spool_records") > 300, "spooled")
        await asyncio.to_thread(stack.kill, one.name)
        kept = await asyncio.to_thread(spooled, one.spool)
        assert len(kept) > 300
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")
        await asyncio.to_thread(stack.start, one.name)
        await asyncio.to_thread(stack.wait_ready, one.name)
        wanted = [each for each in kept if each["source"] == "upbit_trends"]
        await one.until(lambda: one.published("raw.upbit_trends") >= len(wanted), "sent")
        await asyncio.to_thread(stack.stop, one.name)
        records = await one.records("raw.upbit_trends")
        assert set(facts(wanted)) <= set(facts(records))
        assert_in_order_of_each_key(records)


@pytest.mark.timeout(240)
async def test_what_was_acknowledged_before_a_kill_is_there(stack: Stack, tmp_path: Path) -> None:
    async with collecting(stack, tmp_path) as one:
        acknowledged = 0
        for _ in range(3):
            await one.until(lambda: one.published("raw.upbit_trends") > 100, "load")
            acknowledged += one.published("raw.upbit_trends")
            await asyncio.to_thread(stack.kill, one.name)
            await asyncio.to_thread(stack.start, one.name)
            await asyncio.to_thread(stack.wait_ready, one.name)
        await asyncio.to_thread(stack.stop, one.name)
        records = await one.records("raw.upbit_trends")
        assert len(records) >= acknowledged
        assert_in_order_of_each_key(records)
