"""The windows of one market: open bars of a minute, and those of five minutes and an hour."""

from collections.abc import Iterator

import msgspec

from insights.records import Interval

MINUTE_MS = 60_000
FIVE_MS = 5 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


class Bar(msgspec.Struct, array_like=True):
    """What happened from `start` on; times in ms since 1970 UTC, the ticks' own."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    ticks: int
    first_ms: int
    last_ms: int

    def add(self, price: float, at_ms: int, volume: float, turnover: float) -> None:
        """Take in one more tick, in whatever order they come."""
        if at_ms >= self.last_ms:
            self.close, self.last_ms = price, at_ms
        if at_ms < self.first_ms:
            self.open, self.first_ms = price, at_ms
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.volume += volume
        self.turnover += turnover
        self.ticks += 1

    def join(self, later: "Bar") -> None:
        """Take in a bar that follows."""
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close, self.last_ms = later.close, later.last_ms
        self.volume += later.volume
        self.turnover += later.turnover
        self.ticks += later.ticks


Closed = tuple[Interval, Bar]


class Bars(msgspec.Struct, array_like=True):
    """The open bars of one market: the newest minute, the one before it, and the longer ones.

    Everything before `closed` (ms) is closed for good.
    """

    closed: int = 0
    before: Bar | None = None
    newest: Bar | None = None
    five: Bar | None = None
    hour: Bar | None = None

    def add(self, price: float, at_ms: int, volume: float, turnover: float) -> bool:
        """Take in a tick that is not late; whether it opened a minute."""
        start = at_ms - at_ms % MINUTE_MS
        for bar in (self.newest, self.before):
            if bar is not None and bar.start == start:
                bar.add(price, at_ms, volume, turnover)
                return False
        opened = Bar(start, price, price, price, price, volume, turnover, 1, at_ms, at_ms)
        if self.newest is None or start > self.newest.start:
            self.before, self.newest = self.newest, opened
        else:
            self.before = opened
        return True

    def close(self, until: int) -> Iterator[Closed]:
        """Close what ended at or before `until`, a full minute: the bars in the order of time."""
        if until <= self.closed:
            return
        self.closed = until
        if self.before is not None and self.before.start < until:
            yield from self._close_minute(self.before)
            self.before = None
        if self.newest is not None and self.newest.start < until:
            yield from self._close_minute(self.newest)
            self.newest = None
        if self.five is not None and self.five.start + FIVE_MS <= until:
            yield "5m", self.five
            self.five = None
        if self.hour is not None and self.hour.start + HOUR_MS <= until:
            yield "1h", self.hour
            self.hour = None

    def ends(self) -> Iterator[int]:
        """When the open bars end."""
        for bar in (self.before, self.newest):
            if bar is not None:
                yield bar.start + MINUTE_MS
        yield from self.long_ends()

    def long_ends(self) -> Iterator[int]:
        """When the open bars of five minutes and of an hour end."""
        if self.five is not None:
            yield self.five.start + FIVE_MS
        if self.hour is not None:
            yield self.hour.start + HOUR_MS

    def _close_minute(self, minute: Bar) -> Iterator[Closed]:
        yield "1m", minute
        start = minute.start - minute.start % FIVE_MS
        if self.five is not None and self.five.start < start:
            yield "5m", self.five
            self.five = None
        self.five = _joined(self.five, minute, start)
        start = minute.start - minute.start % HOUR_MS
        if self.hour is not None and self.hour.start < start:
            yield "1h", self.hour
            self.hour = None
        self.hour = _joined(self.hour, minute, start)


def _joined(longer: Bar | None, minute: Bar, start: int) -> Bar:
    if longer is None:
        return msgspec.structs.replace(minute, start=start)
    longer.join(minute)
    return longer
