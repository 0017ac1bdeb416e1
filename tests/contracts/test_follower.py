"""What a feed promises, kept by the one in memory and by the one of real topics."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from cointicker.errors import TransientError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.follower import Feed, Follower, open_follower
from cointicker.kafka.records import OffsetOutOfRange, Partition
from cointicker.topics import Topic
from local.stack import Stack
from tests.fakes.memory_feed import MemoryTopics


class Log(Protocol):
    """Two partitions of a topic that can be written, cut and followed."""

    topic: str

    async def add(self, number: int, value: bytes, timestamp_ms: int) -> None: ...

    async def cut(self, number: int, start: int) -> None:
        """Forget what is before `start`."""

    def open(
        self, since_ms: int, positions: Mapping[Partition, int]
    ) -> AbstractAsyncContextManager[Feed]: ...


class MemoryLog:
    def __init__(self) -> None:
        self.topic = "t"
        self.topics = MemoryTopics()
        for number in range(2):
            self.topics.logs[Partition(self.topic, number)] = []

    async def add(self, number: int, value: bytes, timestamp_ms: int) -> None:
        self.topics.add(Partition(self.topic, number), value, timestamp_ms)

    async def cut(self, number: int, start: int) -> None:
        self.topics.starts[Partition(self.topic, number)] = start

    def open(
        self, since_ms: int, positions: Mapping[Partition, int]
    ) -> AbstractAsyncContextManager[Feed]:
        return self.topics.open(since_ms, positions)


class KafkaLog:
    """Every record in a transaction of its own: a log that ends in a marker."""

    def __init__(self, servers: str, topic: str, producer: AIOKafkaProducer) -> None:
        self.topic = topic
        self.servers = servers
        self.producer = producer

    async def add(self, number: int, value: bytes, timestamp_ms: int) -> None:
        async with self.producer.transaction():
            await self.producer.send_and_wait(
                self.topic, value, partition=number, timestamp_ms=timestamp_ms
            )

    async def cut(self, number: int, start: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        where = TopicPartition(self.topic, number)
        await admin.delete_records({where: RecordsToDelete(before_offset=start)})
        await admin.close()

    def open(
        self, since_ms: int, positions: Mapping[Partition, int]
    ) -> AbstractAsyncContextManager[Feed]:
        return open_follower(Follower([self.servers], [self.topic]), since_ms, positions)


@pytest.fixture
async def kafka_log(stack: Stack) -> AsyncIterator[KafkaLog]:
    topic = f"follow-{uuid.uuid4().hex[:8]}"
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create([Topic(topic, 2, {})], 1)
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.bootstrap_servers, transactional_id=topic, retry_backoff_ms=10
    )
    await producer.start()
    yield KafkaLog(stack.bootstrap_servers, topic, producer)
    await producer.stop()


@pytest.fixture
def memory_log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture(params=["memory_log", "kafka_log"])
def log(request: pytest.FixtureRequest) -> Log:
    found: Log = request.getfixturevalue(request.param)
    return found


async def read(feed: Feed, count: int) -> dict[int, list[bytes | None]]:
    """The next so many values, by partition."""
    found: dict[int, list[bytes | None]] = {0: [], 1: []}
    async with asyncio.timeout(20):
        while sum(map(len, found.values())) < count:
            for each in await feed.poll(0.5, 100):
                assert each.since <= each.records[0].offset
                found[each.partition.number] += [record.value for record in each.records]
    return found


async def caught_up(feed: Feed) -> None:
    async with asyncio.timeout(20):
        while feed.behind():
            await feed.poll(0.5, 100)


async def test_it_begins_at_the_time_that_it_is_given(log: Log) -> None:
    for at in (100, 200, 300):
        await log.add(0, b"%d" % at, at)
    await log.add(1, b"old", 150)
    async with log.open(200, {}) as feed:
        assert Partition(log.topic, 0) in feed.behind()
        assert await read(feed, 2) == {0: [b"200", b"300"], 1: []}
        await caught_up(feed)


async def test_it_goes_on_with_what_comes_in_the_order_of_each_partition(log: Log) -> None:
    async with log.open(0, {}) as feed:
        assert feed.behind() == []
        assert await feed.poll(0.01, 100) == []
        for number in range(6):
            await log.add(number % 2, b"%d" % number, 100)
        assert await read(feed, 6) == {0: [b"0", b"2", b"4"], 1: [b"1", b"3", b"5"]}


async def test_its_goal_stays_where_the_log_ended_at_the_start(log: Log) -> None:
    await log.add(0, b"a", 100)
    async with log.open(0, {}) as feed:
        goals, where = dict(feed.goals()), Partition(log.topic, 0)
        await log.add(0, b"b", 100)
        await read(feed, 2)
        assert feed.goals() == goals
        assert 0 < goals[where] < feed.positions()[where]


async def test_another_goes_on_where_it_ended(log: Log) -> None:
    for each in (b"a", b"b"):
        await log.add(0, each, 100)
    async with log.open(0, {}) as feed:
        await read(feed, 2)
        await caught_up(feed)
        positions = feed.positions()
    await log.add(0, b"c", 50)
    await log.add(1, b"d", 50)
    async with log.open(0, positions) as feed:
        assert await read(feed, 2) == {0: [b"c"], 1: [b"d"]}


async def test_what_the_log_has_lost_is_not_jumped_over_in_silence(log: Log) -> None:
    for each in range(4):
        await log.add(0, b"%d" % each, 100)
    await log.cut(0, 2)
    async with log.open(0, {Partition(log.topic, 0): 0}) as feed:
        with pytest.raises(OffsetOutOfRange):
            await read(feed, 1)


async def test_what_is_not_committed_is_not_given(kafka_log: KafkaLog) -> None:
    log = kafka_log
    async with log.open(0, {}) as feed:
        await log.producer.begin_transaction()
        await log.producer.send_and_wait(log.topic, b"aborted", partition=0)
        assert await feed.poll(0.5, 100) == []
        await log.producer.abort_transaction()
        await log.add(0, b"committed", 100)
        assert (await read(feed, 1))[0] == [b"committed"]


async def test_a_topic_that_is_not_there_is_named(stack: Stack) -> None:
    follower = Follower([stack.bootstrap_servers], ["nobody.made.this"])
    with pytest.raises(TransientError, match=r"no such topic: nobody\.made\.this"):
        async with open_follower(follower, 0, {}):
            raise AssertionError("it was opened")


async def test_a_broker_that_goes_away_is_an_error_and_never_a_silent_end(
    stack: Stack, kafka_log: KafkaLog
) -> None:
    follower = Follower([stack.bootstrap_servers], [kafka_log.topic], request_seconds=2)

    async def follow() -> None:
        async with open_follower(follower, 0, {}):
            await asyncio.to_thread(stack.kill, "kafka")
            while True:
                await follower.poll(0.5, 100)

    try:
        with pytest.raises(TransientError):
            await follow()
    finally:
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")
