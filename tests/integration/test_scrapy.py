"""The example's spider on a real broker: all of a crawl arrives, or it fails and says what not."""

import asyncio
import re
import sys
import uuid
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from cointicker.kafka.admin import open_admin
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.scrapy.unsent import read_unsent
from cointicker.times import to_ms
from cointicker.topics import load_topics
from local.parts import Part
from local.ports import HOST, free_port
from local.probes import http_ready
from local.stack import Stack
from processor.making import make_work
from processor.options import Options
from tests.unit.processor.raw import Seen

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "scrapy"
BIN = Path(sys.executable).parent
MARKETS = 40


@dataclass(frozen=True)
class Crawls:
    """A simulator, topics of their own, and where what is unsent goes."""

    stack: Stack
    prefix: str
    upbit: str
    unsent: Path

    async def crawl(self, **settings: str) -> tuple[int, str]:
        """Exit status and log of `scrapy crawl upbit_trends`."""
        given = {
            "UPBIT_URL": self.upbit,
            "KAFKA_BOOTSTRAP_SERVERS": self.stack.bootstrap_servers,
            "KAFKA_TOPIC_PREFIX": self.prefix,
            "KAFKA_UNSENT_FILE": str(self.unsent.parent / "{spider}.unsent.ndjson"),
            **settings,
        }
        flags = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
        return await run(str(BIN / "scrapy"), "crawl", "upbit_trends", *flags)

    async def records(self) -> list[tuple[Partition, list[Record]]]:
        """What is in each partition of the spider's topic."""
        found: list[tuple[Partition, list[Record]]] = []
        async with open_reader([self.stack.bootstrap_servers], 10) as reader:
            for number in range(6):
                partition = Partition(f"{self.prefix}.raw.upbit_trends", number)
                batches = [batch async for batch in reader.records(partition, 0)]
                found.append((partition, [each for batch in batches for each in batch]))
        return found


async def run(*command: str) -> tuple[int, str]:
    """Exit status and output of a command in the example's folder."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=PROJECT, stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(120):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.fixture
async def crawls(stack: Stack, tmp_path: Path) -> AsyncIterator[Crawls]:
    name = f"spider{uuid.uuid4().hex[:8]}"
    declared = load_topics(ROOT / "kafka" / "topics.yaml", name)
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create(
            [each for each in declared if each.name == f"{name}.raw.upbit_trends"], 1
        )
    async with simulator(stack, f"simulator-{name}") as url:
        yield Crawls(stack, name, f"{url}/upbit", tmp_path / "upbit_trends.unsent.ndjson")


@asynccontextmanager
async def simulator(stack: Stack, name: str) -> AsyncIterator[str]:
    port = free_port()
    command = [str(BIN / "simulator"), "--port", str(port), "--markets", str(MARKETS)]
    part = Part(name, command, ready=http_ready(port, "/healthz"))
    await asyncio.to_thread(stack.add, part)
    await asyncio.to_thread(stack.wait_ready, name)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        await asyncio.to_thread(stack.stop, name)


def statistic(log: str, name: str) -> str:
    """One of the statistics that Scrapy dumps at the end."""
    found = re.search(rf"'{name}': '?([\w.]+)", log)
    return found[1] if found else ""


async def test_all_of_a_crawl_arrives_as_the_processor_takes_it(crawls: Crawls) -> None:
    status, log = await crawls.crawl()
    assert status == 0, log
    assert statistic(log, "finish_reason") == "finished"
    by_partition = await crawls.records()
    records = [each for _, found in by_partition for each in found]
    assert len(records) == MARKETS
    assert statistic(log, "item_scraped_count") == str(MARKETS)
    assert statistic(log, "cointicker/acknowledged") == str(MARKETS)
    for each in records:
        value = orjson.loads(each.value or b"")
        assert each.key == value["payload"]["market"].encode()
        assert each.timestamp == to_ms(datetime.fromisoformat(value["fetched_at"]))
    assert processed(crawls.prefix, by_partition) == MARKETS
    assert not crawls.unsent.exists()


def processed(prefix: str, by_partition: list[tuple[Partition, list[Record]]]) -> int:
    """How many the processor takes, none being refused."""
    seen = Seen()
    options = Options(prefix=prefix)
    for partition, found in by_partition:
        list(make_work(partition, None, options=options, report=seen.report).take(found))
    assert not seen.counts.refused
    return seen.counts.processed


async def test_a_crawl_without_a_broker_fails_and_keeps_all(crawls: Crawls) -> None:
    away = f"{HOST}:{free_port()}"
    status, log = await crawls.crawl(KAFKA_BOOTSTRAP_SERVERS=away, KAFKA_RETRIES="1")
    assert status == 1
    assert statistic(log, "finish_reason") == "kafka_undelivered"
    assert statistic(log, "cointicker/unsent") == str(MARKETS)
    assert statistic(log, "item_scraped_count") == ""
    kept = list(read_unsent(crawls.unsent))
    assert len(kept) == MARKETS
    assert all(orjson.loads(each.value or b"")["id"] in log for each in kept)
    # It is sent later by one command, as it was.
    resend = [sys.executable, "-m", "cointicker.scrapy.resend", str(crawls.unsent)]
    status, output = await run(*resend, "--bootstrap-servers", crawls.stack.bootstrap_servers)
    assert status == 0, output
    assert not crawls.unsent.exists()
    by_partition = await crawls.records()
    sent = {(each.value, each.key, each.timestamp) for _, found in by_partition for each in found}
    assert sent == {(each.value, each.key, each.timestamp_ms) for each in kept}
    assert processed(crawls.prefix, by_partition) == MARKETS


async def test_a_crawl_without_its_topic_does_not_begin(crawls: Crawls) -> None:
    status, log = await crawls.crawl(KAFKA_TOPIC_PREFIX=f"{crawls.prefix}x")
    assert status == 1
    topic = f"{crawls.prefix}x.raw.upbit_trends"
    assert f"no such topic: {topic}; near it: {crawls.prefix}.raw.upbit_trends" in log
    assert "Crawled (200)" not in log
    assert not crawls.unsent.exists()
