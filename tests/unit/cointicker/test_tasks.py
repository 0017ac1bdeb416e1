"""The loop and its tasks, on a broker in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from cointicker.errors import TransientError
from cointicker.kafka.records import Partition, Polled
from cointicker.kafka.transactions import Fenced
from cointicker.snapshots import Snapshot, decode_mark
from tests.fakes.memory_kafka import MemoryBroker, MemoryTaskLog
from tests.unit.cointicker.task_member import (
    INPUT,
    Member,
    commit_of,
    commit_of_or_zero,
    counted,
    until,
    working,
)


async def test_records_become_output_and_an_offset_and_at_the_end_a_snapshot() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a", b"b", b"a")
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 3)
        assert broker.values("state") == []
    assert broker.values("out") == [b"a 1 1", b"b 1 2", b"a 2 3"]
    assert commit_of(broker).offset == 3
    mark = decode_mark(commit_of(broker).metadata)
    assert mark is not None
    assert (mark.began, mark.snapshot) == (0, 3)
    assert len(broker.values("state")) == 1


async def test_a_second_life_goes_on_where_the_first_ended() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a", b"b")
    for _ in range(2):
        async with working(Member(broker)):
            broker.produce(INPUT, b"a")
            await until(lambda: commit_of_or_zero(broker) == broker.logs[INPUT].end)
    assert broker.values("out") == counted([b"a", b"b", b"a", b"a"])


async def test_nothing_read_is_nothing_written() -> None:
    broker = MemoryBroker()
    async with working(Member(broker)) as member:
        await until(member.health.is_ready)
    assert broker.offsets == {}
    assert broker.values("state") == []


async def test_snapshots_come_by_time_inside_the_transaction_of_the_records() -> None:
    broker = MemoryBroker()
    async with working(Member(broker, snapshot_seconds=0.000_001)):
        for at in range(1, 4):
            broker.produce(INPUT, b"a")
            await until(partial(_has_said, broker, at))
            assert len(broker.values("state")) == at


def _has_said(broker: MemoryBroker, count: int) -> bool:
    return len(broker.values("out")) == count


async def test_a_quiet_task_says_so_once_and_moves_no_offset() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Member(broker, idle_seconds=0.001)):
        await until(lambda: b"idle 1" in broker.values("out"))
        before = commit_of(broker)
        for _ in range(200):
            await asyncio.sleep(0)
        assert broker.values("out") == [b"a 1 1", b"idle 1"]
        assert commit_of(broker) == before
        broker.produce(INPUT, b"a")
        await until(lambda: b"idle 2" in broker.values("out"))


async def test_an_idle_that_was_not_committed_is_said_again() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    failures = iter([False, True])

    def disturb(moment: str) -> None:
        if moment == "before" and next(failures, False):
            raise TransientError("no answer")

    broker.disturb = disturb
    async with working(Member(broker, idle_seconds=0.001)) as member:
        await until(lambda: b"idle 1" in broker.values("out"))
        assert member.tally.errors == 1
    assert broker.values("out") == [b"a 1 1", b"idle 1"]


async def test_a_moments_short_view_of_the_log_rebuilds_nothing() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a", b"b")
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 2)
    kept = list(broker.logs[Partition("state", 0)].records)
    broker.logs[Partition("state", 0)].records.clear()
    member = Member(broker, rebuild=True)
    looks = 0

    @asynccontextmanager
    async def open_log(partition: Partition) -> AsyncIterator[MemoryTaskLog]:
        log = MemoryTaskLog(partition, "state", member.group)
        look = log.newest_snapshot

        async def newest_snapshot() -> Snapshot | None:
            nonlocal looks
            looks += 1
            if looks == 2:  # the new leader has caught up
                broker.logs[Partition("state", 0)].records.extend(kept)
            return await look()

        log.newest_snapshot = newest_snapshot  # type: ignore[method-assign]
        yield log

    member._open_log = open_log  # type: ignore[method-assign]
    async with working(member):
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 3)
    assert broker.values("out") == counted([b"a", b"b", b"a"])
    assert broker.values("gaps") == []


async def test_the_ends_of_transactions_in_the_input_count_as_read() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    broker.logs[INPUT].mark()
    async with working(Member(broker, idle_seconds=0.001)):
        await until(lambda: b"idle 1" in broker.values("out"))
    assert commit_of(broker).offset == 2
    broker.produce(INPUT, b"a")
    async with working(Member(broker)):
        await until(lambda: b"a 2 2" in broker.values("out"))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_unknown_outcome_is_looked_up_and_nothing_is_lost_or_doubled(when: str) -> None:
    broker = MemoryBroker()
    failures = iter([True, False, True])

    def disturb(moment: str) -> None:
        if moment == when and next(failures, False):
            raise TransientError("no answer")

    broker.disturb = disturb
    values = [b"a", b"b", b"a", b"c", b"a"]
    async with working(Member(broker, poll_records=2)) as member:
        for value in values:
            broker.produce(INPUT, value)
            await asyncio.sleep(0)
        await until(lambda: len(broker.values("out")) == 5)
        assert member.tally.errors == 2
    assert broker.values("out") == counted(values)


async def test_records_that_do_not_follow_on_the_last_are_not_taken() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a", b"b")
    async with working(Member(broker)) as member:
        await until(lambda: len(broker.values("out")) == 2)
        task = member.tasks._held.tasks[INPUT][0]
        stale = Polled(INPUT, 1, broker.logs[INPUT].between(1, 2))
        assert not task.offer(stale)
        member.group.seek(INPUT, 1)
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 3)
    assert broker.values("out") == counted([b"a", b"b", b"a"])


async def test_a_zombie_publishes_nothing_and_joins_the_group_anew() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    zombie = Member(broker)
    zombie.group.assign(INPUT)
    frozen = asyncio.ensure_future(zombie.run())
    await until(lambda: len(broker.values("out")) == 1)
    async with working(Member(broker)) as heir:
        await until(heir.health.is_ready)
        broker.produce(INPUT, b"b", b"a")
        with pytest.raises(Fenced):  # sooner than a member that only waits may stall: 5 s
            async with asyncio.timeout(4):
                await frozen
        await until(lambda: len(broker.values("out")) == 3)
    assert broker.values("out") == counted([b"a", b"b", b"a"])


async def test_a_fenced_task_that_was_revoked_is_nobodys_business() -> None:
    broker = MemoryBroker()
    async with working(Member(broker)) as first, working(Member(broker)) as second:
        await until(lambda: first.health.is_ready() and second.health.is_ready())
        first.group.assign()
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 1)
        assert first.tasks.figures().partitions == []
        assert first.health.dependencies() == {"kafka": "ok"}


async def test_what_fails_after_it_was_revoked_makes_nobody_unready() -> None:
    broker = MemoryBroker()
    async with working(Member(broker)) as member:
        await until(member.health.is_ready)

        def disturb(_: str) -> None:
            member.group.assign()
            raise TransientError("no answer")

        broker.disturb = disturb
        broker.produce(INPUT, b"a")
        await until(lambda: member.tasks.figures().partitions == [])
    assert member.health.dependencies() == {"kafka": "ok"}


async def test_a_broker_that_is_away_is_waited_for() -> None:
    broker = MemoryBroker()
    async with working(Member(broker)) as member:
        await until(member.health.is_ready)
        member.group.is_away = True
        await until(lambda: not member.health.is_ready())
        member.group.is_away = False
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 1)


async def test_the_figures_are_those_of_this_process() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a", b"b")
    async with working(Member(broker)) as member:
        await until(lambda: len(broker.values("out")) == 2)
        figures = member.tasks.figures()
    assert (figures.processed, figures.errors, figures.topics) == (2, 0, ["in"])
    assert figures.partitions == ["in-0"]
