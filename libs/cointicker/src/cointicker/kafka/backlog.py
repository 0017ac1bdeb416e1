"""How long the oldest record of a partition has waited that is not done yet."""

from collections import deque
from collections.abc import Sequence

from cointicker.kafka.records import Record


class Backlog:
    """What one reader of a partition has before it. All times are in seconds since 1970.

    A record waits from its timestamp on; but not since before a moment at which nothing was left
    to read, as some are written long after their timestamp. Of what was not read yet, only that is
    known: it is no older than the last record that was, and came after such a moment.
    """

    def __init__(self, now: float) -> None:
        self._newest = now
        self._level_at = 0.0
        self._unread = 0
        self._taken: deque[tuple[int, float]] = deque()

    def left(self, unread: int, now: float) -> None:
        """So many records are in the log that were not read."""
        self._unread = unread
        if not unread:
            self._level_at = now

    def took(self, records: Sequence[Record]) -> None:
        """Neighbouring records were read; they are in hand until done or dropped."""
        self._taken.append((records[-1].offset, self._since(records[0])))
        self._newest = self._since(records[-1])
        self._unread = max(0, self._unread - len(records))

    def done(self, offset: int) -> None:
        """Every record up to this one, itself included, is done."""
        while self._taken and self._taken[0][0] <= offset:
            self._taken.popleft()

    def dropped(self) -> None:
        """What is in hand will be read again: it waits for as long as before."""
        if self._taken:
            self._newest = self._taken[0][1]
            self._level_at = min(self._level_at, self._newest)
            self._unread = max(1, self._unread)
            self._taken.clear()

    def age(self, now: float) -> float:
        """Seconds that the oldest record has waited; 0 if there is none."""
        if self._taken:
            return max(0.0, now - self._taken[0][1])
        since = max(self._newest, self._level_at)
        return max(0.0, now - since) if self._unread else 0.0

    def _since(self, record: Record) -> float:
        return max(record.timestamp / 1000, self._level_at)
