"""What a script receives, and what it is told of what it sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from cointicker.errors import CoinTickerError, InvalidMessage, TransientError
from cointicker.kafka.records import Partition, Record
from cointicker.times import from_ms


@dataclass(frozen=True)
class Message:
    """One record of a topic.

    `offset` is its place in the partition; `key` is text where it is UTF-8, else bytes, None
    without one; `raw` the value's bytes, None where a key was deleted; `headers` in order;
    `timestamp` in UTC. `assignment` says with which decision of the group it came.
    """

    topic: str
    partition: int
    offset: int
    key: str | bytes | None
    raw: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: datetime
    assignment: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)

    @cached_property
    def value(self) -> Any:
        """The value, parsed from JSON. Raises InvalidMessage if it is none: see `raw` then."""
        if self.raw is None:
            return None
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as error:
            where = f"{self.topic}, partition {self.partition}, offset {self.offset}"
            raise InvalidMessage("not_json", f"{where}: {error}") from error


@dataclass(frozen=True, slots=True)
class RecordMetadata:
    """Where a record is that every in-sync replica has; `timestamp` in UTC, in whole ms."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime


class NotConnected(CoinTickerError):
    """The client was not connected yet, or was closed."""


class NotDelivered(TransientError):
    """Not acknowledged by the deadline: each of these may be in its topic, or may never be.

    Everything is named by its position in what was to be sent. `unacknowledged` are those whose
    outcome is unknown, or that were not sent because of those; `acknowledged` says where the others
    are; `refused` why some will never be taken.
    """

    def __init__(
        self,
        why: str,
        unacknowledged: Sequence[int],
        acknowledged: Mapping[int, RecordMetadata],
        refused: Mapping[int, str],
    ) -> None:
        super().__init__(why)
        self.unacknowledged = list(unacknowledged)
        self.acknowledged = dict(acknowledged)
        self.refused = dict(refused)


class TooLarge(InvalidMessage):
    """Larger than the broker takes: it never will. `acknowledged` says where the others are.

    `refused` says why, by the position in what was to be sent.
    """

    def __init__(
        self, refused: Mapping[int, str], acknowledged: Mapping[int, RecordMetadata]
    ) -> None:
        first, why = next(iter(refused.items()))
        more = f" ({len(refused) - 1} more)" if len(refused) > 1 else ""
        super().__init__("too_large", f"message {first}{more}: {why}")
        self.refused = dict(refused)
        self.acknowledged = dict(acknowledged)


def received(partition: Partition, record: Record, assignment: tuple[int, int]) -> Message:
    """The record as scripts know it."""
    return Message(
        partition.topic,
        partition.number,
        record.offset,
        _text(record.key),
        record.value,
        tuple(record.headers),
        from_ms(record.timestamp),
        assignment,
    )


def _text(key: bytes | None) -> str | bytes | None:
    try:
        return None if key is None else key.decode()
    except UnicodeDecodeError:
        return key
