"""Every kind of damage is found, and what is whole is called clean."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec
import pytest
from crc32c import crc32c

from cointicker.archive import ATTRIBUTE, FileAttribute, GzipBody, Layout, sha256_of
from cointicker.audit import PartitionResult, audit
from cointicker.errors import TransientError
from cointicker.kafka.records import Partition
from cointicker.lines import line
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_log import TOPIC, Made, MemoryLog

LAYOUT = Layout.of("/cointicker", "cointicker")
HOUR_MS = 3_600_000


def records(*offsets: int) -> list[Made]:
    return [Made(each, b'{"n":%d}' % each, timestamp=each) for each in offsets]


def body_of(of: Sequence[Made]) -> bytes:
    packed = GzipBody()
    for each in of:
        packed.add(line(each.offset, each.timestamp, each.key, each.value, each.headers))
    return packed.finish()


def attribute_of(previous: int | None, of: Sequence[Made], body: bytes) -> FileAttribute:
    return FileAttribute(
        previous=previous,
        end=of[-1].offset,
        count=len(of),
        sha256=sha256_of(body),
        first_timestamp=of[0].timestamp,
        last_timestamp=of[-1].timestamp,
        last_crc32c=crc32c(of[-1].value or b""),
        writer="w",
    )


async def put(
    files: MemoryFiles,
    previous: int | None,
    of: Sequence[Made],
    *,
    at: PurePosixPath | None = None,
    lines: bytes | None = None,
    said: Callable[[FileAttribute], FileAttribute] = lambda same: same,
) -> PurePosixPath:
    """Publish a file of these records, or one that is wrong in the way that is asked for."""
    path = at or LAYOUT.file(TOPIC, 0, of[0].offset, of[0].timestamp)
    body = body_of(of) if lines is None else lines
    await files.make_directory(path.parent)
    await files.create(path, body)
    says = said(attribute_of(previous, of, body)).encode()
    await files.set_attribute(path, ATTRIBUTE, says, replace=False)
    return path


async def result_of(files: MemoryFiles, log: MemoryLog) -> PartitionResult:
    found = await audit(files, log, [TOPIC], LAYOUT)
    [partition] = found.partitions
    assert found.foreign == []
    assert found.clean is partition.clean
    return partition


async def whole() -> tuple[MemoryFiles, MemoryLog]:
    """Two files, and the log that they were made of."""
    files = MemoryFiles()
    await put(files, None, records(0, 1, 2))
    await put(files, 2, records(3, 5))
    return files, MemoryLog(records(0, 1, 2, 3, 5), group={0: 6})


async def test_what_is_whole_is_clean() -> None:
    found = await result_of(*await whole())
    assert found.clean
    assert (found.files, found.records, found.compared) == (2, 5, 5)
    assert (found.first, found.end, found.committed, found.waiting) == (0, 5, 6, 0)
    assert found.bytes == len(body_of(records(0, 1, 2))) + len(body_of(records(3, 5)))


async def test_a_topic_without_files_and_records_is_clean() -> None:
    found = await result_of(MemoryFiles(), MemoryLog())
    assert found.clean
    assert (found.files, found.first, found.end) == (0, None, None)


async def test_every_kind_of_record_is_compared() -> None:
    kinds = [b"", None, b"null", b"\xff", b"a\nb", b'{"_offset":1}', b"{}", b"x" * 900_000]
    made = [Made(i, each, key=None if i % 2 else b"\xfe") for i, each in enumerate(kinds)]
    files = MemoryFiles()
    await put(files, None, made)
    found = await result_of(files, MemoryLog(made))
    assert found.clean
    assert found.compared == len(kinds)


async def test_records_that_wait_for_their_file_are_not_missing() -> None:
    files, log = await whole()
    log.kept += records(6, 7)
    found = await result_of(files, log)
    assert found.clean
    assert found.waiting == 2


async def test_a_file_that_was_published_but_not_committed_counts() -> None:
    files, log = await whole()
    log.group = {0: 3}
    found = await result_of(files, log)
    assert found.clean
    assert found.compared == 5


async def test_records_that_kafka_no_longer_keeps_are_not_compared() -> None:
    files, log = await whole()
    log.kept, log.start = records(2, 3, 5), 2
    found = await result_of(files, log)
    assert found.clean
    assert found.compared == 3


async def test_an_emptied_log_is_clean() -> None:
    files, log = await whole()
    log.kept, log.start, log.end = [], 6, 6
    assert (await result_of(files, log)).clean


async def test_the_files_of_a_deleted_topic_are_still_checked() -> None:
    files, _ = await whole()
    found = await result_of(files, MemoryLog(numbers=0))
    assert found.clean
    assert (found.files, found.compared, found.committed) == (2, 0, None)


async def test_a_missing_file_is_found() -> None:
    files, log = await whole()
    await files.delete(files.paths()[1])
    found = await result_of(files, log)
    assert (found.missing, found.missing_ranges) == (2, [(3, 3), (5, 5)])
    assert not found.clean


async def test_a_missing_first_file_is_found_even_without_kafka() -> None:
    files, _ = await whole()
    await files.delete(files.paths()[0])
    found = await result_of(files, MemoryLog(numbers=0))
    assert "first of all, but it follows 2" in found.problems[0]


async def test_a_missing_file_in_the_middle_is_found() -> None:
    files, log = await whole()
    await put(files, 5, records(6, 7))
    await files.delete(files.paths()[1])
    log.kept += records(6, 7)
    found = await result_of(files, log)
    assert (found.missing, found.problem_count) == (2, 1)
    assert "follows 5, before it ends 2" in found.problems[0]


async def test_everything_below_the_commit_must_be_there() -> None:
    log = MemoryLog(records(0, 1, 2), group={0: 2})
    found = await result_of(MemoryFiles(), log)
    assert (found.missing, found.missing_ranges, found.waiting) == (2, [(0, 1)], 1)


async def test_a_recorded_gap_is_told_and_is_no_loss() -> None:
    files, log = await whole()
    await put(files, None, records(9, 10))
    log.kept += records(7, 8, 9, 10)
    found = await result_of(files, log)
    assert found.gaps == [(5, 9)]
    assert found.clean


async def test_a_record_that_the_file_left_out_is_found() -> None:
    files = MemoryFiles()
    await put(files, None, records(0, 2))
    found = await result_of(files, MemoryLog(records(0, 1, 2)))
    assert (found.missing, found.missing_ranges) == (1, [(1, 1)])


async def test_a_record_that_kafka_does_not_have_is_found() -> None:
    files = MemoryFiles()
    await put(files, None, records(0, 1, 2))
    found = await result_of(files, MemoryLog(records(0, 2)))
    assert (found.unknown, found.missing) == (1, 0)
    assert not found.clean


@pytest.mark.parametrize(
    "other",
    [Made(1, b"{}", timestamp=1), Made(1, b'{"n":1}', timestamp=2), Made(1, b'{"n":1}', 1, b"x")],
)
async def test_a_record_with_another_content_is_found(other: Made) -> None:
    files = MemoryFiles()
    await put(files, None, records(0, 1, 2))
    [first, _, last] = records(0, 1, 2)
    found = await result_of(files, MemoryLog([first, other, last]))
    assert (found.altered, found.missing, found.unknown) == (1, 0, 0)
    assert not found.clean


async def test_a_record_in_two_files_is_found() -> None:
    files, log = await whole()
    await put(files, 1, records(2, 3))
    found = await result_of(files, log)
    assert (found.double, found.missing) == (2, 0)
    assert any("begins at 2" in each or "begins at 3" in each for each in found.problems)


async def test_a_file_in_two_hours_is_found() -> None:
    files, log = await whole()
    name = files.paths()[0].name
    elsewhere = LAYOUT.hour_directory(TOPIC, HOUR_MS) / name
    await put(files, None, records(0, 1, 2), at=elsewhere)
    found = await result_of(files, log)
    assert found.double == 3
    assert any("it belongs in" in each for each in found.problems)


async def test_a_log_that_ends_before_the_files_is_found() -> None:
    files, log = await whole()
    log.kept = records(0, 1)
    found = await result_of(files, log)
    assert any("the log ends at 2" in each for each in found.problems)


async def test_a_damaged_body_is_found() -> None:
    files, log = await whole()
    path = files.paths()[0]
    body = bytearray(await files.read(path))
    body[len(body) // 2] ^= 0xFF
    files.damage(path, bytes(body))
    found = await result_of(files, log)
    assert any("sha256" in each for each in found.problems)
    assert any("cannot be unpacked" in each for each in found.problems)


async def test_a_short_body_is_found() -> None:
    files, log = await whole()
    path = files.paths()[0]
    files.damage(path, (await files.read(path))[:-9])
    found = await result_of(files, log)
    assert any("cannot be unpacked" in each for each in found.problems)


async def test_an_empty_body_is_found() -> None:
    files, log = await whole()
    files.damage(files.paths()[1], b"")
    found = await result_of(files, log)
    assert any("holds no record" in each for each in found.problems)
    assert found.missing == 2


async def test_a_file_without_its_attribute_is_found() -> None:
    files, log = await whole()
    files.damage_attribute(files.paths()[1], ATTRIBUTE)
    found = await result_of(files, log)
    assert found.problem_count == 1
    assert "has no attribute of ours" in found.problems[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("end", 4),
        ("count", 3),
        ("sha256", "0" * 64),
        ("first_timestamp", 9),
        ("last_timestamp", 9),
        ("last_crc32c", 9),
    ],
)
async def test_an_attribute_that_is_not_so_is_found(name: str, value: int | str) -> None:
    files = MemoryFiles()
    await put(
        files, None, records(0, 1), said=lambda says: msgspec.structs.replace(says, **{name: value})
    )
    found = await result_of(files, MemoryLog(records(0, 1)))
    assert found.problem_count == 1
    assert f"attribute says {name} {value}" in found.problems[0]


async def test_a_previous_that_is_not_before_is_found() -> None:
    files = MemoryFiles()
    await put(files, None, records(0, 1))
    await put(files, 7, records(2, 3))
    found = await result_of(files, MemoryLog(records(0, 1, 2, 3)))
    assert any("attribute says previous 7" in each for each in found.problems)


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        (b'{"a":1}\n', "line 1: not_a_line"),
        (line(0, 0, b"k", b"{}") + line(0, 0, b"k", b"{}"), "line 2: offset 0 after 0"),
        (line(1, 1, b"k", b"{}") + line(0, 0, b"k", b"{}"), "line 2: offset 0 after 1"),
        (line(1, 1, b"k", b"{}"), "begins with offset 1, its name says 0"),
        (line(0, 0, b"k", b"{}")[:-1], "line 1: not_a_line"),
        (line(0, HOUR_MS, b"k", b"{}"), "it belongs in"),
    ],
)
async def test_lines_that_are_not_what_the_file_promises_are_found(
    lines: bytes, finding: str
) -> None:
    packed = GzipBody()
    packed.add(lines)
    files = MemoryFiles()
    await put(files, None, records(0, 1), lines=packed.finish())
    found = await result_of(files, MemoryLog(records(0, 1)))
    assert any(finding in each for each in found.problems)


async def test_many_findings_are_counted_and_the_first_are_told() -> None:
    packed = GzipBody()
    packed.add(b"x\n" * 1000)
    files = MemoryFiles()
    await put(files, None, records(0), lines=packed.finish())
    found = await result_of(files, MemoryLog(records(0)))
    assert found.problem_count > 1000
    assert len(found.problems) == 20


async def test_a_strange_file_among_ours_is_told() -> None:
    files, log = await whole()
    strange = LAYOUT.topic_directory(TOPIC) / "notes.txt"
    await files.create(strange, b"")
    found = await audit(files, log, [TOPIC], LAYOUT)
    assert found.foreign == [str(strange)]
    assert not found.clean


async def test_files_that_appear_meanwhile_are_judged_with_all_before_them_or_not() -> None:
    files, log = await whole()
    early, late = (LAYOUT.hour_directory(TOPIC, hour * HOUR_MS) for hour in (0, 1))
    await files.make_directory(late)
    pairs = iter([(6, 7), (8, 9)])  # one pair in each walk

    async def publish_beside(moment: str, call: str, path: PurePosixPath) -> None:
        if (moment, call, path) == ("after", "list_directory", early):
            for first, hour in zip(next(pairs), (0, 1), strict=True):
                [made] = records(first)
                await put(files, first - 1, [replace(made, timestamp=hour * HOUR_MS)])

    files.interrupt = publish_beside
    log.kept += [replace(each, timestamp=each.offset % 2 * HOUR_MS) for each in records(6, 7, 8, 9)]
    found = await result_of(files, log)
    assert found.clean
    assert (found.files, found.waiting) == (4, 2)


async def test_records_that_expire_meanwhile_end_the_audit() -> None:
    files, log = await whole()

    class Expiring(MemoryLog):
        async def bounds(self, partition: Partition) -> tuple[int, int]:
            bounds = await super().bounds(partition)
            self.start = 2
            return bounds

    with pytest.raises(TransientError, match="run again"):
        await audit(files, Expiring(log.kept), [TOPIC], LAYOUT)


async def test_a_file_that_cannot_be_read_ends_the_audit() -> None:
    files, log = await whole()

    async def fail(_moment: str, call: str, _path: PurePosixPath) -> None:
        if call == "read":
            raise TransientError("no answer")

    files.interrupt = fail
    with pytest.raises(TransientError, match="no answer"):
        await audit(files, log, [TOPIC], LAYOUT)
