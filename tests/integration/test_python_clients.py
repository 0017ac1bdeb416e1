"""The clients for scripts on a real broker: nothing handled is lost, nothing else is committed."""

import asyncio
import threading
from time import monotonic

import pytest

from cointicker.errors import ConfigError, InvalidMessage, TransientError
from cointicker.kafka import (
    KafkaConsumerClient,
    KafkaProducerClient,
    Message,
    NotDelivered,
    NotOwned,
    OffsetOutOfRange,
    Outgoing,
)
from local.ports import free_port
from local.stack import Stack
from tests.integration.scripts import SECONDS, Desk, interrupt, running, until_printed

GUIDE = """
from cointicker.kafka import KafkaConsumerClient, KafkaProducerClient
producer = KafkaProducerClient(bootstrap_servers=["localhost:9092"]); producer.connect()
producer.send("cointicker.raw.test", {"key": "value"}); producer.close()
consumer = KafkaConsumerClient(bootstrap_servers=["localhost:9092"], group_id="test-consumer"); consumer.connect(["cointicker.raw.test"])
consumer.consume(callback=lambda message: print(message.value)); consumer.close()
print("closed")
"""  # noqa: E501 (as its readers have them)
BUSY = """
import time
from cointicker.kafka import KafkaConsumerClient
def handle(message):
    print("begins", message.value, flush=True)
    if message.value == 3:
        time.sleep(60)
with KafkaConsumerClient(["localhost:9092"], "GROUP", "TOPIC") as consumer:
    print("handled", consumer.consume(handle))
"""
FORGETFUL = """
from cointicker.kafka import KafkaConsumerClient, KafkaProducerClient
producer = KafkaProducerClient(["localhost:9092"]); producer.connect()
consumer = KafkaConsumerClient(["localhost:9092"], "GROUP", "TOPIC"); consumer.connect()
for message in consumer:
    if message.offset == 2:
        break
"""


class Refused(Exception):
    """What a callback raises."""


@pytest.fixture
async def desk(stack: Stack) -> Desk:
    desk = Desk(stack)
    await desk.create(1)
    return desk


@pytest.fixture
async def wide(stack: Stack) -> Desk:
    """With two partitions."""
    desk = Desk(stack)
    await desk.create(2)
    return desk


def test_the_calls_of_the_guide_work_as_they_stand_until_ctrl_c(stack: Stack) -> None:
    desk = Desk(stack, "cointicker.raw.test", "test-consumer")
    with running(desk.written(GUIDE)) as process:
        until_printed(process, "{'key': 'value'}")
        asyncio.run(desk.until_level())
        printed, problems = interrupt(process)
    assert (process.returncode, printed, "Traceback" in problems) == (0, "closed\n", False)
    with desk.consumer() as consumer:
        assert consumer.consume(print, timeout=0.5) == 0


def test_ctrl_c_within_the_callback_commits_what_was_handled_before(desk: Desk) -> None:
    desk.send(range(6))
    with running(desk.written(BUSY)) as process:
        until_printed(process, "begins 3")
        printed, problems = interrupt(process)
    assert (process.returncode, printed, "Traceback" in problems) == (0, "handled 3\n", False)
    assert desk.committed() == {0: 3}
    seen: list[int] = []
    with desk.consumer() as consumer:
        consumer.consume(lambda message: seen.append(message.value), max_messages=3)
    assert seen == [3, 4, 5]


def test_what_a_callback_raises_comes_out_and_its_message_comes_again(desk: Desk) -> None:
    desk.send(range(5))

    def handle(message: Message) -> None:
        if message.value == 2:
            raise Refused

    with desk.consumer() as consumer:
        with pytest.raises(Refused):
            consumer.consume(handle)
        assert desk.committed() == {0: 2}
        seen: list[int] = []
        assert consumer.consume(lambda each: seen.append(each.value), max_messages=2) == 2
        assert (seen, desk.committed()) == ([2, 3], {0: 4})
        assert consumer.consume(lambda each: seen.append(each.value), timeout=0.5) == 1
    assert (seen, desk.committed()) == ([2, 3, 4], {0: 5})


