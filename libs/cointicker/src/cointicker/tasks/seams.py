"""What a task needs of the world: its partition in Kafka, and a way to publish."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from cointicker.kafka.records import Commit, Partition, Polled, Record
from cointicker.snapshots import Snapshot
from cointicker.work import Output


class Group(Protocol):
    """A member of a consumer group, as the loop uses it: `cointicker.kafka.consumer.Consumer`."""

    @property
    def generation(self) -> int:
        """Counts revocations and assignments."""
        ...

    def assignment(self) -> frozenset[Partition]:
        """The partitions that are ours now."""
        ...

    async def poll(
        self, wait_seconds: float, max_records: int, only: Collection[Partition] = ()
    ) -> list[Polled]:
        """What has come of these partitions. Raises OffsetOutOfRange, TransientError, NotOwned."""
        ...

    def seek(self, partition: Partition, offset: int) -> None:
        """Continue with the first record at or after `offset`. Raises NotOwned."""
        ...

    def pause(self, partition: Partition) -> None:
        """Fetch nothing of it. Raises NotOwned."""
        ...

    def position(self, partition: Partition) -> int:
        """The offset after the last record that was handed out. Raises NotOwned."""
        ...

    async def reached(self, partition: Partition) -> int:
        """The same, past what is in the log and no record. Raises NotOwned, TransientError."""
        ...

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The ends as a `read_committed` reader sees them. Raises TransientError."""
        ...

    async def check(self) -> None:
        """Refresh the lags. Raises Stalled, TransientError."""
        ...

    def lags(self) -> dict[Partition, int]:
        """Records not handed out yet, at the last check."""
        ...


class TaskLog(Protocol):
    """One input partition, and the topic on which its task keeps its state.

    Its partition is not fetched until `go_on`. Raises TransientError, and NotOwned once the
    partition is not ours any more.
    """

    async def committed(self) -> Commit | None:
        """What the group committed last."""
        ...

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        ...

    async def partitions(self) -> int:
        """How many partitions the input topic has."""
        ...

    async def newest_snapshot(self) -> Snapshot | None:
        """The newest committed snapshot. Raises InvalidMessage."""
        ...

    def replay(self, start: int, end: int) -> AsyncIterator[Sequence[Record]]:
        """The records from `start` up to `end`. Raises OffsetOutOfRange."""
        ...

    def go_on(self, offset: int) -> None:
        """Fetch the partition, from `offset` on."""
        ...


class Publisher(Protocol):
    """Publishes for one task: `cointicker.kafka.transactions.Transactions`."""

    async def commit(
        self, outputs: Iterable[Output], reading: tuple[Partition, Commit] | None = None
    ) -> None:
        """Make all of it visible, or nothing. Raises Fenced, TransientError, ContractViolation."""
        ...


OpenLog = Callable[[Partition], AbstractAsyncContextManager[TaskLog]]
# The publisher of a partition's task, from the fencing of its predecessor to its own end.
OpenPublisher = Callable[[Partition], AbstractAsyncContextManager[Publisher]]
