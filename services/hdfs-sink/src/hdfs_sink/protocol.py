"""What the sink's protocol needs of Kafka and of time, and the words it answers with.

The protocol (`fence`, `recovery`, `publish`, `accept`) is plain async code over `Files`, `Log` and
`Patience`: no clock, no tasks, no logging, so that a test can drive several writers by hand, one
call at a time, in any order. docs/adr/0001-the-sink-protocol.md says why each rule is there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

import msgspec

from cointicker.archive import Layout
from cointicker.errors import CoinTickerError, TransientError
from cointicker.kafka.records import Commit, Record

T = TypeVar("T")


class Refused(CoinTickerError):
    """Kafka and HDFS contradict each other: only an operator can say what is true.

    `reason` is one of a bounded set of snake_case codes; `detail` says what was found where.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Fenced(CoinTickerError):
    """Our staging directory is gone: another writer removed it, and nothing is published from it
    any more. Drop all, and recover under a new id.
    """


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets that will never be in HDFS: from `start` up to, and without, `end`."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the next file goes, for the holder of one staging directory.

    `previous` is the last offset of the file before, None where the chain starts anew; `next` is
    the first offset that the next file can begin with. `gap` is what the chain jumps over: it is
    recorded before its first file is published.
    """

    staging: PurePosixPath
    previous: int | None
    next: int
    gap: Gap | None = None

    def after(self, end: int) -> "Chain":
        """The chain when a file that ends with this offset is its last."""
        return Chain(self.staging, end, end + 1)


class CommitText(msgspec.Struct, frozen=True):
    """What a sink commits with an offset: the archive's root, and the file that ends before it."""

    root: str
    path: str
    end: int

    def encode(self) -> str:
        """The commit's metadata."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, metadata: str) -> "CommitText | None":
        """The text of a sink's commit; None if no sink wrote it."""
        try:
            return msgspec.json.decode(metadata, type=cls)
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Place:
    """One partition, and where it is kept. With `new_root` another root's commit is taken over."""

    layout: Layout
    topic: str
    partition: int
    new_root: bool = False

    @property
    def staging(self) -> PurePosixPath:
        """The directory of all staging directories of this partition."""
        return self.layout.staging(self.topic, self.partition)

    def file(self, first: int, timestamp_ms: int) -> PurePosixPath:
        """The path of the file that begins with this record."""
        return self.layout.file(self.topic, self.partition, first, timestamp_ms)

    def commit(self, path: PurePosixPath, end: int) -> Commit:
        """What is committed when the file at `path`, which ends with `end`, is published."""
        return Commit(end + 1, CommitText(str(self.layout.root), str(path), end).encode())


class Log(Protocol):
    """One partition in Kafka, as a `read_committed` reader sees it, and the group's offset of it.

    Every method may also raise `TransientError`: the outcome of the call is then unknown.
    """

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        ...

    async def first_from(self, offset: int) -> Record | None:
        """The first record at or after `offset`; None if there is none yet.

        Raises OffsetOutOfRange.
        """
        ...

    async def committed(self) -> Commit | None:
        """What the group committed last."""
        ...

    async def commit(self, commit: Commit) -> None:
        """Commit for the group. Raises NotOwned."""
        ...

    async def record_gap(self, gap: Gap) -> None:
        """Make the gap known; answered when that is durable."""
        ...


class Patience(Protocol):
    """What is done between two tries."""

    async def wait(self, error: TransientError) -> None:
        """Return when the next try is due; raise to give up."""
        ...


async def surely(patience: Patience, call: Callable[[], Awaitable[T]]) -> T:
    """The answer of a call that may be made any number of times."""
    while True:
        try:
            return await call()
        except TransientError as error:
            await patience.wait(error)
