"""Processor and insights killed, frozen and rebalanced under load give what undisturbed ones give.

The undisturbed run is the services' own work, as a pure function, over the very same log.
"""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.records import Partition, Record
from cointicker.work import Work
from demo import POLL_SECONDS, READS, SIMULATOR
from insights.metrics import PrometheusTally
from insights.stages import Stages
from insights.tone import Lexicon
from local.flow import until_level
from local.ports import free_port
from local.services import collector, insights, processor, simulated_sources, simulator
from local.stack import Stack
from processor.config import ProcessorSettings
from processor.making import SOURCES, make_work
from processor.metrics import report

PREFIX = "disturbed"
COMMON = {"KAFKA_TOPIC_PREFIX": PREFIX, "SNAPSHOT_SECONDS": "5"}
VICTIMS = ("processor", "insights")
SESSION_SECONDS = 5
SEED = 20_260_312
STAGE_ONE = ("candles", "price_move", "volume_spike")
STAGE_TWO = ("movers", "sentiment_shift", "fear_greed_regime")


class Told(NamedTuple):
    """What makes two records the same."""

    key: bytes | None
    value: bytes | None
    timestamp: int | None


class _Traced(msgspec.Struct):
    origin: dict[str, str | int]


@pytest.fixture
def services(stack: Stack) -> Iterator[Stack]:
    create = [str(Path(sys.executable).with_name("cointicker")), "topics", "create"]
    subprocess.run(
        [*create, "--bootstrap-servers", stack.bootstrap_servers, "--prefix", PREFIX], check=True
    )
    parts = [processor(stack, COMMON), insights(stack, COMMON)]
    parts.append(simulator(stack, SIMULATOR, name="simulator-2"))
    for part in parts:
        stack.add(part)
        stack.wait_ready(part.name)
    settings = {**COMMON, **simulated_sources(stack, POLL_SECONDS)}
    stack.add(collector(stack, settings, name="collector-2"))
    stack.wait_ready("collector-2")
    yield stack
    for name in stack.names():
        if name.startswith(("collector-2", "simulator-2", *VICTIMS)) and stack.alive(name):
            stack.stop(name)


async def disturb(stack: Stack, chance: random.Random) -> None:
    """Everything that may happen to a service, once or more, with the load going on."""
    for _ in range(2):
        for victim in VICTIMS:
            await asyncio.sleep(chance.uniform(2, 4))
            await asyncio.to_thread(stack.kill, victim)
            await asyncio.to_thread(stack.start, victim)
    seconds = {"processor-b": processor, "insights-b": insights}
    for name, part in seconds.items():
        stack.add(part(stack, COMMON, name=name, port=free_port()))
    await asyncio.sleep(chance.uniform(4, 6))
    for victim in VICTIMS:
        await asyncio.to_thread(stack.pause, victim)
    await asyncio.sleep(SESSION_SECONDS + 4)
    for victim in VICTIMS:
        await asyncio.to_thread(stack.resume, victim)
    await asyncio.sleep(chance.uniform(1, 3))
    for name in seconds:
        await asyncio.to_thread(stack.stop, name)
    await asyncio.to_thread(stack.kill, "kafka")
    await asyncio.to_thread(stack.start, "kafka")
    await asyncio.to_thread(stack.wait_ready, "kafka")


async def told(log: GroupLog, topic: str) -> AsyncIterator[tuple[Partition, list[Record]]]:
    """Each partition of a topic with all that a `read_committed` reader sees of it."""
    for number in range(await log.partitions(topic)):
        partition = Partition(topic, number)
        start, end = await log.bounds(partition)
        found: list[Record] = []
        async for records in log.records(partition, start, end):
            found += records
        yield partition, found


def given(work: Work, records: Sequence[Record], topic: str, number: int) -> list[Told]:
    return [
        Told(each.key, each.value, each.timestamp_ms)
        for each in work.take(records)
        if (each.topic, each.partition) == (topic, number)
    ]


def same(records: Sequence[Record]) -> list[Told]:
    return [Told(each.key, each.value, each.timestamp) for each in records]


async def compare_processed(log: GroupLog) -> Counter[str]:
    options = ProcessorSettings.load(["--topic-prefix", PREFIX]).options()
    make = partial(make_work, options=options, report=report)
    kinds = {"upbit_trends": "market", "perplexity": "analysis", "cnn_fear_greed": "fear_greed"}
    counts: Counter[str] = Counter()
    for source in SOURCES:
        topic = f"{PREFIX}.processed.{kinds.get(source, 'news')}"
        made = {partition.number: found async for partition, found in told(log, topic)}
        async for partition, raw in told(log, f"{PREFIX}.raw.{source}"):
            number = partition.number
            mine = [
                each
                for each in made[number]
                if msgspec.json.decode(each.value or b"", type=_Traced).origin["topic"]
                == partition.topic
            ]
            expected = given(make(partition, None), raw, topic, number)
            assert same(mine) == expected, partition
            counts[topic] += len(expected)
    return counts


async def compare_insights(log: GroupLog) -> Counter[str]:
    stages = Stages(PREFIX, 6, Lexicon.load(), PrometheusTally())
    read = dict.fromkeys(STAGE_ONE, "processed.market")
    read |= dict.fromkeys(STAGE_TWO, "state.market")
    counts: Counter[str] = Counter()
    for name, source in read.items():
        topic = f"{PREFIX}.insights.{name}"
        made = {partition.number: found async for partition, found in told(log, topic)}
        async for partition, records in told(log, f"{PREFIX}.{source}"):
            expected = given(stages(partition, None), records, topic, partition.number)
            assert same(made[partition.number]) == expected, (topic, partition)
            counts[topic] += len(expected)
    return counts


@pytest.mark.timeout(280)
async def test_a_disturbed_run_gives_what_an_undisturbed_one_gives(
    services: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    await disturb(services, random.Random(SEED))
    await asyncio.sleep(5)
    await asyncio.to_thread(services.stop, "collector-2")
    raw = [f"{PREFIX}.raw.{source}" for source in SOURCES]
    for group, topics in {
        "processor": raw,
        "insights": [f"{PREFIX}.{name}" for name in READS["insights"]],
    }.items():
        async with open_group_log([services.bootstrap_servers], group, 10) as log:
            await until_level(log, topics, 90)
    for victim in VICTIMS:
        await asyncio.to_thread(services.stop, victim)
    async with open_group_log([services.bootstrap_servers], "insights", 10) as log:
        counts = await compare_processed(log) + await compare_insights(log)
    with capsys.disabled():
        sys.stdout.writelines(
            f"\n  the same {count:>6} on {name}" for name, count in counts.items()
        )
    assert counts[f"{PREFIX}.processed.market"] > 5_000
    assert counts[f"{PREFIX}.insights.candles"] > 1_000
