"""What a task relies on when it publishes: on the broker in memory, and on a real one."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Protocol

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from cointicker.errors import ContractViolation
from cointicker.kafka.admin import open_admin
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import Consumer, open_consumer
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Commit, Partition
from cointicker.kafka.transactions import Fenced, TransactionOptions, open_transactions
from cointicker.tasks.seams import Publisher
from cointicker.times import to_ms, utc_now
from cointicker.topics import Topic
from cointicker.work import Output
from local.stack import Stack
from tests.fakes.memory_kafka import MemoryBroker

_SETTLED_SECONDS = 2


class World(Protocol):
    """A broker with the topics `<name>.a` (2 partitions) and `<name>.in`, and a group."""

    name: str

    def publisher(self) -> AbstractAsyncContextManager[Publisher]: ...

    async def values(self, number: int) -> list[bytes]: ...

    async def timestamps(self, number: int) -> list[int]: ...

    async def end(self, number: int) -> int: ...

    async def committed(self) -> Commit | None: ...


@dataclass
class InMemory:
    name: str
    broker: MemoryBroker

    def publisher(self) -> AbstractAsyncContextManager[Publisher]:
        return self.broker.publisher(f"{self.name}.task", self.name)

    async def values(self, number: int) -> list[bytes]:
        return self.broker.values(f"{self.name}.a", number)

    async def timestamps(self, number: int) -> list[int]:
        records = self.broker.logs[Partition(f"{self.name}.a", number)].records
        return [each.timestamp for each in records]

    async def end(self, number: int) -> int:
        return self.broker.logs[Partition(f"{self.name}.a", number)].end

    async def committed(self) -> Commit | None:
        return self.broker.offsets.get((self.name, Partition(f"{self.name}.in", 0)))


@dataclass
class OnKafka:
    name: str
    servers: list[str]
    reader: Reader
    consumer: Consumer

    def publisher(self) -> AbstractAsyncContextManager[Publisher]:
        return open_transactions(
            TransactionOptions(
                servers=self.servers, group=self.name, transactional_id=f"{self.name}.task"
            )
        )

    async def values(self, number: int) -> list[bytes]:
        where = await self._settled(number)
        return [
            each.value or b"" async for batch in self.reader.records(where, 0) for each in batch
        ]

    async def timestamps(self, number: int) -> list[int]:
        where = await self._settled(number)
        return [each.timestamp async for batch in self.reader.records(where, 0) for each in batch]

    async def end(self, number: int) -> int:
        return (await self.reader.bounds(await self._settled(number)))[1]

    async def _settled(self, number: int) -> Partition:
        """The partition, once it shows how its transactions ended.

        The broker answers a commit before the marks of its end are in every partition.
        """
        where = Partition(f"{self.name}.a", number)
        client = AIOKafkaConsumer(bootstrap_servers=self.servers)  # reads what is uncommitted too
        await client.start()
        try:
            [end] = (await client.end_offsets([TopicPartition(*where)])).values()
        finally:
            await client.stop()
        with suppress(TimeoutError):  # one that is left open on purpose
            async with asyncio.timeout(_SETTLED_SECONDS):
                while (await self.reader.bounds(where))[1] < end:  # noqa: ASYNC110 (the broker says nothing)
                    await asyncio.sleep(0.01)
        return where

    async def committed(self) -> Commit | None:
        return await self.consumer.committed(Partition(f"{self.name}.in", 0))


@pytest.fixture(params=["memory", "kafka"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    name = f"transactions-{uuid.uuid4().hex[:8]}"
    if request.param == "memory":
        yield InMemory(name, MemoryBroker())
        return
    stack: Stack = request.getfixturevalue("stack")
    servers = [stack.bootstrap_servers]
    async with AsyncExitStack() as opened:
        admin = await opened.enter_async_context(open_admin(servers, 10))
        await admin.create([Topic(f"{name}.a", 2, {}), Topic(f"{name}.in", 1, {})], 1)
        reader = await opened.enter_async_context(open_reader(servers, 10))
        options = ConsumerOptions(servers=servers, group=name, topics=[f"{name}.in"])
        consumer = await opened.enter_async_context(open_consumer(options))
        yield OnKafka(name, servers, reader, consumer)


def outputs(world: World, number: int, values: Sequence[bytes]) -> list[Output]:
    return [
        Output(f"{world.name}.a", number, b"k", value, 1_000 + at)
        for at, value in enumerate(values)
    ]


def reading(world: World, offset: int, metadata: str = "") -> tuple[Partition, Commit]:
    return Partition(f"{world.name}.in", 0), Commit(offset, metadata)


async def test_outputs_and_offset_become_visible_together_in_order(world: World) -> None:
    ones = [b"%d" % each for each in range(2_000)]
    async with world.publisher() as publisher:
        mixed = [*outputs(world, 0, ones[:1_000]), *outputs(world, 1, [b"x"])]
        await publisher.commit(
            [*mixed, *outputs(world, 0, ones[1_000:])], reading(world, 7, '{"a":1}')
        )
    assert await world.values(0) == ones
    assert await world.values(1) == [b"x"]
    assert await world.timestamps(1) == [1_000]
    assert await world.committed() == Commit(7, '{"a":1}')


async def test_a_record_without_a_time_has_that_of_its_publishing(world: World) -> None:
    before = to_ms(utc_now())
    async with world.publisher() as publisher:
        await publisher.commit([Output(f"{world.name}.a", 0, None, b"a", None)])
    [timestamp] = await world.timestamps(0)
    assert before <= timestamp <= to_ms(utc_now())


async def test_the_end_of_a_transaction_takes_an_offset_and_is_no_record(world: World) -> None:
    async with world.publisher() as publisher:
        await publisher.commit(outputs(world, 0, [b"a"]))
        await publisher.commit(outputs(world, 0, [b"b"]))
    assert await world.end(0) == 4
    assert await world.values(0) == [b"a", b"b"]


async def test_without_an_offset_the_commit_stays(world: World) -> None:
    async with world.publisher() as publisher:
        await publisher.commit([], reading(world, 3))
        await publisher.commit(outputs(world, 0, [b"a"]))
    assert await world.committed() == Commit(3, "")


async def test_one_after_the_other_all_commits_are_seen_at_once(world: World) -> None:
    async with world.publisher() as publisher:
        for offset in range(1, 15):
            await publisher.commit(outputs(world, 0, [b"%d" % offset]), reading(world, offset))
            assert await world.committed() == Commit(offset, "")


async def test_a_second_one_of_the_same_name_fences_the_first(world: World) -> None:
    async with world.publisher() as first:
        await first.commit(outputs(world, 0, [b"first"]), reading(world, 1))
        async with world.publisher() as second:
            with pytest.raises(Fenced):
                await first.commit(outputs(world, 0, [b"zombie"]), reading(world, 2))
            assert await world.committed() == Commit(1, "")
            await second.commit(outputs(world, 0, [b"second"]), reading(world, 3))
    assert await world.values(0) == [b"first", b"second"]
    assert await world.committed() == Commit(3, "")


async def test_a_record_that_is_too_large_leaves_nothing_behind(world: World) -> None:
    value = random.Random(4).randbytes(2_500_000)  # which no compression makes smaller
    async with world.publisher() as publisher:
        with pytest.raises(ContractViolation):
            await publisher.commit(
                [*outputs(world, 0, [b"a"]), *outputs(world, 1, [value])],
                reading(world, 9),
            )
    assert await world.values(0) == []
    assert await world.committed() is None
    async with world.publisher() as publisher:
        await publisher.commit(outputs(world, 0, [b"b"]), reading(world, 9))
    assert await world.values(0) == [b"b"]


async def test_batches_larger_than_one_request_keep_their_order(world: World) -> None:
    values = [b"%06d" % each + b"x" * 1_000 for each in range(4_000)]
    async with world.publisher() as publisher:
        await publisher.commit(outputs(world, 1, values), reading(world, 4_000))
    assert await world.values(1) == values
