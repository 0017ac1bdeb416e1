"""When a measured size is worth to be told: severity, cool-down and hysteresis, for every kind."""

from dataclasses import dataclass

import msgspec

from insights.records import SEVERITIES, Severity

_QUIET = -1


@dataclass(frozen=True, slots=True)
class Ladder:
    """From which sizes on each severity holds, and what lets it be told again.

    After an insight the size must have been below `calm_below`, and `cool_down_ms` of event time
    must have passed, before the next; only a higher severity at a later moment comes through.
    """

    low: float
    medium: float
    high: float
    critical: float
    calm_below: float
    cool_down_ms: int

    def rank(self, size: float) -> int:
        """The place of the severity of this size, negative if it has none."""
        if size < self.low:
            return _QUIET
        return (size >= self.medium) + (size >= self.high) + (size >= self.critical)


class Alarm(msgspec.Struct, array_like=True):
    """What was told last of one thing that is watched."""

    rank: int = _QUIET
    told_ms: int = 0
    is_calm: bool = True

    def look(self, ladder: Ladder, size: float, at_ms: int) -> Severity | None:
        """The severity if this size is to be told now."""
        if size < ladder.low:
            if size < ladder.calm_below:
                self.is_calm = True
            return None
        rank = ladder.rank(size)
        if not self._is_armed(ladder, at_ms) and (rank <= self.rank or at_ms <= self.told_ms):
            return None
        self.rank, self.told_ms, self.is_calm = rank, at_ms, False
        return SEVERITIES[rank]

    def _is_armed(self, ladder: Ladder, at_ms: int) -> bool:
        if self.rank == _QUIET:
            return True
        return self.is_calm and at_ms - self.told_ms >= ladder.cool_down_ms
