"""Raw records as the collector publishes them, and what the processor makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from cointicker.kafka.records import Partition
from cointicker.messages import RawRecord
from cointicker.times import from_ms
from cointicker.work import Output
from processor.counts import Counts
from processor.item_work import ItemWork
from processor.making import make_work
from processor.market_work import MarketWork
from processor.options import Options
from tests.fakes.memory_log import Made
from tests.unit.collector.examples import ANSWER, FLASH, GRAPH, INDEX, NEWS, TICKER

__all__ = ["ANSWER", "FLASH", "GRAPH", "INDEX", "NEWS", "TICKER"]

OPTIONS = Options()
TRADED_MS = 1_773_240_058_930
# After every example of the sources.
FETCHED_MS = 1_800_000_000_000
EVENT_AT = datetime.fromisoformat("2026-03-11T14:40:58.930Z")


def envelope(
    source: str, name: str, payload: Any, *, version: int = 1, **changed: Any
) -> dict[str, Any]:
    """A raw record as JSON."""
    record = RawRecord(
        source=source,
        id=name,
        content_hash=f"{version:016x}",
        fetched_at=from_ms(FETCHED_MS),
        event_at=EVENT_AT,
        url="https://example.com/list",
        payload=payload,
    )
    return {**orjson.loads(record.encode()), **changed}


def ticker(
    market: str = "KRW-BTC", traded_ms: int = TRADED_MS, *, version: int = 1, **changed: Any
) -> bytes:
    """The value of a raw record of a market at a trade."""
    payload = {**TICKER, "market": market, "trade_timestamp": traded_ms, **changed}
    return orjson.dumps(envelope("upbit_trends", f"{market}:{traded_ms}", payload, version=version))


def flash(name: int = 1171041, *, version: int = 1, **changed: Any) -> bytes:
    """The value of a raw record of Coinness."""
    payload = {**FLASH, "id": name, **changed}
    return orjson.dumps(envelope("coinness", str(name), payload, version=version))


def news(**changed: Any) -> bytes:
    """The value of a raw record of SaveTicker."""
    return orjson.dumps(envelope("saveticker", "210523", {**NEWS, **changed}))


def answer(question: str | None = None, **changed: Any) -> bytes:
    """The value of a raw record of Perplexity."""
    said: dict[str, Any] = {"question": question} if question else {}
    return orjson.dumps(envelope("perplexity", "9f86:slot", {**ANSWER, **changed}, **said))


def graph(**changed: Any) -> bytes:
    """The value of a raw record of CNN's index."""
    name = "cnn:2026-08-11T00:00:00Z"
    return orjson.dumps(envelope("cnn_fear_greed", name, {**GRAPH, **changed}))


def daily(**changed: Any) -> bytes:
    """The value of a raw record of alternative.me's index."""
    name = "alternative_me:1777248000"
    return orjson.dumps(envelope("cnn_fear_greed", name, {**INDEX["data"][0], **changed}))


def numbered(
    values: Sequence[bytes | None], first: int = 0, timestamp: int = FETCHED_MS
) -> list[Made]:
    """Records of a partition with these values."""
    return [Made(first + at, value, timestamp) for at, value in enumerate(values)]


@dataclass
class Seen:
    """What was counted, all in all."""

    counts: Counts = field(default_factory=Counts)

    def report(self, source: str, kind: str, counts: Counts) -> None:
        assert source
        assert kind
        self.counts.processed += counts.processed
        self.counts.revisions += counts.revisions
        self.counts.duplicates += counts.duplicates
        self.counts.unmapped += counts.unmapped
        self.counts.refused += counts.refused


@dataclass
class Task:
    """A task of a source, with what it counted."""

    source: str
    options: Options = OPTIONS
    number: int = 0
    seen: Seen = field(default_factory=Seen)

    def work(self, snapshot: bytes | None = None) -> MarketWork | ItemWork:
        partition = Partition(self.options.raw_topic(self.source), self.number)
        return make_work(partition, snapshot, options=self.options, report=self.seen.report)


def taken(source: str, *values: bytes | None, options: Options = OPTIONS) -> list[Output]:
    """What a new task makes of these records."""
    return list(Task(source, options).work().take(numbered(values)))


def made(source: str, *values: bytes | None) -> list[dict[str, Any]]:
    """The processed records that a new task makes of these, as JSON."""
    outputs = taken(source, *values)
    assert not [each for each in outputs if each.topic == OPTIONS.dead_letter_topic]
    return [orjson.loads(each.value) for each in outputs]


def only(source: str, value: bytes | None) -> dict[str, Any]:
    """The one processed record that a new task makes of this one."""
    (found,) = made(source, value)
    return found


def refused(source: str, *values: bytes | None, options: Options = OPTIONS) -> list[dict[str, Any]]:
    """The dead letters that a new task writes of these records."""
    return [
        orjson.loads(each.value)
        for each in taken(source, *values, options=options)
        if each.topic == options.dead_letter_topic
    ]


def reason(source: str, value: bytes | None) -> tuple[str, str]:
    """Why a new task refuses this record, and what it says of it."""
    (found,) = refused(source, value)
    return found["reason"], found["detail"]
