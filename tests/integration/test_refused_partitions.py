"""`cointicker sink`: a refused partition is named, and goes on by itself once it is accepted."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from cointicker.archive import published_files
from cointicker.errors import ConfigError
from hdfs_sink.config import SinkSettings
from hdfs_sink.operator import Refusal, open_operator
from local.stack import Stack
from tests.integration.commands import Ended, cointicker
from tests.integration.sinks import Scene, open_scene


@pytest.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    async with open_scene(stack, partitions=1) as scene:
        yield scene


async def test_a_refused_partition_goes_on_once_it_is_accepted(scene: Scene) -> None:
    sink = await scene.start_sink()
    await scene.send_some(300)
    await scene.until_level()
    await asyncio.to_thread(scene.stack.stop, sink)
    old = [each.path for each in await published_files(scene.files, scene.layout, scene.topic, 0)]
    await _make_topic_anew(scene)
    await asyncio.to_thread(scene.stack.start, sink)

    refused = {"topic": scene.topic, "partition": 0, "reason": "log_ends_before_chain"}
    [listed] = json.loads((await _sink(scene, "list", "--json")).out)
    assert listed.items() >= refused.items()
    await scene.until(lambda: _is_refused(scene, sink))

    declined = await _sink(scene, "accept", scene.topic, "0", given="n\n")
    assert (declined.status, "files aside" in declined.out) == (1, True)
    assert await published_files(scene.files, scene.layout, scene.topic, 0)

    accepted = await _sink(scene, "accept", scene.topic, "0", "--yes", "--json")
    answer = json.loads(accepted.out)
    assert answer["set_aside"].startswith(f"/{scene.prefix}/_accepted/{scene.topic}-0/")
    under = [each.relative_to(scene.layout.root) for each in old]
    assert answer["files"] == [f"{answer['set_aside']}/files/{each}" for each in under]

    scene.sent = 0
    await scene.send_some(200)
    await scene.until_level()
    await scene.assert_exactly_once()
    await scene.until(lambda: _is_ready(scene, sink))

    with pytest.raises(ConfigError, match="not refused any more"):
        await _accept_late(scene, Refusal(**listed))
    again = await _sink(scene, "accept", scene.topic, "0", "--yes")
    assert (again.status, again.out) == (1, "")
    assert again.err.startswith(f"cointicker: {scene.topic}-0 is not refused")


async def _sink(scene: Scene, *arguments: str, given: str = "") -> Ended:
    settings = {
        "KAFKA_TOPIC_PREFIX": scene.prefix,
        "KAFKA_GROUP_ID": scene.prefix,
        "HDFS_ROOT": str(scene.layout.root),
    }
    return await cointicker(scene.stack, "sink", *arguments, given=given, environment=settings)


async def _accept_late(scene: Scene, shown: Refusal) -> None:
    """As who was shown it, and said yes only when it was accepted already."""
    settings = SinkSettings.read(
        kafka_bootstrap_servers=scene.stack.bootstrap_servers,
        kafka_topic_prefix=scene.prefix,
        kafka_group_id=scene.prefix,
        hdfs_namenode=scene.stack.namenode_url,
        hdfs_root=str(scene.layout.root),
    )
    async with open_operator(settings) as operator:
        await operator.accept(shown, "20260311T000000Z")


async def _make_topic_anew(scene: Scene) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.stack.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([scene.topic])
    finally:
        await admin.close()
    await scene.until(lambda: _is_gone(scene))
    await scene.create("raw.test", 1)


async def _is_gone(scene: Scene) -> bool:
    return await scene.log.partitions(scene.topic) == 0


async def _is_refused(scene: Scene, sink: str) -> bool:
    status, body = await scene.ask(sink, "/readyz")
    return status == 503 and "refused" in str(body)


async def _is_ready(scene: Scene, sink: str) -> bool:
    return (await scene.ask(sink, "/readyz"))[0] == 200
