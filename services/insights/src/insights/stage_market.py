"""Stage one of the markets: candles, price moves and volume spikes of one partition.

A window closes by event time alone. A market's own minute closes when its own ticks are 5 s past
its end: they come in order. Where a market does not trade, its minutes close when any tick of the
partition is 3 minutes past: between markets, the order is only that of the polls. If the whole
partition jumps by more than that, nobody looked in between (a hole): differences and windows begin
anew, so that no part is sold as a whole. A market that has not traded for 7 days is forgotten.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.times import from_ms
from cointicker.work import Output
from insights.bars import HOUR_MS, MINUTE_MS, Bar
from insights.book import DAY_MS, GRACE_MS, Book, Tick
from insights.decoding import decode, event_ms
from insights.metrics import Tally
from insights.outlet import Outlet
from insights.price_move import tell_move
from insights.records import Candle, ClosedMinute, Idle, Interval, Watermark
from insights.snapshots import pack, unpack
from insights.volume_spike import find_spike, tell_spike

HOLE_MS = 3 * MINUTE_MS
FORGOTTEN_MS = 7 * DAY_MS
_SNAPSHOT = "insights.market.1"
# All markets close the same few windows.
_moment = lru_cache(maxsize=64)(from_ms)


class State(msgspec.Struct, array_like=True):
    """What is kept: the markets in the order in which they were first seen.

    `newest_ms` is the latest moment of any tick; everything before `closed` (ms) is closed.
    """

    newest_ms: int = 0
    closed: int = 0
    latest_timestamp: int = 0
    books: dict[str, Book] = {}


class MarketStage:
    """The work of one partition of `processed.market`."""

    def __init__(
        self, prefix: str, partition: Partition, snapshot: bytes | None, tally: Tally
    ) -> None:
        self._source = partition
        self._tally = tally
        self._outlet = Outlet(prefix, partition.number)
        self._decoder = msgspec.json.Decoder(Tick)
        self._state = State() if snapshot is None else unpack(snapshot, State, _SNAPSHOT)
        self._due: dict[int, set[str]] = {}
        for market, book in self._state.books.items():
            self._expect(market, book.bars.ends())
        tally.watch(partition, self)

    @property
    def held(self) -> int:
        """How many markets are kept."""
        return len(self._state.books)

    def take(self, records: Sequence[Record]) -> list[Output]:
        """Candles, insights and state for stage two; dead letters of what cannot be used."""
        for record in records:
            self._state.latest_timestamp = max(self._state.latest_timestamp, record.timestamp)
            try:
                tick = decode(self._decoder, record.value)
                self._tick(tick, event_ms(tick.event_at, record), record.timestamp)
            except InvalidMessage as error:
                self._outlet.refuse(record, self._source, error)
        self._tally.count(str(self._source), self._outlet.counts)
        self._outlet.counts.clear()
        return self._outlet.drain()

    def idle(self) -> list[Output]:
        """A word to stage two that nobody needs to wait for this partition."""
        mark = Idle(partition=self._source.number)
        # Before the first record there is no time in its input, and one of 1970 would be past the
        # topic's retention at once.
        self._outlet.state(str(self._source.number), mark, self._state.latest_timestamp or None)
        return self._outlet.drain()

    def snapshot(self) -> bytes:
        """The state as bytes: the same after the same records."""
        return pack(self._state, _SNAPSHOT)

    def _tick(self, tick: Tick, at_ms: int, timestamp: int) -> None:
        if not 0.0 < tick.price < float("inf"):
            raise InvalidMessage("out_of_range", f"price: {tick.price}")
        if at_ms > self._state.newest_ms:
            self._advance(at_ms, timestamp)
        book = self._state.books.get(tick.market)
        if book is None:
            book = self._state.books[tick.market] = Book(tick.symbol, at_ms)
        if book.repeats(tick, at_ms):
            self._outlet.ignore("duplicate")
            return
        closed = max(self._state.closed, _minute(max(at_ms, book.last_ms) - GRACE_MS))
        self._close(tick.market, book, closed, timestamp)
        if at_ms >= book.bars.closed:
            self._trade(book, tick, at_ms, timestamp)
        elif book.is_new:
            book.stand(tick, at_ms)
        else:
            raise InvalidMessage("late", f"{tick.market} is closed up to {from_ms(closed)}")

    def _trade(self, book: Book, tick: Tick, at_ms: int, timestamp: int) -> None:
        opened, move = book.trade(tick, at_ms)
        if opened:
            self._expect(tick.market, (at_ms - at_ms % MINUTE_MS + MINUTE_MS,))
        if move is not None:
            self._outlet.insight(tell_move(tick.market, tick.symbol, move, timestamp), timestamp)

    def _advance(self, at_ms: int, timestamp: int) -> None:
        """Close what this moment ends, in every market."""
        state = self._state
        if state.newest_ms and at_ms - state.newest_ms > HOLE_MS:
            self._sweep(_minute(state.newest_ms), timestamp)
            for book in state.books.values():
                book.begin_anew(at_ms)
        is_new_hour = at_ms // HOUR_MS > state.newest_ms // HOUR_MS
        state.newest_ms = at_ms
        self._sweep(_minute(at_ms - HOLE_MS), timestamp)
        if is_new_hour:
            self._forget(at_ms - FORGOTTEN_MS)

    def _forget(self, before_ms: int) -> None:
        """Forget who traded last before then; all of their windows are closed since."""
        books = self._state.books
        self._state.books = {
            market: book for market, book in books.items() if book.last_ms >= before_ms
        }

    def _sweep(self, until: int, timestamp: int) -> None:
        if until <= self._state.closed:
            return
        self._state.closed = until
        due = [end for end in self._due if end <= until]
        markets = {market for end in due for market in self._due.pop(end)}
        # By name: what a restored state expects must come in the same order.
        for market in sorted(markets):
            self._close(market, self._state.books[market], until, timestamp)
        mark = Watermark(partition=self._source.number, passed=from_ms(until))
        self._outlet.state(str(self._source.number), mark, timestamp)

    def _close(self, market: str, book: Book, until: int, timestamp: int) -> None:
        if until <= book.bars.closed:
            return
        for interval, bar in book.bars.close(until):
            if interval == "1m":
                self._end_minute(market, book, bar, timestamp)
            if book.is_whole(bar):
                self._outlet.candle(_candle(market, book.symbol, interval, bar), timestamp)
        self._expect(market, book.bars.long_ends())

    def _end_minute(self, market: str, book: Book, minute: Bar, timestamp: int) -> None:
        book.end_minute(minute)
        closed = ClosedMinute(
            partition=self._source.number,
            market=market,
            symbol=book.symbol,
            start=_moment(minute.start),
            close=minute.close,
            turnover=minute.turnover,
            ticks=minute.ticks,
        )
        self._outlet.state(market, closed, timestamp)
        spike = find_spike(minute, book.level, book.spike_alarm) if book.is_whole(minute) else None
        if spike:
            insight = tell_spike(market, book.symbol, minute, spike, timestamp)
            self._outlet.insight(insight, timestamp)

    def _expect(self, market: str, ends: Iterable[int]) -> None:
        for end in ends:
            self._due.setdefault(end, set()).add(market)


def _minute(at_ms: int) -> int:
    return at_ms - at_ms % MINUTE_MS


def _candle(market: str, symbol: str, interval: Interval, bar: Bar) -> Candle:
    return Candle(
        market=market,
        symbol=symbol,
        interval=interval,
        start=_moment(bar.start),
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        turnover=bar.turnover,
        ticks=bar.ticks,
        final=True,
    )
