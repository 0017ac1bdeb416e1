"""Bytes become a type here, or a named refusal."""

from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Record

KNOWN_SCHEMA = 1
# Clocks of sources may be ahead by so much of the moment at which we asked them.
_AHEAD_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Versioned(Protocol):
    """A record that says which meaning its fields have."""

    @property
    def schema(self) -> int:
        """The version."""
        ...


T = TypeVar("T", bound=Versioned)


def decode(decoder: msgspec.json.Decoder[T], value: bytes | None) -> T:
    """The record of these bytes. Raises InvalidMessage."""
    if value is None:
        raise InvalidMessage("no_value")
    try:
        record = decoder.decode(value)
    except msgspec.ValidationError as error:
        raise InvalidMessage("wrong_shape", str(error)) from error
    except msgspec.DecodeError as error:
        raise InvalidMessage("not_json", str(error)) from error
    if record.schema != KNOWN_SCHEMA:
        raise InvalidMessage("unknown_schema", str(record.schema))
    return record


def event_ms(moment: datetime, record: Record) -> int:
    """The moment in ms; no event is later than it was fetched. Raises InvalidMessage."""
    at_ms = (moment - _EPOCH) // _MILLISECOND
    if at_ms > record.timestamp + _AHEAD_MS:
        raise InvalidMessage("future", f"{moment.isoformat()} is after it was fetched")
    return at_ms
