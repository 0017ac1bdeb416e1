"""The pipeline: poll, and give the records to their lane, which publishes and commits."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cointicker.concurrency import task_group, until
from cointicker.errors import TransientError
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.records import OffsetOutOfRange, Partition, Stalled
from cointicker.kafka.supervisor import DEPENDENCY
from cointicker.status import Figures
from hdfs_sink import metrics
from hdfs_sink.budget import Budget
from hdfs_sink.lane import Lane

logger = logging.getLogger(__name__)

GROUP = "group"
_CHECK_SECONDS = 5.0
_POLL_SECONDS = 0.25
_RETRY_SECONDS = 1.0

NewLane = Callable[[Partition], Lane]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """How a lane begins: made by whom, owned by whom."""

    new_lane: NewLane
    tasks: asyncio.TaskGroup


@dataclass
class _Held:
    """The lanes of one assignment."""

    generation: int = -1
    lanes: dict[Partition, tuple[Lane, asyncio.Task[None]]] = field(default_factory=dict)


class Sink:
    """Runs on one consumer after the other; `moved` is set whenever a lane has done something."""

    def __init__(
        self,
        budget: Budget,
        health: Health,
        *,
        moved: asyncio.Event,
        poll_records: int,
        stalled_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._health = health
        self._moved = moved
        self._poll_records = poll_records
        self._stalled_seconds = stalled_seconds
        self._clock = clock
        self._held = _Held()
        self._checked_at = -math.inf
        self._answered_at = clock()
        self._lags: dict[Partition, int] = {}
        self._errors = 0
        health.dependency(GROUP)

    async def run(self, consumer: Consumer, new_lane: NewLane, stop: asyncio.Event) -> None:
        """Consume until `stop`, then publish what there is. Raises TransientError."""
        self._held = _Held()
        self._answered_at = self._clock()
        self._checked_at = -math.inf
        try:
            async with task_group() as tasks:
                begin = _Beginning(new_lane, tasks)
                while not stop.is_set():
                    await self._turn(consumer, begin, stop)
                self._finish()
        finally:
            self._forget()

    def figures(self) -> Figures:
        """For the status reports."""
        partitions = sorted(self._held.lanes)
        return Figures(
            processed=metrics.records_published(),
            errors=self._errors,
            topics=sorted({each.topic for each in partitions}),
            partitions=[str(each) for each in partitions],
            lag=sum(self._lags.values()) if self._lags else None,
        )

    async def _turn(self, consumer: Consumer, begin: "_Beginning", stop: asyncio.Event) -> None:
        self._follow(consumer, begin)
        try:
            polled = await consumer.poll(_POLL_SECONDS, self._poll_records)
            self._follow(consumer, begin)
            for each in polled:
                if held := self._held.lanes.get(each.partition):
                    held[0].offer(each)
            await self._check(consumer, begin)
        except OffsetOutOfRange as error:
            self._jump(error)
        except Stalled:
            raise
        except TransientError as error:
            await self._endure(error, stop)
        self._balance()
        await self._keep_pace(stop)
        self._health.progressed()

    def _follow(self, consumer: Consumer, begin: "_Beginning") -> None:
        """Drop what was revoked, without I/O, and begin with what was assigned."""
        if consumer.generation == self._held.generation:
            return
        self._forget()
        self._held = _Held(consumer.generation)
        for partition in sorted(consumer.assignment()):
            self._begin(partition, begin)
        metrics.PARTITIONS.set(len(self._held.lanes))
        if consumer.is_member:
            self._health.up(GROUP)
        else:
            self._health.down(GROUP, "the group decides who has which partition")
        logger.info("holds %s", ", ".join(map(str, self._held.lanes)) or "no partition")

    def _begin(self, partition: Partition, begin: "_Beginning") -> None:
        lane = begin.new_lane(partition)
        self._held.lanes[partition] = (lane, begin.tasks.create_task(lane.run()))
        metrics.LAG_SECONDS.labels(str(partition)).set_function(lane.lag_seconds)

    def _renew(self, begin: "_Beginning") -> None:
        """Begin anew where a lane was told that nothing is ours, and the group says nothing new."""
        ended = [each for each, (_, task) in self._held.lanes.items() if task.done()]
        for partition in ended:
            self._begin(partition, begin)

    def _forget(self) -> None:
        for partition, (_, task) in self._held.lanes.items():
            task.cancel()
            metrics.LAG_SECONDS.remove(str(partition))
        self._held.lanes.clear()
        self._show_lags({})

    def _jump(self, error: OffsetOutOfRange) -> None:
        held = self._held.lanes.get(error.partition)
        if held is not None:
            held[0].jump()

    async def _check(self, consumer: Consumer, begin: "_Beginning") -> None:
        now = self._clock()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
        self._renew(begin)
        await consumer.check()
        self._answered_at = self._clock()
        self._health.up(DEPENDENCY)
        self._show_lags(consumer.lags())

    async def _endure(self, error: TransientError, stop: asyncio.Event) -> None:
        """Wait for Kafka, and for a new client if this one does not find back to it."""
        self._errors += 1
        self._health.down(DEPENDENCY, str(error))
        if self._clock() - self._answered_at > self._stalled_seconds:
            raise error
        await until(stop, _RETRY_SECONDS)

    def _balance(self) -> None:
        lanes = [lane for lane, _ in self._held.lanes.values()]
        metrics.BUFFER_BYTES.set(self._budget.balance(lanes))
        metrics.PAUSED_PARTITIONS.set(sum(lane.is_paused for lane in lanes))

    async def _keep_pace(self, stop: asyncio.Event) -> None:
        """Wait for lanes that are busy: to pause them would throw away what was fetched ahead."""
        while not stop.is_set() and any(lane.is_behind for lane, _ in self._held.lanes.values()):
            self._moved.clear()
            await self._moved.wait()

    def _finish(self) -> None:
        """Let each lane publish what it has; one that cannot is dropped."""
        for lane, task in self._held.lanes.values():
            if not lane.finish():
                task.cancel()

    def _show_lags(self, lags: dict[Partition, int]) -> None:
        for gone in self._lags.keys() - lags.keys():
            metrics.LAG.remove(str(gone))
        for partition, lag in lags.items():
            metrics.LAG.labels(str(partition)).set(lag)
            if held := self._held.lanes.get(partition):
                held[0].left(lag)
        self._lags = lags
