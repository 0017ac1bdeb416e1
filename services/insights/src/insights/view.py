"""What the API shows: the newest insights and candles, in memory, bounded, in no order of arrival.

Two views that were given the same records, in whatever order of their partitions, show the same.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from sys import intern

from cointicker.times import to_ms
from insights.records import Candle, Insight
from insights.view_candles import Candles, row_of


@dataclass(frozen=True, slots=True)
class Entry:
    """An insight as it was committed (`value`), and what it is looked up by.

    `arrival` counts the insights that came after the view had caught up, 0 for those before.
    """

    id: str
    kind: str
    market: str
    symbol: str | None
    severity: str
    detected_ms: int
    value: bytes
    arrival: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which insights are meant; None means any."""

    kinds: frozenset[str] | None = None
    severities: frozenset[str] | None = None
    market: str | None = None
    symbol: str | None = None

    def admits(self, kind: str, market: str, symbol: str | None, severity: str | None) -> bool:
        """Whether it means such an insight; a candle has no severity."""
        return (
            (self.kinds is None or kind in self.kinds)
            and (self.market is None or market == self.market)
            and (self.symbol is None or symbol == self.symbol)
            and (severity is None or self.severities is None or severity in self.severities)
        )


class View:
    """The last hours of the insight topics. An insight of the same id replaces the one before."""

    def __init__(self, most_insights: int, most_candles: int) -> None:
        self._most = most_insights
        self._entries: dict[str, Entry] = {}
        self._order: list[tuple[int, str]] = []
        self._newest: dict[str, Entry] = {}
        self._markets: Counter[str] = Counter()
        self._symbols: Counter[str] = Counter()
        self._candle_symbols: dict[str, str] = {}
        self._arrivals = 0
        self.candles = Candles(most_candles)
        self.has_caught_up = False
        self.newest_ms: int | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, insight: Insight, value: bytes) -> Entry | None:
        """Add an insight; None if this very one is there already."""
        before = self._entries.get(insight.id)
        if before is not None:
            if before.value == value:
                return None
            self._remove(before)
        self._arrivals += self.has_caught_up
        entry = Entry(
            insight.id,
            intern(insight.kind),
            intern(insight.market),
            insight.symbol and intern(insight.symbol),
            intern(insight.severity),
            to_ms(insight.detected_at),
            value,
            self._arrivals if self.has_caught_up else 0,
        )
        self._add(entry)
        while len(self._order) > self._most:
            self._remove(self._entries[self._order[0][1]])
        return entry

    def put_candle(self, candle: Candle, recorded_ms: int) -> None:
        """Add a candle, or replace that of the same market, interval and start."""
        self.candles.put(candle.market, candle.interval, row_of(candle, recorded_ms))
        self._candle_symbols[candle.market] = candle.symbol
        self._saw(recorded_ms)

    def forget_before(self, moment_ms: int) -> None:
        """Forget what was recorded before."""
        while self._order and self._order[0][0] < moment_ms:
            self._remove(self._entries[self._order[0][1]])
        self.candles.forget_before(moment_ms)
        kept = set(self.candles.markets())
        for market in self._candle_symbols.keys() - kept:
            del self._candle_symbols[market]

    def get(self, insight_id: str) -> Entry | None:
        """The insight of that id."""
        return self._entries.get(insight_id)

    def insights(self, wanted: Filter, since_ms: int | None = None) -> Iterator[Entry]:
        """Those that are meant and were detected since then, the newest first."""
        for detected_ms, insight_id in reversed(self._order):
            if since_ms is not None and detected_ms < since_ms:
                return
            each = self._entries[insight_id]
            if wanted.admits(each.kind, each.market, each.symbol, each.severity):
                yield each

    def newest(self, kind: str) -> Entry | None:
        """The newest insight of a kind."""
        return self._newest.get(kind)

    def counts(self, since_ms: int) -> Counter[tuple[str, str]]:
        """How many were detected since then, by kind and severity."""
        return Counter((each.kind, each.severity) for each in self.insights(Filter(), since_ms))

    def markets(self) -> set[str]:
        """Every market that something is known of."""
        return self._candle_symbols.keys() | self._markets.keys()

    def symbols(self) -> set[str]:
        """Every symbol that something is known of."""
        return {*self._candle_symbols.values(), *self._symbols}

    def after(self, entry: Entry | None, is_meant: Callable[[Entry], bool]) -> list[Entry]:
        """All that `is_meant` says, the oldest first, without `entry` itself."""
        found: Iterable[Entry] = (self._entries[each] for _, each in self._order)
        return [each for each in found if each is not entry and is_meant(each)]

    def _add(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        insort(self._order, (entry.detected_ms, entry.id))
        self._markets[entry.market] += 1
        if entry.symbol is not None:
            self._symbols[entry.symbol] += 1
        newest = self._newest.get(entry.kind)
        if newest is None or (newest.detected_ms, newest.id) <= (entry.detected_ms, entry.id):
            self._newest[entry.kind] = entry
        self._saw(entry.detected_ms)

    def _remove(self, entry: Entry) -> None:
        del self._entries[entry.id]
        del self._order[bisect_left(self._order, (entry.detected_ms, entry.id))]
        _take(self._markets, entry.market)
        if entry.symbol is not None:
            _take(self._symbols, entry.symbol)
        if self._newest.get(entry.kind) is entry:
            del self._newest[entry.kind]
            for each in self.insights(Filter(kinds=frozenset({entry.kind}))):
                self._newest[each.kind] = each
                return

    def _saw(self, recorded_ms: int) -> None:
        self.newest_ms = max(self.newest_ms or recorded_ms, recorded_ms)


def _take(counter: Counter[str], name: str) -> None:
    counter[name] -= 1
    if not counter[name]:
        del counter[name]
