"""Every record that Kafka can have comes back as a dict and as a row, and nothing of it is lost."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from cointicker.archive.arrow import SCHEMA, to_batch, to_table
from cointicker.archive.records import to_records
from cointicker.archive.stored import DamagedFile, Kept
from cointicker.lines import Headers, line
from cointicker.messages import RawRecord

TOPIC = "cointicker.raw.test"
WHERE = {"_offset": 7, "_timestamp": 1773240058930, "_topic": TOPIC, "_partition": 3}
AT = datetime(2026, 3, 11, 14, 40, 58, 930_000, tzinfo=UTC)
RAW = RawRecord(
    source="test",
    id="KRW-BTC:1",
    content_hash="9f86d081884c7d65",
    fetched_at=AT.replace(microsecond=12345),
    event_at=AT,
    url="https://example.org/",
    payload={"price": 1.50, "name": "비트코인"},
)


def kept(value: bytes | None, key: bytes | None = b"k", headers: Headers = ()) -> Kept:
    return Kept(1773240058930, 3, line(7, 1773240058930, key, value, headers))


def record(of: Kept) -> dict[str, Any]:
    [found] = to_records(TOPIC, [of])
    return found


def row(of: Kept) -> dict[str, Any]:
    """What is not null in the record's row."""
    batch = to_batch(TOPIC, [of])
    assert batch.schema.equals(SCHEMA)
    [found] = batch.to_pylist()
    return {name: value for name, value in found.items() if value is not None}


def test_a_record_has_its_own_fields_and_its_coordinates() -> None:
    assert record(kept(RAW.encode())) == {
        **WHERE,
        "_key": "k",
        "schema": 1,
        "source": "test",
        "id": "KRW-BTC:1",
        "content_hash": "9f86d081884c7d65",
        "fetched_at": "2026-03-11T14:40:58.012345Z",
        "event_at": "2026-03-11T14:40:58.930Z",
        "url": "https://example.org/",
        "payload": {"price": 1.5, "name": "비트코인"},
    }


def test_a_row_has_each_field_in_its_column() -> None:
    assert row(kept(RAW.encode())) == {
        **WHERE,
        "_timestamp": AT,
        "_key": "k",
        "schema": 1,
        "source": "test",
        "id": "KRW-BTC:1",
        "content_hash": "9f86d081884c7d65",
        "fetched_at": AT.replace(microsecond=12345),
        "event_at": AT,
        "url": "https://example.org/",
        "payload": '{"price":1.5,"name":"비트코인"}',
    }


@pytest.mark.parametrize(
    ("value", "own", "columns"),
    [
        (b"{}", {}, {}),
        (b'{"a":[1.50]}', {"a": [1.5]}, {"_rest": '{"a":[1.50]}'}),
        (b"[1, 2]", {"_value": [1, 2]}, {"_value": "[1, 2]"}),
        (b'{"_key":1}', {"_value": {"_key": 1}}, {"_value": '{"_key":1}'}),
        (None, {"_value": None}, {"_value": "null"}),
        (b"null", {"_bytes": b"null"}, {"_bytes": b"null"}),
        (b"\xff\n", {"_bytes": b"\xff\n"}, {"_bytes": b"\xff\n"}),
        (b"", {"_bytes": b""}, {"_bytes": b""}),
        # Taken by one parser only: the other gives it as it came.
        (b'{"a":1e999}', {"_bytes": b'{"a":1e999}'}, {"_rest": '{"a":1e999}'}),
        (b'{"_topic":"mine","_partition":9}', {}, {"_rest": '{"_topic":"mine","_partition":9}'}),
    ],
)
def test_a_value_of_any_kind_has_its_place(
    value: bytes | None, own: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert record(kept(value)) == {**WHERE, "_key": "k", **own}
    assert row(kept(value)) == {**WHERE, "_timestamp": AT, "_key": "k", **columns}


@pytest.mark.parametrize(
    "member",
    [
        '"id":7',
        '"id":null',
        '"schema":"1"',
        '"schema":9223372036854775808',
        '"schema":1.5',
        '"fetched_at":"yesterday"',
        '"fetched_at":"2026-03-11T14:40:58"',
        '"fetched_at":"2026-03-11T14:40:58.1234567Z"',
        '"event_at":"2026-02-30T00:00:00Z"',
        '"event_at":1773240058930',
    ],
)
def test_a_field_of_another_type_stays_with_the_rest(member: str) -> None:
    value = f'{{{member},"source":"test"}}'.encode()
    assert row(kept(value)) == {
        **WHERE,
        "_timestamp": AT,
        "_key": "k",
        "source": "test",
        "_rest": f"{{{member}}}",
    }


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        (None, {}),
        (b"", {"_key": ""}),
        ("키".encode(), {"_key": "키"}),
        (b"\xff", {"_key_bytes": b"\xff"}),
    ],
)
def test_a_key_is_text_or_else_bytes(key: bytes | None, columns: dict[str, Any]) -> None:
    assert record(kept(b'{"a":1}', key)) == {**WHERE, "_key": None, "a": 1, **columns}
    assert row(kept(b'{"id":"1"}', key)) == {**WHERE, "_timestamp": AT, "id": "1", **columns}


def test_headers_keep_their_order_and_their_bytes() -> None:
    headers = [("a", b"1"), ("a", None), ("b", b"\xff")]
    assert record(kept(b'{"a":1}', headers=headers))["_headers"] == headers
    assert row(kept(b"\xff", headers=headers))["_headers"] == [
        {"name": name, "value": value} for name, value in headers
    ]


def test_an_empty_table_has_all_columns() -> None:
    table = to_table([])
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)
    assert table.schema.field("fetched_at").type == pa.timestamp("us", "UTC")


def test_a_line_that_nothing_can_read_is_damage() -> None:
    broken = Kept(0, 0, b'{"_offset":7,"_timestamp":1773240058930,"_key":"k","a":tru}\n')
    with pytest.raises(DamagedFile, match="partition 0: not_a_line"):
        record(broken)
    with pytest.raises(DamagedFile, match="partition 0: not_a_line"):
        row(broken)


def test_without_pyarrow_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from cointicker.archive import AsyncArchive, Layout\n"
        "try: AsyncArchive(None, Layout.of('/r', 'p'), '').record_batches('test')\n"
        "except ImportError as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert said.stdout == "tables need pyarrow: pip install 'cointicker[arrow]'\n"
