"""The spool on a real disk: order, bound, crashes, damage."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.errors import ConfigError, TransientError
from cointicker.kafka.producer import Message
from collector.spool import FILE, Spool, SpoolFull, open_spool
from tests.unit.collector.failing_disk import failing

NOW = datetime(2026, 3, 11, 14, 41, 5, tzinfo=UTC)
LIMIT = 1_000_000


def message(number: int, size: int = 10) -> Message:
    return Message("cointicker.raw.test", b"key", b"%d" % number + b"." * size, number)


@asynccontextmanager
async def opened(directory: Path, limit_bytes: int = LIMIT) -> AsyncIterator[Spool]:
    spool = await asyncio.to_thread(open_spool, directory, limit_bytes, NOW)
    try:
        yield spool
    finally:
        await spool.close()


async def numbers(spool: Spool) -> list[int]:
    return [each.message.timestamp_ms for each in await spool.first(10_000, LIMIT)]


async def test_records_come_back_in_order_and_whole(tmp_path: Path) -> None:
    sent = [message(2), Message("t", None, None, 1), Message("t", b"\xff\x00", b"", 3)]
    async with opened(tmp_path) as spool:
        await spool.append(sent[:1])
        await spool.append(sent[1:])
        assert [each.message for each in await spool.first(10, LIMIT)] == sent
        assert (spool.records, spool.is_empty, spool.oldest_ms) == (3, False, 2)


async def test_records_and_their_order_survive_closing(tmp_path: Path) -> None:
    async with opened(tmp_path) as spool:
        await spool.append([message(each) for each in range(5)])
        size = spool.bytes
    async with opened(tmp_path) as spool:
        assert (spool.records, spool.bytes, spool.oldest_ms) == (5, size, 0)
        await spool.append([message(5)])
        assert await numbers(spool) == [0, 1, 2, 3, 4, 5]


async def test_what_is_removed_leaves_room_and_the_rest_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as spool:
        positions = await spool.append([message(each) for each in range(6)])
        await spool.remove([positions[0], positions[3], positions[0], 999])
        assert await numbers(spool) == [1, 2, 4, 5]
        assert (spool.records, spool.oldest_ms) == (4, 1)
        await spool.remove(positions)
        assert (spool.records, spool.bytes, spool.oldest_ms) == (0, 0, None)


async def test_what_replaces_a_record_takes_its_room_and_goes_to_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path, 200) as spool:
        positions = await spool.append([message(each) for each in range(2)])
        await spool.replace({positions[0]: message(7, 500), 999: message(8)})
        assert await numbers(spool) == [1, 7]
        assert (spool.records, spool.oldest_ms) == (2, 1)
        await spool.replace({positions[0]: message(9)})
        assert await numbers(spool) == [1, 7]
        await spool.remove([each.position for each in await spool.first(10, LIMIT)])
        assert (spool.records, spool.bytes) == (0, 0)


async def test_a_position_never_comes_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as spool:
        first = await spool.append([message(1)])
        await spool.remove(first)
        assert await spool.append([message(2)]) > first


async def test_no_more_is_taken_than_the_limit(tmp_path: Path) -> None:
    async with opened(tmp_path, 10_000) as spool:
        for number in range(8):
            await spool.append([message(number, 1000)])
        assert not spool.is_full
        await spool.append([message(8, 1100)])
        with pytest.raises(SpoolFull):
            await spool.append([message(9), message(10, 1000)])
        assert spool.is_full
        assert await numbers(spool) == list(range(9))
        assert spool.bytes <= 10_000


async def test_a_batch_is_bounded_by_bytes_but_never_empty(tmp_path: Path) -> None:
    async with opened(tmp_path) as spool:
        await spool.append([message(1, 5000), message(2, 5000), message(3, 5000)])
        assert len(await spool.first(10, 100)) == 1
        assert len(await spool.first(10, 11_000)) == 2
        assert len(await spool.first(1, LIMIT)) == 1


def size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir())


async def test_an_emptied_file_gives_its_room_back(tmp_path: Path) -> None:
    async with opened(tmp_path, 50_000_000) as spool:
        positions = await spool.append([message(each, 10_000) for each in range(500)])
        await spool.remove(positions)
        assert await asyncio.to_thread(size_of, tmp_path) < 200_000


@pytest.mark.parametrize("step", ["incremental_vacuum", "ORDER BY position LIMIT 1"])
async def test_what_is_off_the_disk_is_not_counted_whatever_fails_afterwards(
    tmp_path: Path, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with failing(tmp_path) as (spool, connection):
        connection.fails_to = step
        for number in range(2):
            positions = await spool.append([message(number), message(number)])
            await spool.remove(positions)
            assert (spool.records, spool.bytes, spool.is_empty) == (0, 0, True)
            assert spool.oldest_ms is None
        assert len([each for each in caplog.messages if "give back" in each]) == 1
        connection.fails_to = ""
        await spool.append([message(5)])
        assert await numbers(spool) == [5]


async def test_a_replacement_that_fails_leaves_the_record(tmp_path: Path) -> None:
    async with failing(tmp_path) as (spool, connection):
        positions = await spool.append([message(1)])
        size = spool.bytes
        connection.fails_to = "DELETE"
        with pytest.raises(TransientError):
            await spool.replace({positions[0]: message(2)})
        assert (await numbers(spool), spool.records, spool.bytes) == ([1], 1, size)


async def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(ConfigError) as raised:
            await asyncio.to_thread(open_spool, tmp_path, LIMIT, NOW)
    assert "locked" in raised.value.problems[0]


async def test_a_directory_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError):
        await asyncio.to_thread(open_spool, file, LIMIT, NOW)


def overwrite(directory: Path, *, start: int) -> None:
    path = directory / FILE
    content = bytearray(path.read_bytes())
    content[start : start + 4096] = b"\xaa" * 4096
    path.write_bytes(content)


@pytest.mark.parametrize("start", [0, 4096, 8192])
async def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, start: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as spool:
        await spool.append([message(each, 1000) for each in range(100)])
    await asyncio.to_thread(overwrite, tmp_path, start=start)
    async with opened(tmp_path) as spool:
        assert spool.is_empty
        await spool.append([message(1)])
        assert await numbers(spool) == [1]
    aside = tmp_path / f"{FILE}.damaged-20260311T144105Z"
    assert (await asyncio.to_thread(aside.stat)).st_size > 100_000
    assert str(aside) in caplog.text


KILLED = """
import asyncio, pathlib, sys
from datetime import UTC, datetime
from cointicker.kafka.producer import Message
from collector.spool import open_spool

