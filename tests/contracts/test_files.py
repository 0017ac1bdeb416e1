"""What every `Files` does: the one in memory and the one in HDFS pass the same tests."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from uuid import uuid4

import pytest

from cointicker.files import AlreadyExists, Files, NotFound, ParentMissing
from cointicker.webhdfs import open_webhdfs
from local.stack import Stack
from tests.fakes.memory_files import MemoryFiles

BLOCK_BYTES = 1 << 20
NAME = "user.cointicker"


@pytest.fixture(params=["memory", "hdfs"])
async def files(request: pytest.FixtureRequest) -> AsyncIterator[Files]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    url = request.getfixturevalue("stack").namenode_url
    async with open_webhdfs([url], "cointicker", block_bytes=BLOCK_BYTES) as webhdfs:
        yield webhdfs


@pytest.fixture
async def directory(files: Files) -> AsyncIterator[PurePosixPath]:
    """A directory of the test's own, gone afterwards."""
    path = PurePosixPath("/contract") / uuid4().hex
    await files.make_directory(path)
    yield path
    await files.delete(path)


def body_of(length: int) -> bytes:
    """Bytes that do not repeat where blocks or chunks begin."""
    return hashlib.shake_128(b"seed").digest(length)


async def test_a_file_is_read_back_as_it_was_written(
    files: Files, directory: PurePosixPath
) -> None:
    await files.create(directory / "a", b"one\ntwo\0\xff")
    assert await files.read(directory / "a") == b"one\ntwo\0\xff"


@pytest.mark.parametrize(
    "length", [0, 1, 511, 512, 513, 900_000, BLOCK_BYTES, 2 * BLOCK_BYTES, 5 * BLOCK_BYTES + 7]
)
async def test_a_body_of_any_length_is_verified(
    files: Files, directory: PurePosixPath, length: int
) -> None:
    path, body = directory / "a", body_of(length)
    await files.create(path, body)
    assert await files.verify(path, body)
    assert await files.read(path) == body
    assert not await files.verify(path, body + b"\0")
    if body:
        assert not await files.verify(path, body[:-1])
        assert not await files.verify(path, bytes([body[0] ^ 1]) + body[1:])
        assert not await files.verify(path, body[:-1] + bytes([body[-1] ^ 1]))


async def test_a_name_is_taken_once(files: Files, directory: PurePosixPath) -> None:
    await files.create(directory / "a", b"first")
    with pytest.raises(AlreadyExists):
        await files.create(directory / "a", b"second")
    assert await files.read(directory / "a") == b"first"


async def test_a_directory_takes_its_name_too(files: Files, directory: PurePosixPath) -> None:
    with pytest.raises(AlreadyExists):
        await files.create(directory, b"")


async def test_a_file_needs_its_directory(files: Files, directory: PurePosixPath) -> None:
    with pytest.raises(ParentMissing):
        await files.create(directory / "none" / "a", b"")
    with pytest.raises(NotFound):
        await files.list_directory(directory / "none")


async def test_a_file_holds_no_files(files: Files, directory: PurePosixPath) -> None:
    await files.create(directory / "a", b"")
    with pytest.raises(ParentMissing):
        await files.create(directory / "a" / "b", b"")
    with pytest.raises(ParentMissing):
        await files.make_directory(directory / "a" / "b")
    with pytest.raises(AlreadyExists):
        await files.make_directory(directory / "a")


async def test_a_directory_is_made_with_its_parents_and_again(
    files: Files, directory: PurePosixPath
) -> None:
    for _ in range(2):
        await files.make_directory(directory / "a" / "b")
    assert [entry.name for entry in await files.list_directory(directory)] == ["a"]


async def test_what_is_not_there_is_not_found(files: Files, directory: PurePosixPath) -> None:
    path = directory / "none"
    with pytest.raises(NotFound):
        await files.read(path)
    with pytest.raises(NotFound):
        await files.verify(path, b"")
    with pytest.raises(NotFound):
        await files.attribute(path, NAME)
    with pytest.raises(NotFound):
        await files.set_attribute(path, NAME, b"", replace=True)
    with pytest.raises(NotFound):
        await files.rename(path, directory / "b")
    with pytest.raises(NotFound):
        await files.list_directory(path)
    assert not await files.delete(path)


async def test_a_file_is_no_directory_and_the_other_way_round(
    files: Files, directory: PurePosixPath
) -> None:
    await files.create(directory / "a", b"")
    with pytest.raises(NotFound):
        await files.list_directory(directory / "a")
    with pytest.raises(NotFound):
        await files.read(directory)


