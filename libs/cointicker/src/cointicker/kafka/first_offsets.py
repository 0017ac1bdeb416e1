"""Where a member of a group begins in a partition, and what it does where the log has nothing."""

import logging

from cointicker.errors import ConfigError
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import OffsetOutOfRange, Partition
from cointicker.kafka.script_settings import OffsetReset

logger = logging.getLogger(__name__)


class FirstOffsets:
    """The committed offset; else as `reset` says, the earliest if it says nothing.

    An offset that is not in the log is an error, unless `reset` says earliest or latest.
    """

    def __init__(self, group: str, reset: OffsetReset | None, request_seconds: float) -> None:
        self._group = group
        self._reset = reset
        self._deadline = request_seconds

    async def of(self, consumer: Consumer, partition: Partition) -> int:
        """Where to begin. Raises ConfigError, TransientError."""
        commit = await consumer.committed(partition)
        if commit is not None:
            self._must_be_ours(partition, commit.metadata)
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
        """Where to go on. Raises the error if nobody said where."""
        if self._reset in (None, "none"):
            raise error
        offset = await self._edge(consumer, error.partition)
        logger.warning("%s: going on at offset %d", error, offset)
        return offset

    async def _edge(self, consumer: Consumer, partition: Partition) -> int:
        async with open_reader(consumer.servers, self._deadline) as reader:
            start, end = await reader.bounds(partition)
        return end if self._reset == "latest" else start

    def _must_be_ours(self, partition: Partition, metadata: str) -> None:
        """A service writes notes with its commits, and relies on them: no script goes between."""
        if metadata:
            raise ConfigError(
                [
                    f"group {self._group} is a service's (of {partition} it committed {metadata}): "
                    "take another group_id"
                ]
            )
