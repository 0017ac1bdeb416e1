"""The records on the topics that every service writes or reads, and their bytes.

A value is one JSON object on one line, UTF-8. Readers accept unknown fields; a new meaning gets a
new `schema`.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

import msgspec
import orjson

from cointicker.errors import InvalidMessage
from cointicker.times import to_text

SCHEMA = 1
# What a dead letter keeps: far below every topic's limit, however JSON has to write it.
KEPT_BYTES = 65_536
KEPT_DETAIL = 300
_LONGEST_CHARACTER = 4

_W = TypeVar("_W")


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

    @classmethod
    def decode(cls, value: bytes | None) -> "DeadLetter | Replayed":
        """What a value on the topic is: a letter, or the mark of one. Raises InvalidMessage."""
        wire = _decoded(value, _LetterWire)
        if wire.replayed is not None:
            if wire.moved is None:
                raise InvalidMessage("missing_field", "moved: of a letter that was replayed")
            return Replayed(wire.replayed, wire.topic, wire.moved, wire.at)
        try:
            kept = base64.b64decode(wire.value_base64, validate=True)
        except ValueError as error:
            raise InvalidMessage("wrong_type", f"value_base64: {error}") from error
        return cls(
            wire.service,
            wire.reason,
            wire.detail,
            wire.topic,
            wire.origin,
            wire.value.encode() or kept,
            wire.at,
        )

    @property
    def is_whole(self) -> bool:
        """Whether all of the value was kept."""
        return self.origin.get("size") == len(self.value)

    @property
    def place(self) -> tuple[int, int] | None:
        """Partition and offset in `topic` of what this is about, if it ever was there."""
        partition, offset = self.origin.get("partition"), self.origin.get("offset")
        if self.origin.get("topic") != self.topic:
            return None
        if isinstance(partition, int) and isinstance(offset, int):
            return partition, offset
        return None


class Moved(msgspec.Struct, frozen=True):
    """Where a record was in its topic, and where its copy is: the same partition."""

    partition: int
    offset: int
    to: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """That the letter at this offset was replayed, on `<prefix>.dead_letter` beside the letters.

    It is committed together with the record's copy in `topic`, so neither is there without the
    other. Its reason is `replayed`, and its `origin` names no record: who counts letters by what
    they are about passes over it.
    """

    letter: int
    topic: str
    moved: Moved
    at: datetime

    def encode(self) -> bytes:
        """The record's value on the topic."""
        return orjson.dumps(
            {
                "schema": SCHEMA,
                "service": "cointicker",
                "reason": "replayed",
                "detail": "",
                "topic": self.topic,
                "origin": {},
                "at": to_text(self.at),
                "value": "",
                "replayed": self.letter,
                "moved": msgspec.to_builtins(self.moved),
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

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """The gap that a value on the topic says. Raises InvalidMessage."""
        wire = _decoded(value, _GapWire)
        if isinstance(wire.start, int) is not isinstance(wire.end, int):
            raise InvalidMessage("wrong_type", "from, to: a time and an offset")
        return cls(
            wire.service, wire.subject, wire.start, wire.end, wire.reason, wire.at, wire.partition
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


class _LetterWire(msgspec.Struct):
    service: str
    reason: str
    detail: str
    topic: str
    origin: dict[str, str | int]
    at: datetime
    value: str = ""
    value_base64: str = ""
    replayed: int | None = None
    moved: Moved | None = None


class _GapWire(msgspec.Struct, rename={"start": "from", "end": "to"}):
    service: str
    subject: str
    start: datetime | int
    end: datetime | int
    reason: str
    at: datetime
    partition: int | None = None


def _decoded(value: bytes | None, kind: type[_W]) -> _W:
    try:
        return msgspec.json.decode(value or b"", type=kind)
    except msgspec.ValidationError as error:
        raise InvalidMessage("wrong_shape", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidMessage("not_json", str(error)) from error


def _point(value: datetime | int) -> str | int:
    return to_text(value) if isinstance(value, datetime) else value
