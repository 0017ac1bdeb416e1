"""What a script sends: any JSON value, made into the bytes of a record or refused by name."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import orjson

from cointicker.errors import InvalidMessage
from cointicker.kafka.producer import Message
from cointicker.times import to_ms, to_text

Headers = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be sent.

    `value` is what JSON can express (a datetime with a time zone becomes text in UTC, a dataclass
    an object), or `bytes` that are sent as they are, or None, which deletes its key from a
    compacted topic. Records of one `key` stay in order. `timestamp` needs a time zone; without one
    it is the moment of sending.
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
    if not isinstance(outgoing.topic, str):
        raise InvalidMessage("wrong_type", f"topic: str, not {type(outgoing.topic).__name__}")
    moment = now if outgoing.timestamp is None else outgoing.timestamp
    if not isinstance(moment, datetime):
        raise InvalidMessage("wrong_type", f"timestamp: datetime, not {type(moment).__name__}")
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
    pairs: Any = headers.items() if isinstance(headers, Mapping) else headers
    if not isinstance(headers, Mapping | list | tuple):
        raise InvalidMessage("wrong_type", f"headers: dict or pairs, not {type(headers).__name__}")
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:  # noqa: PLR2004 (a pair)
            raise InvalidMessage("wrong_type", f"headers: {pair!a} is no pair of name and value")
        name, value = pair
        if not isinstance(name, str):
            raise InvalidMessage("wrong_type", f"headers: the name {name!a} is no text")
        _bytes(f"headers: the name {name!a}", name)
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
    options = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    return orjson.dumps(value, _known_here, options)


def _known_here(value: object) -> object:
    """What orjson does not know by itself, or would not look into for NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
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
    if is_dataclass(value) and not isinstance(value, type):
        value = _known_here(value)
    if isinstance(value, Enum):
        value = value.value
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
