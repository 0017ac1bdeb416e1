"""The candles of the view: rows of numbers, bounded for each series and for all together."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from cointicker.times import to_ms
from insights.records import Candle

# Newest candles that are kept of a market, by interval.
MOST_CANDLES = {"1m": 1_500, "5m": 600, "1h": 200}
# Room is made in portions, so that it costs little per candle.
_ROOM = 0.9


class CandleRow(NamedTuple):
    """A candle as numbers; `final` is 1 or 0, `recorded_ms` the Kafka timestamp of its record."""

    start_ms: float
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    ticks: float
    final: float
    recorded_ms: float


def row_of(candle: Candle, recorded_ms: int) -> CandleRow:
    """The numbers of a candle."""
    return CandleRow(
        to_ms(candle.start),
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.turnover,
        candle.ticks,
        candle.final,
        recorded_ms,
    )


_WIDTH = len(CandleRow._fields)
_RECORDED = CandleRow._fields.index("recorded_ms")


class Series:
    """The candles of one market and interval, one a start, in the order of their starts."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._numbers = array("d")

    def __len__(self) -> int:
        return len(self._numbers) // _WIDTH

    def put(self, row: CandleRow) -> None:
        """Add a candle, or replace that of the same start; the oldest beyond the bound goes."""
        at = self._place(row.start_ms)
        is_there = at < len(self) and self._numbers[at * _WIDTH] == row.start_ms
        self._numbers[at * _WIDTH : (at + is_there) * _WIDTH] = array("d", row)
        self.keep(self._most)

    def newest(self, limit: int, since_ms: float) -> list[CandleRow]:
        """At most `limit` of them that began at `since_ms` or later, the oldest first."""
        first = max(self._place(since_ms), len(self) - limit)
        return [self._row(at) for at in range(first, len(self))]

    def keep(self, most: int) -> int:
        """Forget the oldest beyond `most`; how many they were."""
        excess = max(0, len(self) - most)
        del self._numbers[: excess * _WIDTH]
        return excess

    def forget_before(self, recorded_ms: float) -> int:
        """Forget those from the front that were last written before; how many they were."""
        if not self._numbers or self._numbers[_RECORDED] >= recorded_ms:
            return 0
        first = bisect_left(
            range(len(self)), recorded_ms, key=lambda at: self._numbers[at * _WIDTH + _RECORDED]
        )
        return self.keep(len(self) - first)

    def _place(self, start_ms: float) -> int:
        return bisect_left(range(len(self)), start_ms, key=lambda at: self._numbers[at * _WIDTH])

    def _row(self, at: int) -> CandleRow:
        return CandleRow(*self._numbers[at * _WIDTH : (at + 1) * _WIDTH])


class Candles:
    """All series. When they are more than `most_in_all`, the longest give up their oldest."""

    def __init__(self, most_in_all: int) -> None:
        self._most_in_all = most_in_all
        self._series: dict[tuple[str, str], Series] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def markets(self) -> Iterator[str]:
        """The market of each series."""
        return (market for market, _ in self._series)

    def put(self, market: str, interval: str, row: CandleRow) -> None:
        """Add a candle or replace that of the same start."""
        series = self._series.get((market, interval))
        if series is None:
            series = self._series[market, interval] = Series(MOST_CANDLES[interval])
        before = len(series)
        series.put(row)
        self._count += len(series) - before
        if self._count > self._most_in_all:
            self._make_room()

    def newest(
        self, market: str, interval: str, limit: int, since_ms: float = float("-inf")
    ) -> list[CandleRow]:
        """The newest of a market, the oldest first; none if there are none."""
        series = self._series.get((market, interval))
        return series.newest(limit, since_ms) if series else []

    def forget_before(self, recorded_ms: float) -> None:
        """Forget what was last written before, and series of which nothing is left."""
        for name, series in list(self._series.items()):
            self._count -= series.forget_before(recorded_ms)
            if not len(series):
                del self._series[name]

    def _make_room(self) -> None:
        goal = int(self._most_in_all * _ROOM)
        lengths = [len(each) for each in self._series.values()]
        # The longest length that fits everybody: found by trying lengths, which only grow.
        longest = bisect_right(
            range(max(lengths)), goal, key=lambda most: sum(min(most, each) for each in lengths)
        )
        for series in self._series.values():
            self._count -= series.keep(max(1, longest - 1))
