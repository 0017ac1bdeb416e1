"""The records on the topics that every service writes or reads, and their bytes.

A value is one JSON object on one line, UTF-8. Readers accept unknown fields; a new meaning gets a
new `schema`.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from cointicker.times import to_text

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One item of a source as the source sent it (`payload`), on `<prefix>.raw.<source>`.

    `id` is stable for the same fact, `content_hash` changes when the source edits it.
    `fetched_at` is the Kafka timestamp too; `event_at` is when the source says it happened.
    `question` is what was asked, where the item is an answer that does not repeat it.
    """

    source: str
    id: str
    content_hash: str
    fetched_at: datetime
    event_at: datetime
    url: str
    payload: Any
    question: str | None = None

    def encode(self) -> bytes:
        """The record's value on the topic."""
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "source": self.source,
                "id": self.id,
                "content_hash": self.content_hash,
                "fetched_at": to_text(self.fetched_at),
                "event_at": to_text(self.event_at),
                "url": self.url,
                **({} if self.question is None else {"question": self.question}),
                "payload": self.payload,
            }
        )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be used, on `<prefix>.dead_letter`, with the reason and where it came from.

    `origin` says where it can be found again: a source's name and URL, or topic, partition, offset.
    `value` is kept as text where it is UTF-8, else as base64.
    """

    service: str
    reason: str
    detail: str
    topic: str
    origin: dict[str, str | int]
    value: bytes
    at: datetime

    def encode(self) -> bytes:
        """The record's value on the topic."""
        try:
            kept = {"value": self.value.decode()}
        except UnicodeDecodeError:
            kept = {"value_base64": base64.b64encode(self.value).decode()}
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "service": self.service,
                "reason": self.reason,
                "detail": self.detail,
                "topic": self.topic,
                "origin": self.origin,
                "at": to_text(self.at),
                **kept,
            }
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that is missing for ever, on `<prefix>.gaps`: never jumped over in silence.

    `start` and `end` are times (a source was not polled) or offsets (a partition lost records);
    `end` is exclusive.
    """

    service: str
    subject: str
    start: datetime | int
    end: datetime | int
    reason: str
    at: datetime
    partition: int | None = None

    def encode(self) -> bytes:
        """The record's value on the topic."""
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "service": self.service,
                "subject": self.subject,
                "partition": self.partition,
                "from": _point(self.start),
                "to": _point(self.end),
                "reason": self.reason,
                "at": to_text(self.at),
            }
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What a service says of itself every few seconds on `<prefix>.consumer.status`."""

    service: str
    group: str | None
    host: str
    pid: int
    topics: list[str]
    partitions: list[str]
    processed: int
    errors: int
    rate: float
    lag: int | None
    uptime_seconds: float
    at: datetime

    def encode(self) -> bytes:
        """The record's value on the topic."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return orjson.dumps({"schema": SCHEMA, **fields, "at": to_text(self.at)})


def _point(value: datetime | int) -> str | int:
    return to_text(value) if isinstance(value, datetime) else value
