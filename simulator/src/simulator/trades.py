"""When each market trades: the only moments at which its price and totals can be seen."""

import numpy as np
from numpy.typing import NDArray

from simulator.chance import Chance, Floats

Times = NDArray[np.int64]
Indices = NDArray[np.int64]

# Nothing rests longer than two of these, so a last trade is in this hour or the one before.
LONGEST_INTERVAL_MS = 1_800_000.0


class Trades:
    """One trade of a market in each interval of its own, at an uneven moment in it.

    `rate` is how many of the markets trade per second, together. As it nears their number the
    intervals become even: then every market trades once every count/rate seconds exactly.
    """

    def __init__(self, count: int, rate: float, chance: Chance) -> None:
        rows = np.arange(count)
        busy = min(1.0, rate / count)
        rank = 0.5 * np.log((rows + 5.0) / count) + 0.6 * chance.normal("liquidity", rows, 0)
        weights = np.exp((1.0 - busy) * rank)
        weights *= (1.0 / weights).sum() / count
        self.interval_ms = np.minimum(count / rate * 1000.0 * weights, LONGEST_INTERVAL_MS)
        self._phase = chance.uniform("phase", rows, 0)
        self._jitter = 1.0 - busy
        self._chance = chance

    def last(self, rows: NDArray[np.int64], moments_ms: Times) -> tuple[Indices, Times]:
        """The number and the time of the last trade at or before each moment."""
        position = moments_ms / self.interval_ms[rows] - self._phase[rows]
        index = np.floor(position).astype(np.int64)
        early = self.time_ms(rows, index) > moments_ms
        index = index - early
        return index, self.time_ms(rows, index)

    def time_ms(self, rows: NDArray[np.int64], index: Indices) -> Times:
        """When the trades of these numbers happen, in ms since 1970 UTC."""
        uneven: Floats = self._jitter * self._chance.uniform("trade", rows, index)
        exact = (index + self._phase[rows] + uneven) * self.interval_ms[rows]
        return np.ceil(exact).astype(np.int64)
