"""Records as a task is given them, and what it made of them, for tests."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cointicker.kafka.records import Partition
from cointicker.processed import Market, Origin
from cointicker.times import from_ms, to_ms
from cointicker.work import Output, Work
from insights.metrics import Holding
from insights.outlet import Count
from insights.records import Candle, Insight

PREFIX = "cointicker"
MARKET = Partition("cointicker.processed.market", 3)
# Sunday, 2026-03-08T00:30:00Z.
START_MS = 1_772_929_800_000
SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Given:
    """A record of the input."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class Tallied:
    """Counts in memory."""

    def __init__(self) -> None:
        self.counts: Counter[Count] = Counter()
        self.stages: dict[Partition, Holding] = {}

    def watch(self, source: Partition, stage: Holding) -> None:
        self.stages[source] = stage

    def count(self, task: str, counts: Mapping[Count, int]) -> None:
        assert task
        self.counts.update(counts)


def market(at_ms: int, price: float, **fields: Any) -> Market:
    name = fields.pop("market", "KRW-BTC")
    known = {
        "id": f"{name}:{at_ms}",
        "revision": 0,
        "venue": "upbit",
        "market": name,
        "symbol": name.removeprefix("KRW-"),
        "quote": "KRW",
        "price": price,
        "change_rate": 0.0,
        "volume_day": 0.0,
        "turnover_day": 0.0,
        "volume_24h": 0.0,
        "turnover_24h": 0.0,
        "event_at": from_ms(at_ms),
        "origin": Origin("cointicker.raw.upbit_trends", 3, 0),
    }
    return Market(**{**known, **fields})


def given(records: Iterable[msgspec.Struct], *, fetched_ms: int | None = None) -> list[Given]:
    """The records in this order, each fetched half a second after its event if not said."""
    encode = msgspec.json.encode
    return [
        Given(offset, fetched_ms or _event_ms(record) + 500, None, encode(record))
        for offset, record in enumerate(records)
    ]


def _event_ms(record: Any) -> int:
    moment: datetime = getattr(record, "event_at", None) or record.published_at
    return to_ms(moment)


def insights(outputs: Iterable[Output]) -> list[Insight]:
    kept = [each for each in outputs if ".insights." in each.topic]
    return [
        msgspec.json.decode(each.value, type=Insight)
        for each in kept
        if not each.topic.endswith(".candles")
    ]


def candles(outputs: Iterable[Output], interval: str = "1m") -> list[Candle]:
    decoded = [
        msgspec.json.decode(each.value, type=Candle)
        for each in outputs
        if each.topic.endswith(".insights.candles")
    ]
    return [each for each in decoded if each.interval == interval]


def reasons(outputs: Iterable[Output]) -> list[str]:
    """Why records were refused."""
    return [
        msgspec.json.decode(each.value)["reason"]
        for each in outputs
        if each.topic.endswith(".dead_letter")
    ]


def run(work: Work, records: Sequence[Given]) -> list[Output]:
    return list(work.take(records))
