"""What is in HDFS is read in order, each record once, and only what was asked for."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import Any

import pytest

from cointicker.archive import ATTRIBUTE, DamagedFile, ForeignFile, GzipBody, UnknownSource
from cointicker.errors import TransientError
from tests.fakes.memory_files import MemoryFiles, Moment
from tests.fakes.memory_log import TOPIC, Made
from tests.unit.cointicker.archive_files import (
    HOUR,
    LAYOUT,
    MINUTE,
    NOON,
    body_of,
    made,
    over,
    places,
    publish,
)

SECOND = timedelta(seconds=1)
MS = timedelta(milliseconds=1)


async def test_partitions_are_merged_by_time_and_each_keeps_its_own_order() -> None:
    files = MemoryFiles()
    await publish(files, [made(0), made(1, 4 * SECOND)])
    await publish(files, [made(2, 3 * SECOND), made(3, 5 * SECOND)])
    await publish(files, [made(0, 1 * SECOND), made(1, 4 * SECOND)], partition=1)
    assert await places(over(files)) == [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (0, 3)]


async def test_start_is_included_and_end_is_not() -> None:
    files = MemoryFiles()
    await publish(files, [made(0, -MS)])
    await publish(files, [made(1), made(2, MINUTE - MS), made(3, MINUTE)])
    assert await places(over(files), NOON, NOON + MINUTE) == [(0, 1), (0, 2)]
    assert await places(over(files), NOON) == [(0, 1), (0, 2), (0, 3)]
    assert await places(over(files), None, NOON) == [(0, 0)]
    assert await places(over(files), NOON, NOON) == []


async def test_a_bound_between_two_milliseconds_counts_as_the_next_one() -> None:
    files = MemoryFiles()
    await publish(files, [made(0), made(1, MS)])
    within = timedelta(microseconds=1)
    assert await places(over(files), NOON + within) == [(0, 1)]
    assert await places(over(files), None, NOON + within) == [(0, 0)]


async def test_bounds_of_any_time_zone_mean_the_same_moments() -> None:
    files = MemoryFiles()
    await publish(files, [made(0), made(1, HOUR)])
    seoul = timezone(9 * HOUR)
    assert await places(over(files), NOON.astimezone(seoul), (NOON + HOUR).astimezone(seoul)) == [
        (0, 0)
    ]


async def test_a_record_that_came_late_is_found_in_the_file_of_a_later_hour() -> None:
    files = MemoryFiles()
    await publish(files, [made(0, 59 * MINUTE)])
    await publish(files, [made(1, 61 * MINUTE), made(2, 58 * MINUTE), made(3, 62 * MINUTE)])
    assert await places(over(files), NOON, NOON + HOUR) == [(0, 0), (0, 2)]
    assert await places(over(files), NOON, NOON + HOUR, lateness=MINUTE) == [(0, 0)]


async def test_a_file_that_a_late_record_begins_keeps_its_place_in_the_order() -> None:
    files = MemoryFiles()
    await publish(files, [made(0, 61 * MINUTE)])
    await publish(files, [made(1, 59 * MINUTE), made(2, 60 * MINUTE - MS)])
    await publish(files, [made(3, 62 * MINUTE)])
    assert await places(over(files)) == [(0, 0), (0, 1), (0, 2), (0, 3)]


async def test_only_directories_and_files_of_the_range_are_looked_at() -> None:
    files = MemoryFiles()
    for offset, hour in enumerate((-24, -1, 0, 1, 2, 24)):
        await publish(files, [made(offset, hour * HOUR + 2 * MINUTE)])
    files.calls.clear()
    assert await places(over(files), NOON, NOON + HOUR, lateness=MINUTE) == [(0, 2)]
    topic = LAYOUT.topic_directory(TOPIC)
    listed = {path for call, path in files.calls if call == "list_directory" and path != topic}
    day = topic / "dt=2026-03-11"
    assert {path for path in listed if path.is_relative_to(topic)} == {
        day,
        day / "hh=12",
        day / "hh=13",
    }
    assert [path for call, path in files.calls if call == "read"] == [
        LAYOUT.file(TOPIC, 0, 2, made(2, 2 * MINUTE).timestamp)
    ]


async def test_reading_writes_nothing() -> None:
    files = MemoryFiles()
    await publish(files, [made(0)])
    files.calls.clear()
    assert await places(over(files)) == [(0, 0)]
    assert {call for call, _ in files.calls} == {"list_directory", "attribute", "read"}


async def test_files_that_overlap_give_each_record_once() -> None:
    files = MemoryFiles()
    minutes = [made(offset, offset * MINUTE) for offset in range(120)]
    for start in range(0, 60, 10):
        await publish(files, minutes[start : start + 10])
    await publish(files, minutes[5:57])
    await publish(files, minutes[60:80])
    await publish(files, minutes[75:])
    assert await places(over(files)) == [(0, offset) for offset in range(120)]


async def test_a_file_whose_records_were_all_given_is_not_even_read() -> None:
    files = MemoryFiles()
    await publish(files, [made(offset) for offset in range(10)])
    inside = await publish(files, [made(3), made(4)])
    files.damage(inside, b"never looked at")
    assert await places(over(files)) == [(0, offset) for offset in range(10)]


@pytest.mark.parametrize("aside", ["_staging", "_accepted/cointicker.raw.test-0/d/files/raw/test"])
async def test_what_is_staged_or_set_aside_is_never_read(aside: str) -> None:
    files = MemoryFiles()
    kept = await publish(files, [made(1)])
    inside = kept.relative_to(LAYOUT.topic_directory(TOPIC)).with_name(
        kept.name.replace("1.ndjson", "0.ndjson")
    )
    await publish(files, [made(0)], at=LAYOUT.root / aside / inside)
    assert await places(over(files)) == [(0, 1)]
    assert await over(files).sources() == ["test"]


async def test_nothing_is_given_of_a_damaged_file() -> None:
    files = MemoryFiles()
    await publish(files, [made(0)])
    path = await publish(files, [made(1, MS), made(2, MS)])
    files.damage(path, body_of([made(1, MS), made(7, MS)]))
    records = over(files).records("test", NOON + MS)
    with pytest.raises(DamagedFile, match=f"{path}.*sha256"):
        await anext(records)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no gzip at all", "cannot be unpacked"),
        (body_of([made(1)])[:-4], "does not end"),
        (body_of([made(1)]) + b"more", "does not end"),
    ],
)
async def test_a_file_that_was_published_broken_is_named(body: bytes, why: str) -> None:
    files = MemoryFiles()
    path = await publish(files, [made(1)], body=body)
    with pytest.raises(DamagedFile, match=f"{path}: {why}"):
        await places(over(files))


async def test_a_line_that_is_no_record_is_shown() -> None:
    files = MemoryFiles()
    packed = GzipBody()
    packed.add(b'{"n":1}\n')
    path = await publish(files, [made(1)], body=packed.finish())
    with pytest.raises(DamagedFile, match=rf"{path}: .*n.*is not the line of a record"):
        await places(over(files))


@pytest.mark.parametrize("attribute", [None, b"{}"])
async def test_a_file_that_cannot_be_verified_is_an_error(attribute: bytes | None) -> None:
    files = MemoryFiles()
    path = await publish(files, [made(0)])
    files.damage_attribute(path, ATTRIBUTE)
    if attribute is not None:
        await files.set_attribute(path, ATTRIBUTE, attribute, replace=True)
    with pytest.raises(ForeignFile, match=str(path)):
        await places(over(files))


async def test_other_names_are_skipped_and_said(caplog: pytest.LogCaptureFixture) -> None:
    files = MemoryFiles()
    path = await publish(files, [made(0)])
    short = f"{TOPIC}-0-1.ndjson.gz"
    other = "cointicker.raw.other-0-00000000000000000000.ndjson.gz"
    for name in ("notes.txt", short, other):
        await files.create(path.with_name(name), b"")
    await files.make_directory(LAYOUT.topic_directory(TOPIC) / "dt=yesterday" / "hh=12")
    await files.make_directory(LAYOUT.topic_directory(TOPIC) / "dt=2026-02-30" / "hh=12")
    with caplog.at_level(logging.WARNING):
        assert await places(over(files)) == [(0, 0)]
    assert sorted(record.getMessage().split()[1] for record in caplog.records) == sorted(
        f"{path.with_name(name)}:" for name in ("notes.txt", short, other)
    )


async def test_no_file_is_left_out_before_one_that_was_published_meanwhile() -> None:
    later_is_there = False

    async def overtake(moment: Moment, call: str, path: PurePosixPath) -> None:
        nonlocal later_is_there
        if (moment, call, path.name) == ("after", "list_directory", "hh=12") and not later_is_there:
            later_is_there = True
            await publish(files, [made(1, 30 * MINUTE)])
            await publish(files, [made(2, 90 * MINUTE)])

    files = MemoryFiles(interrupt=overtake)
    await publish(files, [made(0)])
    await files.make_directory(LAYOUT.hour_directory(TOPIC, made(0, HOUR).timestamp))
    offsets = [offset for _, offset in await places(over(files))]
    assert offsets == list(range(len(offsets)))


async def test_a_file_that_is_moved_away_meanwhile_is_a_reason_to_read_again() -> None:
    async def vanish(moment: Moment, call: str, path: PurePosixPath) -> None:
        if (moment, call) == ("before", "read"):
            await files.delete(path)

    files = MemoryFiles(interrupt=vanish)
    path = await publish(files, [made(0)])
    with pytest.raises(TransientError, match=f"{path} was moved away"):
        await places(over(files))


async def test_an_hdfs_that_does_not_answer_is_named() -> None:
    async def refuse(_moment: Moment, _call: str, _path: PurePosixPath) -> None:
        raise TransientError("no answer")

    archive = over(MemoryFiles(interrupt=refuse))
    for asked in (archive.sources(), archive.hours("test"), places(archive)):
        with pytest.raises(TransientError, match="HDFS at memory: no answer"):
            await asked


async def test_sources_are_named_shortly_and_other_topics_wholly() -> None:
    files = MemoryFiles()
    for topic in ("cointicker.raw.b", "cointicker.raw.a", "cointicker.processed.news", "orders"):
        await publish(files, [made(0)], topic=topic)
    archive = over(files)
    assert await archive.sources() == ["a", "b", "cointicker.processed.news", "orders"]
    for name in [*await archive.sources(), "cointicker.raw.a"]:
        assert len([each async for each in archive.records(name)]) == 1
    assert await over(MemoryFiles()).sources() == []


async def test_an_unknown_source_is_told_which_there_are() -> None:
    files = MemoryFiles()
    await publish(files, [made(0)])
    with pytest.raises(UnknownSource, match=r"'upbit'.*there is: test$") as raised:
        await anext(over(files).records("upbit"))
    assert raised.value.known == ["test"]
    with pytest.raises(UnknownSource, match="nothing at all"):
        await over(MemoryFiles()).hours("test")


async def test_hours_are_those_in_which_files_begin() -> None:
    files = MemoryFiles()
    for offset, hour in enumerate((-13, 0, 0, 2)):
        await publish(files, [made(offset, hour * HOUR)])
    await files.make_directory(LAYOUT.hour_directory(TOPIC, made(9, HOUR).timestamp))
    archive = over(files)
    assert await archive.hours("test") == [NOON - 13 * HOUR, NOON, NOON + 2 * HOUR]
    assert await archive.hours("test", NOON, NOON + 2 * HOUR) == [NOON]
    assert await archive.hours("test", NOON + MINUTE) == [NOON, NOON + 2 * HOUR]


@pytest.mark.parametrize(
    ("start", "end", "lateness", "kind", "why"),
    [
        (NOON.replace(tzinfo=None), None, HOUR, ValueError, "start has no time zone"),
        (None, NOON.replace(tzinfo=None), HOUR, ValueError, "end has no time zone"),
        ("2026-03-11", None, HOUR, TypeError, "start must be a datetime"),
        (NOON, NOON - HOUR, HOUR, ValueError, "end is before start"),
        (None, None, -HOUR, ValueError, "lateness"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_read(
    start: datetime, end: datetime, lateness: timedelta, kind: type[Exception], why: str
) -> None:
    with pytest.raises(kind, match=why):
        over(MemoryFiles()).records("test", start, end, lateness=lateness)


async def test_timestamps_that_no_calendar_has_are_read_too() -> None:
    files = MemoryFiles()
    await publish(files, [made(0)])
    await publish(files, [Made(1, b"{}", -1)])
    await publish(files, [Made(2, b"{}", 2**62)])
    assert await places(over(files)) == [(0, 0), (0, 1), (0, 2)]


async def many(files: MemoryFiles) -> MemoryFiles:
    """Three partitions, each of four files of 500 records, all of them of one hour."""
    for partition in range(3):
        for offset in range(0, 2_000, 500):
            of = [made(each, each * MS) for each in range(offset, offset + 500)]
            await publish(files, of, partition=partition)
    return files


async def stall(moment: Moment, call: str, path: PurePosixPath) -> None:
    """The third file of each partition is never answered for."""
    if (moment, call) == ("before", "read") and path.name.endswith("1000.ndjson.gz"):
        await asyncio.Event().wait()


def running() -> int:
    """How many tasks there are beside the test's own."""
    return len(asyncio.all_tasks()) - 1


async def test_a_pass_that_is_closed_early_leaves_nothing_running() -> None:
    files = await many(MemoryFiles(interrupt=stall))
    async with aclosing(over(files).records("test")) as records:
        while (await anext(records))["_offset"] < 510:
            pass
        assert running() == 3
    assert running() == 0


async def test_a_pass_that_fails_leaves_nothing_running() -> None:
    files = await many(MemoryFiles(interrupt=stall))
    files.damage(LAYOUT.file(TOPIC, 1, 500, made(500, 500 * MS).timestamp), b"")
    with pytest.raises(DamagedFile):
        await places(over(files))
    assert running() == 0


async def test_a_closed_archive_ends_its_passes_and_says_so() -> None:
    archive = over(await many(MemoryFiles(interrupt=stall)))
    records: AsyncGenerator[dict[str, Any], None] = archive.records("test")
    await anext(records)
    await archive.close()
    assert running() == 0
    with pytest.raises(RuntimeError, match="closed"):
        [each async for each in records]


async def test_no_more_than_the_next_file_of_a_partition_is_read_ahead() -> None:
    files = await many(MemoryFiles())
    async with aclosing(over(files).records("test")) as records:
        await anext(records)
        assert len([path for call, path in files.calls if call == "read"]) <= 6
