"""However a partition's records were split into files, the reader gives back exactly them."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.archive.arrow import to_table
from cointicker.archive.layout import hour_of
from cointicker.times import from_ms, to_ms
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_log import Made
from tests.unit.cointicker.archive_files import NOON, over, publish

NOON_MS = to_ms(NOON)
LATE_MS = 40 * 60_000
values = st.sampled_from([b'{"id":"1"}', b"{}", b"[1]", b"text", b"\xff", None])


@dataclass(frozen=True)
class Split:
    """A partition's records, and after which of them a file ends in any case."""

    records: list[Made]
    ends: set[int]

    def files(self) -> list[list[Made]]:
        """As the sink does: a record of a later hour than the first one's begins a file."""
        files: list[list[Made]] = []
        for number, each in enumerate(self.records):
            is_later = files and hour_of(each.timestamp) > hour_of(files[-1][0].timestamp)
            if not files or is_later or number in self.ends:
                files.append([])
            files[-1].append(each)
        return files


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Offsets with holes; times that go on, and records that are late by less than LATE_MS."""
    steps = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 50 * 60_000)), max_size=8))
    records, offset, now = [], -1, NOON_MS
    for hole, minutes in steps:
        offset, now = offset + hole, now + minutes
        late = draw(st.sampled_from([0, 0, 1, LATE_MS - 1]))
        records.append(Made(offset, draw(values), now - late))
    return Split(records, draw(st.sets(st.integers(0, 8))))


async def read(
    partitions: Sequence[Split], start_ms: int, end_ms: int
) -> tuple[list[dict[str, Any]], pa.Table]:
    """The records as dicts, and the table of them."""
    files = MemoryFiles()
    for number, split in enumerate(partitions):
        for of in split.files():
            await publish(files, of, partition=number)
    span = (from_ms(start_ms), from_ms(end_ms))
    late = timedelta(milliseconds=LATE_MS)
    archive = over(files)
    if not await archive.sources():
        return [], to_table([])
    records = [each async for each in archive.records("test", *span, lateness=late)]
    return records, await archive.table("test", *span, lateness=late)


def assert_same(records: list[dict[str, Any]], asked: Sequence[Made]) -> None:
    assert [(each["_offset"], each["_timestamp"]) for each in records] == [
        (each.offset, each.timestamp) for each in asked
    ]
    assert [each.get("id") for each in records] == [
        "1" if each.value == b'{"id":"1"}' else None for each in asked
    ]
    assert [each.get("_bytes") for each in records] == [
        each.value if each.value in (b"text", b"\xff") else None for each in asked
    ]


def assert_oldest_first(records: list[dict[str, Any]]) -> None:
    """Each record is the oldest of those that are next in their partitions."""
    rest: dict[int, list[int]] = defaultdict(list)
    for each in records:
        rest[each["_partition"]].append(each["_timestamp"])
    for each in records:
        heads = [(times[0], number) for number, times in rest.items() if times]
        assert (each["_timestamp"], each["_partition"]) == min(heads)
        rest[each["_partition"]].pop(0)


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=40)
@given(
    st.lists(splits(), min_size=1, max_size=3),
    st.integers(-1, 8 * 60),
    st.integers(0, 8 * 60),
)
def test_what_was_asked_for_comes_back_in_order_each_once(
    partitions: list[Split], start: int, minutes: int
) -> None:
    start_ms = NOON_MS + start * 60_000
    end_ms = start_ms + minutes * 60_000
    records, table = asyncio.run(read(partitions, start_ms, end_ms))
    for number, split in enumerate(partitions):
        asked = [each for each in split.records if start_ms <= each.timestamp < end_ms]
        assert_same([each for each in records if each["_partition"] == number], asked)
    assert_oldest_first(records)
    assert [(row["_partition"], row["_offset"], row["_bytes"]) for row in table.to_pylist()] == [
        (each["_partition"], each["_offset"], each.get("_bytes")) for each in records
    ]
