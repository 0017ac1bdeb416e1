"""The loop and its tasks, on a broker in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.health import Health
from cointicker.kafka.records import Commit, Partition, Polled
from cointicker.kafka.transactions import Fenced
from cointicker.snapshots import Snapshot, decode_mark, encode_snapshot
from cointicker.tasks.loop import Pace, Tasks
from cointicker.tasks.metrics import task_metrics
from cointicker.tasks.report import Tally, TaskReport
from cointicker.tasks.task import Task
from cointicker.tasks.terms import Terms
from tests.fakes.counting_work import CountingWork
from tests.fakes.memory_kafka import MemoryBroker, MemoryGroup, MemoryTaskLog

INPUT, OTHER = Partition("in", 0), Partition("in", 1)
SERVICE = "tasks-test"


@dataclass
class Member:
    """One process of the service: its member of the group, its tasks, its health."""

    broker: MemoryBroker
    snapshot_seconds: float = 3600.0
    idle_seconds: float = 3600.0
    rebuild: bool = False
    poll_records: int = 100
    group: MemoryGroup = field(init=False)
    health: Health = field(default_factory=Health)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.group = MemoryGroup(self.broker, SERVICE)
        self.tally = Tally()
        pace = Pace(
            poll_records=self.poll_records, idle_seconds=self.idle_seconds, stalled_seconds=5
        )
        self.tasks = Tasks(pace, task_metrics(SERVICE), self.health, self.tally, self.moved)

    async def run(self) -> None:
        await self.tasks.run(self.group, self._task, self.stop)

    def _task(self, partition: Partition) -> Task:
        report = TaskReport(partition, task_metrics(SERVICE), self.health, self.tally)
        return Task(partition, self._terms(), report, Backoff(first_seconds=0, cap_seconds=0))

    def _terms(self) -> Terms:
        return Terms(
            service=SERVICE,
            state_topics={"in": "state"},
            gaps_topic="gaps",
            make_work=lambda partition, snapshot: CountingWork(partition, snapshot, "out"),
            open_log=self._open_log,
            open_publisher=lambda partition: self.broker.publisher(str(partition), SERVICE),
            snapshot_seconds=self.snapshot_seconds,
            rebuild=self.rebuild,
            most_waiting=self.poll_records,
            moved=self.moved.set,
            restoring=asyncio.Semaphore(2),
            look_again_seconds=0,
        )

    @asynccontextmanager
    async def _open_log(self, partition: Partition) -> AsyncIterator[MemoryTaskLog]:
        yield MemoryTaskLog(partition, "state", self.group)


async def until(reached: Callable[[], bool]) -> None:
    """Let the others work until it is so."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 (many things, in a world that is ours)
            await asyncio.sleep(0)


@asynccontextmanager
async def working(member: Member, *partitions: Partition) -> AsyncIterator[Member]:
    """A member at work, which ends in order."""
    member.group.assign(*(partitions or (INPUT,)))
    running = asyncio.ensure_future(member.run())
    try:
        yield member
    finally:
        member.stop.set()
        await running


def counted(values: Sequence[bytes]) -> list[bytes]:
    """What an undisturbed run makes of them."""
    counts: dict[bytes, int] = {}
    said = []
    for total, value in enumerate(values, 1):
        counts[value] = counts.get(value, 0) + 1
        said.append(b"%s %d %d" % (value, counts[value], total))
    return said


def commit_of(broker: MemoryBroker, partition: Partition = INPUT) -> Commit:
    return broker.offsets[SERVICE, partition]


def refused(partition: Partition, reason: str) -> float | None:
    labels = {"partition": str(partition), "reason": reason}
    return REGISTRY.get_sample_value("cointicker_tasks_test_refused", labels)


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


def commit_of_or_zero(broker: MemoryBroker) -> int:
    found = broker.offsets.get((SERVICE, INPUT))
    return found.offset if found else 0


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
        with pytest.raises(Fenced):
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
        assert first.health.dependencies() == {}


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
    assert member.health.dependencies() == {}