@pytest.mark.parametrize(
    "value", [b"", b"1", b'{"a":"b\\\\"}', bytes(range(256)), b'"quoted"', b"0x41", b"x" * 4000]
)
async def test_an_attribute_is_read_back_as_it_was_set(
    files: Files, directory: PurePosixPath, value: bytes
) -> None:
    await files.create(directory / "a", b"")
    await files.set_attribute(directory / "a", NAME, value, replace=False)
    await files.set_attribute(directory / "a", f"{NAME}.seen", b"1", replace=True)
    assert await files.attribute(directory / "a", NAME) == value
    assert await files.attribute(directory / "a", "user.other") is None


async def test_an_attribute_is_set_once_unless_it_may_be_replaced(
    files: Files, directory: PurePosixPath
) -> None:
    path = directory / "a"
    await files.create(path, b"")
    assert await files.attribute(path, NAME) is None
    await files.set_attribute(path, NAME, b"1", replace=False)
    with pytest.raises(AlreadyExists):
        await files.set_attribute(path, NAME, b"2", replace=False)
    assert await files.attribute(path, NAME) == b"1"
    await files.set_attribute(path, NAME, b"3", replace=True)
    assert await files.attribute(path, NAME) == b"3"


async def test_a_renamed_file_keeps_its_content_and_attributes(
    files: Files, directory: PurePosixPath
) -> None:
    await files.create(directory / "a", b"body")
    await files.set_attribute(directory / "a", NAME, b"said", replace=False)
    await files.make_directory(directory / "dt=2026-03-11" / "hh=14")
    target = directory / "dt=2026-03-11" / "hh=14" / "t-0-00000000000000000000.ndjson.gz"
    await files.rename(directory / "a", target)
    assert await files.read(target) == b"body"
    assert await files.verify(target, b"body")
    assert await files.attribute(target, NAME) == b"said"
    with pytest.raises(NotFound):
        await files.read(directory / "a")


async def test_the_first_to_rename_wins(files: Files, directory: PurePosixPath) -> None:
    for name in ("a", "b"):
        await files.create(directory / name, name.encode())
    await files.rename(directory / "a", directory / "final")
    with pytest.raises(AlreadyExists):
        await files.rename(directory / "b", directory / "final")
    assert await files.read(directory / "final") == b"a"
    assert await files.read(directory / "b") == b"b"
    with pytest.raises(NotFound):
        await files.rename(directory / "a", directory / "final")


async def test_a_rename_never_moves_into_a_directory(
    files: Files, directory: PurePosixPath
) -> None:
    await files.create(directory / "a", b"")
    await files.make_directory(directory / "final")
    with pytest.raises(AlreadyExists):
        await files.rename(directory / "a", directory / "final")
    assert await files.list_directory(directory / "final") == []


async def test_a_rename_makes_no_parents(files: Files, directory: PurePosixPath) -> None:
    await files.create(directory / "a", b"")
    with pytest.raises(ParentMissing):
        await files.rename(directory / "a", directory / "none" / "a")
    assert await files.read(directory / "a") == b""


async def test_a_directory_is_renamed_with_all_it_holds(
    files: Files, directory: PurePosixPath
) -> None:
    await files.make_directory(directory / "old" / "inner")
    await files.create(directory / "old" / "inner" / "a", b"body")
    await files.rename(directory / "old", directory / "new")
    assert await files.read(directory / "new" / "inner" / "a") == b"body"
    with pytest.raises(NotFound):
        await files.list_directory(directory / "old")


async def test_a_listing_is_sorted_and_says_what_is_what(
    files: Files, directory: PurePosixPath
) -> None:
    await files.create(directory / "b", b"12345")
    await files.make_directory(directory / "c=1 2")
    await files.create(directory / "a", b"")
    entries = await files.list_directory(directory)
    assert [(entry.name, entry.is_directory, entry.length) for entry in entries] == [
        ("a", False, 0),
        ("b", False, 5),
        ("c=1 2", True, 0),
    ]


async def test_a_writer_whose_staging_was_removed_can_neither_create_nor_rename(
    files: Files, directory: PurePosixPath
) -> None:
    staging = directory / "staging"
    await files.make_directory(staging)
    await files.create(staging / "a", b"")
    assert await files.delete(staging)
    assert not await files.delete(staging)
    with pytest.raises(ParentMissing):
        await files.create(staging / "b", b"")
    with pytest.raises(NotFound):
        await files.rename(staging / "a", directory / "final")
    assert await files.list_directory(directory) == []


async def test_hdfs_is_ready_and_has_the_checksum_that_we_compute(stack: Stack) -> None:
    directory = PurePosixPath("/contract") / uuid4().hex
    async with open_webhdfs([stack.namenode_url], "cointicker") as files:
        await files.check_ready()
        await files.make_directory(directory)
        assert await files.check_formula(directory / "formula")
        assert await files.list_directory(directory) == []
        await files.delete(directory)


async def test_hdfs_is_found_behind_a_namenode_that_is_down(stack: Stack) -> None:
    async with open_webhdfs(["http://127.0.0.1:1", stack.namenode_url], "cointicker") as files:
        await files.check_ready()
