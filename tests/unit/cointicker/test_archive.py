"""Where a record is kept, and what may be relied on."""

import gzip
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from cointicker.archive import (
    ATTRIBUTE,
    SEEN_ATTRIBUTE,
    FileAttribute,
    FileName,
    ForeignFile,
    GzipBody,
    Layout,
    hour_of,
    published_files,
    read_behind_barrier,
    sha256_of,
    walk,
)
from cointicker.times import to_ms
from tests.fakes.memory_files import MemoryFiles

LAYOUT = Layout.of("/cointicker", "cointicker")
MOMENT_MS = to_ms(datetime(2026, 3, 11, 14, 59, 59, 999_000, tzinfo=UTC))
PATH = PurePosixPath("/cointicker/raw/test/t")
SAID = FileAttribute(
    previous=None,
    end=9,
    count=3,
    sha256=sha256_of(b""),
    first_timestamp=1,
    last_timestamp=2,
    last_crc32c=3,
    writer="w1",
)


def test_a_file_is_named_by_its_first_offset_and_lies_in_the_hour_of_its_first_record() -> None:
    assert LAYOUT.file("cointicker.raw.upbit_trends", 3, 12345, MOMENT_MS) == PurePosixPath(
        "/cointicker/raw/upbit_trends/dt=2026-03-11/hh=14/"
        "cointicker.raw.upbit_trends-3-00000000000000012345.ndjson.gz"
    )


@pytest.mark.parametrize(
    ("topic", "directory"),
    [
        ("cointicker.raw.test", "raw/test"),
        ("cointicker.raw.a.b", "raw/a.b"),
        ("cointicker.processed.news", "processed/news"),
        ("cointicker.insights.movers", "insights/movers"),
        ("cointicker.gaps", "other/cointicker.gaps"),
        ("cointicker.raw", "other/cointicker.raw"),
        ("cointicker.raw..", "other/cointicker.raw.."),
        ("cointicker.raw...", "other/cointicker.raw..."),
        ("orders", "other/orders"),
        ("xcointicker.raw.test", "other/xcointicker.raw.test"),
    ],
)
def test_a_topic_less_its_prefix_decides_the_directory(topic: str, directory: str) -> None:
    assert LAYOUT.topic_directory(topic) == PurePosixPath("/cointicker") / directory


def test_prefixes_are_set_one_by_one() -> None:
    layout = Layout(PurePosixPath("/a"), {"raw": "in", "processed": "out.clean"})
    assert layout.topic_directory("in.test") == PurePosixPath("/a/raw/test")
    assert layout.topic_directory("out.clean.news") == PurePosixPath("/a/processed/news")


@pytest.mark.parametrize(
    "name",
    [
        FileName("cointicker.raw.test", 0, 0),
        FileName("with-dashes-1-2", 12, 2**63 - 1),
        FileName("t-0-00000000000000000001.ndjson.gz", 1, 2),
    ],
)
def test_a_name_says_topic_partition_and_first_offset(name: FileName) -> None:
    assert FileName.parse(str(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "t-0-1.ndjson.gz",
        "t-0-00000000000000000001.ndjson",
        "-0-00000000000000000001.ndjson.gz",
        "t-x-00000000000000000001.ndjson.gz",
        "t-0-" + "\N{ARABIC-INDIC DIGIT ONE}" * 20 + ".ndjson.gz",
    ],
)
def test_any_other_name_is_none_of_ours(name: str) -> None:
    assert FileName.parse(name) is None


def test_an_hour_begins_on_the_hour() -> None:
    assert hour_of(3_600_000) == 1
    assert hour_of(3_599_999) == 0


@pytest.mark.parametrize(
    ("timestamp_ms", "directory"),
    [
        (-1, "dt=1970-01-01/hh=00"),
        (-(2**63), "dt=1970-01-01/hh=00"),
        (253402300799999, "dt=9999-12-31/hh=23"),
        (2**63 - 1, "dt=9999-12-31/hh=23"),
    ],
)
def test_a_timestamp_that_no_calendar_has_finds_a_place(timestamp_ms: int, directory: str) -> None:
    assert LAYOUT.hour_directory("cointicker.raw.test", timestamp_ms) == (
        PurePosixPath("/cointicker/raw/test") / directory
    )


def test_staging_and_settings_lie_beside_the_topics() -> None:
    assert LAYOUT.staging("t", 3) == PurePosixPath("/cointicker/_staging/t-3")
    assert LAYOUT.settings("t") == PurePosixPath("/cointicker/_settings/t.json")


def test_an_attribute_is_json_and_may_say_more_than_is_known() -> None:
    assert FileAttribute.decode(SAID.encode()) == SAID
    assert FileAttribute.decode(SAID.encode()[:-1] + b',"later":1}') == SAID


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff", b'{"previous":"x"}'])
def test_an_attribute_of_another_make_is_refused(value: bytes) -> None:
    with pytest.raises(ForeignFile):
        FileAttribute.decode(value)


def test_a_body_is_one_gzip_member_and_the_same_for_the_same_lines() -> None:
    def body() -> bytes:
        collected = GzipBody()
        collected.add(b"a\n" * 100_000)
        collected.add(b"b\n")
        assert len(collected) < 10_000
        return collected.finish()

    assert body() == body()
    assert gzip.decompress(body()) == b"a\n" * 100_000 + b"b\n"


async def with_attribute(value: bytes | None) -> MemoryFiles:
    files = MemoryFiles()
    await files.make_directory(PATH.parent)
    await files.create(PATH, b"")
    if value is not None:
        await files.set_attribute(PATH, ATTRIBUTE, value, replace=False)
    return files


async def test_a_file_is_marked_as_seen_before_its_attribute_is_read() -> None:
    files = await with_attribute(SAID.encode())
    files.calls.clear()
    assert await read_behind_barrier(files, PATH) == SAID
    assert await read_behind_barrier(files, PATH) == SAID
    assert files.calls == [("set_attribute", PATH), ("attribute", PATH)] * 2
    assert await files.attribute(PATH, SEEN_ATTRIBUTE) == b"1"


async def test_a_file_that_is_not_there_has_no_attribute() -> None:
    assert await read_behind_barrier(MemoryFiles(), PATH) is None


@pytest.mark.parametrize("value", [None, b"{}"])
async def test_a_file_without_our_attribute_is_foreign(value: bytes | None) -> None:
    with pytest.raises(ForeignFile):
        await read_behind_barrier(await with_attribute(value), PATH)


async def test_the_files_of_a_partition_come_by_first_offset_whatever_their_hour() -> None:
    files = MemoryFiles()
    topic = "cointicker.raw.test"
    late_hour_first = [(0, 7, MOMENT_MS + 3_600_000), (0, 9, MOMENT_MS), (1, 8, MOMENT_MS)]
    for partition, first, timestamp_ms in late_hour_first:
        path = LAYOUT.file(topic, partition, first, timestamp_ms)
        await files.make_directory(path.parent)
        await files.create(path, b"x" * first)
    await files.create(LAYOUT.topic_directory(topic) / "notes.txt", b"")
    found = await published_files(files, LAYOUT, topic, 0)
    assert [(file.name.first, file.length) for file in found] == [(7, 7), (9, 9)]
    assert len([path async for path, _ in walk(files, LAYOUT.topic_directory(topic))]) == 4
    assert await published_files(files, LAYOUT, "cointicker.raw.other", 0) == []
