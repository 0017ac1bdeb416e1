"""A line of the archive as a dict: the record's own fields, and its coordinates."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import orjson

from cointicker.archive.stored import DamagedFile, Kept
from cointicker.errors import InvalidMessage
from cointicker.lines import Line, parse_line


def to_records(topic: str, lines: Sequence[Kept]) -> list[dict[str, Any]]:
    """The records of these lines, as docs/archive.md tells. Raises DamagedFile."""
    return [_record(topic, kept) for kept in lines]


def parsed(topic: str, kept: Kept) -> Line:
    """The record as Kafka had it. Raises DamagedFile."""
    try:
        return parse_line(kept.text)
    except InvalidMessage as error:
        raise DamagedFile(f"a file of {topic}, partition {kept.partition}: {error}") from error


def coordinates(topic: str, kept: Kept) -> dict[str, Any]:
    """Where a record was in Kafka, its key and its headers."""
    line = parsed(topic, kept)
    found = {
        "_offset": line.offset,
        "_timestamp": line.timestamp_ms,
        **_key(line.key),
        "_topic": topic,
        "_partition": kept.partition,
    }
    if line.headers:
        found["_headers"] = list(line.headers)
    return found


def _record(topic: str, kept: Kept) -> dict[str, Any]:
    try:
        record: dict[str, Any] = orjson.loads(kept.text)
    except orjson.JSONDecodeError:
        # JSON that this parser does not take, such as 1e999, is given as it came.
        return coordinates(topic, kept) | {"_bytes": parsed(topic, kept).value}
    if "_bytes" in record:
        record["_bytes"] = b64decode(record["_bytes"])
    if "_key_bytes" in record or "_headers" in record:
        return record | coordinates(topic, kept)
    # Members of its own that have these two names stand back.
    record["_topic"] = topic
    record["_partition"] = kept.partition
    return record


def _key(key: bytes | None) -> dict[str, Any]:
    try:
        return {"_key": None if key is None else key.decode()}
    except UnicodeDecodeError:
        return {"_key": None, "_key_bytes": key}
