"""The loop around the tasks: poll, and give each record to the task of its partition."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cointicker.concurrency import task_group, until
from cointicker.errors import TransientError
from cointicker.health import Health
from cointicker.kafka.records import NotOwned, OffsetOutOfRange, Partition, Polled, Stalled
from cointicker.kafka.supervisor import DEPENDENCY
from cointicker.kafka.transactions import Fenced
from cointicker.status import Figures
from cointicker.tasks.metrics import TaskMetrics
from cointicker.tasks.report import Tally
from cointicker.tasks.seams import Group
from cointicker.tasks.task import Task

logger = logging.getLogger(__name__)

_CHECK_SECONDS = 5.0
_POLL_SECONDS = 0.25
# While some tasks have no room, how soon one that has some again is given records.
_FULL_POLL_SECONDS = 0.01
_RETRY_SECONDS = 0.5

NewTask = Callable[[Partition], Task]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the loop runs."""

    poll_records: int
    idle_seconds: float
    stalled_seconds: float
    clock: Callable[[], float] = time.monotonic


@dataclass
class _Held:
    """The tasks of one assignment; `quiet_since` is None once a task has said that it is idle.

    `refused` are those that read no more.
    """

    generation: int = -1
    tasks: dict[Partition, tuple[Task, asyncio.Task[None]]] = field(default_factory=dict)
    quiet_since: dict[Partition, float | None] = field(default_factory=dict)
    refused: set[Partition] = field(default_factory=set)


