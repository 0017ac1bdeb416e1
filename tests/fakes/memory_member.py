"""A member of a group in memory that commits what it is told, as a script's consumer sees it."""

from collections.abc import Mapping, Sequence

from cointicker.kafka.records import Commit, Partition
from tests.fakes.memory_kafka import MemoryGroup


class MemoryMember(MemoryGroup):
    """`Consumer` over a broker in memory. The group decides when `assign` is called."""

    is_member = True
    servers: Sequence[str] = ("memory:9092",)
    handed_out = 0

    async def committed(self, partition: Partition) -> Commit | None:
        return self.broker.offsets.get((self.name, partition))

    async def commit(self, commits: Mapping[Partition, Commit]) -> None:
        """All or, where one is not ours, none."""
        for partition in commits:
            self._need(partition)
        for partition, commit in commits.items():
            self.broker.offsets[self.name, partition] = commit
