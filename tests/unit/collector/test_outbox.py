"""The outbox: at once to Kafka, or over the disk; never lost, never out of order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from cointicker.errors import TransientError
from cointicker.kafka.producer import Message
from collector.clock import SystemClock
from collector.outbox import Outbox
from collector.spool import Spool, Spooled, open_spool
from tests.fakes.memory_producer import MemoryProducer
from tests.unit.collector.failing_disk import failing

TOPIC = "cointicker.raw.upbit_trends"
NOW = datetime(2026, 3, 11, 14, 41, tzinfo=UTC)


def messages(*numbers: int, topic: str = TOPIC) -> list[Message]:
    return [Message(topic, b"KRW-BTC", b"%d" % each, each) for each in numbers]


def values(found: Sequence[Message]) -> list[int]:
    return [int(each.value or b"") for each in found]


@asynccontextmanager
async def opened(directory: Path, limit_bytes: int = 1_000_000) -> AsyncIterator[Spool]:
    spool = await asyncio.to_thread(open_spool, directory, limit_bytes, NOW)
    try:
        yield spool
    finally:
        await spool.close()


def make_outbox(producer: MemoryProducer, spool: Spool, patience_seconds: float = 60) -> Outbox:
    return Outbox(
        producer,
        spool,
        dead_letter_topic="cointicker.dead_letter",
        patience_seconds=patience_seconds,
        clock=SystemClock(),
    )


@asynccontextmanager
async def draining(outbox: Outbox) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run(stop))
        yield
        stop.set()


async def test_while_kafka_is_there_nothing_touches_the_disk(tmp_path: Path) -> None:
    producer = MemoryProducer()
    async with opened(tmp_path) as spool:
        await make_outbox(producer, spool).accept(messages(1, 2))
        assert spool.is_empty
    assert values(producer.messages) == [1, 2]


async def test_what_kafka_does_not_acknowledge_is_kept(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    async with opened(tmp_path) as spool:
        await make_outbox(producer, spool).accept(messages(1, 2))
        assert spool.records == 2


async def test_once_anything_is_kept_everything_queues_behind_it(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(messages(1))
        producer.is_away = False
        await outbox.accept(messages(2))
        assert producer.messages == []
        async with draining(outbox):
            await outbox.accept(messages(3))
            await producer.until(lambda found: len(found) == 3)
        assert values(producer.messages) == [1, 2, 3]
        assert spool.is_empty
        await outbox.accept(messages(4))
    assert values(producer.messages) == [1, 2, 3, 4]


async def test_what_was_kept_in_an_earlier_life_goes_first(tmp_path: Path) -> None:
    away, back = MemoryProducer(is_away=True), MemoryProducer()
    async with opened(tmp_path) as spool:
        await make_outbox(away, spool).accept(messages(1, 2))
    async with opened(tmp_path) as spool:
        outbox = make_outbox(back, spool)
        async with draining(outbox):
            await outbox.accept(messages(3))
            await back.until(lambda found: len(found) == 3)
    assert values(back.messages) == [1, 2, 3]


async def test_many_more_than_one_batch_are_sent_in_order(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    polled = [Message(TOPIC, b"KRW-%d" % (each % 2500), b"%d" % each, each) for each in range(5000)]
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(polled)
        producer.is_away = False
        async with draining(outbox):
            await producer.until(lambda found: len(found) == 5000)
        assert spool.is_empty
    assert values(producer.messages) == list(range(5000))


async def test_a_lost_acknowledgement_doubles_a_record_and_loses_none(tmp_path: Path) -> None:
    producer = MemoryProducer()
    lost = iter([True])
    producer.loses = lambda each: each.value == b"2" and next(lost, False)
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(messages(1, 2))
        assert spool.records == 1
        async with draining(outbox):
            await outbox.accept(messages(3))
            await producer.until(lambda found: len(found) == 4)
    assert values(producer.messages) == [1, 2, 2, 3]


async def test_a_record_waits_for_the_one_of_its_key_before_it(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    dropped = iter([True])
    producer.drops = lambda each: each.value == b"1" and next(dropped, False)
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept([*messages(1, 2), Message(TOPIC, b"KRW-ETH", b"3", 3)])
        producer.is_away = False
        async with draining(outbox):
            await producer.until(lambda found: len(found) == 3)
    assert values(producer.messages) == [1, 2, 3]


async def test_a_slow_kafka_does_not_hold_up_the_source(tmp_path: Path) -> None:
    producer = MemoryProducer()
    producer.gate.clear()
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool, patience_seconds=0.001)
        await outbox.accept(messages(1))
        await outbox.accept(messages(2))
        assert spool.records == 2
        async with draining(outbox):
            producer.gate.set()
            await producer.until(lambda found: len(found) == 2)
        assert spool.is_empty
    assert values(producer.messages) == [1, 2]


async def test_what_a_slow_kafka_gives_back_is_sent_again_in_order(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    producer.gate.clear()
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool, patience_seconds=0.001)
        await outbox.accept(messages(1))
        await outbox.accept(messages(2))
        producer.gate.set()
        await outbox._settle()
        producer.is_away = False
        async with draining(outbox):
            await producer.until(lambda found: len(found) == 2)
    assert values(producer.messages) == [1, 2]


async def test_what_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    async with opened(tmp_path, 100) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(messages(1))
        with pytest.raises(TransientError):
            await outbox.accept(messages(2))
        assert outbox.is_full is (spool.bytes >= 95)
        assert spool.records == 1


async def test_a_slow_publish_is_waited_for_if_the_disk_is_full(tmp_path: Path) -> None:
    producer = MemoryProducer()
    producer.gate.clear()
    async with opened(tmp_path, 10) as spool:
        outbox = make_outbox(producer, spool, patience_seconds=0.001)
        taking = asyncio.ensure_future(outbox.accept(messages(1)))
        await producer.was_called.wait()
        producer.gate.set()
        await taking
        assert spool.is_empty
    assert values(producer.messages) == [1]


@pytest.mark.parametrize("is_spooled", [False, True])
async def test_what_kafka_will_never_take_becomes_a_dead_letter(
    tmp_path: Path, is_spooled: bool
) -> None:
    producer = MemoryProducer(is_away=is_spooled)
    producer.refuses = lambda each: "too large" if each.value == b"2" else None
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(messages(1, 2, 3))
        producer.is_away = False
        async with draining(outbox):
            await producer.until(lambda found: len(found) == 3)
        assert spool.is_empty
    assert values(producer.on("raw.upbit_trends")) == [1, 3]
    [letter] = producer.on("dead_letter")
    found = orjson.loads(letter.value or b"")
    assert (found["reason"], found["topic"], found["value"]) == ("refused", TOPIC, "2")


def refuse_second(each: Message) -> str | None:
    return "too large" if each.value == b"2" else None


async def test_a_full_spool_has_room_for_the_letter_of_what_was_refused(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    producer.refuses = refuse_second
    polled = [Message(TOPIC, b"KRW-%d" % each, b"%d" % each, each) for each in (1, 2, 3)]
    async with opened(tmp_path, 200) as spool:
        outbox = make_outbox(producer, spool)
        await outbox.accept(polled)
        assert outbox.is_full
        producer.is_away = False
        async with draining(outbox):
            await producer.until(lambda found: len(found) >= 3)
        assert (spool.is_empty, spool.bytes) == (True, 0)
    assert values(producer.on("raw.upbit_trends")) == [1, 3]
    assert len(producer.on("dead_letter")) == 1


async def test_what_a_slow_kafka_refuses_leaves_its_letter_in_a_full_spool(tmp_path: Path) -> None:
    producer = MemoryProducer()
    producer.refuses = refuse_second
    producer.gate.clear()
    async with opened(tmp_path, 210) as spool:
        outbox = make_outbox(producer, spool, patience_seconds=0.001)
        await outbox.accept(messages(1, 2, 3))
        producer.gate.set()
        await outbox._settle()
        [left] = await spool.first(10, 10_000)
        assert left.message.topic == "cointicker.dead_letter"
        assert spool.records == 1
    assert values(producer.messages) == [1, 3]


async def test_a_refused_dead_letter_ends_there(tmp_path: Path) -> None:
    producer = MemoryProducer()
    producer.refuses = lambda _: "too large"
    async with opened(tmp_path) as spool:
        await make_outbox(producer, spool).accept(messages(1, topic="cointicker.dead_letter"))
        assert spool.is_empty


async def test_each_source_keeps_its_order_while_kafka_comes_and_goes(tmp_path: Path) -> None:
    producer = MemoryProducer()
    async with opened(tmp_path) as spool:
        outbox = make_outbox(producer, spool)

        async def send(topic: str) -> None:
            for number in range(60):
                producer.is_away = number % 20 < 10
                await outbox.accept(messages(number, topic=topic))

        async with draining(outbox):
            async with asyncio.TaskGroup() as tasks:
                for topic in ("a.one", "a.two", "a.three"):
                    tasks.create_task(send(topic))
            producer.is_away = False
            await producer.until(lambda found: len(found) >= 180)
    for topic in ("one", "two", "three"):
        assert values(producer.on(topic)) == list(range(60))


class ForgetfulSpool(Spool):
    """Counts records that it does not find any more."""

    async def first(self, limit_records: int, limit_bytes: int) -> list[Spooled]:
        del limit_records, limit_bytes
        return []


async def test_records_that_are_counted_but_not_found_are_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    producer = MemoryProducer(is_away=True)
    async with opened(tmp_path) as kept:
        spool = await asyncio.to_thread(ForgetfulSpool, kept._connection, 1_000_000)
        outbox = make_outbox(producer, spool)
        await outbox.accept(messages(1))
        assert await outbox._drain() is False
    assert "none is found on disk" in caplog.text


async def test_a_disk_that_fails_after_a_refusal_sends_no_neighbour_again(tmp_path: Path) -> None:
    producer = MemoryProducer(is_away=True)
    producer.refuses = refuse_second
    polled = [Message(TOPIC, b"KRW-%d" % each, b"%d" % each, each) for each in (1, 2, 3)]
    async with failing(tmp_path) as (spool, connection):
        outbox = make_outbox(producer, spool)
        await outbox.accept(polled)
        producer.is_away = False
        connection.fails_to = "DELETE"
        assert await outbox._drain() is False
        connection.fails_to = ""
        async with draining(outbox):
            await producer.until(lambda found: len(found) >= 3)
        assert spool.is_empty
    assert values(producer.on("raw.upbit_trends")) == [1, 3]
