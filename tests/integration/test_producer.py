import asyncio
import uuid

import pytest

from cointicker.health import Health
from cointicker.kafka.admin import open_admin
from cointicker.kafka.producer import MAX_MESSAGE_BYTES, Message, open_producer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition, Record
from cointicker.settings import ServiceSettings
from cointicker.topics import Topic
from local.stack import Stack


def settings(stack: Stack, seconds: float) -> ServiceSettings:
    return ServiceSettings.load(
        [
            *("--bootstrap-servers", stack.bootstrap_servers),
            *("--delivery-timeout-seconds", str(seconds)),
            *("--request-timeout-seconds", str(seconds)),
        ]
    )


@pytest.fixture
async def topic(stack: Stack) -> str:
    name = f"producer-{uuid.uuid4().hex[:8]}"
    async with open_admin([stack.bootstrap_servers], 10) as admin:
        await admin.create([Topic(name, 1, {})], 1)
    return name


async def everything(stack: Stack, topic: str) -> list[Record]:
    async with open_reader([stack.bootstrap_servers], 10) as reader:
        return [
            record async for batch in reader.records(Partition(topic, 0), 0) for record in batch
        ]


async def test_what_is_acknowledged_is_in_the_topic_in_order(stack: Stack, topic: str) -> None:
    messages = [Message(topic, b"k", f"{n}".encode(), 1_773_240_058_930 + n) for n in range(500)]
    health = Health()
    async with open_producer(settings(stack, 10), health) as producer:
        delivery = await producer.publish(messages)
    assert (delivery.unacknowledged, delivery.refused) == ([], [])
    assert health.is_ready()
    found = await everything(stack, topic)
    assert [(each.value, each.timestamp) for each in found] == [
        (each.value, each.timestamp_ms) for each in messages
    ]


async def test_a_message_that_is_too_large_is_refused_and_holds_nothing_up(
    stack: Stack, topic: str
) -> None:
    messages = [
        Message(topic, None, value, 1) for value in (b"a", b"x" * (MAX_MESSAGE_BYTES + 1), b"b")
    ]
    async with open_producer(settings(stack, 10), Health()) as producer:
        delivery = await producer.publish(messages)
    assert [message for message, _ in delivery.refused] == [messages[1]]
    assert delivery.unacknowledged == []
    assert [each.value for each in await everything(stack, topic)] == [b"a", b"b"]


async def test_a_message_of_900_kb_passes(stack: Stack, topic: str) -> None:
    async with open_producer(settings(stack, 10), Health()) as producer:
        assert not (await producer.publish([Message(topic, None, b"x" * 900_000, 1)])).refused
    assert [len(each.value or b"") for each in await everything(stack, topic)] == [900_000]


async def test_without_a_broker_everything_comes_back_and_with_one_again_it_is_delivered(
    stack: Stack, topic: str
) -> None:
    messages = [Message(topic, b"k", f"{n}".encode(), n + 1) for n in range(3)]
    health = Health()
    async with open_producer(settings(stack, 3), health) as producer:
        assert (await producer.publish(messages[:1])).unacknowledged == []
        await asyncio.to_thread(stack.kill, "kafka")
        lost = await producer.publish(messages[1:])
        assert lost.unacknowledged == messages[1:]
        assert "kafka" in health.dependencies()
        assert not health.is_ready()
        await asyncio.to_thread(stack.start, "kafka")
        await asyncio.to_thread(stack.wait_ready, "kafka")
        assert (await producer.publish(lost.unacknowledged)).unacknowledged == []
        assert health.is_ready()
    assert [each.value for each in await everything(stack, topic)] == [b"0", b"1", b"2"]
