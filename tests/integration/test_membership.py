"""What a broker's restart does to the metadata of a member costs it none of its topics."""

import asyncio
from uuid import uuid4

from cointicker.kafka.admin import open_admin
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import Consumer, open_consumer
from cointicker.kafka.records import Partition
from cointicker.topics import Topic
from local.stack import Stack

SECONDS = 20
METADATA_SECONDS = 1
LOOKS = 4


async def test_an_end_asked_of_a_partition_without_a_leader_costs_no_topic(stack: Stack) -> None:
    prefix, servers = f"m{uuid4().hex[:10]}", [stack.bootstrap_servers]
    first, second = f"{prefix}.first", f"{prefix}.second"
    async with open_admin(servers, 10) as admin:
        await admin.create([Topic(each, 1, {}) for each in (first, second)], 1)
    options = ConsumerOptions(
        servers=servers, group=prefix, topics=[first, second], metadata_seconds=METADATA_SECONDS
    )
    both = {Partition(first, 0), Partition(second, 0)}
    async with open_consumer(options) as consumer:
        await until_assigned(consumer, both)
        # As after a restart: the metadata knows a leader of neither, for a moment.
        consumer._client._client.cluster._partitions.clear()
        assert await consumer.end_offsets([Partition(first, 0)]) == {Partition(first, 0): 0}
        for _ in range(LOOKS):  # each may bring new metadata, and a new assignment
            await consumer.poll(METADATA_SECONDS, 1)
        await until_assigned(consumer, both)


async def until_assigned(consumer: Consumer, partitions: set[Partition]) -> None:
    async with asyncio.timeout(SECONDS):
        while consumer.assignment() != partitions:
            await consumer.poll(0.1, 1)
