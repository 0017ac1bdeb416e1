"""Stage two: what concerns the whole market, from the one total order of `state.market`.

A mark in time is passed when every market partition has passed it. A partition that says it is idle
is waited for only 2 minutes of the others' time: quiet between two polls is no reason to leave it
out.
"""

from collections.abc import Sequence

import msgspec

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.times import to_ms
from cointicker.work import Output
from insights.bars import MINUTE_MS
from insights.decoding import decode
from insights.metrics import Tally
from insights.movers import MARK_MS, MOST_APART, Movers
from insights.outlet import Outlet
from insights.records import (
    ALL_MARKETS,
    ClosedMinute,
    Headline,
    Idle,
    IndexValue,
    MarketState,
    Watermark,
)
from insights.regime import Regime, rating_of, tell_regime
from insights.sentiment import Sentiment, tell_shift
from insights.snapshots import pack, unpack

PATIENCE_MS = 2 * MINUTE_MS
_SNAPSHOT = "insights.whole.1"


class State(msgspec.Struct, array_like=True):
    """What is kept. `passed` (ms) and `is_idle` are by partition; `mark` is the last one passed.

    `market_of` is the market of each symbol that was seen to trade and is not forgotten.
    """

    passed: list[int]
    is_idle: list[bool]
    mark: int = 0
    latest_timestamp: int = 0
    movers: Movers = msgspec.field(default_factory=Movers)
    market_of: dict[str, str] = {}
    sentiment: Sentiment = msgspec.field(default_factory=Sentiment)
    regimes: dict[str, Regime] = {}

    def whole(self) -> int:
        """Everything before this moment (ms) is closed in every partition that counts."""
        newest = max(self.passed)
        return min(
            max(passed, newest - PATIENCE_MS) if is_idle else passed
            for passed, is_idle in zip(self.passed, self.is_idle, strict=True)
        )


class WholeStage:
    """The work of the one partition of `state.market`, for `market_partitions` of stage one."""

    def __init__(
        self,
        prefix: str,
        partition: Partition,
        snapshot: bytes | None,
        market_partitions: int,
        tally: Tally,
    ) -> None:
        self._source = partition
        self._tally = tally
        self._outlet = Outlet(prefix)
        self._decoder: msgspec.json.Decoder[MarketState] = msgspec.json.Decoder(MarketState)
        self._state = _restored(snapshot, market_partitions)
        tally.watch(partition, self)

    @property
    def held(self) -> int:
        """How many markets and headlines are kept."""
        return len(self._state.movers.markets) + len(self._state.sentiment.bucket_of)

    def take(self, records: Sequence[Record]) -> list[Output]:
        """Insights on the whole market; dead letters of what cannot be used."""
        for record in records:
            self._state.latest_timestamp = max(self._state.latest_timestamp, record.timestamp)
            try:
                self._told(decode(self._decoder, record.value), record.timestamp)
            except InvalidMessage as error:
                self._outlet.refuse(record, self._source, error)
        self._tally.count(str(self._source), self._outlet.counts)
        self._outlet.counts.clear()
        return self._outlet.drain()

    def idle(self) -> list[Output]:
        """Nothing: nobody waits for this stage."""
        return []

    def snapshot(self) -> bytes:
        """The state as bytes: the same after the same records."""
        return pack(self._state, _SNAPSHOT)

    def _told(self, record: MarketState, timestamp: int) -> None:
        if isinstance(record, ClosedMinute):
            self._minute(record)
        elif isinstance(record, Watermark | Idle):
            self._passed(record)
        elif isinstance(record, Headline):
            self._headline(record, timestamp)
        else:
            self._index(record, timestamp)

    def _minute(self, minute: ClosedMinute) -> None:
        state = self._state
        state.is_idle[self._place(minute.partition)] = False
        state.market_of.setdefault(minute.symbol, minute.market)
        start_ms = to_ms(minute.start)
        if start_ms < state.mark * MARK_MS:
            self._outlet.ignore("late_minute")
        state.movers.add(minute.market, minute.symbol, start_ms, minute.close)

    def _passed(self, record: Watermark | Idle) -> None:
        state, place = self._state, self._place(record.partition)
        state.is_idle[place] = isinstance(record, Idle)
        if isinstance(record, Watermark):
            state.passed[place] = max(state.passed[place], to_ms(record.passed))
        mark = state.whole() // MARK_MS
        if mark <= state.mark:
            return
        first = max(state.mark + 1, max(state.passed) // MARK_MS - MOST_APART)
        if state.mark:
            for _ in range(min(first, mark + 1) - state.mark - 1):
                self._outlet.ignore("skipped_mark")
            for each in range(first, mark + 1):
                self._look(each)
        state.mark = mark
        self._forget()

    def _forget(self) -> None:
        """Let go of markets that do not trade any more."""
        state = self._state
        state.movers.forget(state.mark)
        markets = state.movers.markets
        state.market_of = {
            symbol: market for symbol, market in state.market_of.items() if market in markets
        }

    def _look(self, mark: int) -> None:
        detected_ms = self._state.latest_timestamp
        insight = self._state.movers.look(mark, detected_ms)
        if insight:
            self._outlet.insight(insight, detected_ms)

    def _headline(self, headline: Headline, timestamp: int) -> None:
        if not self._state.sentiment.add(headline):
            self._outlet.ignore("no_change")
            return
        for symbol in (*headline.symbols, ALL_MARKETS):
            is_all = symbol == ALL_MARKETS
            market = ALL_MARKETS if is_all else self._state.market_of.get(symbol)
            shift = self._state.sentiment.shift(symbol) if market else None
            if market and shift:
                named = None if is_all else symbol
                insight = tell_shift(market, named, shift, headline.id, timestamp)
                self._outlet.insight(insight, timestamp)

    def _index(self, value: IndexValue, timestamp: int) -> None:
        at_ms = to_ms(value.event_at)
        regime = self._state.regimes.get(value.index)
        if regime is None:
            first = Regime(rating_of(value.score), value.score, at_ms, value.revision)
            self._state.regimes[value.index] = first
            return
        if at_ms == regime.at_ms and value.revision <= regime.revision:
            self._outlet.ignore("duplicate")
            return
        change = regime.move(value.score, at_ms, value.revision)
        if change:
            self._outlet.insight(tell_regime(value.index, regime, change, timestamp), timestamp)

    def _place(self, partition: int) -> int:
        if not 0 <= partition < len(self._state.passed):
            raise ContractViolation(
                f"{self._source} speaks of market partition {partition};"
                f" {len(self._state.passed)} are configured"
            )
        return partition


def _restored(snapshot: bytes | None, market_partitions: int) -> State:
    if snapshot is None:
        return State([0] * market_partitions, [False] * market_partitions)
    state = unpack(snapshot, State, _SNAPSHOT)
    if len(state.passed) != market_partitions:
        raise ContractViolation(
            f"the state of stage two is of {len(state.passed)} market partitions,"
            f" not {market_partitions}"
        )
    return state
