"""What a script sends: any JSON value, made into the bytes of a record or refused by name."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from cointicker.errors import InvalidMessage
from cointicker.kafka.producer import Message
from cointicker.times import to_ms, to_text

Headers = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be sent.

    `value` is what JSON can express (a datetime with a time zone becomes text in UTC), or `bytes`
    that are sent as they are, or None, which deletes its key from a compacted topic. Records of one
    `key` stay in order. `timestamp` needs a time zone; without one it is the moment of sending.
    """

    topic: str
    value: Any
    key: str | bytes | None = None
    headers: Headers | None = None
    timestamp: datetime | None = None


def encode(outgoing: Outgoing, now: datetime) -> Message:
    """The record's bytes. Raises InvalidMessage, which names what is wrong."""
    if outgoing.value is None and outgoing.key is None:
        raise InvalidMessage("no_key", "None deletes a key: send one, or b'null' for JSON's null")
    moment = outgoing.timestamp or now
    if moment.tzinfo is None:
        raise InvalidMessage("no_time_zone", f"timestamp: {moment!r}")
    return Message(
        outgoing.topic,
        None if outgoing.key is None else _bytes("key", outgoing.key),
        _value(outgoing.value),
        to_ms(moment),
        tuple(_headers(outgoing.headers or ())),
    )


def _headers(headers: Headers) -> Iterator[tuple[str, bytes]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for name, value in pairs:
        yield name, _bytes(f"headers.{name}", value)


def _bytes(field: str, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise InvalidMessage("wrong_type", f"{field}: str or bytes, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidMessage("not_utf8", f"{field}: {error}") from error


def _value(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    try:
        encoded = _json(value)
    except TypeError as error:
        raise InvalidMessage("not_json", _fault(value) or f"value: {error}") from error
    # orjson writes null for NaN and infinity: a number that was never sent must not arrive.
    if b"null" in encoded and (fault := _fault(value)):
        raise InvalidMessage("not_json", fault)
    return encoded


def _json(value: Any) -> bytes:
    return orjson.dumps(value, _datetime, orjson.OPT_PASSTHROUGH_DATETIME)


def _datetime(value: object) -> str:
    """What orjson does not know by itself."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return to_text(value)
    raise TypeError


def _fault(value: Any) -> str | None:
    try:
        return _first_fault(value, "value")
    except RecursionError:
        return "value: contains itself, or is nested too deep"


def _first_fault(value: Any, path: str) -> str | None:
    """The first field that JSON cannot express, by its path; None if there is none."""
    if isinstance(value, Mapping | list | tuple):
        return _fault_within(value, path)
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path}: {value} is no number in JSON"
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{path}: {value} has no time zone"
    try:
        _json(value)
    except TypeError as error:
        return f"{path}: {type(value).__name__} {str(value)[:60]!a} ({error})"
    return None


def _fault_within(value: Mapping[Any, Any] | Sequence[Any], path: str) -> str | None:
    if not isinstance(value, Mapping):
        faults = (_first_fault(each, f"{path}[{index}]") for index, each in enumerate(value))
        return next(filter(None, faults), None)
    for name, each in value.items():
        if not isinstance(name, str):
            return f"{path}: the key {name!r} is no text"
        if fault := _first_fault(each, f"{path}.{name}"):
            return fault
    return None
