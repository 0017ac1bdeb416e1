"""The state of every market at any simulated time: prices, totals of the day, rolling totals."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from simulator.chance import Chance, Floats
from simulator.ticks import to_ticks, to_volume
from simulator.trades import Times, Trades
from simulator.walk import HOURS, MINUTES, Hour, Walk
from simulator.window import HOUR_MS, MINUTE_MS, Totals, Window, open_window, totals_of

T = TypeVar("T")

_KEPT_HOURS = 3
_KEPT_WINDOWS = 2
_KEPT_TOTALS = 2 * HOURS


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All markets at one moment, an entry for each; the day begins at 00:00 UTC."""

    traded_ms: Times
    price: Floats
    opening: Floats
    high: Floats
    low: Floats
    last_volume: Floats
    day_volume: Floats
    day_turnover: Floats
    rolling_volume: Floats
    rolling_turnover: Floats


class Exchange:
    """Answers for any moment, in any order of asking, and the same each time."""

    def __init__(self, walk: Walk, trades: Trades, chance: Chance) -> None:
        self._walk = walk
        self._trades = trades
        self._chance = chance
        self._hours: OrderedDict[int, Hour] = OrderedDict()
        self._windows: OrderedDict[int, Window] = OrderedDict()
        self._totals: OrderedDict[int, Totals] = OrderedDict()

    def snapshot(self, now_ms: int) -> Snapshot:
        """Every market as of its last trade at or before `now_ms`."""
        number = now_ms // HOUR_MS
        window = _kept(self._windows, number, self._window, _KEPT_WINDOWS)
        rows = self._walk.rows
        index, traded = self._trades.last(rows, np.full(len(rows), now_ms))
        opening = to_ticks(np.exp(window.opening))
        today = traded >= number // HOURS * HOURS * HOUR_MS
        log_price = window.read(window.log_price, traded)
        high = np.maximum(window.reached(window.high, traded), log_price)
        low = np.minimum(window.reached(window.low, traded), log_price)
        volume = window.read(window.volume, traded)
        turnover = window.read(window.turnover, traded)
        left_volume, left_turnover = self._left_of_yesterday(now_ms)
        return Snapshot(
            traded_ms=traded,
            price=np.where(today, to_ticks(np.exp(log_price)), opening),
            opening=opening,
            high=np.where(today, to_ticks(np.exp(high)), opening),
            low=np.where(today, to_ticks(np.exp(low)), opening),
            last_volume=self._last_volume(window, index, traded),
            day_volume=to_volume(volume),
            day_turnover=to_volume(turnover),
            rolling_volume=to_volume(volume + window.rest_volume + left_volume),
            rolling_turnover=to_volume(turnover + window.rest_turnover + left_turnover),
        )

    def _last_volume(self, window: Window, index: Times, traded: Times) -> Floats:
        share = np.minimum(1.0, self._trades.interval_ms / MINUTE_MS)
        share = share * self._chance.uniform("size", self._walk.rows, index)
        return np.maximum(to_volume(window.minute(window.volume, traded) * share), 1e-8)

    def _left_of_yesterday(self, now_ms: int) -> tuple[Floats, Floats]:
        """What was traded yesterday from this time of day to the end of its hour."""
        hour = self._hour(now_ms // HOUR_MS - HOURS)
        mark, within = divmod(now_ms % HOUR_MS, MINUTE_MS)
        share = within / MINUTE_MS

        def left(sums: Floats) -> Floats:
            passed = sums[:, mark] * (1 - share) + sums[:, mark + 1] * share
            rest: Floats = sums[:, MINUTES] - passed
            return rest

        return left(hour.volume), left(hour.turnover)

    def _window(self, number: int) -> Window:
        day = [self._totals_of(each) for each in range(number - HOURS, number)]
        return open_window(number, (self._hour(number - 1), self._hour(number)), day)

    def _totals_of(self, number: int) -> Totals:
        return _kept(self._totals, number, lambda at: totals_of(self._hour(at)), _KEPT_TOTALS)

    def _hour(self, number: int) -> Hour:
        return _kept(self._hours, number, self._walk.hour, _KEPT_HOURS)


def _kept(store: OrderedDict[int, T], key: int, make: Callable[[int], T], limit: int) -> T:
    if key not in store:
        store[key] = make(key)
    store.move_to_end(key)
    while len(store) > limit:
        store.popitem(last=False)
    return store[key]
