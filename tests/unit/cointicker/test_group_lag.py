"""Which partitions' lag is known if not all of them can be read in time."""

import asyncio

from cointicker.kafka.group_lag import GroupOffsets, lags
from cointicker.kafka.groups import Group
from cointicker.kafka.offsets import Bounds
from cointicker.kafka.reader import Reader
from cointicker.kafka.records import Partition, Record

LITTLE, NONE, MUCH = Partition("a", 0), Partition("a", 1), Partition("a", 2)
FOUND = GroupOffsets(
    Group("g", "Empty", []),
    {LITTLE: 5, NONE: 5, MUCH: 5},
    {LITTLE: Bounds(0, 6), NONE: Bounds(0, 5), MUCH: Bounds(0, 90)},
)


class HangingReader(Reader):
    """Never answers; `asked` has what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Partition, int]] = []

    async def first_from(self, partition: Partition, offset: int) -> Record | None:
        self.asked.append((partition, offset))
        return await asyncio.Future()


async def test_the_partition_that_is_furthest_behind_is_read_first() -> None:
    reader = HangingReader()
    told = await lags(FOUND, reader, now=0.0, within_seconds=0.01)
    assert reader.asked == [(MUCH, 5), (LITTLE, 5)]
    assert [(each.partition, each.lag, each.lag_seconds) for each in told] == [
        (LITTLE, 1, None),
        (NONE, 0, 0.0),
        (MUCH, 85, None),
    ]
