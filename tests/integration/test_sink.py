"""The sink on real Kafka and real HDFS: what is in Kafka is in HDFS exactly once."""

import asyncio
import gzip
import random
from collections.abc import AsyncIterator

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from cointicker.archive import published_files
from cointicker.kafka.records import Partition
from cointicker.lines import parse_line
from local.stack import Stack
from tests.integration.sinks import Scene, open_scene

VALUES = [
    b'{"n":1}',
    b"not json",
    b"",
    None,
    b"null",
    b'{"text":"%s"}' % (b"x" * 900_000),
    b'{"a":\n1}',
    b'{"_offset":7}',
    b"\xff\xfe",
    b"[1,2]",
]


@pytest.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    async with open_scene(stack, partitions=2) as scene:
        yield scene


async def test_every_value_comes_back_as_it_was(scene: Scene) -> None:
    await scene.send(VALUES)
    await scene.start_sink()
    await scene.until_level()
    lines = []
    for number in range(2):
        for each in await published_files(scene.files, scene.layout, scene.topic, number):
            body = gzip.decompress(await scene.files.read(each.path))
            lines += [parse_line(text) for text in body.splitlines(keepends=True)]
    kept = {int(line.key or b""): line.value for line in lines}
    assert [kept[number] for number in range(len(VALUES))] == VALUES
    await scene.assert_exactly_once()


async def test_a_stop_publishes_and_commits_what_was_polled(scene: Scene) -> None:
    sink = await scene.start_sink(
        ROTATE_AGE_SECONDS="600", ROTATE_IDLE_SECONDS="600", ROTATE_BYTES="1000000"
    )
    await scene.send([b"%x" % random.getrandbits(800) for _ in range(2_000)])
    await scene.until(lambda: _has_buffered(scene, sink))
    await asyncio.to_thread(scene.stack.stop, sink)
    await scene.until_level(seconds=5)
    await scene.assert_exactly_once()


async def test_a_new_topic_that_the_glob_means_is_joined(scene: Scene) -> None:
    await scene.start_sink()
    await scene.create("raw.later", 1)
    topic = f"{scene.prefix}.raw.later"
    await scene.send([b'{"n":%d}' % n for n in range(100)], topic)
    await scene.until_level(topic)
    await scene.assert_exactly_once(topic)


async def test_what_retention_took_is_a_recorded_gap(scene: Scene) -> None:
    sink = await scene.start_sink()
    await scene.send_some(1_000)
    await scene.until_level()
    await asyncio.to_thread(scene.stack.stop, sink)
    await scene.send_some(1_000)
    ends = {n: (await scene.log.bounds(_partition(scene, n)))[1] for n in range(2)}
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.stack.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_records(
            {TopicPartition(scene.topic, n): RecordsToDelete(ends[n] - 10) for n in range(2)}
        )
    finally:
        await admin.close()
    await scene.start_sink()
    await scene.until_level()
    result = await scene.audit()
    assert result.clean
    assert [each.gaps for each in result.partitions] != [[], []]
    gaps = [each async for each in _gaps(scene)]
    assert {(gap["partition"], gap["to"]) for gap in gaps} == {
        (number, ends[number] - 10) for number in range(2)
    }


async def test_a_topic_made_anew_is_refused_and_the_others_go_on(scene: Scene) -> None:
    await scene.create("raw.other", 1)
    sink = await scene.start_sink()
    await scene.send_some(500)
    await scene.until_level()
    await asyncio.to_thread(scene.stack.stop, sink)
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.stack.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([scene.topic])
    finally:
        await admin.close()
    await scene.until(lambda: _is_gone(scene))
    await scene.create("raw.test", 2)

    await asyncio.to_thread(scene.stack.start, sink)
    await scene.until(lambda: _is_refused(scene, sink))
    assert (await scene.ask(sink, "/healthz"))[0] == 200
    await scene.send([b"{}"] * 50, f"{scene.prefix}.raw.other")
    await scene.until_level(f"{scene.prefix}.raw.other")


async def _has_buffered(scene: Scene, sink: str) -> bool:
    lines = (await scene.metrics(sink)).splitlines()
    lags = [line for line in lines if line.startswith("cointicker_hdfs_sink_lag_records{")]
    buffered = next(line for line in lines if line.startswith("cointicker_hdfs_sink_buffer_bytes"))
    read_all = len(lags) == 2 and all(line.endswith(" 0.0") for line in lags)
    return read_all and not buffered.endswith(" 0.0")


async def _is_gone(scene: Scene) -> bool:
    return await scene.log.partitions(scene.topic) == 0


async def _is_refused(scene: Scene, sink: str) -> bool:
    status, body = await scene.ask(sink, "/readyz")
    dependencies = body["dependencies"]
    assert isinstance(dependencies, dict)
    named = [name for name, why in dependencies.items() if "refused" in str(why)]
    return status == 503 and named == [f"{scene.topic}-{number}" for number in range(2)]


def _partition(scene: Scene, number: int) -> Partition:
    return Partition(scene.topic, number)


async def _gaps(scene: Scene) -> AsyncIterator[dict[str, object]]:
    where = Partition(f"{scene.prefix}.gaps", 0)
    start, end = await scene.log.bounds(where)
    async for records in scene.log.records(where, start, end):
        for record in records:
            yield orjson.loads(record.value or b"")
