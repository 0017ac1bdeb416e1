"""What a task does with its records: a pure function of its input so far."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from cointicker.kafka.records import Partition, Record


class Output(NamedTuple):
    """A record to be published; `timestamp_ms` is ms since 1970 UTC, None: when it is published."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    timestamp_ms: int | None


class Work(Protocol):
    """The state of one task and what it makes of each record.

    Two of them that were given the same records, in whatever portions, have given the same output
    and have the same snapshot. There is no clock in it and no chance.
    """

    def take(self, records: Sequence[Record]) -> Sequence[Output]:
        """The output of the next records, in order. Raises ContractViolation to stop the task."""
        ...

    def idle(self) -> Sequence[Output]:
        """What is to be said when the input is at its verified end for a while.

        It changes nothing of the state.
        """
        ...

    def snapshot(self) -> bytes:
        """The state, from which a new one can go on."""
        ...


class MakeWork(Protocol):
    """Makes the work of one input partition, from a snapshot if there is one.

    Raises InvalidMessage if the snapshot is none of its own.
    """

    def __call__(self, partition: Partition, snapshot: bytes | None) -> Work:
        """A new one."""
        ...
