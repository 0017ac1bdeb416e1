"""Records leave in batches and in order; what is not acknowledged is kept, all of it."""

import asyncio
from collections.abc import Sequence

import pytest

from cointicker.kafka.producer import Delivery, Message
from cointicker.scrapy.batches import Batches, Undelivered
from tests.fakes.jumping_clock import JumpingClock
from tests.fakes.memory_producer import MemoryProducer


class MemoryUnsent:
    """Keeps what was not sent, with the reason."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes | None, str]] = []

    async def keep(self, messages: Sequence[Message], why: str) -> None:
        self.kept += [(each.value, why) for each in messages]


class CountingProducer(MemoryProducer):
    """Remembers how many records each sending had."""

    def __init__(self, *, is_away: bool = False) -> None:
        super().__init__(is_away=is_away)
        self.sizes: list[int] = []

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        self.sizes.append(len(messages))
        return await super().publish(messages)


class World:
    """Batches with nothing real behind them."""

    def __init__(self, *, size: int = 10, retries: int = 2, is_away: bool = False) -> None:
        self.producer = CountingProducer(is_away=is_away)
        self.unsent = MemoryUnsent()
        self.clock = JumpingClock()
        self.batches = Batches(
            self.producer,
            self.unsent,
            size=size,
            retries=retries,
            why=lambda: "kafka: away",
            sleep=self.clock.sleep,
        )

    async def deliver(self, count: int) -> list[BaseException | None]:
        """What became of each of so many, handed in at once."""
        return await asyncio.gather(
            *(self.batches.deliver(message(n)) for n in range(count)), return_exceptions=True
        )


def message(number: int) -> Message:
    return Message("cointicker.raw.test", b"key", b"%d" % number, number)


def values(messages: Sequence[Message]) -> list[bytes | None]:
    return [each.value for each in messages]


async def test_all_are_acknowledged_in_order_and_in_batches_of_the_size() -> None:
    world = World(size=10)
    world.producer.gate.clear()
    delivering = asyncio.ensure_future(world.deliver(25))
    await world.producer.was_called.wait()
    world.producer.gate.set()
    assert await delivering == [None] * 25
    assert values(world.producer.messages) == [b"%d" % n for n in range(25)]
    # The first did not wait for the others.
    assert world.producer.sizes == [1, 10, 10, 4]


async def test_one_alone_is_not_kept_waiting_for_a_batch_to_fill() -> None:
    world = World(size=10)
    await world.batches.deliver(message(0))
    assert world.producer.sizes == [1]


async def test_nobody_returns_before_the_acknowledgement() -> None:
    world = World()
    world.producer.gate.clear()
    delivering = asyncio.ensure_future(world.batches.deliver(message(0)))
    await world.producer.was_called.wait()
    assert not delivering.done()
    world.producer.gate.set()
    await delivering


async def test_what_is_not_acknowledged_is_tried_again_in_order() -> None:
    world = World(size=3, retries=2)
    dropped = iter([True, True, False, False, False])
    world.producer.drops = lambda _: next(dropped)
    assert await world.deliver(3) == [None, None, None]
    assert set(values(world.producer.messages)) == {b"0", b"1", b"2"}
    assert len(world.clock.slept) == 2
    assert world.unsent.kept == []


async def test_after_all_retries_everything_is_kept_in_order_and_nothing_more_is_sent() -> None:
    world = World(size=2, retries=2, is_away=True)
    outcomes = await world.deliver(5)
    assert all(isinstance(each, Undelivered) and not each.is_refused for each in outcomes)
    assert world.unsent.kept == [(b"%d" % n, "kafka: away") for n in range(5)]
    # It may be back: what comes now would still overtake what is kept.
    world.producer.is_away = False
    with pytest.raises(Undelivered, match="kafka: away"):
        await world.batches.deliver(message(5))
    assert len(world.producer.sizes) == 3
    assert world.producer.messages == []
    assert len(world.clock.slept) == 2


async def test_without_retries_it_is_tried_once() -> None:
    world = World(retries=0, is_away=True)
    await world.deliver(1)
    assert len(world.producer.sizes) == 1
    assert world.clock.slept == []


async def test_one_that_is_refused_is_kept_and_the_others_go_on() -> None:
    world = World(size=10)
    world.producer.refuses = lambda each: "too large" if each.value == b"1" else None
    outcomes = await world.deliver(3)
    assert [each is None for each in outcomes] == [True, False, True]
    refused = outcomes[1]
    assert isinstance(refused, Undelivered)
    assert refused.is_refused
    assert world.unsent.kept == [(b"1", "too large")]
    await world.batches.deliver(message(3))
    assert values(world.producer.messages) == [b"0", b"2", b"3"]


async def test_who_is_cancelled_takes_nobody_else_along() -> None:
    world = World(size=10)
    world.producer.gate.clear()
    first, second = (asyncio.ensure_future(world.batches.deliver(message(n))) for n in (0, 1))
    await world.producer.was_called.wait()
    first.cancel()
    world.producer.gate.set()
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert values(world.producer.messages) == [b"0", b"1"]
