"""A Kafka record as a person or a script reads it. Nothing in it can steer the terminal."""

import base64
import unicodedata
from collections.abc import Mapping

import orjson
from rich.cells import cell_len, set_cell_size

from cointicker.kafka.records import Partition, Record
from cointicker.times import from_ms, to_text

_DIM, _BOLD, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"
_LEAST_VALUE_CELLS = 20


def safe_text(value: bytes) -> str:
    """The text, with what is no UTF-8 and what steers a terminal shown as escapes."""
    text = value.decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else _escape(each) for each in text)


def time_text(timestamp_ms: int) -> str:
    """A record's time, always equally long; as the number it is, where that is no date."""
    try:
        moment = from_ms(timestamp_ms)
    except OverflowError:
        return f"{timestamp_ms}ms"
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pretty(
    partition: Partition, record: Record, *, width: int | None = None, colours: bool = False
) -> str:
    """One line: time, place, key, headers, value; the value is cut to the terminal's width."""
    front = f"{time_text(record.timestamp)} {safe_text(str(partition).encode())}@{record.offset}"
    key = "-" if record.key is None else safe_text(record.key)
    headers = "".join(f" [{_header(*each)}]" for each in record.headers)
    value = "(no value)" if record.value is None else safe_text(record.value)
    if width is not None:
        left = width - cell_len(f"{front} {key}{headers} ")
        value = _shortened(value, max(left, _LEAST_VALUE_CELLS))
    if colours:
        front, key = f"{_DIM}{front}{_PLAIN}", f"{_BOLD}{key}{_PLAIN}"
        headers = f"{_DIM}{headers}{_PLAIN}" if headers else ""
    return f"{front} {key}{headers} {value}"


def json_line(partition: Partition, record: Record) -> bytes:
    """One JSON object on one line; what is no UTF-8 is under `key_base64`, `value_base64`."""
    return orjson.dumps(
        {
            "topic": partition.topic,
            "partition": partition.number,
            "offset": record.offset,
            "timestamp": _timestamp(record.timestamp),
            **_member("key", record.key),
            "headers": [[name, _header_value(value)] for name, value in record.headers],
            **value_member(record.value),
        }
    )


def value_member(value: bytes | None) -> Mapping[str, object]:
    """The value as what it is: JSON with its own bytes, else text, else base64."""
    if value is None:
        return {"value": None}
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        return _member("value", value)
    on_one_line = b"\n" not in value and b"\r" not in value
    # As it is: a number of many digits would not come out as it went in.
    return {"value": orjson.Fragment(value.strip()) if on_one_line else parsed}


def _member(name: str, value: bytes | None) -> Mapping[str, object]:
    try:
        return {name: None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value or b"").decode()}


def _timestamp(timestamp_ms: int) -> str | int:
    try:
        return to_text(from_ms(timestamp_ms))
    except OverflowError:
        return timestamp_ms


def _header(name: str, value: bytes | None) -> str:
    shown = safe_text(name.encode(errors="backslashreplace"))
    return shown if value is None else f"{shown}={safe_text(value)}"


def _header_value(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")


def _is_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _shortened(text: str, cells: int) -> str:
    # A long value is cut before it is measured: a cell holds half a character at most twice.
    if len(text) <= cells and cell_len(text) <= cells:
        return text
    return set_cell_size(text[: cells + 1], cells - 1).rstrip() + "…"