async def main():
    spool = open_spool(pathlib.Path(sys.argv[1]), 10**9, datetime.now(UTC))
    for number in range(1_000_000):
        await spool.append([Message("t", b"k", b"x" * 100, number)])
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()

asyncio.run(main())
"""


def run_until_killed(directory: Path, lines: int) -> int:
    """The last number that a process said it had kept before it was killed."""
    command = [sys.executable, "-c", KILLED, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(lines):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split("\n")
    return int(rest[-2]) if len(rest) > 1 else lines - 1


async def test_what_was_kept_before_a_kill_is_there_and_in_order(tmp_path: Path) -> None:
    last = await asyncio.to_thread(run_until_killed, tmp_path, 20)
    async with opened(tmp_path) as spool:
        kept = await numbers(spool)
    assert kept == list(range(len(kept)))
    assert len(kept) > last


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 4)),
            st.tuples(st.just("remove"), st.integers(1, 4)),
            st.tuples(st.just("reopen"), st.just(0)),
        ),
        max_size=12,
    )
)
async def test_it_is_a_queue_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[str, int]]
) -> None:
    directory = await asyncio.to_thread(tmp_path_factory.mktemp, "spool")
    expected: list[int] = []
    opening: AbstractAsyncContextManager[Spool] = opened(directory)
    spool = await opening.__aenter__()
    for number, (step, count) in enumerate(steps):
        if step == "append":
            batch = [message(number * 10 + each) for each in range(count)]
            await spool.append(batch)
            expected += [each.timestamp_ms for each in batch]
        elif step == "remove":
            await spool.remove([each.position for each in await spool.first(count, LIMIT)])
            del expected[:count]
        else:
            await opening.__aexit__(None, None, None)
            opening = opened(directory)
            spool = await opening.__aenter__()
        assert await numbers(spool) == expected
        assert spool.records == len(expected)
        assert spool.oldest_ms == (expected[0] if expected else None)
    await opening.__aexit__(None, None, None)
