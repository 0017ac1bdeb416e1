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
# What a dead letter keeps: far below every topic's limit, however JSON has to write it.
KEPT_BYTES = 65_536
KEPT_DETAIL = 300
_LONGEST_CHARACTER = 4


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
    `value` is kept as text where it is UTF-8, else as base64; of a long one, and of a long
    `detail`, only the beginning, so that a letter always fits into its topic.
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
        value = beginning(self.value, KEPT_BYTES)
        try:
            kept = {"value": value.decode()}
        except UnicodeDecodeError:
            kept = {"value_base64": base64.b64encode(value).decode()}
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "service": self.service,
                "reason": self.reason,
                "detail": self.detail[:KEPT_DETAIL],
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


def beginning(value: bytes, most: int) -> bytes:
    """At most so many bytes; what was UTF-8 still is."""
    if len(value) <= most:
        return value
    for end in range(most, most - _LONGEST_CHARACTER, -1):
        # A byte that begins a character is a place to cut at.
        if value[end] & 0xC0 != 0x80:  # noqa: PLR2004
            return value[:end]
    return value[:most]


def _point(value: datetime | int) -> str | int:
    return to_text(value) if isinstance(value, datetime) else value
