"""What was polled of one partition and is not in a file yet."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from cointicker.kafka.records import Record


class Inbox:
    """Records in order, with a bound at which its owner is told to fetch no more for a while."""

    def __init__(self, most_records: int, most_bytes: int) -> None:
        self._most_records = most_records
        self._most_bytes = most_bytes
        self._batches: deque[tuple[Sequence[Record], int]] = deque()
        self._news = asyncio.Event()
        self.records = 0
        self.bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether fetching is to pause."""
        return self.records >= self._most_records or self.bytes >= self._most_bytes

    def put(self, records: Sequence[Record]) -> None:
        """Add records behind the others."""
        self._batches.append(self._counted(records))
        self._news.set()

    def put_back(self, records: Sequence[Record]) -> None:
        """Return what was taken and not used: it is taken first again."""
        if records:
            self._batches.appendleft(self._counted(records))

    def wake(self) -> None:
        """Let whoever waits look around."""
        self._news.set()

    def clear(self) -> None:
        """Drop everything."""
        self._batches.clear()
        self.records = self.bytes = 0

    async def take(self, until: float | None, clock: Callable[[], float]) -> Sequence[Record]:
        """The next records; none at the time `until`, or when woken for another reason."""
        if not self._batches:
            self._news.clear()
            try:
                async with asyncio.timeout(None if until is None else max(0, until - clock())):
                    await self._news.wait()
            except TimeoutError:
                return ()
        if not self._batches:
            return ()
        records, size = self._batches.popleft()
        self.records -= len(records)
        self.bytes -= size
        return records

    def _counted(self, records: Sequence[Record]) -> tuple[Sequence[Record], int]:
        size = sum([len(record.value or b"") for record in records])
        self.records += len(records)
        self.bytes += size
        return records, size
