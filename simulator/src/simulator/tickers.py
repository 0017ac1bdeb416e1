"""Upbit's ticker items, made from a snapshot of all markets."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from simulator.exchange import Snapshot
from simulator.names import Name
from simulator.ticks import to_ticks
from simulator.times import DAY_MS, kst, utc

Item = dict[str, Any]

_PRICES = ("opening_price", "high_price", "low_price", "trade_price", "prev_closing_price")
# Of every so many markets one is sent with whole numbers without a point, as the real one does.
_WHOLE_EVERY = 5
_WHOLE_FROM = 1000.0
_EXTREME_DAYS = 300
_EXTREME_REST_DAYS = 7


class Tickers:
    """Items of all markets in their order."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names
        base = np.array([name.price for name in names])
        self._highest = to_ticks(base * 1.74)
        self._lowest = to_ticks(base * 0.58)

    def items(self, snapshot: Snapshot, now_ms: int) -> list[Item]:
        """The ticker of each market at `now_ms`."""
        moved = snapshot.price - snapshot.opening
        rate = np.round(moved / snapshot.opening, 10)
        # One cache for each call: a moment is formatted once, however many markets share it.
        stamps = cache(_stamps)
        columns = zip(
            self._names,
            snapshot.traded_ms.tolist(),
            snapshot.price.tolist(),
            snapshot.opening.tolist(),
            snapshot.high.tolist(),
            snapshot.low.tolist(),
            np.round(moved, 8).tolist(),
            rate.tolist(),
            snapshot.last_volume.tolist(),
            snapshot.day_turnover.tolist(),
            snapshot.rolling_turnover.tolist(),
            snapshot.day_volume.tolist(),
            snapshot.rolling_volume.tolist(),
            np.maximum(self._highest, snapshot.high).tolist(),
            np.minimum(self._lowest, snapshot.low).tolist(),
            *_extreme_dates(now_ms // DAY_MS, len(self._names)),
            strict=True,
        )
        return [
            _item(row, values, stamps(values[1] // 1000), now_ms)
            for row, values in enumerate(columns)
        ]


def _item(row: int, values: Sequence[Any], stamps: Sequence[str], now_ms: int) -> Item:
    name, traded, price, opening, high, low, moved, rate, last, *rest = values
    item = {
        "market": name.market,
        "trade_date": stamps[0],
        "trade_time": stamps[1],
        "trade_date_kst": stamps[2],
        "trade_time_kst": stamps[3],
        "trade_timestamp": traded,
        "opening_price": opening,
        "high_price": high,
        "low_price": low,
        "trade_price": price,
        "prev_closing_price": opening,
        "change": "RISE" if moved > 0 else "FALL" if moved < 0 else "EVEN",
        "change_price": abs(moved),
        "change_rate": abs(rate),
        "signed_change_price": moved,
        "signed_change_rate": rate,
        "trade_volume": last,
        "acc_trade_price": rest[0],
        "acc_trade_price_24h": rest[1],
        "acc_trade_volume": rest[2],
        "acc_trade_volume_24h": rest[3],
        "highest_52_week_price": rest[4],
        "highest_52_week_date": rest[6],
        "lowest_52_week_price": rest[5],
        "lowest_52_week_date": rest[7],
        "timestamp": now_ms,
    }
    if row % _WHOLE_EVERY == 1 and price >= _WHOLE_FROM:
        item.update({key: int(item[key]) for key in _PRICES})
    return item


def _stamps(second: int) -> tuple[str, str, str, str]:
    here, korea = utc(second * 1000), kst(second * 1000)
    return (
        here.strftime("%Y%m%d"),
        here.strftime("%H%M%S"),
        korea.strftime("%Y%m%d"),
        korea.strftime("%H%M%S"),
    )


@lru_cache(maxsize=2)
def _extreme_dates(today: int, count: int) -> tuple[list[str], list[str]]:
    """Days that lie 7 to 306 days back and stay the same for most of a year, for each market."""

    def date(offset: int) -> str:
        latest = today - _EXTREME_REST_DAYS
        day = latest - (latest - offset * 37) % _EXTREME_DAYS
        return utc(day * DAY_MS).strftime("%Y-%m-%d")

    half = _EXTREME_DAYS // 2
    return [date(row) for row in range(count)], [date(row + half) for row in range(count)]
