"""movers: which markets gained and lost most within an hour, looked at every five minutes."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import msgspec

from cointicker.times import from_ms
from insights import wording
from insights.alarm import Ladder
from insights.bars import FIVE_MS, HOUR_MS, MINUTE_MS
from insights.records import ALL_MARKETS, SEVERITIES, Insight, insight_id, window

LADDER = Ladder(low=0.01, medium=0.05, high=0.10, critical=0.20, calm_below=0.008, cool_down_ms=0)
# Marks lie five minutes apart.
MARK_MS = FIVE_MS
_HOUR_MARKS = HOUR_MS // MARK_MS
# A price stands for so many marks without a trade.
_STANDS = 3
# A market without a trade for so many, 7 days, is forgotten.
_FORGOTTEN = 7 * 24 * _HOUR_MARKS
# Partitions may be so many marks apart before the oldest ones are given up.
MOST_APART = 24
_KEPT = _HOUR_MARKS + _STANDS + MOST_APART + 1
_LEAST_MARKETS = 10
_SHOWN = 5


class Closes(msgspec.Struct, array_like=True):
    """The last prices before each mark of one market, oldest first."""

    symbol: str
    marks: list[int] = []
    prices: list[float] = []

    def add(self, mark: int, price: float) -> None:
        """Remember the close of one more minute; they come in order."""
        if self.marks and self.marks[-1] == mark:
            self.prices[-1] = price
            return
        self.marks.append(mark)
        self.prices.append(price)
        if len(self.marks) > _KEPT:
            del self.marks[0], self.prices[0]

    def before(self, mark: int) -> float | None:
        """The price at a mark, None if there was none for long."""
        at = bisect_left(self.marks, mark + 1) - 1
        if at < 0 or self.marks[at] <= mark - _STANDS:
            return None
        return self.prices[at]


@dataclass(frozen=True, slots=True)
class Mover:
    """A market and how far it went in an hour."""

    market: str
    symbol: str
    price: float
    price_before: float

    @property
    def change(self) -> float:
        """0.01 is one percent."""
        return self.price / self.price_before - 1.0

    def evidence(self) -> dict[str, Any]:
        """Its numbers."""
        return {
            "market": self.market,
            "symbol": self.symbol,
            "change": self.change,
            "price": self.price,
            "price_before": self.price_before,
        }


class Movers(msgspec.Struct, array_like=True):
    """The prices of all markets at the marks, and which markets were shown last."""

    markets: dict[str, Closes] = {}
    shown: list[str] = []

    def add(self, market: str, symbol: str, start_ms: int, close: float) -> None:
        """Remember a market's closed minute."""
        closes = self.markets.get(market)
        if closes is None:
            closes = self.markets[market] = Closes(symbol)
        closes.add(start_ms // MARK_MS + 1, close)

    def forget(self, mark: int) -> None:
        """Forget the markets whose last price is too old at this mark."""
        oldest = mark - _FORGOTTEN
        self.markets = {
            market: closes for market, closes in self.markets.items() if closes.marks[-1] >= oldest
        }

    def look(self, mark: int, detected_ms: int) -> Insight | None:
        """What is to be told at this mark, if any market went far."""
        known = self._changes(mark)
        if len(known) < _LEAST_MARKETS:
            return None
        shown = set(self.shown)
        far = [
            each
            for each in known
            if abs(each.change) >= (LADDER.calm_below if each.market in shown else LADDER.low)
        ]
        far.sort(key=lambda each: (-each.change, each.market))
        gainers = [each for each in far[:_SHOWN] if each.change > 0]
        losers = [each for each in far[: -_SHOWN - 1 : -1] if each.change < 0]
        self.shown = sorted(each.market for each in gainers + losers)
        largest = max((abs(each.change) for each in gainers[:1] + losers[:1]), default=0.0)
        if largest < LADDER.low:
            return None
        return _tell(mark, known, (gainers, losers), detected_ms)

    def _changes(self, mark: int) -> list[Mover]:
        found = []
        for market, closes in self.markets.items():
            now, before = closes.before(mark), closes.before(mark - _HOUR_MARKS)
            if now is not None and before is not None:
                found.append(Mover(market, closes.symbol, now, before))
        return found


def _tell(
    mark: int, known: list[Mover], far: tuple[list[Mover], list[Mover]], detected_ms: int
) -> Insight:
    gainers, losers = far
    first = max(gainers[:1] + losers[:1], key=lambda each: (abs(each.change), each.market))
    end_ms = mark * MARK_MS
    start_ms = end_ms - 60 * MINUTE_MS
    best, worst = ((each[0].symbol, each[0].change) if each else None for each in (gainers, losers))
    return Insight(
        id=insight_id("movers", ALL_MARKETS, start_ms, end_ms),
        kind="movers",
        market=ALL_MARKETS,
        symbol=None,
        severity=SEVERITIES[LADDER.rank(abs(first.change))],
        window=window(start_ms, end_ms),
        value=abs(first.change),
        threshold=LADDER.low,
        direction="up" if first.change > 0 else "down",
        summary=wording.movers(best, worst),
        evidence={
            "gainers": [each.evidence() for each in gainers],
            "losers": [each.evidence() for each in losers],
            "markets": len(known),
            "rising": sum(each.change > 0 for each in known),
            "falling": sum(each.change < 0 for each in known),
        },
        detected_at=from_ms(detected_ms),
    )
