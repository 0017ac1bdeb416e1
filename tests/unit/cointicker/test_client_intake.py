"""Where a script begins, what it does where the log has nothing, and what a rebalance changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from cointicker.errors import ConfigError
from cointicker.kafka import OffsetOutOfRange
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.first_offsets import FirstOffsets
from cointicker.kafka.intake import Intake
from cointicker.kafka.records import Commit, Partition
from cointicker.kafka.script_settings import OffsetReset
from tests.fakes.memory_kafka import MemoryBroker
from tests.fakes.memory_member import MemoryMember

PARTITION = Partition("t", 0)


class Bench:
    """An intake over a broker in memory; `while_looking` is called when it asks for the bounds."""

    def __init__(self, reset: OffsetReset | None = None) -> None:
        self.broker = MemoryBroker()
        self.member = MemoryMember(self.broker, "g")
        self.member.assign(PARTITION)
        self.while_looking: Callable[[], None] = lambda: None
        self.intake = Intake(self._open, FirstOffsets("g", reset, 1, bounds=self._bounds))
        self.looked = asyncio.Event()
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(self.intake.run(self._stop))
            await self.intake.joined()
            yield
            self._stop.set()

    async def next_values(self, count: int) -> list[bytes | None]:
        await self.intake.arrived(count)
        return [each.raw for each in self.intake.take(count)]

    def committed(self) -> int | None:
        found = self.broker.offsets.get(("g", PARTITION))
        return found.offset if found else None

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Consumer]:
        yield cast("Consumer", self.member)

    async def _bounds(self, consumer: Consumer, partition: Partition) -> tuple[int, int]:  # noqa: ARG002
        self.while_looking()
        self.looked.set()
        log = self.broker.logs[partition]
        return log.start, log.end


@pytest.mark.parametrize("reset", [None, "earliest"])
async def test_a_group_begins_with_the_earliest_and_commits_nothing(
    reset: OffsetReset | None,
) -> None:
    bench = Bench(reset)
    bench.broker.produce(PARTITION, b"0", b"1")
    async with bench.running():
        assert await bench.next_values(2) == [b"0", b"1"]
    assert bench.committed() is None


async def test_what_comes_after_the_latest_was_taken_is_not_skipped_by_a_rebalance() -> None:
    bench = Bench("latest")
    bench.broker.produce(PARTITION, b"old")
    async with bench.running():
        assert bench.committed() == 1
        bench.member.assign()
        bench.broker.produce(PARTITION, b"meanwhile")
        bench.member.assign(PARTITION)
        assert await bench.next_values(1) == [b"meanwhile"]


async def test_none_begins_nowhere_without_a_commit() -> None:
    bench = Bench("none")
    with pytest.raises(ConfigError, match="committed nothing of t-0"):
        await bench.intake.run(asyncio.Event())


async def test_none_begins_where_it_is_committed() -> None:
    bench = Bench("none")
    bench.broker.produce(PARTITION, b"0", b"1")
    bench.broker.offsets["g", PARTITION] = Commit(1, "")
    async with bench.running():
        assert await bench.next_values(1) == [b"1"]


async def test_a_service_s_notes_end_it() -> None:
    bench = Bench()
    bench.broker.offsets["g", PARTITION] = Commit(1, "{}")
    with pytest.raises(ConfigError, match="g is the group of a service"):
        await bench.intake.run(asyncio.Event())


@pytest.mark.parametrize("reset", [None, "none"])
async def test_after_an_offset_that_is_not_in_the_log_what_was_handled_can_be_committed(
    reset: OffsetReset | None,
) -> None:
    bench = Bench(reset)
    bench.broker.produce(PARTITION, b"0", b"1", b"2")
    bench.broker.offsets["g", PARTITION] = Commit(0, "")
    async with bench.running():
        assert await bench.next_values(3) == [b"0", b"1", b"2"]
        bench.broker.logs[PARTITION].delete_before(5)
        for _ in range(2):  # each call says the same
            with pytest.raises(OffsetOutOfRange):
                await bench.intake.arrived(1)
        consumer = bench.intake.consumer
        assert consumer is not None
        await consumer.commit({PARTITION: Commit(3, "")})
    assert bench.committed() == 3


async def test_it_goes_on_where_it_is_told_and_commits_what_is_the_latest() -> None:
    for reset, first, committed in (("earliest", b"5", 0), ("latest", b"6", 6)):
        bench = Bench(cast("OffsetReset", reset))
        bench.broker.logs[PARTITION].delete_before(5)
        bench.broker.produce(PARTITION, b"5")
        bench.broker.offsets["g", PARTITION] = Commit(0, "")
        async with bench.running():
            await bench.looked.wait()
            bench.broker.produce(PARTITION, b"6")
            assert await bench.next_values(1) == [first]
        assert bench.committed() == committed


async def test_a_rebalance_while_a_reset_is_looked_up_ends_nothing() -> None:
    bench = Bench("earliest")
    bench.broker.logs[PARTITION].delete_before(5)
    bench.broker.produce(PARTITION, b"5", b"6")
    bench.broker.offsets["g", PARTITION] = Commit(0, "")
    looks: list[int] = []

    def another_takes_it_and_commits() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            bench.member.assign()
            bench.broker.offsets["g", PARTITION] = Commit(6, "")

    bench.while_looking = another_takes_it_and_commits
    async with bench.running():
        await bench.looked.wait()
        bench.member.assign(PARTITION)
        assert await bench.next_values(1) == [b"6"]


async def test_an_offset_of_an_earlier_assignment_is_not_sought() -> None:
    bench = Bench("earliest")
    bench.broker.logs[PARTITION].delete_before(5)
    bench.broker.produce(PARTITION, b"5", b"6")
    bench.broker.offsets["g", PARTITION] = Commit(0, "")

    def it_comes_back_at_once() -> None:
        bench.while_looking = lambda: None
        bench.broker.offsets["g", PARTITION] = Commit(6, "")
        bench.member.assign(PARTITION)

    bench.while_looking = it_comes_back_at_once
    async with bench.running():
        assert await bench.next_values(1) == [b"6"]
