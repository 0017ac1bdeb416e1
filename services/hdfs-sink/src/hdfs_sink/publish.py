"""Publishing one file: staged, verified, described, renamed, committed, in this order."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from cointicker.archive import ATTRIBUTE, FileAttribute
from cointicker.errors import TransientError
from cointicker.files import AlreadyExists, NotFound, ParentMissing
from hdfs_sink.protocol import Chain, Fenced, surely
from hdfs_sink.writer import Writer


@dataclass(frozen=True, slots=True)
class Content:
    """A finished file: its bytes, and what its attribute will say of its records."""

    body: bytes
    first: int
    end: int
    count: int
    sha256: str
    first_timestamp: int
    last_timestamp: int
    last_crc32c: int

    def describe(self, previous: int | None, writer: str) -> FileAttribute:
        """The attribute of the file behind `previous` in the chain."""
        return FileAttribute(
            previous=previous,
            end=self.end,
            count=self.count,
            sha256=self.sha256,
            first_timestamp=self.first_timestamp,
            last_timestamp=self.last_timestamp,
            last_crc32c=self.last_crc32c,
            writer=writer,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """The name is taken: `won` says whether by us. The chain goes on behind whoever took it.

    `looks` is how often the outcome of a rename was unknown, and had to be looked up.
    """

    chain: Chain
    path: PurePosixPath
    won: bool
    looks: int


@dataclass(frozen=True, slots=True)
class _Attempt:
    staged: PurePosixPath
    says: FileAttribute


async def publish(writer: Writer, chain: Chain, content: Content) -> Published:
    """Make the file visible under its name, unless another has the name. Raises Fenced.

    The caller commits `chain.previous` then: what is in HDFS before it is in Kafka costs a look-up
    after a crash, the other way round it would cost the records.
    """
    path = writer.place.file(content.first, content.first_timestamp)
    if chain.gap is not None:
        gap = chain.gap
        await surely(writer.patience, lambda: writer.log.record_gap(gap))
    await _make_parent(writer, path)
    looks = 0
    while True:
        attempt = await _stage(writer, chain, content)
        says, looked = await _rename(writer, attempt, path)
        looks += looked
        if says is not None:
            won = says.writer == attempt.says.writer
            return Published(chain.after(says.end), path, won, looks)


async def _stage(writer: Writer, chain: Chain, content: Content) -> _Attempt:
    """The whole file in our staging directory, verified and described."""
    files = writer.files
    while True:
        name = writer.new_id()
        attempt = _Attempt(chain.staging / name, content.describe(chain.previous, name))
        try:
            await files.create(attempt.staged, content.body)
            if await files.verify(attempt.staged, content.body):
                said = attempt.says.encode()
                await files.set_attribute(attempt.staged, ATTRIBUTE, said, replace=True)
                return attempt
            error = TransientError(f"{attempt.staged} does not hold what was sent")
        except (ParentMissing, NotFound) as gone:
            raise Fenced(f"{chain.staging} is gone") from gone
        except TransientError as lost:
            error = lost
        # Under a new name: a request that is still on its way may yet make the old one.
        await writer.patience.wait(error)
        await surely(writer.patience, lambda old=attempt.staged: files.delete(old))  # type: ignore[misc]


async def _rename(
    writer: Writer, attempt: _Attempt, path: PurePosixPath
) -> tuple[FileAttribute | None, int]:
    """What the file says that has the name now, ours or another's; None if ours is nowhere.

    And how often that had to be looked up.
    """
    looks = 0
    while True:
        try:
            await writer.files.rename(attempt.staged, path)
        except ParentMissing:
            await _make_parent(writer, path)
            continue
        except (AlreadyExists, NotFound):
            pass  # taken: by another, or by us with an answer that was lost
        except TransientError as error:
            await writer.patience.wait(error)
        else:
            return attempt.says, looks
        looks += 1
        says = await writer.look(path)
        if says is not None or not await _is_staged(writer, attempt):
            return says, looks


async def _is_staged(writer: Writer, attempt: _Attempt) -> bool:
    try:
        await surely(writer.patience, lambda: writer.files.attribute(attempt.staged, ATTRIBUTE))
    except NotFound:
        return False
    return True


async def _make_parent(writer: Writer, path: PurePosixPath) -> None:
    await surely(writer.patience, lambda: writer.files.make_directory(path.parent))
