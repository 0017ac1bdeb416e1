"""What a sink wrote to real HDFS is read back as Kafka has it: in order, each record once."""

import asyncio
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from crc32c import crc32c

from cointicker.archive import (
    ATTRIBUTE,
    AsyncArchive,
    DamagedFile,
    FileAttribute,
    UnknownSource,
    open_archive,
    open_async_archive,
    sha256_of,
)
from cointicker.kafka.records import Partition, Record
from cointicker.lines import join_lines
from cointicker.messages import RawRecord
from cointicker.times import from_ms, utc_now
from local.stack import Stack
from tests.docs.markdown import pages
from tests.docs.marks import run_by
from tests.integration.sinks import Scene, open_scene

PARTITIONS = 6
RECORDS = 1_800
ODD: list[bytes | None] = [b"not json", None, b"[1]", b"", b"\xff", b'{"_offset":7}']


@pytest.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    """A sink wrote the records of six partitions as many files."""
    async with open_scene(stack, PARTITIONS) as scene:
        await scene.create("raw.upbit_trends", PARTITIONS)
        await scene.start_sink(ROTATE_RECORDS="100")
        for _ in range(3):
            await scene.send_some(RECORDS // 3 - len(ODD))
            await scene.send(ODD)
        await scene.until_level()
        yield scene


async def test_the_page_shows_what_works(scene: Scene, tmp_path: Path) -> None:
    topic = f"{scene.prefix}.raw.upbit_trends"
    await scene.send([ticker(number) for number in range(100)], topic)
    await scene.until_level(topic)
    [page] = [each for each in pages() if each.path == "docs/archive.md"]
    blocks = [block.text for block in run_by("test", page)]
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks))
    environment = {
        "HDFS_NAMENODE": scene.stack.namenode_url,
        "HDFS_ROOT": str(scene.layout.root),
        "KAFKA_TOPIC_PREFIX": scene.prefix,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed = (await process.communicate())[0].decode().splitlines()
    assert process.returncode == 0
    assert printed[0] == "['test', 'upbit_trends']"
    assert printed[2].endswith("101234000.0")
    assert [printed[3], printed[-1]] == ["100", "100"]


def ticker(number: int) -> bytes:
    now = utc_now()
    payload = {"market": "KRW-BTC", "trade_price": 101234000.0}
    return RawRecord(
        "upbit_trends", f"KRW-BTC:{number}", "0" * 16, now, now, "https://example.org/", payload
    ).encode()


async def kafka_has(scene: Scene) -> dict[int, list[Record]]:
    kept: dict[int, list[Record]] = defaultdict(list)
    for number in range(PARTITIONS):
        partition = Partition(scene.topic, number)
        start, end = await scene.log.bounds(partition)
        async for batch in scene.log.records(partition, start, end):
            kept[number] += batch
    return kept


def value_of(record: Record) -> object:
    """What the reader makes of a value, written down here for these values alone."""
    if record.value in (b"not json", b"", b"\xff"):
        return {"_bytes": record.value}
    if record.value is None:
        return {"_value": None}
    value = json.loads(record.value)
    return {"_value": value} if record.value in (b"[1]", b'{"_offset":7}') else value


async def test_all_is_read_back_in_order_each_once_and_as_kafka_has_it(scene: Scene) -> None:
    kept = await kafka_has(scene)
    async with open_async_archive(
        hdfs_namenode=scene.stack.namenode_url,
        hdfs_root=str(scene.layout.root),
        kafka_topic_prefix=scene.prefix,
    ) as archive:
        assert await archive.sources() == ["test"]
        records = [each async for each in archive.records("test")]
        table = await archive.table(scene.topic)
        await assert_ranges_fit(archive, kept)
    assert len(records) == RECORDS
    assert await asyncio.to_thread(script, scene) == records
    for number, expected in kept.items():
        read = [each for each in records if each["_partition"] == number]
        assert [(each["_offset"], each["_timestamp"], each["_key"]) for each in read] == [
            (each.offset, each.timestamp, (each.key or b"").decode()) for each in expected
        ]
        assert [own(each) for each in read] == [value_of(each) for each in expected]
    columns = ("_partition", "_offset", "_key", "_bytes")
    assert list(zip(*(table[name].to_pylist() for name in columns), strict=True)) == [
        tuple(each.get(name) for name in columns) for each in records
    ]


def own(record: dict[str, Any]) -> dict[str, Any]:
    coordinates = ("_topic", "_partition", "_offset", "_timestamp", "_key")
    return {name: value for name, value in record.items() if name not in coordinates}


async def assert_ranges_fit(archive: AsyncArchive, kept: dict[int, list[Record]]) -> None:
    """Cut somewhere, the two halves are the whole."""
    timestamps = sorted(each.timestamp for records in kept.values() for each in records)
    middle = from_ms(timestamps[len(timestamps) // 2])
    before = [each["_timestamp"] async for each in archive.records("test", None, middle)]
    behind = [each["_timestamp"] async for each in archive.records("test", middle)]
    assert before
    assert sorted(before + behind) == timestamps
    assert max(before) < min(behind)


def script(scene: Scene) -> list[dict[str, Any]]:
    """All records, behind a loop that was left early."""
    with open_archive(
        hdfs_namenode=scene.stack.namenode_url,
        hdfs_root=str(scene.layout.root),
        kafka_topic_prefix=scene.prefix,
    ) as archive:
        with pytest.raises(UnknownSource, match="there is: test"):
            archive.table("upbit")
        for record in archive.records("test"):
            if record["_offset"] > 3:
                break
        return list(archive.records("test"))


async def test_overlapping_files_give_each_record_once_and_a_damaged_one_nothing(
    scene: Scene,
) -> None:
    archive = AsyncArchive(scene.files, scene.layout, "here")
    before = [each async for each in archive.records("test")]
    [kept, *_] = (await kafka_has(scene)).values()
    await put(scene, kept[1:-1])
    assert [each async for each in archive.records("test")] == before
    damaged = await put(scene, kept[2:], said=b"other bytes")
    with pytest.raises(DamagedFile, match=str(damaged)):
        [each async for each in archive.records("test")]


async def put(scene: Scene, of: Sequence[Record], said: bytes | None = None) -> PurePosixPath:
    """Lay a file beside those that have its records; `said` is what its attribute is of."""
    body = gzip.compress(join_lines(of))
    says = FileAttribute(
        previous=None,
        end=of[-1].offset,
        count=len(of),
        sha256=sha256_of(said or body),
        first_timestamp=of[0].timestamp,
        last_timestamp=of[-1].timestamp,
        last_crc32c=crc32c(of[-1].value or b""),
        writer="by hand",
    )
    path = scene.layout.file(scene.topic, 0, of[0].offset, of[0].timestamp)
    await scene.files.create(path, body)
    await scene.files.set_attribute(path, ATTRIBUTE, says.encode(), replace=False)
    return path
