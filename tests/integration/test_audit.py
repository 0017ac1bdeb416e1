"""`cointicker audit` on real Kafka and real HDFS."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from crc32c import crc32c

from cointicker.archive import ATTRIBUTE, FileAttribute, GzipBody, Layout, sha256_of
from cointicker.files import Files
from cointicker.kafka.admin import open_admin
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.lines import line
from cointicker.topics import Topic
from cointicker.webhdfs import open_webhdfs
from local.stack import Stack

COMMAND = Path(sys.executable).with_name("cointicker")
VALUES = [b'{"n":1}', None, b"", b"not json", b"null", b'{"_offset":1}', b"a\nb", b"\xff", b"{}"]


@dataclass
class Archived:
    """A topic of its own with its root in HDFS, archived up to its end."""

    stack: Stack
    files: Files
    layout: Layout
    prefix: str
    paths: list[PurePosixPath]
    records: list[Record]

    async def audit(self) -> tuple[int, dict[str, Any]]:
        """The exit status of the command, and its JSON."""
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            "audit",
            "--json",
            f"--bootstrap-servers={self.stack.bootstrap_servers}",
            f"--prefix={self.prefix}",
            f"--group-id={self.prefix}",
            f"--hdfs-namenode={self.stack.namenode_url}",
            f"--hdfs-root={self.layout.root}",
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, json.loads(output)


@pytest.fixture
async def archived(stack: Stack) -> AsyncIterator[Archived]:
    prefix = f"t{uuid4().hex[:8]}"
    layout = Layout.of(f"/{prefix}", prefix)
    partition = Partition(f"{prefix}.raw.audited", 0)
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create([Topic(partition.topic, 1, {})], 1)
    await produce(stack, partition.topic)
    async with open_reader([stack.bootstrap_servers], 10) as reader:
        _, end = await reader.bounds(partition)
        records = [each async for batch in reader.records(partition, 0) for each in batch]
    await commit(stack, prefix, partition, end)
    async with open_webhdfs([stack.namenode_url], "cointicker") as files:
        paths = []
        for start in range(0, len(records), 4):
            previous = records[start - 1].offset if start else None
            of = records[start : start + 4]
            paths.append(await publish(files, layout, partition.topic, previous, of))
        yield Archived(stack, files, layout, prefix, paths, records)
        await files.delete(layout.root)


async def produce(stack: Stack, topic: str) -> None:
    """Every kind of value, and an aborted transaction in the midst: the offsets have holes."""
    async with AIOKafkaProducer(
        bootstrap_servers=stack.bootstrap_servers, transactional_id=topic
    ) as producer:
        for aborted in (False, True, False):
            await producer.begin_transaction()
            for value in VALUES:
                await producer.send(topic, value, key=b"k", headers=[("h", b"\xff")])
            await (producer.abort_transaction() if aborted else producer.commit_transaction())


async def commit(stack: Stack, group: str, partition: Partition, offset: int) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(*partition)])
        await consumer.commit({TopicPartition(*partition): offset})
    finally:
        await consumer.stop()


async def publish(
    files: Files, layout: Layout, topic: str, previous: int | None, of: Sequence[Record]
) -> PurePosixPath:
    packed = GzipBody()
    for each in of:
        packed.add(line(each.offset, each.timestamp, each.key, each.value, each.headers))
    body = packed.finish()
    says = FileAttribute(
        previous=previous,
        end=of[-1].offset,
        count=len(of),
        sha256=sha256_of(body),
        first_timestamp=of[0].timestamp,
        last_timestamp=of[-1].timestamp,
        last_crc32c=crc32c(of[-1].value or b""),
        writer="w",
    )
    path = layout.file(topic, 0, of[0].offset, of[0].timestamp)
    await files.make_directory(path.parent)
    await files.create(path, body)
    await files.set_attribute(path, ATTRIBUTE, says.encode(), replace=False)
    return path


async def test_the_audit_of_a_whole_topic_is_clean(archived: Archived) -> None:
    status, found = await archived.audit()
    assert found["clean"] is True
    assert status == 0
    [partition] = found["partitions"]
    assert partition["records"] == partition["compared"] == len(archived.records) == 18
    assert (partition["files"], partition["waiting"]) == (5, 0)
    assert partition["committed"] > archived.records[-1].offset


async def test_the_audit_ends_with_1_and_names_what_is_missing(archived: Archived) -> None:
    await archived.files.delete(archived.paths[2])
    status, found = await archived.audit()
    assert status == 1
    [partition] = found["partitions"]
    assert (partition["missing"], partition["double"]) == (4, 0)


async def test_the_audit_finds_a_file_that_was_exchanged(archived: Archived) -> None:
    path, last = archived.paths[-1], archived.records[-2:]
    await archived.files.delete(path)
    changed = GzipBody()
    for each in last:
        changed.add(line(each.offset, each.timestamp, each.key, b"changed"))
    await archived.files.create(path, changed.finish())
    status, found = await archived.audit()
    assert status == 1
    [partition] = found["partitions"]
    assert partition["altered"] == 2
    assert "has no attribute of ours" in partition["problems"][0]


async def test_the_audit_says_what_does_not_answer(archived: Archived) -> None:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "audit",
        f"--bootstrap-servers={archived.stack.bootstrap_servers}",
        f"--prefix={archived.prefix}",
        "--hdfs-namenode=http://127.0.0.1:1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith("cointicker: LISTSTATUS /cointicker/raw/")
    assert "done by no NameNode" in errors.decode()


async def test_a_topic_that_is_nowhere_is_no_clean_one(archived: Archived) -> None:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "audit",
        f"{archived.prefix}.raw.tset",
        f"--bootstrap-servers={archived.stack.bootstrap_servers}",
        f"--hdfs-namenode={archived.stack.namenode_url}",
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith(f"cointicker: no such topic: {archived.prefix}.raw.tset; ")
