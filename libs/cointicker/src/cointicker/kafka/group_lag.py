"""How far a group is behind, in records and in seconds, and who works on it."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cointicker.errors import TransientError
from cointicker.kafka.admin import Admin
from cointicker.kafka.groups import Group, Member
from cointicker.kafka.offsets import Bounds, Offsets
from cointicker.kafka.reader import Reader
from cointicker.kafka.records import OffsetOutOfRange, Partition

# What nobody could be asked within this time is told as not known.
AGES_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition of a group.

    Without a commit (`committed` is None) what waits is counted from the first record that is kept.
    Of a topic that is gone `end` and `lag` are None. `lag_seconds` is the age of the oldest record
    that is not committed, 0 if none waits, None if that could not be read.
    """

    partition: Partition
    committed: int | None
    end: int | None
    lag: int | None
    lag_seconds: float | None
    member: Member | None


@dataclass(frozen=True, slots=True)
class GroupOffsets:
    """A group, what it committed, and the bounds of those of its partitions that exist."""

    group: Group
    committed: Mapping[Partition, int]
    bounds: Mapping[Partition, Bounds]

    def partitions(self) -> list[Partition]:
        """Those it committed for, and those that its members own."""
        return _partitions(self.group, self.committed)

    def waiting_from(self, partition: Partition) -> int:
        """The first offset that may wait: retention can be past what was committed."""
        start = self.bounds[partition].start
        return max(start, self.committed.get(partition, start))

    def offsets_behind(self, partition: Partition) -> int | None:
        """Offsets from there to the end; None of a partition that is not there."""
        if partition not in self.bounds:
            return None
        return max(0, self.bounds[partition].end - self.waiting_from(partition))


async def group_offsets(
    admin: Admin, offsets: Offsets, groups: Collection[Group]
) -> list[GroupOffsets]:
    """What these groups committed, beside their logs. Raises TransientError."""
    commits = [await admin.committed(each.name) for each in groups]
    counts = {each.name: each.partitions for each in await admin.topics()}
    named = {
        each
        for group, committed in zip(groups, commits, strict=True)
        for each in _partitions(group, committed)
        if each.number < counts.get(each.topic, 0)
    }
    bounds = await offsets.bounds(sorted(named)) if named else {}
    return [
        GroupOffsets(
            group,
            committed,
            {each: bounds[each] for each in _partitions(group, committed) if each in bounds},
        )
        for group, committed in zip(groups, commits, strict=True)
    ]


async def lags(
    found: GroupOffsets, reader: Reader, now: float, within_seconds: float = AGES_WITHIN_SECONDS
) -> list[Lag]:
    """Each partition's lag; `now` in seconds since 1970.

    A partition is read one at a time, the furthest behind first, and none any more when the time
    is over.
    """
    deadline = asyncio.get_running_loop().time() + within_seconds
    told = []
    for each in sorted(found.partitions(), key=lambda one: -(found.offsets_behind(one) or 0)):
        behind = found.offsets_behind(each)
        seconds: float | None = None if behind is None else 0.0
        if behind:
            behind, seconds = await _oldest(found, each, reader, now, deadline)
        end = found.bounds[each].end if each in found.bounds else None
        told.append(
            Lag(each, found.committed.get(each), end, behind, seconds, found.group.owner(each))
        )
    return sorted(told, key=lambda lag: lag.partition)


async def _oldest(
    found: GroupOffsets, partition: Partition, reader: Reader, now: float, deadline: float
) -> tuple[int, float | None]:
    """Records that wait, and the age of the oldest: what ends a transaction is no record."""
    behind = found.offsets_behind(partition) or 0
    try:
        async with asyncio.timeout_at(deadline):
            oldest = await reader.first_from(partition, found.waiting_from(partition))
    except (TimeoutError, TransientError, OffsetOutOfRange):
        return behind, None
    end = found.bounds[partition].end
    if oldest is None or oldest.offset >= end:
        return 0, 0.0
    return end - oldest.offset, max(0.0, now - oldest.timestamp / 1000)


def _partitions(group: Group, committed: Collection[Partition]) -> list[Partition]:
    owned = {each for member in group.members for each in member.partitions}
    return sorted(owned | set(committed))
