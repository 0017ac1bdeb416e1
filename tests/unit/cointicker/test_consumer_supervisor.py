"""A consumer that stalls is made anew; one that cannot be made is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from cointicker.backoff import Backoff
from cointicker.errors import ContractViolation, TransientError
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.records import MembershipEnded, Stalled
from cointicker.kafka.supervisor import Supervisor


class Lazy:
    """Hands out so many records and is then stuck."""

    def __init__(self, handed_out: int) -> None:
        self.handed_out = handed_out


class Bench:
    """Opens what it is given, in order: consumers, or errors."""

    def __init__(self, *given: Lazy | Exception) -> None:
        self._given = list(given)
        self.opened = 0
        self.health = Health()
        self.supervisor = Supervisor(
            self._open, self.health, most_rebuilds=2, backoff=Backoff(0.0001, 0.0001)
        )

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Consumer]:
        self.opened += 1
        given = self._given.pop(0)
        if isinstance(given, Exception):
            raise given
        yield cast("Consumer", given)


async def stall(consumer: Consumer, stop: asyncio.Event) -> None:  # noqa: ARG001
    raise Stalled("stuck")


async def test_it_ends_when_its_use_ends() -> None:
    bench = Bench(Lazy(1))

    async def use(consumer: Consumer, stop: asyncio.Event) -> None:
        pass

    await bench.supervisor.run(use, asyncio.Event())
    assert bench.opened == 1


async def test_a_broker_that_is_away_is_waited_for_and_named() -> None:
    bench = Bench(*[TransientError("nobody there")] * 9, Lazy(0))
    stop = asyncio.Event()

    async def use(consumer: Consumer, stop: asyncio.Event) -> None:  # noqa: ARG001
        assert bench.health.dependencies() == {"kafka": "nobody there"}

    await bench.supervisor.run(use, stop)
    assert bench.opened == 10


async def test_consumers_that_stall_without_a_record_end_the_service() -> None:
    bench = Bench(*[Lazy(0)] * 5)
    with pytest.raises(ContractViolation, match="3 consumers in a row"):
        await bench.supervisor.run(stall, asyncio.Event())
    assert bench.opened == 3


async def test_one_that_worked_in_between_starts_the_count_anew() -> None:
    bench = Bench(Lazy(0), Lazy(0), Lazy(7), Lazy(0), Lazy(0), Lazy(0))
    with pytest.raises(ContractViolation):
        await bench.supervisor.run(stall, asyncio.Event())
    assert bench.opened == 6


async def test_memberships_that_end_while_a_broker_starts_are_not_stalls() -> None:
    bench = Bench(*[Lazy(0)] * 6)

    async def use(consumer: Consumer, stop: asyncio.Event) -> None:  # noqa: ARG001
        if bench.opened < 6:
            raise MembershipEnded("no topics yet")

    await bench.supervisor.run(use, asyncio.Event())
    assert bench.opened == 6


async def test_told_to_stop_it_opens_nothing_more() -> None:
    bench = Bench(Lazy(0))
    stop = asyncio.Event()

    async def use(consumer: Consumer, stop: asyncio.Event) -> None:  # noqa: ARG001
        stop.set()
        raise TransientError("away")

    await bench.supervisor.run(use, stop)
    assert bench.opened == 1
