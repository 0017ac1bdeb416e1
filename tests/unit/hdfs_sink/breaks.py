"""The rules of the sink's protocol, each taken away in one place, for the tests to be caught at."""

import itertools
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from cointicker.archive import ATTRIBUTE, SEEN_ATTRIBUTE, FileAttribute, FileName
from cointicker.files import AlreadyExists, NotFound
from hdfs_sink.fence import make_staging, remove_others
from hdfs_sink.protocol import Chain, surely
from hdfs_sink.recovery import find_chain
from hdfs_sink.writer import Writer
from tests.fakes.memory_files import MemoryFiles
from tests.unit.hdfs_sink.world import LAYOUT, TOPIC, World


class Passing:
    """Files as they are; a break overrides one method."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)


class WithoutBarrier(Passing):
    """Marking a file as seen is answered without asking the NameNode."""

    async def set_attribute(
        self, path: PurePosixPath, name: str, value: bytes, *, replace: bool
    ) -> None:
        if name != SEEN_ATTRIBUTE:
            await self._files.set_attribute(path, name, value, replace=replace)
        elif path not in self._files._tree:
            raise NotFound(str(path))


class WithoutFence(Passing):
    """Nobody's staging directory is removed."""

    async def delete(self, path: PurePosixPath) -> bool:
        return path in self._files._tree


class Replacing(Passing):
    """A rename replaces what is there."""

    async def rename(self, source: PurePosixPath, target: PurePosixPath) -> None:
        if source in self._files._tree and target in self._files._tree:
            await self._files.delete(target)
        await self._files.rename(source, target)


class NamedByFirstAndLast(Passing):
    """Files of one first offset and different ends stand beside each other."""

    async def rename(self, source: PurePosixPath, target: PurePosixPath) -> None:
        try:
            await self._files.rename(source, target)
        except AlreadyExists:
            if self._end(source) == self._end(target):
                raise
            beside = target.with_name(f"{target.name}!{self._end(source)}")
            await self._files.rename(source, beside)

    def _end(self, path: PurePosixPath) -> int:
        file = self._files._tree[path]
        assert file is not None
        return FileAttribute.decode(file.attributes[ATTRIBUTE]).end


async def recover_with_staging_made_late(writer: Writer) -> Chain:
    """Reads what there is, and only then makes the directory that others could remove."""
    none_yet = writer.place.staging / "none yet"
    chain = await find_chain(writer, none_yet)
    if chain.previous is None:
        await surely(writer.patience, lambda: writer.files.make_directory(writer.place.staging))
        await remove_others(writer, none_yet)
        chain = await find_chain(writer, none_yet)
    return replace(chain, staging=await make_staging(writer))


async def recover_without_a_second_reading(writer: Writer) -> Chain:
    """Stops the others, and goes on with what it read before."""
    staging = await make_staging(writer)
    chain = await find_chain(writer, staging)
    if chain.previous is None:
        await remove_others(writer, staging)
    return chain


def compact_in_place(world: World) -> None:
    """Merge two committed neighbours: the second's name is free again."""
    directory = LAYOUT.topic_directory(TOPIC)
    paths = [each for each in world.files.paths() if each.is_relative_to(directory)]
    for path, after in itertools.pairwise(paths):
        says, of_next = attribute(world, path), attribute(world, after)
        committed = world.partition.commit
        if committed and of_next.previous == says.end and of_next.end + 1 <= committed.offset:
            merged = replace_end(says, of_next)
            world.files._tree[path].attributes[ATTRIBUTE] = merged.encode()  # type: ignore[union-attr]
            del world.files._tree[after]
            world.files._durable = dict(world.files._tree)
            return


def attribute(world: World, path: PurePosixPath) -> FileAttribute:
    file = world.files._tree[path]
    assert file is not None
    assert FileName.parse(path.name)
    return FileAttribute.decode(file.attributes[ATTRIBUTE])


def replace_end(says: FileAttribute, of_next: FileAttribute) -> FileAttribute:
    return FileAttribute(
        previous=says.previous,
        end=of_next.end,
        count=says.count + of_next.count,
        sha256="",
        first_timestamp=says.first_timestamp,
        last_timestamp=of_next.last_timestamp,
        last_crc32c=of_next.last_crc32c,
        writer=says.writer,
    )
