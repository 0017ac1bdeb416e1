"""What is usual for a market: the spread of its returns and the level of its turnover.

Both forget with a half-life of about 20 minutes, hold a handful of numbers, and let one wild minute
count no more than a few usual ones. Restored from their numbers they go on bit for bit.
"""

from math import exp, sqrt

import msgspec

# An exponential average of this weight is as old as a plain one over an hour of minutes.
_WEIGHT = 2.0 / 61.0
_MOST = 60
NEEDED = 30


class Spread(msgspec.Struct, array_like=True):
    """The standard deviation of the log return of a minute."""

    count: int = 0
    variance: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether there were enough returns to speak of a spread."""
        return self.count >= NEEDED

    def sigma(self) -> float:
        """One standard deviation, no less than a thousandth: a flat market has no wild minutes."""
        return max(sqrt(self.variance), 0.001)

    def add(self, value: float) -> None:
        """Take in the return of one more minute."""
        if self.is_known:
            most = 4.0 * self.sigma()
            value = min(most, max(-most, value))
        self.count = min(self.count + 1, _MOST)
        weight = max(1.0 / self.count, _WEIGHT)
        self.variance += weight * (value * value - self.variance)


class Level(msgspec.Struct, array_like=True):
    """Mean and scatter of the logarithm of a minute's turnover."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether there were enough minutes to speak of a level."""
        return self.count >= NEEDED

    def usual(self) -> float:
        """The turnover of a usual minute."""
        return exp(self.mean)

    def scatter(self) -> float:
        """One standard deviation of the logarithm, no less than a quarter."""
        return max(sqrt(self.variance), 0.25)

    def add(self, value: float) -> None:
        """Take in the logarithm of the turnover of one more minute."""
        off = value - self.mean
        if self.is_known:
            most = 3.0 * self.scatter()
            off = min(most, max(-most, off))
        self.count = min(self.count + 1, _MOST)
        weight = max(1.0 / self.count, _WEIGHT)
        self.mean += weight * off
        self.variance = (1.0 - weight) * (self.variance + weight * off * off)
