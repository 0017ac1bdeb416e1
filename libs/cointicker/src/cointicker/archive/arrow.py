"""The archive's records as Arrow: one schema for all topics, in which nothing is lost."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import orjson

from cointicker.archive.records import coordinates, parsed
from cointicker.archive.stored import Kept

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("tables need pyarrow: pip install 'cointicker[arrow]'") from error

SCHEMA = pa.schema(
    [
        pa.field("_topic", pa.string(), nullable=False),
        pa.field("_partition", pa.int32(), nullable=False),
        pa.field("_offset", pa.int64(), nullable=False),
        pa.field("_timestamp", pa.timestamp("ms", "UTC"), nullable=False),
        ("_key", pa.string()),
        ("_key_bytes", pa.binary()),
        ("_headers", pa.list_(pa.struct([("name", pa.string()), ("value", pa.binary())]))),
        ("schema", pa.int64()),
        ("source", pa.string()),
        ("id", pa.string()),
        ("content_hash", pa.string()),
        ("fetched_at", pa.timestamp("us", "UTC")),
        ("event_at", pa.timestamp("us", "UTC")),
        ("url", pa.string()),
        ("question", pa.string()),
        ("payload", pa.string()),
        ("_rest", pa.string()),
        ("_value", pa.string()),
        ("_bytes", pa.binary()),
    ]
)

# Asked for once: each look into a schema costs more than a cell of the table.
_TYPES = [(field.name, field.type) for field in SCHEMA]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# A time with more digits than the column holds, or in another form, stays as it is written.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_MOST = 2**63

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode
_text_or_null = msgspec.json.Decoder(str | None).decode
_number = msgspec.json.Decoder(Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST - 1)]).decode


def _moment(raw: msgspec.Raw) -> int:
    text = _text(raw)
    if not _RFC3339.fullmatch(text):
        raise ValueError(text)
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def _json(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


# How a member becomes the value of its column; one that does not, stays with the rest.
_COLUMNS: dict[str, Callable[[msgspec.Raw], object]] = {
    "schema": _number,
    "source": _text,
    "id": _text,
    "content_hash": _text,
    "fetched_at": _moment,
    "event_at": _moment,
    "url": _text,
    "question": _text,
    "payload": _json,
    "_value": _json,
}
_RARE = {"_key_bytes", "_headers", "_bytes"}
_COORDINATES = {"_offset", "_timestamp", "_key", *_RARE}


def to_batch(topic: str, lines: Sequence[Kept]) -> pa.RecordBatch:
    """The records of these lines, of `SCHEMA`. Raises DamagedFile."""
    rows = [_row(topic, kept) for kept in lines]
    columns = [pa.array([row.get(name) for row in rows], kind) for name, kind in _TYPES]
    return pa.record_batch(columns, schema=SCHEMA)


def to_table(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """One table of them."""
    return pa.Table.from_batches(batches, SCHEMA)


def _row(topic: str, kept: Kept) -> dict[str, Any]:
    """What a record has, by column; what it has not is null."""
    try:
        members = _members(kept.text)
    except (msgspec.DecodeError, RecursionError):
        # JSON that this parser does not take, such as a lone surrogate, is given as it came.
        return coordinates(topic, kept) | {"_bytes": parsed(topic, kept).value}
    return _where(topic, kept, members) | _own(members)


def _where(topic: str, kept: Kept, members: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    if not members.keys() & _RARE:
        return {
            "_topic": topic,
            "_partition": kept.partition,
            "_offset": _number(members["_offset"]),
            "_timestamp": kept.timestamp_ms,
            "_key": _text_or_null(members["_key"]),
        }
    found = coordinates(topic, kept)
    if "_headers" in found:
        found["_headers"] = [{"name": name, "value": value} for name, value in found["_headers"]]
    if "_bytes" in members:
        found["_bytes"] = parsed(topic, kept).value
    return found


def _own(members: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    """The record's own members: each in its column, those that fit in none as one JSON object."""
    row: dict[str, Any] = {}
    rest = []
    for name, raw in members.items():
        if name in _COORDINATES:
            continue
        try:
            row[name] = _COLUMNS[name](raw)
        except (KeyError, ValueError):  # msgspec's errors are ValueErrors
            rest.append(orjson.dumps(name) + b":" + bytes(raw))
    if rest:
        row["_rest"] = b"{%b}" % b",".join(rest)
    return row
