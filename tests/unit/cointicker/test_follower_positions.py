"""A client that does not say where it is holds nobody up."""

import asyncio

import pytest
from aiokafka.errors import NodeNotReadyError
from aiokafka.structs import TopicPartition

from cointicker.errors import TransientError
from cointicker.kafka.follower import next_offsets
from cointicker.kafka.records import Partition

PARTITIONS = [Partition("t", 0), Partition("t", 1)]


class Known:
    async def position(self, partition: TopicPartition) -> int:
        return 7 + int(partition.partition)


class Silent:
    async def position(self, partition: TopicPartition) -> int:
        assert partition in {TopicPartition(*each) for each in PARTITIONS}
        return await asyncio.Future[int]()


class Away:
    async def position(self, partition: TopicPartition) -> int:
        raise NodeNotReadyError(partition.topic)


async def test_each_partition_has_its_own() -> None:
    assert await next_offsets(Known(), PARTITIONS, 1) == {PARTITIONS[0]: 7, PARTITIONS[1]: 8}


@pytest.mark.parametrize("client", [Silent(), Away()])
async def test_no_answer_is_a_failure_that_passes(client: Silent | Away) -> None:
    with pytest.raises(TransientError, match="cannot tell the positions"):
        async with asyncio.timeout(5):
            await next_offsets(client, PARTITIONS, 0.01)
