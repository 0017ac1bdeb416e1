"""The answers of the API: their shapes, which are documented as they are, and how they are made."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from cointicker.times import from_ms, to_ms
from insights.records import SEVERITIES, Insight, Interval, Kind
from insights.view import Entry, Filter, View
from insights.view_candles import CandleRow

KINDS: tuple[Kind, ...] = get_args(Kind)
INTERVALS: tuple[Interval, ...] = get_args(Interval)
INTERVAL_SECONDS = {"1m": 60, "5m": 300, "1h": 3_600}
SUMMARY_SECONDS = 3_600

_DECODER = msgspec.json.Decoder(Insight)


class Insights(msgspec.Struct, frozen=True):
    """Insights, the newest first."""

    insights: Annotated[list[Insight], Meta(description="By detected_at, the newest first.")]
    more: Annotated[bool, Meta(description="Whether there are older ones beyond the limit.")]


class CandleAnswer(msgspec.Struct, frozen=True):
    """One market in one window of event time."""

    start: Annotated[datetime, Meta(description="Start of the window, inclusive, UTC.")]
    open: Annotated[float, Meta(description="First price, in the quote currency.")]
    high: Annotated[float, Meta(description="Highest price, in the quote currency.")]
    low: Annotated[float, Meta(description="Lowest price, in the quote currency.")]
    close: Annotated[float, Meta(description="Last price, in the quote currency.")]
    volume: Annotated[float, Meta(description="Traded, in the base currency.")]
    turnover: Annotated[float, Meta(description="Traded, in the quote currency.")]
    ticks: Annotated[int, Meta(description="Records that it was made of.")]
    final: Annotated[bool, Meta(description="Whether nothing can change it any more.")]


class Missing(msgspec.Struct, frozen=True):
    """How much of what was asked for there is not."""

    asked: Annotated[int, Meta(description="Candles that were asked for.")]
    found: Annotated[int, Meta(description="Candles that there are.")]
    missing: Annotated[int, Meta(description="Candles that are not there.")]
    reason: Annotated[str, Meta(description="Why, in words.")]


class Candles(msgspec.Struct, frozen=True):
    """The candles of a market. A window without a trade has none."""

    market: Annotated[str, Meta(examples=["KRW-BTC"])]
    interval: Interval
    interval_seconds: Annotated[int, Meta(description="Length of a window, in seconds.")]
    candles: Annotated[list[CandleAnswer], Meta(description="By start, the oldest first.")]
    missing: Annotated[Missing | None, Meta(description="Null if all that was asked for is there.")]


class Freshness(msgspec.Struct, frozen=True):
    """How old the newest record of the view is."""

    newest_at: Annotated[
        datetime | None, Meta(description="Kafka time of the newest record; null without one.")
    ]
    age_seconds: Annotated[float | None, Meta(description="Seconds from then until now.")]


class SummaryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What happened lately. Null is no data."""

    at: Annotated[datetime, Meta(description="When this was asked for, UTC.")]
    window_seconds: Annotated[int, Meta(description="The time that is counted, in seconds.")]
    total: Annotated[int, Meta(description="Insights detected within it.")]
    counts: Annotated[
        dict[str, dict[str, int]],
        Meta(description="Insights detected within it, by kind and severity."),
    ]
    newest: Annotated[
        dict[str, Insight | None], Meta(description="The newest insight of each kind.")
    ]
    movers: Annotated[Insight | None, Meta(description="The newest ranking of the markets.")]
    fear_greed: Annotated[
        Insight | None, Meta(description="The newest change of a fear and greed regime.")
    ]
    sentiment: Annotated[Insight | None, Meta(description="The newest shift of the news' tone.")]
    markets: Annotated[int, Meta(description="Markets that something is known of.")]
    freshness: Freshness


def insights(view: View, wanted: Filter, since_ms: int | None, limit: int) -> Insights:
    """The newest insights that are meant."""
    found = list(islice(view.insights(wanted, since_ms), limit + 1))
    return Insights([_insight(each) for each in found[:limit]], more=len(found) > limit)


@dataclass(frozen=True, slots=True)
class CandlesAsked:
    """Which candles: the newest `limit` that began at `since_ms` or later."""

    market: str
    interval: Interval
    since_ms: int | None
    limit: int

    def most(self, now: datetime) -> int:
        """How many there can be until now."""
        if self.since_ms is None:
            return self.limit
        seconds = (to_ms(now) - self.since_ms) // 1_000
        return min(self.limit, seconds // INTERVAL_SECONDS[self.interval])


def candles(view: View, asked: CandlesAsked, now: datetime) -> Candles:
    """The newest candles of a market, and how many are missing."""
    since = float("-inf") if asked.since_ms is None else asked.since_ms
    rows = view.candles.newest(asked.market, asked.interval, asked.limit, since)
    return Candles(
        asked.market,
        asked.interval,
        INTERVAL_SECONDS[asked.interval],
        [_candle(each) for each in rows],
        _missing(len(rows), asked.most(now), asked.interval),
    )


def summary(view: View, now: datetime) -> SummaryAnswer:
    """What happened in the last hour, and the newest of each kind."""
    counted = view.counts(to_ms(now) - SUMMARY_SECONDS * 1_000)
    newest: dict[str, Insight | None] = {kind: _newest(view, kind) for kind in KINDS}
    return SummaryAnswer(
        at=now,
        window_seconds=SUMMARY_SECONDS,
        total=counted.total(),
        counts={kind: {each: counted[kind, each] for each in SEVERITIES} for kind in KINDS},
        newest=newest,
        movers=newest["movers"],
        fear_greed=newest["fear_greed_regime"],
        sentiment=newest["sentiment_shift"],
        markets=len(view.markets()),
        freshness=_freshness(view.newest_ms, now),
    )


def _insight(entry: Entry) -> Insight:
    return _DECODER.decode(entry.value)


def _newest(view: View, kind: Kind) -> Insight | None:
    entry = view.newest(kind)
    return None if entry is None else _insight(entry)


def _candle(row: CandleRow) -> CandleAnswer:
    return CandleAnswer(
        from_ms(row.start_ms),
        *(row.open, row.high, row.low, row.close, row.volume, row.turnover),
        ticks=int(row.ticks),
        final=bool(row.final),
    )


def _missing(found: int, asked: int, interval: str) -> Missing | None:
    if found >= asked:
        return None
    reason = (
        f"{found} {interval} candles were closed in the hours that are kept; "
        "a window without a trade has none"
    )
    return Missing(asked, found, asked - found, reason)


def _freshness(newest_ms: int | None, now: datetime) -> Freshness:
    if newest_ms is None:
        return Freshness(None, None)
    newest = from_ms(newest_ms)
    return Freshness(newest, max(0.0, (now - newest).total_seconds()))
