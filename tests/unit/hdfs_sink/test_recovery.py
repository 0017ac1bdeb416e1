"""Where a chain goes on, and what is refused."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from cointicker.archive import ATTRIBUTE
from cointicker.kafka.records import Commit
from hdfs_sink.accept import accept
from hdfs_sink.protocol import Gap, Refused
from hdfs_sink.recovery import settle
from tests.unit.hdfs_sink.archives import Archive, archived
from tests.unit.hdfs_sink.world import TOPIC, record


async def test_without_commit_and_files_it_starts_at_the_earliest() -> None:
    archive = Archive()
    archive.produce(0, 1)
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (None, 0, None)


async def test_what_the_log_lost_before_the_first_start_is_a_gap() -> None:
    archive = Archive()
    archive.produce(0, 1, 2)
    archive.retain_from(2)
    chain = await archive.recovered()
    assert (chain.next, chain.gap) == (2, Gap(0, 2, "retention"))


async def test_it_goes_on_behind_the_committed_file() -> None:
    archive = await archived(0, 1)
    archive.files.calls.clear()
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (1, 2, None)
    assert ("list_directory", PurePosixPath("/cointicker/raw/test")) not in archive.files.calls


async def test_a_lost_commit_is_found_in_the_files() -> None:
    archive = await archived(0, 1)
    archive.partition.commit = None
    chain = await archive.recovered()
    assert (chain.previous, chain.next) == (1, 2)


async def test_a_commit_reset_into_a_file_goes_on_behind_it() -> None:
    archive = await archived(0, 1, 2)
    archive.partition.commit = Commit(1, "")
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (2, 3, None)


async def test_a_file_that_was_not_committed_is_moved_past() -> None:
    archive = await archived(0, 1)
    before = archive.partition.commit
    records = archive.produce(2, 3)
    await archive.publish(await archive.recovered(), records)
    archive.partition.commit = before
    chain = await archive.recovered()
    assert chain.next == 2
    moved = await settle(archive.writer(), chain, records[0])
    assert (moved.previous, moved.next) == (3, 4)
    assert archive.partition.commit is not None
    assert archive.partition.commit.offset == 4


async def test_a_file_whose_first_record_is_gone_from_the_log_is_not_written_again() -> None:
    archive = await archived(0, 1)
    before = archive.partition.commit
    await archive.publish(await archive.recovered(), archive.produce(2, 3))
    archive.partition.commit = before
    archive.retain_from(3)
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (3, 4, None)


async def test_what_retention_took_is_a_gap() -> None:
    archive = await archived(0, 1)
    archive.produce(2, 3, 4)
    archive.retain_from(4)
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (None, 4, Gap(2, 4, "retention"))


async def test_an_operators_skip_is_a_gap() -> None:
    archive = await archived(0, 1)
    archive.produce(2, 3, 4)
    archive.partition.commit = Commit(4, "")
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (None, 4, Gap(2, 4, "skipped_by_commit"))


async def test_offsets_without_records_are_no_gap() -> None:
    archive = await archived(0, 1)
    archive.produce(5)
    archive.partition.commit = Commit(5, "")
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (1, 2, None)


async def test_the_gap_is_recorded_before_the_file_behind_it() -> None:
    archive = await archived(0, 1)
    records = archive.produce(2, 3, 4)
    archive.retain_from(4)
    chain = await archive.recovered()
    assert archive.partition.gaps == []
    await archive.publish(chain, records[2:])
    assert archive.partition.gaps == [Gap(2, 4, "retention")]


async def test_a_chain_that_starts_removes_every_other_staging_directory() -> None:
    archive = Archive()
    other = PurePosixPath(f"/cointicker/_staging/{TOPIC}-0/other")
    await archive.files.make_directory(other)
    chain = await archive.recovered()
    names = await archive.files.list_directory(other.parent)
    assert [each.name for each in names] == [chain.staging.name]


async def test_a_chain_that_goes_on_leaves_others_alone() -> None:
    archive = await archived(0)
    other = PurePosixPath(f"/cointicker/_staging/{TOPIC}-0/other")
    await archive.files.make_directory(other)
    await archive.recovered()
    assert "other" in [e.name for e in await archive.files.list_directory(other.parent)]


async def refusal(archive: Archive) -> str:
    with pytest.raises(Refused) as refused:
        await archive.recovered()
    return refused.value.reason


async def test_a_topic_made_anew_is_refused() -> None:
    archive = await archived(0, 1)
    archive.partition.records = [record(0), replace(record(1), value=b"another")]
    assert await refusal(archive) == "topic_changed"


async def test_a_record_of_another_time_is_refused() -> None:
    archive = await archived(0, 1)
    archive.partition.records = [record(0), replace(record(1), timestamp=5)]
    assert await refusal(archive) == "topic_changed"


async def test_a_log_that_lost_its_tail_is_refused() -> None:
    archive = await archived(0, 1)
    archive.partition.commit = None
    archive.partition.end = 1
    assert await refusal(archive) == "log_ends_before_chain"


async def test_a_commit_beyond_the_log_is_refused() -> None:
    archive = await archived(0, 1)
    archive.partition.commit = Commit(9, "")
    assert await refusal(archive) == "commit_beyond_log"


async def test_a_committed_file_that_is_gone_is_refused() -> None:
    archive = await archived(0, 1)
    [path] = archive.files.paths()
    await archive.files.delete(path)
    assert await refusal(archive) == "file_missing"


async def test_a_file_without_our_attribute_is_refused() -> None:
    archive = await archived(0, 1)
    [path] = archive.files.paths()
    archive.files.damage_attribute(path, ATTRIBUTE)
    assert await refusal(archive) == "foreign_file"


async def test_a_commit_for_another_root_is_refused() -> None:
    archive = await archived(0, 1)
    with pytest.raises(Refused, match="another_root"):
        await archive.recovered(root="/elsewhere")


async def test_with_new_root_it_goes_on_from_the_commit_of_the_other() -> None:
    archive = await archived(0, 1)
    records = archive.produce(2)
    chain = await archive.recovered(root="/elsewhere", new_root=True)
    assert (chain.previous, chain.next, chain.gap) == (None, 2, None)
    await archive.publish(chain, records)
    assert (await archive.recovered(root="/elsewhere")).next == 3


async def test_an_accepted_partition_starts_anew_and_keeps_the_old_files_aside() -> None:
    archive = await archived(0, 1)
    archive.partition.records = [replace(record(n), value=b"another") for n in range(3)]
    archive.partition.end = 3
    assert await refusal(archive) == "topic_changed"
    moved = await accept(archive.writer(), "2026-03-11")
    chain = await archive.recovered()
    assert (chain.previous, chain.next, chain.gap) == (None, 0, None)
    aside = PurePosixPath(f"/cointicker/_accepted/{TOPIC}-0/2026-03-11/files")
    assert [path.is_relative_to(aside) for path in moved] == [True]
    assert moved[0] in archive.files.paths()


async def test_accepting_twice_changes_nothing_more() -> None:
    archive = await archived(0, 1)
    await accept(archive.writer(), "2026-03-11")
    paths = archive.files.paths()
    assert await accept(archive.writer(), "2026-03-11") == []
    assert [path for path in archive.files.paths() if "void-" not in path.name] == paths
