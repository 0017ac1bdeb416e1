"""Which trades of which markets were seen: the newest few of each market, in little memory.

A market's ring is sorted by the time of the trade. One fact (a market at a trade) has one entry a
version, which holds the version's number and hash.
"""

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from cointicker.errors import InvalidMessage
from processor.versions import DUPLICATE, TOO_OLD


class Ring:
    """The newest versions of one market, by time, then in the order in which they came."""

    __slots__ = ("hashes", "revisions", "times")

    def __init__(self, times: bytes = b"", revisions: bytes = b"", hashes: bytes = b"") -> None:
        self.times = array("Q", times)
        self.revisions = array("I", revisions)
        self.hashes = array("Q", hashes)

    def packed(self) -> tuple[bytes, bytes, bytes]:
        """What `Ring` takes."""
        return self.times.tobytes(), self.revisions.tobytes(), self.hashes.tobytes()

    def insert(self, at: int, time_ms: int, revision: int, version: int) -> None:
        """Put a version in its place."""
        self.times.insert(at, time_ms)
        self.revisions.insert(at, revision)
        self.hashes.insert(at, version)

    def trim(self, size: int) -> None:
        """Forget the oldest until there are no more than `size`."""
        too_many = len(self.times) - size
        del self.times[:too_many], self.revisions[:too_many], self.hashes[:too_many]


class Rings:
    """The rings of a task's markets: `size` versions each, of `most` markets.

    Past that number the tenth of the markets that traded longest ago is forgotten.
    """

    def __init__(self, size: int, most: int) -> None:
        self._size = size
        self._most = most
        self._rings: dict[str, Ring] = {}

    def __len__(self) -> int:
        return len(self._rings)

    def admit(self, market: str, time_ms: int, version: int) -> int:
        """The revision of a version that is new, or DUPLICATE, or TOO_OLD."""
        ring = self._rings.get(market)
        if ring is None:
            ring = self._open(market)
        times = ring.times
        if not times or time_ms > times[-1]:
            times.append(time_ms)
            ring.revisions.append(0)
            ring.hashes.append(version)
            revision = 0
        else:
            revision = self._admit_within(ring, time_ms, version)
        if len(times) > self._size:
            ring.trim(self._size)
        return revision

    def packed(self) -> dict[str, tuple[bytes, bytes, bytes]]:
        """Every ring by its market, in the order of their names."""
        return {market: self._rings[market].packed() for market in sorted(self._rings)}

    def unpack(self, packed: Mapping[str, tuple[bytes, bytes, bytes]]) -> None:
        """Take over what `packed` gave. Raises InvalidMessage."""
        try:
            self._rings = {market: Ring(*parts) for market, parts in packed.items()}
        except ValueError as error:
            raise InvalidMessage("wrong_snapshot", f"rings: {error}") from error

    def _admit_within(self, ring: Ring, time_ms: int, version: int) -> int:
        first = bisect_left(ring.times, time_ms)
        end = bisect_right(ring.times, time_ms, lo=first)
        if version in ring.hashes[first:end]:
            return DUPLICATE
        if first == 0 and end == 0 and len(ring.times) >= self._size:
            return TOO_OLD
        revision = ring.revisions[end - 1] + 1 if end > first else 0
        ring.insert(end, time_ms, revision, version)
        return revision

    def _open(self, market: str) -> Ring:
        if len(self._rings) >= self._most:
            count = max(1, self._most // 10)
            for name in heapq.nsmallest(count, self._rings, key=self._age):
                del self._rings[name]
        ring = self._rings[market] = Ring()
        return ring

    def _age(self, market: str) -> tuple[int, str]:
        return self._rings[market].times[-1], market