def test_a_value_that_is_not_json_ends_the_consuming_and_says_where_it_is(desk: Desk) -> None:
    desk.send([{"n": 1}, b"\xff not JSON", {"n": 3}])
    with desk.consumer() as consumer:
        with pytest.raises(InvalidMessage, match=rf"{desk.topic}, partition 0, offset 1"):
            consumer.consume(lambda message: message.value)
        assert desk.committed() == {0: 1}
        raw: list[bytes | None] = []
        consumer.consume(lambda message: raw.append(message.raw), max_messages=1)
    assert raw == [b"\xff not JSON"]


def test_in_a_loop_a_message_is_handled_when_the_next_is_asked_for(desk: Desk) -> None:
    desk.send(range(3))
    with desk.consumer() as consumer:
        for message in consumer:
            if message.value == 1:
                break
    assert desk.committed() == {0: 1}
    with desk.consumer() as consumer:
        for message in consumer:
            consumer.commit(message)
            break
    assert desk.committed() == {0: 2}


def test_what_was_sent_is_where_it_says_with_its_key_headers_and_time(desk: Desk) -> None:
    with desk.producer() as producer:
        first = producer.send(desk.topic, {"price": 1}, key="KRW-BTC", headers={"trace": "a"})
        places = producer.send_many([Outgoing(desk.topic, n) for n in range(1_000)])
        with pytest.raises(InvalidMessage, match="unknown_topic"):
            producer.send(f"{desk.topic}x", 1)
        with pytest.raises(InvalidMessage, match="too_large"):
            producer.send(desk.topic, "x" * 2_000_000)
    assert [each.offset for each in places] == list(range(1, 1_001))
    with desk.consumer() as consumer:
        found: list[Message] = []
        consumer.consume(found.append, max_messages=1_001)
    assert (found[0].value, found[0].key) == ({"price": 1}, "KRW-BTC")
    assert (found[0].headers, found[0].timestamp) == ((("trace", b"a"),), first.timestamp)
    assert [each.value for each in found[1:]] == list(range(1_000))


def test_without_a_broker_both_say_so_within_the_deadline() -> None:
    nobody = f"localhost:{free_port()}"
    producer = KafkaProducerClient(nobody, timeout=1)
    consumer = KafkaConsumerClient(nobody, "g", ["t"], timeout=1)
    for connect in (producer.connect, consumer.connect):
        began = monotonic()
        with pytest.raises(TransientError, match=nobody):
            connect()
        assert monotonic() - began < 3


def test_a_topic_that_does_not_exist_is_named(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=f"{desk.topic}x"):
        KafkaConsumerClient(desk.servers, desk.group).connect([f"{desk.topic}x"])


def test_a_group_of_a_service_is_left_alone(desk: Desk) -> None:
    asyncio.run(desk.commit(0, '{"root":"/cointicker"}'))
    with pytest.raises(ConfigError, match=rf"{desk.group} is the group of a service .*/cointicker"):
        desk.consumer().connect()


async def test_a_group_of_a_service_is_not_joined_for_another_topic_either(wide: Desk) -> None:
    await wide.commit(0, '{"root":"/cointicker"}')
    other = Desk(wide.stack, group=wide.group)
    await other.create(1)
    with pytest.raises(ConfigError, match=f"{wide.group} is the group of a service"):
        await other.member().connect()


def test_an_offset_that_is_not_in_the_log_is_an_error_unless_told(desk: Desk) -> None:
    desk.send(range(2))
    asyncio.run(desk.commit(99))
    with desk.consumer() as consumer, pytest.raises(OffsetOutOfRange):
        consumer.consume(print)
    with KafkaConsumerClient(
        desk.servers, desk.group, desk.topic, auto_offset_reset="earliest"
    ) as told:
        assert told.consume(print, max_messages=2) == 2


def test_the_latest_is_where_a_group_begins_for_good(desk: Desk) -> None:
    def client() -> KafkaConsumerClient:
        return KafkaConsumerClient(desk.servers, desk.group, desk.topic, auto_offset_reset="latest")

    desk.send(range(2))
    with client():
        assert desk.committed() == {0: 2}
    desk.send([2])
    seen: list[int] = []
    with client() as consumer:
        consumer.consume(lambda each: seen.append(each.value), max_messages=1, timeout=SECONDS)
    assert seen == [2]


