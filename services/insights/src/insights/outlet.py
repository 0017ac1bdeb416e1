"""From what the rules find to records for the topics, in the order in which they were found."""

from collections import Counter

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.messages import DeadLetter
from cointicker.times import from_ms
from cointicker.work import Output
from insights.records import Candle, Insight, MarketState

SERVICE = "insights"
# What happened: `insight` (kind, severity), `candle` (interval), `refused` or `ignored` (reason),
# `unscored`.
Count = tuple[str, str, str]


class Outlet:
    """Collects the output of one task; `number` is the partition that stage one writes to."""

    def __init__(self, prefix: str, number: int = 0) -> None:
        self._prefix = prefix
        self._number = number
        self._encoder = msgspec.json.Encoder()
        self._outputs: list[Output] = []
        self.counts: Counter[Count] = Counter()

    def candle(self, candle: Candle, at_ms: int) -> None:
        """Publish a candle."""
        self.counts["candle", candle.interval, ""] += 1
        self._add("insights.candles", self._number, candle.market, candle, at_ms)

    def insight(self, insight: Insight, at_ms: int) -> None:
        """Publish an insight on the topic of its kind."""
        self.counts["insight", insight.kind, insight.severity] += 1
        self._add(f"insights.{insight.kind}", self._number, insight.market, insight, at_ms)

    def state(self, key: str, record: MarketState, at_ms: int | None) -> None:
        """Tell stage two; without a time of its own, now."""
        self._add("state.market", 0, key, record, at_ms)

    def refuse(self, record: Record, source: Partition, error: InvalidMessage) -> None:
        """Put a record aside as a dead letter; its time is Kafka's, like everything here."""
        self.counts["refused", error.reason, ""] += 1
        value = record.value or b""
        letter = DeadLetter(
            service=SERVICE,
            reason=error.reason,
            detail=error.detail,
            topic=source.topic,
            origin={
                "topic": source.topic,
                "partition": source.number,
                "offset": record.offset,
                "size": len(value),
            },
            value=value,
            at=from_ms(record.timestamp),
        )
        topic = f"{self._prefix}.dead_letter"
        key = source.topic.encode()
        self._outputs.append(Output(topic, 0, key, letter.encode(), record.timestamp))

    def unscored(self) -> None:
        """Count a headline that is published without a score."""
        self.counts["unscored", "", ""] += 1

    def ignore(self, reason: str) -> None:
        """Count what is rightly passed over."""
        self.counts["ignored", reason, ""] += 1

    def drain(self) -> list[Output]:
        """Everything since the last call, in order."""
        drained, self._outputs = self._outputs, []
        return drained

    def _add(
        self, topic: str, number: int, key: str, record: msgspec.Struct, at_ms: int | None
    ) -> None:
        value = self._encoder.encode(record)
        self._outputs.append(Output(f"{self._prefix}.{topic}", number, key.encode(), value, at_ms))
