"""The records on the insights topics and on `<prefix>.state.market`, and their bytes.

Encoded and decoded with msgspec; a reader accepts unknown fields. Times are UTC. Kafka's timestamp
of each is that of the record that set it off.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, get_args

import msgspec

from cointicker.times import from_ms, to_text

Severity = Literal["low", "medium", "high", "critical"]
# From the least to the worst.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Direction = Literal["up", "down"]
Interval = Literal["1m", "5m", "1h"]
Kind = Literal["price_move", "volume_spike", "movers", "sentiment_shift", "fear_greed_regime"]

# What concerns no single market has this in place of one.
ALL_MARKETS = "all"
_ID_DIGITS = 24


class Candle(msgspec.Struct, frozen=True, kw_only=True):
    """One market in one window of event time, on `<prefix>.insights.candles`, by market.

    `start` is inclusive, the window's end is not. Prices and `turnover` are in the quote currency,
    `volume` in the base currency. `ticks` are the records it was made of. It is published once,
    when nothing can change it any more (`final`); a window without a trade has no candle.
    """

    schema: int = 1
    market: str
    symbol: str
    interval: Interval
    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    ticks: int
    final: bool


class Window(msgspec.Struct, frozen=True):
    """The stretch of event time that an insight speaks of."""

    start: datetime
    end: datetime


class Summary(msgspec.Struct, frozen=True):
    """One sentence for people, in English and in Korean."""

    en: str
    ko: str


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth to be told, on `<prefix>.insights.<kind>`, by market or `all`.

    `id` is the same for ever for the same input. `value` passed `threshold`, both in the unit of
    the kind (docs/insights.md); `evidence` holds the numbers it rests on. `symbol` is None where
    all markets are meant. `detected_at` is Kafka's timestamp of the record that set it off.
    """

    schema: int = 1
    id: str
    kind: Kind
    market: str
    symbol: str | None
    severity: Severity
    window: Window
    value: float
    threshold: float
    direction: Direction
    summary: Summary
    evidence: dict[str, Any]
    detected_at: datetime


class ClosedMinute(
    msgspec.Struct, frozen=True, kw_only=True, tag="closed_minute", tag_field="type"
):
    """A market's minute that nothing can change any more; `start` is where it begins."""

    schema: int = 1
    partition: int
    market: str
    symbol: str
    start: datetime
    close: float
    turnover: float
    ticks: int


class Watermark(msgspec.Struct, frozen=True, kw_only=True, tag="watermark", tag_field="type"):
    """Every minute before `passed` is closed in this partition of `processed.market`."""

    schema: int = 1
    partition: int
    passed: datetime


class Idle(msgspec.Struct, frozen=True, kw_only=True, tag="idle", tag_field="type"):
    """This partition of `processed.market` is at its end: nobody needs to wait for it."""

    schema: int = 1
    partition: int


class Headline(msgspec.Struct, frozen=True, kw_only=True, tag="headline", tag_field="type"):
    """A text with its tone: `score` is -1 (bad news) to 1 (good news), None if no word is known.

    An edited text has the same `id` and a higher `revision`, and takes the place of the earlier.
    """

    schema: int = 1
    id: str
    revision: int
    source: str
    symbols: list[str]
    score: float | None
    published_at: datetime


class IndexValue(msgspec.Struct, frozen=True, kw_only=True, tag="index_value", tag_field="type"):
    """A value of a fear and greed index, 0 (fear) to 100 (greed)."""

    schema: int = 1
    index: str
    score: float
    rating: str
    revision: int
    event_at: datetime


MarketState = ClosedMinute | Watermark | Idle | Headline | IndexValue
"""What is on `<prefix>.state.market`; `type` tells which."""


def insight_id(kind: Kind, subject: str, start_ms: int, end_ms: int) -> str:
    """The id of the insight of this kind on this market (or index) in this window, for ever."""
    text = f"{kind}|{subject}|{to_text(from_ms(start_ms))}|{to_text(from_ms(end_ms))}"
    return sha256(text.encode()).hexdigest()[:_ID_DIGITS]


def window(start_ms: int, end_ms: int) -> Window:
    """The window between two moments in ms since 1970 UTC."""
    return Window(from_ms(start_ms), from_ms(end_ms))
