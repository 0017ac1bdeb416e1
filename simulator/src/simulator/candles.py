"""Upbit's minute candles of one market, from the same trades that its ticker shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.chance import Floats
from simulator.names import Name
from simulator.ticks import to_ticks, to_volume
from simulator.times import kst, utc
from simulator.trades import Times, Trades
from simulator.walk import MINUTES, Walk
from simulator.window import HOUR_MS, MINUTE_MS

UNITS = (1, 3, 5, 10, 15, 30, 60, 240)


@dataclass(frozen=True, slots=True)
class _Path:
    """One market over some hours: values at each minute mark, sums since the first."""

    start_ms: int
    log_price: Floats
    volume: Floats
    turnover: Floats

    def read(self, values: Floats, moments_ms: Times) -> Floats:
        return np.interp((moments_ms - self.start_ms) / MINUTE_MS, np.arange(len(values)), values)

    def between(self, first_ms: int, last_ms: int) -> Floats:
        """Log prices at both moments and at the minute marks between them."""
        ends = self.read(self.log_price, np.array([first_ms, last_ms]))
        first = (first_ms - self.start_ms) // MINUTE_MS + 1
        last = (last_ms - self.start_ms) // MINUTE_MS + 1
        return np.concatenate([ends, self.log_price[first:last]])


def candles(walk: Walk, trades: Trades, name: Name, row: int, span: "Span") -> list[dict[str, Any]]:
    """The candles of `span` that had a trade, newest first."""
    starts = span.starts()
    rows = np.full(len(starts), row)
    ends = np.minimum(starts + span.unit * MINUTE_MS - 1, span.now_ms)
    _, closed = trades.last(rows, ends)
    before_index, before = trades.last(rows, starts - 1)
    opened = trades.time_ms(rows, before_index + 1)
    path = _path(walk, row, int(before.min()), span.now_ms)
    volume = path.read(path.volume, closed) - path.read(path.volume, before)
    turnover = path.read(path.turnover, closed) - path.read(path.turnover, before)
    traded = np.flatnonzero(closed >= starts)
    return [
        {
            "market": name.market,
            "candle_date_time_utc": utc(int(starts[at])).strftime("%Y-%m-%dT%H:%M:%S"),
            "candle_date_time_kst": kst(int(starts[at])).strftime("%Y-%m-%dT%H:%M:%S"),
            **_prices(path.between(int(opened[at]), int(closed[at]))),
            "timestamp": int(closed[at]),
            "candle_acc_trade_price": round(float(turnover[at]), 5),
            "candle_acc_trade_volume": float(to_volume(volume[at])),
            "unit": span.unit,
        }
        for at in traded
    ]


@dataclass(frozen=True, slots=True)
class Span:
    """Up to `count` candles of `unit` minutes that begin before `to_ms`."""

    unit: int
    count: int
    to_ms: int
    now_ms: int

    def starts(self) -> Times:
        """Where the candles begin, newest first."""
        size = self.unit * MINUTE_MS
        newest = (min(self.to_ms, self.now_ms + 1) - 1) // size * size
        return newest - np.arange(self.count) * size


def _prices(log_prices: Floats) -> dict[str, float]:
    prices = to_ticks(np.exp(log_prices)).tolist()
    return {
        "opening_price": prices[0],
        "high_price": max(prices),
        "low_price": min(prices),
        "trade_price": prices[1],
    }


def _path(walk: Walk, row: int, first_ms: int, last_ms: int) -> _Path:
    first = first_ms // HOUR_MS
    hours = [walk.hour(hour, np.array([row])) for hour in range(first, last_ms // HOUR_MS + 1)]
    return _Path(
        start_ms=first * HOUR_MS,
        log_price=np.concatenate(
            [each.log_price[0, :MINUTES] for each in hours] + [hours[-1].log_price[0, MINUTES:]]
        ),
        volume=_summed([each.volume[0] for each in hours]),
        turnover=_summed([each.turnover[0] for each in hours]),
    )


def _summed(hours: list[Floats]) -> Floats:
    steps = np.concatenate([np.diff(each) for each in hours])
    return np.concatenate([np.zeros(1), np.cumsum(steps)])