async def test_a_broken_promise_stops_one_task_and_the_others_go_on() -> None:
    broker = MemoryBroker(partitions=2)
    broker.produce(INPUT, b"a")
    async with working(Member(broker), INPUT, OTHER) as member:
        await until(lambda: len(broker.values("out")) == 1)
        broker.produce(INPUT, b"b", b"stop")
        await until(lambda: refused(INPUT, "contract") == 1)
        broker.produce(OTHER, b"x")
        await until(lambda: broker.values("out", 1) == [b"x 1 1"])
        assert "too many invalid" in member.health.dependencies()["in-0"]
        assert not member.group.is_fetched(INPUT)
        assert not member.health.is_ready()
        assert member.health.is_alive()
    assert broker.values("out") == [b"a 1 1"]
    assert commit_of(broker).offset == 1
    assert refused(INPUT, "contract") is None


async def test_a_state_that_no_snapshot_holds_stops_the_task() -> None:
    broker = MemoryBroker(largest=40)
    broker.produce(INPUT, b"a")
    async with working(Member(broker, snapshot_seconds=0.000_001)):
        await until(lambda: refused(INPUT, "contract") == 1)
    assert broker.values("out") == []


async def test_what_retention_took_before_it_was_read_is_refused_with_both_numbers() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Member(broker)) as member:
        await until(lambda: len(broker.values("out")) == 1)
        broker.logs[INPUT].append([(None, b"b", 1)] * 8)
        broker.logs[INPUT].delete_before(7)
        broker.changed.set()
        await until(lambda: refused(INPUT, "below_start") == 1)
        why = member.health.dependencies()["in-0"]
        assert "7" in why
        assert "1" in why


async def test_a_rebuild_goes_on_and_records_what_it_lacks() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, *[b"a"] * 10)
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 10)
    broker.logs[Partition("state", 0)].records.clear()
    broker.logs[INPUT].delete_before(4)
    async with working(Member(broker)):
        await until(lambda: refused(INPUT, "state_lost") == 1)
    async with working(Member(broker, rebuild=True)):
        await until(lambda: len(broker.values("gaps")) == 1)
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 11)
    gap = orjson.loads(broker.values("gaps")[0])
    assert (gap["subject"], gap["partition"], gap["from"], gap["to"]) == ("in", 0, 0, 4)
    assert broker.values("out")[-1] == b"a 7 7"
    async with working(Member(broker)) as member:  # its snapshot is the state from now on
        await until(member.health.is_ready)
    assert len(broker.values("gaps")) == 1


async def test_a_snapshot_that_the_work_does_not_know_is_refused() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 1)
    foreign = encode_snapshot(Snapshot(INPUT, 1, 0, 1, b"foreign"))
    broker.produce(Partition("state", 0), foreign)
    async with working(Member(broker)):
        await until(lambda: refused(INPUT, "foreign_state") == 1)


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


CRASH = st.sampled_from(["none", "before", "after", "killed", "revoked"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=40),
    crashes=st.lists(CRASH, max_size=12),
    poll_records=st.integers(1, 7),
    snapshot_seconds=st.sampled_from([0.000_001, 3600.0]),
)
def test_any_portions_and_any_crashes_give_the_same_records(
    values: list[bytes], crashes: list[str], poll_records: int, snapshot_seconds: float
) -> None:
    async def disturbed() -> MemoryBroker:
        broker = MemoryBroker()
        broker.produce(INPUT, *values)
        steps = iter(crashes)
        lives = 0
        while commit_of_or_zero(broker) < len(values) and lives < 40:
            lives += 1
            member = Member(broker, snapshot_seconds=snapshot_seconds, poll_records=poll_records)
            broker.disturb = _script(steps, member)
            async with working(member):
                await until(partial(_is_over, broker, member, len(values)))
        return broker

    broker = asyncio.run(disturbed())
    assert broker.values("out") == counted(values)


class Killed(TransientError):
    """The process ends here; its memory with it."""


def _script(steps: Iterator[str], member: Member) -> Callable[[str], None]:
    current = {"step": next(steps, "none")}

    def disturb(moment: str) -> None:
        step = current["step"]
        if moment == "after":
            current["step"] = next(steps, "none")
        if step == "killed":
            current["step"] = "dead"
            member.stop.set()
        if step == "dead" or current["step"] == "dead":
            raise Killed("the process has ended")
        if step == "revoked" and moment == "after":
            member.group.assign(INPUT)
        if step == moment:
            current["step"] = next(steps, "none") if moment == "before" else current["step"]
            raise TransientError("no answer")

    return disturb


def _is_over(broker: MemoryBroker, member: Member, count: int) -> bool:
    return commit_of_or_zero(broker) >= count or member.stop.is_set()
