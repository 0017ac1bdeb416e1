"""Everything that stage one knows of one market, and what one more tick does to it."""

from datetime import datetime
from math import log, sqrt
from typing import NamedTuple

import msgspec

from insights.alarm import Alarm
from insights.bars import MINUTE_MS, Bar, Bars
from insights.baseline import Level, Spread
from insights.price_move import Move, Trail, find_move

DAY_MS = 24 * 60 * MINUTE_MS
# A market's own records may come so much out of order.
GRACE_MS = 5_000
# A return is one of a minute only if it spans few of them.
_MOST_MINUTES = 5


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a processed market record: all that stage one needs, and no more."""

    schema: int = 1
    revision: int
    market: str
    symbol: str
    price: float
    volume_day: float
    turnover_day: float
    event_at: datetime


class Traded(NamedTuple):
    """What was traded between two ticks."""

    volume: float
    turnover: float


_NOTHING = Traded(0.0, 0.0)


class Book(msgspec.Struct, array_like=True):
    """One market. `since_ms` is when it was first seen, or seen again after a hole.

    Until then nothing is known: a window that began earlier would be sold in part as a whole.
    """

    symbol: str
    since_ms: int
    is_new: bool = True
    last_ms: int = 0
    revision: int = 0
    volume_day: float = 0.0
    turnover_day: float = 0.0
    minute_ms: int = 0
    minute_close: float = 0.0
    bars: Bars = msgspec.field(default_factory=Bars)
    trail: Trail = msgspec.field(default_factory=Trail)
    spread: Spread = msgspec.field(default_factory=Spread)
    level: Level = msgspec.field(default_factory=Level)
    move_alarm: Alarm = msgspec.field(default_factory=Alarm)
    spike_alarm: Alarm = msgspec.field(default_factory=Alarm)

    def begin_anew(self, since_ms: int) -> None:
        """Nothing was seen for long: no difference and no window spans it.

        A price of before may still be compared with one of after, if it is not too old.
        """
        self.since_ms = since_ms
        self.is_new = True

    def repeats(self, tick: Tick, at_ms: int) -> bool:
        """Whether this tick was the last one already."""
        return at_ms == self.last_ms and tick.revision <= self.revision

    def stand(self, tick: Tick, at_ms: int) -> None:
        """Take a first tick that is older than every open window as where the market stands."""
        self.is_new = False
        self._remember(tick, at_ms)

    def trade(self, tick: Tick, at_ms: int) -> tuple[bool, Move | None]:
        """Take in a tick that is not late: whether it opened a minute, and the move it ends."""
        volume, turnover = self._traded(tick, at_ms)
        opened = self.bars.add(tick.price, at_ms, volume, turnover)
        if at_ms < self.last_ms:
            return opened, None
        self.is_new = False
        self._remember(tick, at_ms)
        self.trail.add(at_ms, tick.price)
        return opened, find_move(self.trail, self.spread, self.move_alarm, at_ms, tick.price)

    def is_whole(self, bar: Bar) -> bool:
        """Whether the bar's window was seen from its start on."""
        return bar.start >= self.since_ms

    def end_minute(self, minute: Bar) -> None:
        """Learn the return of a minute that has closed."""
        passed = (minute.start - self.minute_ms) // MINUTE_MS
        if 1 <= passed <= _MOST_MINUTES:
            self.spread.add(log(minute.close / self.minute_close) / sqrt(passed))
        self.minute_ms, self.minute_close = minute.start, minute.close

    def _remember(self, tick: Tick, at_ms: int) -> None:
        self.symbol = tick.symbol
        self.last_ms, self.revision = at_ms, tick.revision
        self.volume_day, self.turnover_day = tick.volume_day, tick.turnover_day

    def _traded(self, tick: Tick, at_ms: int) -> Traded:
        """By how much the day's totals grew; on a new day they began at 0.

        A tick that comes after a later one adds nothing: its part is in the later one's.
        """
        if self.is_new or at_ms < self.last_ms:
            return _NOTHING
        if at_ms // DAY_MS > self.last_ms // DAY_MS:
            return Traded(tick.volume_day, tick.turnover_day)
        return Traded(
            max(0.0, tick.volume_day - self.volume_day),
            max(0.0, tick.turnover_day - self.turnover_day),
        )
