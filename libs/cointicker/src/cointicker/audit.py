"""Is every record of Kafka in HDFS exactly once: the files are read back and compared with the log.

It can run beside a sink that writes: what is judged is what was there when it began.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from cointicker.archive import (
    FileName,
    ForeignFile,
    Layout,
    PublishedFile,
    read_behind_barrier,
    walk,
)
from cointicker.errors import TransientError
from cointicker.files import Files, NotFound
from cointicker.inspection import Chain, Difference, Inspected, Prints, Stored, inspect, prints_of
from cointicker.kafka.records import OffsetOutOfRange, Partition, Record

_AT_ONCE = 4


class Log(Protocol):
    """What an audit asks of Kafka, as a `read_committed` reader. Raises TransientError."""

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; 0 if there is none of this name."""
        ...

    async def committed(self, topic: str) -> Mapping[int, int]:
        """The offset that the sink's group committed, by partition where it has."""
        ...

    async def bounds(self, partition: Partition) -> tuple[int, int]:
        """The first offset that is kept, and the end up to which records can be read."""
        ...

    def records(
        self, partition: Partition, start: int, end: int
    ) -> AsyncIterator[Sequence[Record]]:
        """All records from `start` up to `end`, in batches. Raises OffsetOutOfRange."""
        ...


@dataclass(frozen=True, slots=True)
class PartitionResult:
    """What was found of one partition.

    Compared with Kafka is what Kafka still keeps, up to the committed offset or the end of the last
    file, whichever is later; `waiting` offsets lie behind that. `missing` records are not in HDFS,
    `double` ones more than once, `unknown` ones only in HDFS, `altered` ones differ in timestamp,
    key or value. `gaps` are recorded ones: last offset before, first offset after.
    """

    topic: str
    partition: int
    files: int
    records: int
    bytes: int
    first: int | None
    end: int | None
    committed: int | None
    waiting: int
    compared: int
    missing: int
    double: int
    unknown: int
    altered: int
    missing_ranges: list[tuple[int, int]]
    gaps: list[tuple[int, int]]
    problems: list[str]
    problem_count: int

    @property
    def name(self) -> str:
        """The partition as Kafka's own tools write it."""
        return f"{self.topic}-{self.partition}"

    @property
    def clean(self) -> bool:
        """Whether every record is in HDFS exactly once, as it was."""
        wrong = self.missing, self.double, self.unknown, self.altered, self.problem_count
        return not any(wrong)


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What was found; `foreign` are paths among the files of a topic that are none of ours."""

    partitions: list[PartitionResult]
    foreign: list[str]

    @property
    def clean(self) -> bool:
        """Whether nothing at all is wrong. Recorded gaps are not."""
        return not self.foreign and all(each.clean for each in self.partitions)


async def audit(files: Files, log: Log, topics: Sequence[str], layout: Layout) -> AuditResult:
    """Read every file of these topics, and compare with Kafka what Kafka still keeps.

    Every file is put behind the barrier (archive.read_behind_barrier) before it is relied on.
    Raises TransientError where HDFS or Kafka does not answer.
    """
    partitions: list[PartitionResult] = []
    foreign: list[str] = []
    for topic in topics:
        # First: the files up to this offset are there now, whatever is written meanwhile.
        committed = await log.committed(topic)
        listed, strange = await _list_settled(files, layout, topic)
        foreign += [str(path) for path in strange]
        known = {*range(await log.partitions(topic)), *committed}
        for number in sorted({*known, *listed}):
            name = Partition(topic, number)
            bounds = await log.bounds(name) if number in known else None
            work = _PartitionAudit(files, log, layout, name)
            partitions.append(await work.run(listed.get(number, []), committed.get(number), bounds))
    return AuditResult(partitions, foreign)


Listing = dict[int, list[PublishedFile]]


async def _list_settled(
    files: Files, layout: Layout, topic: str
) -> tuple[Listing, list[PurePosixPath]]:
    """The files of a topic by partition and offset, none left out before the last of them.

    A walk that is overtaken by a writer can show a file and miss the one before it. A second walk
    shows all files that were published before any of those that the first one showed.
    """
    seen, _ = await _list(files, layout, topic)
    listed, strange = await _list(files, layout, topic)
    last = {number: found[-1].name.first for number, found in seen.items()}
    settled = {
        number: [file for file in listed.get(number, []) if file.name.first <= last[number]]
        for number in seen
    }
    return settled, strange


async def _list(files: Files, layout: Layout, topic: str) -> tuple[Listing, list[PurePosixPath]]:
    listed: Listing = defaultdict(list)
    strange: list[PurePosixPath] = []
    async for path, entry in walk(files, layout.topic_directory(topic)):
        name = FileName.parse(entry.name)
        if name and name.topic == topic:
            listed[name.partition].append(PublishedFile(path, name, entry.length))
        else:
            strange.append(path)
    for found in listed.values():
        found.sort(key=lambda file: (file.name.first, file.path))
    return listed, strange


class _PartitionAudit:
    """Goes over the files of one partition, and over its records in Kafka, side by side."""

    def __init__(self, files: Files, log: Log, layout: Layout, name: Partition) -> None:
        self._name = name
        self._files = files
        self._log = log
        self._layout = layout
        self._chain = Chain()
        self._difference = Difference()

    async def run(
        self, found: Sequence[PublishedFile], committed: int | None, bounds: tuple[int, int] | None
    ) -> PartitionResult:
        """Audit these files, against the records within `bounds` if Kafka has the partition."""
        begin, end = bounds or (0, 0)
        cursor = _Cursor(self._log.records(self._name, begin, end) if bounds else None)
        for start in range(0, len(found), _AT_ONCE):
            for file in await self._inspect(found[start : start + _AT_ONCE]):
                await self._take(file, cursor, begin if bounds else None)
        due = max(committed or 0, self._chain.end + 1)
        async for kept in cursor.up_to(due - 1):
            self._difference.miss(kept.offsets)
        if bounds and self._chain.end >= end:
            self._chain.findings.add(
                f"{self._name}: kept up to offset {self._chain.end}, but the log ends at {end}: "
                "the topic was made anew, or lost its tail"
            )
        return self._result(committed, waiting=max(0, end - max(due, begin)))

    async def _take(self, file: Inspected, cursor: "_Cursor", begin: int | None) -> None:
        covered = self._chain.end
        gap = self._chain.add(file)
        async for kept in cursor.up_to(file.first - 1):
            if not gap:
                self._difference.miss(kept.offsets)
        if begin is None:
            return
        kept = Prints()
        async for piece in cursor.up_to(file.end):
            kept.extend(piece)
        self._difference.compare(kept, file.prints.after(max(covered, begin - 1)))

    async def _inspect(self, listed: Sequence[PublishedFile]) -> list[Inspected]:
        """A few files at once, in their order."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._inspect_one(each)) for each in listed]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]

    async def _inspect_one(self, listed: PublishedFile) -> Inspected:
        try:
            attribute = await read_behind_barrier(self._files, listed.path)
        except ForeignFile:
            attribute = None  # the inspection says so
        try:
            body = await self._files.read(listed.path)
        except NotFound as error:
            raise TransientError(f"{listed.path} was moved away meanwhile: run again") from error
        stored = Stored(listed.path, listed.name, attribute, body)
        return await asyncio.to_thread(inspect, stored, self._layout)

    def _result(self, committed: int | None, waiting: int) -> PartitionResult:
        chain, difference = self._chain, self._difference
        return PartitionResult(
            topic=self._name.topic,
            partition=self._name.number,
            files=chain.files,
            records=chain.records,
            bytes=chain.bytes,
            first=chain.first,
            end=chain.end if chain.files else None,
            committed=committed,
            waiting=waiting,
            compared=difference.compared,
            missing=difference.missing,
            double=chain.double,
            unknown=difference.unknown,
            altered=difference.altered,
            missing_ranges=difference.ranges,
            gaps=chain.gaps,
            problems=chain.findings.first,
            problem_count=chain.findings.count,
        )


class _Cursor:
    """The records of a log, given out in order, as far as is asked for."""

    def __init__(self, batches: AsyncIterator[Sequence[Record]] | None) -> None:
        self._batches = batches
        self._ahead: Sequence[Record] = ()
        self._at = 0

    async def up_to(self, last: int) -> AsyncIterator[Prints]:
        """The next records, in pieces, whose offset is at most `last`."""
        while True:
            if self._at == len(self._ahead):
                self._ahead, self._at = await self._next_batch(), 0
            stop = bisect_right(self._ahead, last, lo=self._at, key=lambda each: each.offset)
            if stop > self._at:
                yield prints_of(self._ahead[self._at : stop])
            self._at = stop
            if stop < len(self._ahead) or not self._ahead:
                return

    async def _next_batch(self) -> Sequence[Record]:
        if self._batches is None:
            return ()
        try:
            return await anext(self._batches, [])
        except OffsetOutOfRange as error:
            raise TransientError(f"{error}: retention took it meanwhile, run again") from error
