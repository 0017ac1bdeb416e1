"""An operator's word on a refused partition: what was kept is set aside, and the chain starts anew.

<root>/_accepted/<topic>-<partition>/<date>/void.json    the commit that counts for nothing now
<root>/_accepted/<topic>-<partition>/<date>/files/…      the files of the old chain
"""

from pathlib import PurePosixPath

import msgspec

from cointicker.archive import published_files
from cointicker.files import AlreadyExists, Files, NotFound
from cointicker.kafka.records import Commit
from hdfs_sink.fence import make_staging, remove_others
from hdfs_sink.protocol import Place, surely
from hdfs_sink.writer import Writer

_VOID = "void.json"


class Void(msgspec.Struct, frozen=True):
    """A commit that an operator declared void."""

    offset: int | None
    metadata: str


async def accept(writer: Writer, date: str) -> list[PurePosixPath]:
    """Set the partition's files aside under `date` and void its commit; where they are now.

    For a refused partition only. Done behind a fence: whoever holds it publishes nothing of the old
    chain any more. Can be repeated after a failure, under the same date.
    """
    staging = await make_staging(writer)
    await remove_others(writer, staging)
    place, files = writer.place, writer.files
    aside = _directory(place) / date
    await surely(writer.patience, lambda: files.make_directory(aside / "files"))
    commit = await surely(writer.patience, writer.log.committed)
    moved = []
    for each in await surely(
        writer.patience,
        lambda: published_files(files, place.layout, place.topic, place.partition),
    ):
        target = aside / "files" / each.path.relative_to(place.layout.root)
        await surely(writer.patience, lambda to=target: files.make_directory(to.parent))  # type: ignore[misc]
        await surely(writer.patience, lambda fr=each.path, to=target: _move(files, fr, to))  # type: ignore[misc]
        moved.append(target)
    void = Void(commit.offset if commit else None, commit.metadata if commit else "")
    await surely(writer.patience, lambda: _write_once(writer, aside / _VOID, void))
    return moved


async def is_void(writer: Writer, commit: Commit) -> bool:
    """Whether an operator declared this very commit void."""
    files, directory = writer.files, _directory(writer.place)
    try:
        dates = await surely(writer.patience, lambda: files.list_directory(directory))
    except NotFound:
        return False
    for each in dates:
        void = await surely(writer.patience, lambda path=directory / each.name: _read(files, path))  # type: ignore[misc]
        if void == Void(commit.offset, commit.metadata):
            return True
    return False


def _directory(place: Place) -> PurePosixPath:
    return place.layout.root / "_accepted" / f"{place.topic}-{place.partition}"


async def _read(files: Files, dated: PurePosixPath) -> Void | None:
    try:
        return msgspec.json.decode(await files.read(dated / _VOID), type=Void)
    except NotFound:
        return None


async def _move(files: Files, source: PurePosixPath, target: PurePosixPath) -> None:
    try:
        await files.rename(source, target)
    except (NotFound, AlreadyExists):
        return  # done by a request whose answer was lost


async def _write_once(writer: Writer, path: PurePosixPath, void: Void) -> None:
    """The file by rename: nobody reads half of it."""
    unfinished = path.with_name(f"void-{writer.new_id()}")
    await writer.files.create(unfinished, msgspec.json.encode(void))
    await _move(writer.files, unfinished, path)
