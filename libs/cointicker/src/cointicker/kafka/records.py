"""What a reader of Kafka deals in: partitions, records, commits, and the ways in which it fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from cointicker.errors import CoinTickerError, TransientError


class NotOwned(CoinTickerError):
    """The partition is not assigned to us any more: what we know of it counts for nothing."""


class OffsetOutOfRange(CoinTickerError):
    """The offset is below the log's start or beyond its end."""

    def __init__(self, partition: "Partition", offset: int) -> None:
        super().__init__(f"offset {offset} of {partition} is not in the log")
        self.partition = partition
        self.offset = offset


class Stalled(TransientError):
    """There is something to read, and the client does not move: make a new one."""


class MembershipEnded(Stalled):
    """The client gave up its membership by itself, which a broker's restart can cause."""


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


class Record(Protocol):
    """A record as Kafka gives it; `timestamp` in ms since 1970 UTC."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """When it was made, in ms since 1970 UTC."""
        ...

    @property
    def key(self) -> bytes | None:
        """Its key, None without one."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its value, None for a tombstone."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """Neighbouring records of one partition: all there are from offset `since` on."""

    partition: Partition
    since: int
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Commit:
    """A committed offset (the next one to be read) and the text that was committed with it."""

    offset: int
    metadata: str
