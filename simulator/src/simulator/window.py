"""What one hour and the one before it hold of every market, ready to be read at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.chance import Floats
from simulator.trades import Times
from simulator.walk import HOURS, MINUTES, Hour

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Totals:
    """What is kept of an hour that is over: an entry for each market."""

    opening: Floats
    high: Floats
    low: Floats
    volume: Floats
    turnover: Floats


@dataclass(frozen=True, slots=True)
class Window:
    """Two hours of all markets, a column for each of their 121 minute marks.

    All but the price is counted since the day of the second hour began (00:00 UTC).
    `opening` is the day's; the `rest_…` are what was traded yesterday after the second hour of it.
    """

    start_ms: int
    opening: Floats
    log_price: Floats
    high: Floats
    low: Floats
    volume: Floats
    turnover: Floats
    rest_volume: Floats
    rest_turnover: Floats

    def read(self, values: Floats, moments_ms: Times) -> Floats:
        """Each market's value at its own moment, straight between the minute marks."""
        column, share = self._place(moments_ms)
        rows = np.arange(values.shape[0])
        before, after = values[rows, column], values[rows, column + 1]
        between: Floats = before + (after - before) * share
        return between

    def reached(self, values: Floats, moments_ms: Times) -> Floats:
        """Each market's value at the last minute mark before its own moment."""
        column, _ = self._place(moments_ms)
        marked: Floats = values[np.arange(values.shape[0]), column]
        return marked

    def minute(self, values: Floats, moments_ms: Times) -> Floats:
        """By how much each market's value grows in the minute of its own moment."""
        column, _ = self._place(moments_ms)
        rows = np.arange(values.shape[0])
        grown: Floats = values[rows, column + 1] - values[rows, column]
        return grown

    def _place(self, moments_ms: Times) -> tuple[Times, Floats]:
        since = moments_ms - self.start_ms
        return since // MINUTE_MS, (since % MINUTE_MS) / MINUTE_MS


def totals_of(hour: Hour) -> Totals:
    """What is kept of an hour."""
    return Totals(
        opening=hour.log_price[:, 0].copy(),
        high=hour.log_price.max(axis=1),
        low=hour.log_price.min(axis=1),
        volume=hour.volume[:, -1].copy(),
        turnover=hour.turnover[:, -1].copy(),
    )


def open_window(number: int, hours: tuple[Hour, Hour], day: Sequence[Totals]) -> Window:
    """The window of hour `number`; `day` are the totals of the 24 hours before it."""
    earlier, running = hours
    index = number % HOURS
    log_price = np.concatenate([earlier.log_price[:, :-1], running.log_price], axis=1)
    done = day[len(day) - index :]
    before = done[:-1] if index else ()
    high, low = log_price, log_price
    if index:
        high = np.maximum.accumulate(log_price, axis=1)
        low = np.minimum.accumulate(log_price, axis=1)
    else:
        high = _from_midnight(np.maximum.accumulate(running.log_price, axis=1), log_price)
        low = _from_midnight(np.minimum.accumulate(running.log_price, axis=1), log_price)
    for each in before:
        high = np.maximum(high, each.high[:, None])
        low = np.minimum(low, each.low[:, None])
    rest = day[1 : len(day) - index]
    nothing = np.zeros(log_price.shape[0])
    return Window(
        start_ms=(number - 1) * HOUR_MS,
        opening=done[0].opening if index else running.log_price[:, 0],
        log_price=log_price,
        high=high,
        low=low,
        volume=_of_day(earlier.volume, running.volume, [each.volume for each in before], index),
        turnover=_of_day(
            earlier.turnover, running.turnover, [each.turnover for each in before], index
        ),
        rest_volume=sum((each.volume for each in rest), nothing),
        rest_turnover=sum((each.turnover for each in rest), nothing),
    )


def _from_midnight(today: Floats, log_price: Floats) -> Floats:
    return np.concatenate([log_price[:, :MINUTES], today], axis=1)


def _of_day(earlier: Floats, running: Floats, before: Sequence[Floats], index: int) -> Floats:
    """Sums since midnight: hours long over, the hour before, the running one."""
    if not index:
        return np.concatenate([np.zeros_like(earlier[:, :-1]), running], axis=1)
    joined = np.concatenate([earlier[:, :-1], earlier[:, -1:] + running], axis=1)
    for each in before:
        joined = joined + each[:, None]
    summed: Floats = joined
    return summed
