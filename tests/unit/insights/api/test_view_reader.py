import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from cointicker.health import Health
from cointicker.kafka.records import Partition
from insights.records import Insight
from insights.stream import Broadcast
from insights.view import Filter, View
from insights.view_reader import Scope, ViewReader
from tests.fakes.memory_feed import MemoryTopics
from tests.unit.insights.api.examples import ENCODE, NOW, NOW_MS, candle, insight, until

MOVES = [Partition("t.insights.price_move", number) for number in range(2)]
CANDLES = Partition("t.insights.candles", 0)


class World:
    """A view that reads topics in memory."""

    def __init__(self) -> None:
        self.topics = MemoryTopics()
        self.view = View(1_000, 100_000)
        self.broadcast = Broadcast(epoch="e1", most_clients=10, most_waiting=100)
        self.health = Health()
        self.now = NOW
        for each in (*MOVES, CANDLES):
            self.topics.logs[each] = []

    def clock(self) -> datetime:
        return self.now

    def add(self, each: Insight, partition: Partition = MOVES[0]) -> None:
        at_ms = int(each.detected_at.timestamp() * 1000)
        self.topics.add(partition, ENCODE(each), at_ms)

    def add_candle(self, minute: int) -> None:
        self.topics.add(CANDLES, ENCODE(candle(minute)), NOW_MS - minute * 60_000 + 60_000)

    def ids(self) -> list[str]:
        return [each.id for each in self.view.insights(Filter())]

    @property
    def reason(self) -> str:
        return self.health.dependencies()["view"]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        reader = ViewReader(
            self.topics.open,
            self.view,
            self.broadcast,
            self.health,
            Scope(CANDLES.topic, 24),
            self.clock,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reader.run(stop))
            yield
            stop.set()
            self.topics.changed.set()


@pytest.fixture
def world() -> World:
    return World()


async def test_it_shows_the_last_hours_and_is_ready_only_then(world: World) -> None:
    world.add(insight("too_old", ago_seconds=25 * 3_600))
    world.add(insight("kept", ago_seconds=23 * 3_600))
    world.add(insight("b", ago_seconds=5), MOVES[1])
    world.add_candle(3)
    async with world.reading():
        assert world.reason == "not reached yet"
        await until(world.health.is_ready)
        assert world.ids() == ["b", "kept"]
        assert len(world.view.candles) == 1


async def test_what_was_there_is_not_news_and_what_comes_is(world: World) -> None:
    world.add(insight("before"))
    with world.broadcast.subscribe(Filter()) as subscription:
        async with world.reading():
            await until(world.health.is_ready)
            world.add(insight("news", ago_seconds=1), MOVES[1])
            frame = await subscription.next(5)
            assert b"id: news~e1\n" in frame
            assert b"before" not in frame
            world.add_candle(1)
            assert b"event: candle\n" in await subscription.next(5)


async def test_without_kafka_it_says_so_shows_what_it_has_and_goes_on_after(world: World) -> None:
    world.add(insight("a", ago_seconds=50))
    with world.broadcast.subscribe(Filter()) as subscription:
        async with world.reading():
            await until(world.health.is_ready)
            world.topics.fail("no broker at a:1")
            await until(lambda: not world.health.is_ready())
            assert "no broker at a:1" in world.reason
            assert world.ids() == ["a"]
            world.add(insight("b", ago_seconds=40))
            world.topics.fail(None)
            await until(world.health.is_ready)
            assert world.ids() == ["b", "a"]
            assert b"id: b~e1\n" in await subscription.next(5)
            assert len(subscription) == 0


async def test_where_the_log_lost_what_comes_next_it_reads_all_that_is_kept(world: World) -> None:
    world.add(insight("a", ago_seconds=50))
    async with world.reading():
        await until(world.health.is_ready)
        for number in range(3):
            world.add(insight(f"n{number}", ago_seconds=40 - number))
        world.topics.starts[MOVES[0]] = 2
        await until(lambda: world.view.get("n2") is not None)
        assert world.ids() == ["n2", "n1", "a"]
        assert world.topics.opened == 2


async def test_a_record_that_is_none_is_counted_and_passed_over(world: World) -> None:
    world.topics.add(MOVES[0], b"{", NOW_MS)
    world.topics.add(MOVES[0], None, NOW_MS)
    world.topics.add(MOVES[0], b'{"schema":1}', NOW_MS)
    strange = ENCODE(insight("x")).replace(b'"schema":1', b'"schema":2')
    world.topics.add(MOVES[0], strange, NOW_MS)
    world.add(insight("good"))
    async with world.reading():
        await until(world.health.is_ready)
        assert world.ids() == ["good"]


async def test_what_grows_too_old_is_forgotten(world: World) -> None:
    world.add(insight("a", ago_seconds=60))
    async with world.reading():
        await until(world.health.is_ready)
        world.now = NOW + timedelta(hours=24)
        world.add(insight("b", ago_seconds=-3_600))
        await until(lambda: world.ids() == ["b"])
