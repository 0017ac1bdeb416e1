"""Telling a consumer that is idle from one that no longer moves."""

from collections.abc import Mapping

from cointicker.kafka.records import Partition


class ProgressWatch:
    """Remembers since when each partition has had something to read and stood still."""

    def __init__(self, stalled_seconds: float) -> None:
        self._stalled_seconds = stalled_seconds
        self._standing: dict[Partition, tuple[int, float]] = {}

    def observe(
        self, positions: Mapping[Partition, int], ends: Mapping[Partition, int], now: float
    ) -> list[Partition]:
        """The partitions that have stood still for too long. Paused ones are not to be given."""
        standing = {}
        for partition, position in positions.items():
            if position < ends.get(partition, 0):
                before, since = self._standing.get(partition, (position, now))
                standing[partition] = (position, since if before == position else now)
        self._standing = standing
        return sorted(
            partition
            for partition, (_, since) in standing.items()
            if now - since >= self._stalled_seconds
        )
