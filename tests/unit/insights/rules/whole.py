"""Stage two and its input, for tests."""

from datetime import timedelta

import msgspec

from cointicker.kafka.records import Partition
from cointicker.times import from_ms
from insights.records import (
    ClosedMinute,
    Headline,
    Idle,
    IndexValue,
    Insight,
    MarketState,
    Watermark,
)
from insights.stage_whole import WholeStage
from tests.unit.insights.rules.feeds import (
    MINUTE_MS,
    PREFIX,
    START_MS,
    Given,
    Tallied,
    insights,
)

STATE = Partition("cointicker.state.market", 0)


def stage(partitions: int = 2, tally: Tallied | None = None) -> WholeStage:
    return WholeStage(PREFIX, STATE, None, partitions, tally or Tallied())


def at(minute: float) -> int:
    return START_MS + round(minute * MINUTE_MS)


def told(records: list[MarketState], *, timestamp: int = START_MS) -> list[Given]:
    return [
        Given(offset, timestamp, None, msgspec.json.encode(record))
        for offset, record in enumerate(records)
    ]


def found(records: list[MarketState], partitions: int = 2) -> list[Insight]:
    return insights(stage(partitions).take(told(records)))


def minute(number: int, name: str, close: float, partition: int = 0) -> ClosedMinute:
    return ClosedMinute(
        partition=partition,
        market=f"KRW-{name}",
        symbol=name,
        start=from_ms(at(number)),
        close=close,
        turnover=1.0,
        ticks=1,
    )


def passed(number: int, partition: int = 0) -> Watermark:
    return Watermark(partition=partition, passed=from_ms(at(number)))


def idle(partition: int) -> Idle:
    return Idle(partition=partition)


def headline(
    number: float, score: float | None, *symbols: str, name: str = "", revision: int = 0
) -> Headline:
    return Headline(
        id=name or f"coinness:{number}",
        revision=revision,
        source="coinness",
        symbols=list(symbols),
        score=score,
        published_at=from_ms(at(number)),
    )


def index(day: float, score: float, name: str = "cnn", revision: int = 0) -> IndexValue:
    return IndexValue(
        index=name,
        score=score,
        rating="",
        revision=revision,
        event_at=from_ms(START_MS) + timedelta(days=day),
    )