def test_a_script_that_forgets_to_close_ends_and_commits_what_was_handled(desk: Desk) -> None:
    desk.send(range(5))
    with running(desk.written(FORGETFUL)) as process:
        printed, problems = process.communicate(timeout=SECONDS)
    assert (process.returncode, printed, problems) == (0, "", "")
    assert desk.committed() == {0: 2}


def test_a_callback_that_outlasts_the_session_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_SESSION_SECONDS", "2")
    desk.send(range(3))
    seen: list[int] = []

    def handle(message: Message) -> None:
        seen.append(message.value)
        if message.value == 0:
            threading.Event().wait(4)

    with desk.consumer() as consumer:
        consumer.consume(handle, max_messages=3)
    assert (seen, desk.committed()) == ([0, 1, 2], {0: 3})


async def test_only_what_is_committed_is_not_given_again(wide: Desk) -> None:
    await asyncio.to_thread(wide.send, list(range(10)))
    async with wide.member() as consumer:
        batches = consumer.batches(max_records=10, wait=SECONDS)
        batch = await anext(batches)
        first = [each for each in batch if each.partition == batch[0].partition]
        await consumer.commit(first[:1])
    assert await wide.committed_now() == {first[0].partition: first[0].offset + 1}
    again = []
    async with wide.member() as consumer:
        async for message in consumer:
            again.append(message.value)
            if len(again) == 9:
                await consumer.commit()
                break
    assert sorted([*again, first[0].value]) == list(range(10))
    assert sum((await wide.committed_now()).values()) == 10


async def test_a_member_that_takes_nothing_holds_a_bounded_number_and_loses_none(
    desk: Desk,
) -> None:
    await asyncio.to_thread(desk.send, list(range(3_000)))
    async with desk.member() as consumer, asyncio.timeout(SECONDS):
        intake = consumer._intake
        while not intake._paused:
            await asyncio.sleep(0.1)
            assert len(intake._held) <= intake.most_records
        seen: list[int] = []
        async for batch in consumer.batches(max_records=400):
            seen.extend(each.value for each in batch)
            await consumer.commit()
            if len(seen) >= 3_000:
                break
    assert seen == list(range(3_000))
    assert await desk.committed_now() == {0: 3_000}


async def test_a_commit_after_the_group_decided_anew_is_refused_and_they_share(wide: Desk) -> None:
    await asyncio.to_thread(wide.send, list(range(10)))
    async with wide.member() as one, asyncio.timeout(SECONDS):
        old = await one.take(10)
        async with wide.member() as other:
            with pytest.raises(NotOwned):
                await one.commit(old)
            seen: set[int] = set()
            partitions: dict[str, set[int]] = {"one": set(), "other": set()}
            while len(seen) < 10:
                for name, member in (("one", one), ("other", other)):
                    for message in await member.take(10, 0.1):
                        seen.add(message.value)
                        partitions[name].add(message.partition)
                    await member.commit()
            assert partitions["one"] & partitions["other"] == set()
    assert sum((await wide.committed_now()).values()) == 10


def test_a_broker_that_dies_fails_a_send_and_holds_up_a_consumer(desk: Desk) -> None:
    desk.send([0])
    seen: list[int] = []
    with desk.consumer() as consumer:
        consumer.consume(lambda each: seen.append(each.value), max_messages=1)
        with desk.producer(delivery_timeout=2) as producer:
            desk.stack.kill("kafka")
            with pytest.raises(NotDelivered) as failed:
                producer.send_many([Outgoing(desk.topic, n) for n in (1, 2)])
            assert failed.value.unacknowledged == [0, 1]
        desk.stack.start("kafka")
        desk.stack.wait_ready("kafka")
        desk.send([3])
        consumer.consume(lambda each: seen.append(each.value), max_messages=1, timeout=2 * SECONDS)
        assert consumer.consume(lambda each: seen.append(each.value), timeout=1) == 0
    # What was not acknowledged never left: the broker was away.
    assert seen == [0, 3]
