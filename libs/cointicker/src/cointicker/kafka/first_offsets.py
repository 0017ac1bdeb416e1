"""Where a member of a group begins in a partition, and what it does where the log has nothing."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from cointicker.errors import ConfigError
from cointicker.kafka.admin import open_admin
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Commit, OffsetOutOfRange, Partition
from cointicker.kafka.script_settings import OffsetReset, services_group

logger = logging.getLogger(__name__)

Bounds = Callable[[Consumer, Partition], Awaitable[tuple[int, int]]]


class FirstOffsets:
    """The committed offset; else as `reset` says, the earliest if it says nothing.

    An offset that is not in the log is an error, unless `reset` says earliest or latest. What is
    the latest is committed at once: else the next decision of the group would move it further.
    """

    def __init__(
        self,
        group: str,
        reset: OffsetReset | None,
        request_seconds: float,
        *,
        bounds: Bounds | None = None,
    ) -> None:
        self._group = group
        self._reset = reset
        self._deadline = request_seconds
        self._bounds = bounds or self._bounds_on_the_broker

    async def of(self, consumer: Consumer, partition: Partition) -> int:
        """Where to begin. Raises ConfigError, NotOwned, TransientError."""
        commit = await consumer.committed(partition)
        if commit is not None:
            _need_no_notes(self._group, {partition: commit})
            return commit.offset
        if self._reset == "none":
            raise ConfigError(
                [
                    f"group {self._group} has committed nothing of {partition}: "
                    "auto_offset_reset is none"
                ]
            )
        return await self._edge(consumer, partition)

    async def instead(self, consumer: Consumer, error: OffsetOutOfRange) -> int:
        """Where to go on. Raises the error if nobody said where, and as `of` does."""
        if self._reset in (None, "none"):
            raise error
        offset = await self._edge(consumer, error.partition)
        logger.warning("%s: going on at offset %d", error, offset)
        return offset

    async def _edge(self, consumer: Consumer, partition: Partition) -> int:
        start, end = await self._bounds(consumer, partition)
        if self._reset != "latest":
            return start
        await consumer.commit({partition: Commit(end, "")})
        return end

    async def _bounds_on_the_broker(
        self, consumer: Consumer, partition: Partition
    ) -> tuple[int, int]:
        async with open_reader(consumer.servers, self._deadline) as reader:
            return await reader.bounds(partition)


async def need_no_services_group(
    servers: Sequence[str], group: str, request_seconds: float
) -> None:
    """Raise ConfigError if a service has committed in this group, of whatever topic.

    Before joining: a member takes partitions, those too that the service has not committed yet.
    """
    async with open_admin(servers, request_seconds) as admin:
        _need_no_notes(group, await admin.commits(group))


def _need_no_notes(group: str, commits: Mapping[Partition, Commit]) -> None:
    """A service writes notes with its commits, and relies on them: no script goes between."""
    for partition, commit in commits.items():
        if commit.metadata:
            why = f" (of {partition} it committed {commit.metadata})"
            raise ConfigError([services_group(group, why)])
