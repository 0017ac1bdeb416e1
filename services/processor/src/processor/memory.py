"""Which versions of which items were seen within a span of event time, in bounded memory."""

import heapq
from array import array
from collections.abc import Sequence

from cointicker.errors import InvalidMessage
from processor.versions import DUPLICATE, TOO_OLD

# An item's id, the event time of its first version, and its versions' hashes.
Packed = tuple[str, int, bytes]


class Memory:
    """Items of the last `span_ms` before the newest, but no more than `most` versions in all.

    What is forgotten is the oldest by event time. An unknown item that is as old as a forgotten
    one is too old: nobody can tell whether it was seen.
    """

    def __init__(self, span_ms: int, most: int) -> None:
        self._span_ms = span_ms
        self._most = most
        self._horizon_ms = 0
        self._versions = 0
        self._items: dict[str, array[int]] = {}
        self._oldest: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return self._versions

    def admit(self, name: str, event_ms: int, version: int) -> int:
        """The revision of a version that is new, or DUPLICATE, or TOO_OLD."""
        known = self._items.get(name)
        if known is None and event_ms < self._horizon_ms:
            return TOO_OLD
        if known is None:
            known = self._items[name] = array("Q")
            heapq.heappush(self._oldest, (event_ms, name))
        elif version in known:
            return DUPLICATE
        known.append(version)
        self._versions += 1
        revision = len(known) - 1
        self._horizon_ms = max(self._horizon_ms, event_ms - self._span_ms)
        self._forget()
        return revision

    def packed(self) -> tuple[int, list[Packed]]:
        """The horizon, and every item, oldest first."""
        items = [(name, at, self._items[name].tobytes()) for at, name in sorted(self._oldest)]
        return self._horizon_ms, items

    def unpack(self, horizon_ms: int, items: Sequence[Packed]) -> None:
        """Take over what `packed` gave. Raises InvalidMessage."""
        try:
            self._items = {name: array("Q", hashes) for name, _, hashes in items}
        except ValueError as error:
            raise InvalidMessage("wrong_snapshot", f"items: {error}") from error
        self._horizon_ms = horizon_ms
        self._oldest = sorted((at, name) for name, at, _ in items)
        self._versions = sum(map(len, self._items.values()))

    def _forget(self) -> None:
        while self._oldest and self._oldest[0][0] < self._horizon_ms:
            _, name = heapq.heappop(self._oldest)
            self._versions -= len(self._items.pop(name))
        while self._versions > self._most:
            at, name = heapq.heappop(self._oldest)
            self._versions -= len(self._items.pop(name))
            self._horizon_ms = max(self._horizon_ms, at + 1)