class Tasks:
    """Runs the tasks of one member after the other; set `moved` whenever a task has moved on."""

    def __init__(
        self, pace: Pace, metrics: TaskMetrics, health: Health, tally: Tally, moved: asyncio.Event
    ) -> None:
        self._pace = pace
        self._metrics = metrics
        self._health = health
        self._tally = tally
        self._moved = moved
        self._held = _Held()
        self._lags: dict[Partition, int] = {}
        self._checked_at = self._looked_at = -math.inf
        self._answered_at = pace.clock()

    async def run(self, group: Group, new_task: NewTask, stop: asyncio.Event) -> None:
        """Work until `stop`, then let every task end in order.

        Raises Fenced if another has one of our tasks, TransientError if this member is of no use.
        """
        self._held = _Held()
        self._checked_at = self._looked_at = -math.inf
        self._answered_at = self._pace.clock()
        async with task_group() as running:
            try:
                while not stop.is_set():
                    self._follow(group, new_task, running)
                    await self._turn(group, stop)
                    self._health.progressed()
                for task, _ in self._held.tasks.values():
                    task.finish()
                await self._ended(self._held.tasks.values())
            finally:
                await self._drop_all()

    def figures(self) -> Figures:
        """For the status reports."""
        partitions = sorted(self._held.tasks)
        return Figures(
            processed=self._tally.processed,
            errors=self._tally.errors,
            topics=sorted({each.topic for each in partitions}),
            partitions=[str(each) for each in partitions],
            lag=sum(self._lags.values()) if self._lags else None,
        )

    def _follow(self, group: Group, new_task: NewTask, running: asyncio.TaskGroup) -> None:
        """Drop what was revoked, and begin with what was assigned."""
        if group.generation == self._held.generation:
            return
        self._forget()
        self._held = _Held(group.generation)
        for partition in sorted(group.assignment()):
            task = new_task(partition)
            self._held.tasks[partition] = (task, running.create_task(task.run()))
            self._held.quiet_since[partition] = self._pace.clock()
            self._metrics.lag_seconds.labels(str(partition)).set_function(task.lag_seconds)
        self._metrics.tasks.set(len(self._held.tasks))
        logger.info("holds %s", ", ".join(map(str, self._held.tasks)) or "no partition")

    async def _turn(self, group: Group, stop: asyncio.Event) -> None:
        try:
            for polled in await self._poll(group):
                self._give(group, polled)
            self._raise_fenced(group)
            self._pause_refused(group)
            await self._look_for_idle(group)
            await self._check(group)
        except NotOwned:
            return  # the group has decided anew: followed at the next turn
        except OffsetOutOfRange as error:
            if held := self._held.tasks.get(error.partition):
                held[0].jump()
        except (Stalled, Fenced):  # waiting does not help this member
            raise
        except TransientError as error:
            await self._endure(error, stop)

    async def _poll(self, group: Group) -> list[Polled]:
        """Records for the tasks that can take some; those of the others are kept by the client."""
        tasks = [
            task
            for partition, (task, _) in self._held.tasks.items()
            if partition not in self._held.refused
        ]
        open_for_more = [task.partition for task in tasks if task.has_room]
        if tasks and not open_for_more:
            self._moved.clear()
            await until(self._moved, _POLL_SECONDS)
            return []
        wait = _POLL_SECONDS if len(open_for_more) == len(tasks) else _FULL_POLL_SECONDS
        return await group.poll(wait, self._pace.poll_records, open_for_more)

    def _give(self, group: Group, polled: Polled) -> None:
        held = self._held.tasks.get(polled.partition)
        if held is None:
            return
        task = held[0]
        if task.offer(polled):
            self._held.quiet_since[polled.partition] = self._pace.clock()
        elif task.expects is not None:  # polled before the task had gone on
            group.seek(polled.partition, task.expects)

    def _raise_fenced(self, group: Group) -> None:
        """Leave the group and join it anew, if it still holds that a fenced task is ours."""
        for task, _ in self._held.tasks.values():
            if task.fenced is not None and group.generation == self._held.generation:
                raise task.fenced

    def _pause_refused(self, group: Group) -> None:
        """Fetch nothing for a task that was refused: its partition is not to look stalled."""
        for partition, (task, _) in self._held.tasks.items():
            if task.is_refused and partition not in self._held.refused:
                group.pause(partition)
                self._held.refused.add(partition)

    def _raise_ended(self) -> None:
        """Leave the group if a task took its partition for another's, and the group does not."""
        for partition, (task, running) in self._held.tasks.items():
            if running.done() and not task.is_refused:
                raise Stalled(f"the task of {partition} ended, and it is still ours")

    async def _look_for_idle(self, group: Group) -> None:
        """Tell each task that has been quiet for a while at the verified end of its input."""
        now = self._pace.clock()
        quiet = [
            partition
            for partition, since in self._held.quiet_since.items()
            if since is not None
            and now - since >= self._pace.idle_seconds
            and self._held.tasks[partition][0].is_quiet
        ]
        if not quiet or now - self._looked_at < self._pace.idle_seconds / 4:
            return
        self._looked_at = now
        ends = await group.end_offsets(quiet)
        for partition in quiet:
            task = self._held.tasks[partition][0]
            reached = await group.reached(partition)
            # Records may have come out since, and be on their way to the task.
            if reached >= ends[partition] and task.expects == group.position(partition):
                task.say_idle(reached)
                self._held.quiet_since[partition] = None

    async def _check(self, group: Group) -> None:
        now = self._pace.clock()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
        await group.check()
        if group.generation == self._held.generation:
            self._raise_ended()
        self._answered_at = self._pace.clock()
        self._health.up(DEPENDENCY)
        self._show_lags(group.lags())

    async def _endure(self, error: TransientError, stop: asyncio.Event) -> None:
        """Wait for Kafka, and for a new member if this one does not find back to it."""
        self._tally.errors += 1
        self._health.down(DEPENDENCY, str(error))
        if self._pace.clock() - self._answered_at > self._pace.stalled_seconds:
            raise error
        await until(stop, _RETRY_SECONDS)

    def _forget(self) -> None:
        for partition, (task, _) in self._held.tasks.items():
            task.drop()
            task.gone()
            self._metrics.lag_seconds.remove(str(partition))
        self._held.tasks.clear()
        self._metrics.tasks.set(0)
        self._show_lags({})

    async def _drop_all(self) -> None:
        """Let the tasks end by themselves: to cancel one would break its client."""
        ours = list(self._held.tasks.values())
        self._forget()
        await self._ended(ours)

    async def _ended(self, tasks: Collection[tuple[Task, asyncio.Task[None]]]) -> None:
        if tasks:
            await asyncio.wait({running for _, running in tasks})

    def _show_lags(self, lags: dict[Partition, int]) -> None:
        for gone in self._lags.keys() - lags.keys():
            self._metrics.lag.remove(str(gone))
        for partition, lag in lags.items():
            self._metrics.lag.labels(str(partition)).set(lag)
            if held := self._held.tasks.get(partition):
                held[0].left(lag)
        self._lags = lags
