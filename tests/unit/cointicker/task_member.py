"""A member of a group with its tasks, on a broker in memory, for the tests of both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from prometheus_client import REGISTRY

from cointicker.backoff import Backoff
from cointicker.health import Health
from cointicker.kafka.records import Commit, Partition
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


def commit_of_or_zero(broker: MemoryBroker) -> int:
    found = broker.offsets.get((SERVICE, INPUT))
    return found.offset if found else 0
