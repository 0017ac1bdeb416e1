"""What the collector expects of a producer, of the one in memory and of the real one alike."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from cointicker.health import Health
from cointicker.kafka.admin import open_admin
from cointicker.kafka.producer import MAX_MESSAGE_BYTES, Message, open_producer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition
from cointicker.settings import ServiceSettings
from cointicker.topics import Topic
from collector.outbox import Publisher
from local.stack import Stack
from tests.fakes.memory_producer import MemoryProducer


@dataclass
class Broker:
    """A publisher, what arrived, and the switch that takes the broker away."""

    publisher: Publisher
    topic: str
    arrived: Callable[[], Awaitable[list[bytes | None]]]
    go: Callable[[], Awaitable[None]]
    come_back: Callable[[], Awaitable[None]]

    def messages(self, *values: bytes) -> list[Message]:
        return [Message(self.topic, b"key", value, 1) for value in values]


def in_memory() -> Broker:
    producer = MemoryProducer()
    producer.refuses = lambda each: (
        "too large" if len(each.value or b"") > MAX_MESSAGE_BYTES else None
    )

    async def arrived() -> list[bytes | None]:
        return [each.value for each in producer.messages]

    async def go() -> None:
        producer.is_away = True

    async def come_back() -> None:
        producer.is_away = False

    return Broker(producer, "cointicker.raw.test", arrived, go, come_back)


def on(stack: Stack, publisher: Publisher, topic: str) -> Broker:
    async def arrived() -> list[bytes | None]:
        async with open_reader([stack.bootstrap_servers], 10) as reader:
            batches = [batch async for batch in reader.records(Partition(topic, 0), 0)]
        return [record.value for batch in batches for record in batch]

    async def go() -> None:
        await asyncio.to_thread(stack.kill, "kafka")

    async def come_back() -> None:
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")

    return Broker(publisher, topic, arrived, go, come_back)


@pytest.fixture(params=["memory", "kafka"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    if request.param == "memory":
        yield in_memory()
        return
    stack: Stack = request.getfixturevalue("stack")
    topic = f"publisher-{uuid.uuid4().hex[:8]}"
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create([Topic(topic, 1, {})], 1)
    settings = ServiceSettings.load(
        [
            *("--bootstrap-servers", stack.bootstrap_servers),
            *("--delivery-timeout-seconds", "3"),
            *("--request-timeout-seconds", "3"),
        ]
    )
    async with open_producer(settings, Health()) as producer:
        yield on(stack, producer, topic)


async def test_what_is_acknowledged_has_arrived_in_order_where_it_says(broker: Broker) -> None:
    messages = broker.messages(b"1", b"2", b"3")
    delivery = await broker.publisher.publish(messages)
    assert (delivery.unacknowledged, delivery.refused) == ([], [])
    assert [id(message) for message, _ in delivery.acknowledged] == [id(each) for each in messages]
    assert [place for _, place in delivery.acknowledged] == [(0, offset, 1) for offset in range(3)]
    assert await broker.arrived() == [b"1", b"2", b"3"]


async def test_nothing_to_publish_is_delivered(broker: Broker) -> None:
    delivery = await broker.publisher.publish([])
    assert (delivery.unacknowledged, delivery.refused) == ([], [])


async def test_what_is_too_large_is_given_back_itself_and_the_rest_arrives(broker: Broker) -> None:
    messages = broker.messages(b"1", b"x" * (MAX_MESSAGE_BYTES + 1), b"3")
    delivery = await broker.publisher.publish(messages)
    [(refused, reason)] = delivery.refused
    assert refused is messages[1]
    assert reason
    assert await broker.arrived() == [b"1", b"3"]


async def test_without_a_broker_the_very_messages_come_back_in_order(broker: Broker) -> None:
    await broker.publisher.publish(broker.messages(b"1"))
    await broker.go()
    messages = broker.messages(b"2", b"3")
    delivery = await broker.publisher.publish(messages)
    assert [id(each) for each in delivery.unacknowledged] == [id(each) for each in messages]
    await broker.come_back()
    again = await broker.publisher.publish(delivery.unacknowledged)
    assert again.unacknowledged == []
    assert await broker.arrived() == [b"1", b"2", b"3"]
