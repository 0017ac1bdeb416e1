"""What the sink's protocol asks of Kafka: the same from the fake and from the real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from cointicker.health import Health
from cointicker.kafka.admin import open_admin
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import open_consumer
from cointicker.kafka.producer import open_producer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Commit, NotOwned, OffsetOutOfRange, Partition
from cointicker.settings import ServiceSettings
from cointicker.topics import Topic
from hdfs_sink.kafka_log import KafkaLog
from hdfs_sink.protocol import Gap, Log
from tests.fakes.memory_partition import MemberLog, MemoryPartition, MemoryRecord


@dataclass
class Subject:
    """A log, and what the tests do to its partition from outside."""

    log: Log
    produce: Callable[[Sequence[bytes]], Awaitable[None]]
    retain_from: Callable[[int], Awaitable[None]]
    lose_partition: Callable[[], Awaitable[None]]


@asynccontextmanager
async def memory() -> AsyncIterator[Subject]:
    partition = MemoryPartition(owner="member")

    async def produce(values: Sequence[bytes]) -> None:
        for value in values:
            partition.append(MemoryRecord(partition.end, 1_000 + partition.end, value=value))

    async def retain_from(start: int) -> None:
        partition.start = start
        partition.records = [each for each in partition.records if each.offset >= start]

    async def lose_partition() -> None:
        partition.owner = None

    yield Subject(MemberLog(partition), produce, retain_from, lose_partition)


@asynccontextmanager
async def real(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    servers = [request.getfixturevalue("stack").bootstrap_servers]
    prefix = f"t{uuid4().hex[:10]}"
    topic, where = f"{prefix}.raw.test", Partition(f"{prefix}.raw.test", 0)
    async with open_admin(servers, 10) as admin:
        await admin.create([Topic(topic, 1, {}), Topic(f"{prefix}.gaps", 1, {})], 1)
    sender = AIOKafkaProducer(bootstrap_servers=servers)
    await sender.start()
    options = ConsumerOptions(
        servers=servers, group=prefix, topics=[topic], session_seconds=6, metadata_seconds=1
    )

    async def produce(values: Sequence[bytes]) -> None:
        for value in values:
            sent = await sender.send_and_wait(topic, value)
            assert sent.offset >= 0

    async def retain_from(start: int) -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=servers)
        await client.start()
        await client.delete_records({TopicPartition(topic, 0): RecordsToDelete(start)})
        await client.close()

    settings = ServiceSettings.load(["--bootstrap-servers", *servers])
    async with (
        open_consumer(options, asyncio.Event()) as consumer,
        open_reader(servers, 10) as reader,
        open_producer(settings, Health()) as producer,
    ):
        assert consumer.assignment() == {where}
        log = KafkaLog(where, consumer, reader, producer, f"{prefix}.gaps")
        try:
            yield Subject(log, produce, retain_from, consumer.stop)
        finally:
            await sender.stop()


@pytest.fixture(params=["memory", "real"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    opened = memory() if request.param == "memory" else real(request)
    async with opened as subject:
        yield subject


async def test_records_are_found_by_offset(subject: Subject) -> None:
    await subject.produce([b"a", b"b", b"c"])
    assert await subject.log.bounds() == (0, 3)
    for offset, value in enumerate([b"a", b"b", b"c"]):
        found = await subject.log.first_from(offset)
        assert found is not None
        assert (found.offset, found.value) == (offset, value)
    assert await subject.log.first_from(3) is None


async def test_what_is_appended_later_is_found(subject: Subject) -> None:
    assert await subject.log.bounds() == (0, 0)
    assert await subject.log.first_from(0) is None
    await subject.produce([b"a"])
    found = await subject.log.first_from(0)
    assert found is not None
    assert found.value == b"a"


async def test_below_the_start_and_beyond_the_end_is_out_of_range(subject: Subject) -> None:
    await subject.produce([b"a", b"b", b"c"])
    await subject.retain_from(2)
    assert await subject.log.bounds() == (2, 3)
    with pytest.raises(OffsetOutOfRange):
        await subject.log.first_from(1)
    with pytest.raises(OffsetOutOfRange):
        await subject.log.first_from(4)
    found = await subject.log.first_from(2)
    assert found is not None


async def test_a_commit_is_read_back_with_its_metadata(subject: Subject) -> None:
    assert await subject.log.committed() is None
    await subject.produce([b"a", b"b"])
    await subject.log.commit(Commit(2, '{"root":"/cointicker"}'))
    assert await subject.log.committed() == Commit(2, '{"root":"/cointicker"}')
    await subject.log.commit(Commit(1, ""))
    assert await subject.log.committed() == Commit(1, "")


async def test_only_who_owns_the_partition_commits(subject: Subject) -> None:
    await subject.produce([b"a"])
    await subject.lose_partition()
    with pytest.raises(NotOwned):
        await subject.log.commit(Commit(1, ""))


async def test_a_gap_is_recorded(subject: Subject) -> None:
    async with asyncio.timeout(30):
        await subject.log.record_gap(Gap(1, 5, "retention"))
