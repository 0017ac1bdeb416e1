"""Collector and sinks killed at random moments under load: nothing is lost and nothing double."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cointicker.archive import Layout
from cointicker.audit import audit
from cointicker.kafka.group_log import open_group_log
from cointicker.webhdfs import open_webhdfs
from demo import POLL_SECONDS, SOURCES, problems
from local.flow import until_level
from local.ports import free_port
from local.services import collector, hdfs_sink, simulated_sources, simulator
from local.stack import Stack

PREFIX, GROUP, ROOT = "pipeline", "pipeline-sink", "/pipeline"
COMMON = {"KAFKA_TOPIC_PREFIX": PREFIX}
SINK = {
    **COMMON,
    "KAFKA_GROUP_ID": GROUP,
    "HDFS_ROOT": ROOT,
    "KAFKA_SESSION_SECONDS": "6",
    "ROTATE_AGE_SECONDS": "2",
    "ROTATE_IDLE_SECONDS": "1",
}
VICTIMS = ("collector", "sink-a", "sink-b")
KILLS = 6
SEED = 20_260_311


@pytest.fixture
def services(stack: Stack) -> Iterator[Stack]:
    create = [str(Path(sys.executable).with_name("cointicker")), "topics", "create"]
    subprocess.run(
        [*create, "--bootstrap-servers", stack.bootstrap_servers, "--prefix", PREFIX], check=True
    )
    stack.add(simulator(stack, {"SIMULATOR_SPEED": "120", "SIMULATOR_LEAD_SECONDS": "7200"}))
    stack.wait_ready("simulator")
    stack.add(collector(stack, {**COMMON, **simulated_sources(stack, POLL_SECONDS)}))
    for name in ("sink-a", "sink-b"):
        stack.add(hdfs_sink(stack, SINK, name=name, port=free_port()))
    for name in VICTIMS:
        stack.wait_ready(name)
    yield stack
    for name in ("simulator", *VICTIMS):
        if stack.alive(name):
            stack.stop(name)


@pytest.mark.timeout(240)
async def test_killed_at_random_the_pipeline_loses_and_doubles_nothing(services: Stack) -> None:
    chance = random.Random(SEED)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(1, 4))
        victim = chance.choice(VICTIMS)
        await asyncio.to_thread(services.kill, victim)
        await asyncio.sleep(chance.uniform(0, 1))
        await asyncio.to_thread(services.start, victim)
    await asyncio.to_thread(services.wait_ready, "collector")
    await asyncio.sleep(5)
    await asyncio.to_thread(services.stop, "collector")

    topics = [f"{PREFIX}.raw.{source}" for source in SOURCES]
    async with (
        open_webhdfs([services.namenode_url], "cointicker") as files,
        open_group_log([services.bootstrap_servers], GROUP, 10) as log,
    ):
        await until_level(log, topics, 90)
        result = await audit(files, log, topics, Layout.of(ROOT, PREFIX))
    assert list(problems(result, topics)) == []
    assert sum(each.compared for each in result.partitions) > 5_000
