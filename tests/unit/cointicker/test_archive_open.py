"""The archive as scripts open it: settings, deadlines, and nothing left running."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from anyio.from_thread import start_blocking_portal

from cointicker.archive import Archive, UnknownSource, open_archive, open_async_archive
from cointicker.errors import ConfigError, TransientError
from tests.fakes.http_namenode import http_namenode, refusal
from tests.fakes.memory_files import MemoryFiles
from tests.unit.cointicker.archive_files import NOON, made, over, publish
from tests.unit.cointicker.test_webhdfs import free_port

EMPTY = refusal("FileNotFoundException", "File does not exist", 404)


async def fill(files: MemoryFiles) -> None:
    for partition in range(2):
        for first in range(0, 2_000, 500):
            of = [made(each, timedelta(milliseconds=each)) for each in range(first, first + 500)]
            await publish(files, of, partition=partition)


@contextmanager
def filled() -> Iterator[Archive]:
    """An archive of 4,000 records in two partitions, as a script has it."""
    files = MemoryFiles()
    with start_blocking_portal() as portal:
        portal.call(fill, files)
        archive = Archive(portal, over(files))
        try:
            yield archive
        finally:
            archive.close()


def test_a_script_reads_what_a_coroutine_reads() -> None:
    with filled() as archive:
        assert archive.sources() == ["test"]
        assert archive.hours("test") == [NOON]
        places = [(each["_partition"], each["_offset"]) for each in archive.records("test")]
        table = archive.table("test")
        batches = list(archive.record_batches("test"))
    assert places == [(number, offset) for offset in range(2_000) for number in range(2)]
    assert [(each["_partition"], each["_offset"]) for each in table.to_pylist()] == places
    assert len(batches) > 1
    assert sum(each.num_rows for each in batches) == 4_000


def test_a_loop_that_is_left_early_leaves_nothing_running() -> None:
    with filled() as archive:
        for record in archive.records("test"):
            if record["_offset"] == 3:
                break
        with closing(archive.record_batches("test")) as batches:  # type: ignore[type-var]
            next(batches)
    assert "AnyIO" not in "".join(each.name for each in threading.enumerate())


def test_a_closed_archive_says_so() -> None:
    with filled() as archive:
        records = archive.records("test")
        next(records)
        never_begun = archive.records("test")
    for closed in (lambda: list(records), lambda: list(never_begun), archive.sources):
        with pytest.raises(RuntimeError, match="closed"):
            closed()


def test_a_script_is_told_what_is_wrong_as_a_coroutine_is() -> None:
    with filled() as archive:
        with pytest.raises(UnknownSource, match="there is: test"):
            list(archive.records("upbit"))
        with pytest.raises(ValueError, match="start has no time zone"):
            archive.records("test", NOON.replace(tzinfo=None))


def test_arguments_go_over_the_environment_over_the_file(tmp_path: Path) -> None:
    gone = free_port()
    config = tmp_path / "config.yaml"
    config.write_text(f"hdfs_sink:\n  hdfs_root: /mine\n  hdfs_namenode: http://127.0.0.1:{gone}\n")
    with (
        open_archive(config_file=config) as archive,
        pytest.raises(TransientError, match=rf"127\.0\.0\.1:{gone}.*/mine/raw"),
    ):
        archive.sources()
    with (
        open_archive(config_file=config, hdfs_root="/yours") as archive,
        pytest.raises(TransientError, match="/yours/raw"),
    ):
        archive.sources()


def test_settings_that_cannot_work_are_all_named() -> None:
    with pytest.raises(ConfigError) as raised, open_archive(hdfs_namenode="here", hdfs_root="x"):
        pass
    assert [each.split(":")[0] for each in raised.value.problems] == ["hdfs_namenode", "hdfs_root"]
    with (
        pytest.raises(TypeError, match=r"namenode \(known: hdfs_namenode, "),
        open_archive(
            namenode="hdfs://localhost:9000"  # type: ignore[call-arg]
        ),
    ):
        pass


async def test_the_namenode_that_is_named_is_asked() -> None:
    async with http_namenode(lambda _operation, _path: EMPTY) as namenode:
        async with open_async_archive(hdfs_namenode=namenode.url) as archive:
            assert await archive.sources() == []
        assert set(namenode.asked) == {"LISTSTATUS"}


async def test_a_namenode_that_never_answers_is_given_up_within_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "http://127.0.0.1:{1}".format(*silent.getsockname())
        began = monotonic()
        async with open_async_archive(hdfs_namenode=address, timeout_seconds=0.5) as archive:
            with pytest.raises(TransientError, match=address):
                await archive.sources()
        assert monotonic() - began < 10


def test_who_needs_only_the_layout_loads_no_client() -> None:
    script = (
        "import sys; from cointicker.archive import Layout\n"
        "print({'aiohttp', 'aiokafka', 'anyio', 'hdfs'} & sys.modules.keys())\n"
        "from cointicker.archive import Archive, open_archive, open_async_archive"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert said.stdout == "set()\n"
