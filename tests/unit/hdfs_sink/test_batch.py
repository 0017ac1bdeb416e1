"""When a file is closed, what is in it, and what it says of itself."""

import gzip
from dataclasses import replace

import pytest
from crc32c import crc32c

from cointicker.archive import sha256_of
from cointicker.lines import parse_line
from hdfs_sink.batch import Batch, Rotation
from tests.fakes.memory_partition import MemoryRecord
from tests.unit.hdfs_sink.world import record

ROTATION = Rotation(body_bytes=1_000_000, records=1_000, age_seconds=60, idle_seconds=10)


def batch(now: float = 0, count: int = 1, **limits: float) -> Batch:
    each = Batch(replace(ROTATION, **limits))  # type: ignore[arg-type]
    each.add([record(n) for n in range(count)], now)
    return each


def test_an_empty_one_never_closes() -> None:
    empty = Batch(ROTATION)
    assert empty.closes(1e9) is None
    assert empty.closes_at() is None
    assert empty.add([], 0) == []


def test_it_closes_when_its_first_record_is_old() -> None:
    each = batch(idle_seconds=1e9)
    each.add([record(1)], 59)
    assert each.closes(59.9) is None
    assert each.closes(60) == "age"


def test_it_closes_when_nothing_comes() -> None:
    each = batch()
    each.add([record(1)], 5)
    assert each.closes_at() == 15
    assert each.closes(14.9) is None
    assert each.closes(15) == "idle"


def test_it_closes_at_its_size() -> None:
    each = batch(body_bytes=1)
    assert each.closes(0) is None  # the compressor holds back a little
    each.add([MemoryRecord(n, value=b"%x" % n**4_000) for n in range(1, 100)], 0)
    assert each.closes(0) == "bytes"


def test_it_takes_no_more_records_than_it_may() -> None:
    each = batch(records=3)
    rest = each.add([record(n) for n in range(1, 6)], 0)
    assert [left.offset for left in rest] == [3, 4, 5]
    assert each.closes(0) == "records"


def test_a_record_of_a_later_hour_closes_it() -> None:
    each = batch()
    rest = each.add([record(1), record(2, hour=1), record(3)], 0)
    assert [left.offset for left in rest] == [2, 3]
    assert each.closes(0) == "hour"


def test_a_record_of_an_earlier_hour_does_not() -> None:
    each = Batch(ROTATION)
    rest = each.add([record(0, hour=5), record(1, hour=4), record(2, hour=5)], 0)
    assert not rest
    assert each.closes(0) is None


@pytest.mark.parametrize("count", [1, 500])
def test_it_holds_every_line_and_says_so(count: int) -> None:
    each = batch(count=count)
    content = each.finish()
    lines = gzip.decompress(content.body).splitlines(keepends=True)
    assert [parse_line(text).offset for text in lines] == list(range(count))
    last = record(count - 1)
    assert (content.first, content.end, content.count) == (0, count - 1, count)
    assert (content.first_timestamp, content.last_timestamp) == (0, last.timestamp)
    assert content.last_crc32c == crc32c(last.value or b"")
    assert content.sha256 == sha256_of(content.body)


def test_a_tombstone_counts_as_nothing_in_the_crc() -> None:
    each = Batch(ROTATION)
    each.add([MemoryRecord(0, value=None)], 0)
    assert each.finish().last_crc32c == crc32c(b"")
