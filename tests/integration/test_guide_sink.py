"""hdfs-sink started by the command line of the guide, and its group replayed, on real parts."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cointicker.kafka.group_log import open_group_log
from local.parts import Part
from local.ports import free_port
from local.probes import http_ready
from local.stack import Stack
from tests.integration.operating import Said, cointicker
from tests.integration.sinks import SETTINGS, Scene, open_scene

SINK = Path(sys.executable).with_name("hdfs-sink")
GROUP = "cointicker-consumer"


@pytest.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    async with open_scene(stack, partitions=2) as scene:
        yield scene


async def test_the_guides_command_line_brings_its_topics_into_hdfs(scene: Scene) -> None:
    await scene.create("raw.other", 1)
    await scene.send_some(300)
    await scene.send([b'{"n":%d}' % each for each in range(50)], topic=f"{scene.prefix}.raw.other")
    stack, port = scene.stack, free_port()
    line = (
        f"--bootstrap-servers {stack.bootstrap_servers},{stack.bootstrap_servers} "
        f"--topics {scene.prefix}.raw.* --group-id {GROUP} --hdfs-namenode {stack.namenode_rpc}"
    )
    elsewhere = {
        "HDFS_WEB_PORT": stack.namenode_url.rpartition(":")[2],
        "HDFS_ROOT": str(scene.layout.root),
        "KAFKA_TOPIC_PREFIX": scene.prefix,
        "HTTP_PORT": str(port),
    }
    name = f"{scene.prefix}-guide"
    part = Part(
        name,
        [str(SINK), *line.split()],
        ready=http_ready(port),
        environment={**SETTINGS, **elsewhere},
        port=port,
        stop_seconds=30,
    )
    await asyncio.to_thread(stack.add, part)
    scene.sinks.append(name)
    await asyncio.to_thread(stack.wait_ready, name)
    async with open_group_log([stack.bootstrap_servers], GROUP, 10) as scene.log:
        await scene.until_level()
        await scene.until_level(f"{scene.prefix}.raw.other")
    said = await _audit(scene, GROUP)
    assert said.status == 0, said.out
    records = {(each["topic"], each["partition"]): each for each in said.json()["partitions"]}
    assert records[f"{scene.prefix}.raw.other", 0]["records"] == 50
    assert sum(each["records"] for each in records.values()) == scene.sent == 350


async def test_a_replay_of_the_sinks_group_doubles_nothing(scene: Scene) -> None:
    sink = await scene.start_sink()
    await scene.send_some(2_000)
    await scene.until_level()
    refused = await _replay(scene)
    assert refused.status == 1
    assert f"group {scene.prefix} has 1 active member(s)" in refused.error
    assert "docker compose stop hdfs-sink" in refused.error
    await asyncio.to_thread(scene.stack.stop, sink)
    kept = await scene.audit()
    said = await _replay(scene)
    assert said.status == 0, said.error
    assert "files that are in HDFS already win, and nothing is doubled" in said.out
    assert set((await scene.log.committed(scene.topic)).values()) == {0}
    await asyncio.to_thread(scene.stack.start, sink)
    await scene.send_some(500)
    await scene.until_level()
    await scene.assert_exactly_once()
    files = sum(each.files for each in kept.partitions)
    assert sum(each.records for each in kept.partitions) == 2_000
    assert sum(each.files for each in (await scene.audit()).partitions) > files


async def _replay(scene: Scene) -> Said:
    servers = f"--bootstrap-server={scene.stack.bootstrap_servers}"
    options = ["--to-earliest", "--execute", servers]
    return await cointicker("replay", scene.prefix, *options, KAFKA_GROUP_ID=scene.prefix)


async def _audit(scene: Scene, group: str) -> Said:
    return await cointicker(
        "audit",
        "--json",
        f"--bootstrap-servers={scene.stack.bootstrap_servers}",
        f"--prefix={scene.prefix}",
        f"--group-id={group}",
        f"--hdfs-namenode={scene.stack.namenode_url}",
        f"--hdfs-root={scene.layout.root}",
    )
