"""What is the same for every task of a service, and how far one of them is."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cointicker.kafka.records import Commit, Partition
from cointicker.snapshots import Mark, Snapshot
from cointicker.tasks.seams import OpenLog, OpenPublisher
from cointicker.work import MakeWork, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`moved` is called when a task can take more, or has ended.

    `most_waiting` records may wait beside the transaction under way before a task takes no more;
    `restoring` bounds how many tasks restore their state at once.
    """

    service: str
    state_topics: Mapping[str, str]
    gaps_topic: str
    make_work: MakeWork
    open_log: OpenLog
    open_publisher: OpenPublisher
    snapshot_seconds: float
    rebuild: bool
    most_waiting: int
    moved: Callable[[], None]
    restoring: asyncio.Semaphore
    look_again_seconds: float = 0.5
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


@dataclass(slots=True)
class Standing:
    """How far a task is: `work` has taken all records below `offset`.

    `snapshot` is the offset of the newest one, written at `snapshot_at` on the clock.
    """

    partition: Partition
    partitions: int
    work: Work
    offset: int
    began: int
    snapshot: int | None
    snapshot_at: float

    @property
    def has_moved(self) -> bool:
        """Whether there is more to know than the newest snapshot does."""
        return self.offset != (self.began if self.snapshot is None else self.snapshot)

    def commit(self) -> Commit:
        """The offset, and what goes beside it."""
        mark = Mark(began=self.began, partitions=self.partitions, snapshot=self.snapshot)
        return Commit(self.offset, mark.encode())

    def take_snapshot(self, now: float) -> Snapshot:
        """The state as it is now."""
        self.snapshot, self.snapshot_at = self.offset, now
        return Snapshot(
            self.partition, self.partitions, self.began, self.offset, self.work.snapshot()
        )
