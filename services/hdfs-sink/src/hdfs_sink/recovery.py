"""Finding the end of a partition's chain, and moving past files that are already there."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from crc32c import crc32c

from cointicker.archive import FileAttribute, published_files
from cointicker.kafka.records import Commit, OffsetOutOfRange, Record
from hdfs_sink.accept import is_void
from hdfs_sink.fence import make_staging, remove_others
from hdfs_sink.protocol import Chain, CommitText, Gap, Refused, surely
from hdfs_sink.writer import Writer


@dataclass(frozen=True, slots=True)
class Tip:
    """The last file of the chain."""

    path: PurePosixPath
    says: FileAttribute


@dataclass(frozen=True, slots=True)
class _Known:
    """What the recovery stands on: `text` is ours only if it is of this root."""

    staging: PurePosixPath
    commit: Commit | None
    text: CommitText | None
    is_elsewhere: bool


async def recover(writer: Writer) -> Chain:
    """Where the next file goes, in a staging directory of our own. Raises Refused, Fenced.

    The order is the promise. Our directory is there before we read, so that whoever fences after us
    finds it. A chain that starts anew is read again when nobody else can publish: what others did
    up to then is there to be seen.
    """
    staging = await make_staging(writer)
    chain = await find_chain(writer, staging)
    if chain.previous is not None:
        return chain
    await remove_others(writer, staging)
    return await find_chain(writer, staging)


async def find_chain(writer: Writer, staging: PurePosixPath) -> Chain:
    """The chain as commit, files and log show it. Raises Refused where they contradict."""
    commit = await surely(writer.patience, writer.log.committed)
    if commit is not None and await is_void(writer, commit):
        commit = None
    text = CommitText.decode(commit.metadata) if commit else None
    is_elsewhere = text is not None and text.root != str(writer.place.layout.root)
    if is_elsewhere and not writer.place.new_root:
        raise Refused("another_root", f"{commit} was committed for another root")
    known = _Known(staging, commit, None if is_elsewhere else text, is_elsewhere)
    tip = await _named_tip(writer, known)
    if tip is not None:
        chain = await _chain(writer, known, tip)
        if chain.previous is not None:
            return chain
    # Listed before a chain starts anew, whatever the commit names: a file that was published and
    # not committed cannot be looked up once retention has taken its first record.
    return await _chain(writer, known, await _listed_tip(writer, known))


async def settle(writer: Writer, chain: Chain, record: Record) -> Chain:
    """The chain past the file that begins with `record`, if there is one, and that committed.

    `record` is the first at or after `chain.next`. Raises NotOwned.
    """
    path = writer.place.file(record.offset, record.timestamp)
    says = await writer.look(path)
    if says is None:
        return chain
    await writer.commit(path, says.end)
    return chain.after(says.end)


async def _named_tip(writer: Writer, known: _Known) -> Tip | None:
    """The file that the commit names, if it ends just before the committed offset."""
    if known.commit is None or known.text is None:
        return None
    path = PurePosixPath(known.text.path)
    says = await writer.look(path)
    return Tip(path, says) if says and says.end + 1 == known.commit.offset else None


async def _listed_tip(writer: Writer, known: _Known) -> Tip | None:
    """The last file there is, that of the commit included."""
    tip = await _last_file(writer)
    text = known.text
    if text is not None and (tip is None or tip.says.end < text.end):
        raise Refused("file_missing", f"{text.path} was committed and is not there")
    return tip


async def _last_file(writer: Writer) -> Tip | None:
    place = writer.place
    while True:
        found = await surely(
            writer.patience,
            lambda: published_files(writer.files, place.layout, place.topic, place.partition),
        )
        if not found:
            return None
        says = await writer.look(found[-1].path)
        if says is not None:
            return Tip(found[-1].path, says)
        # It was seen before it was durable, and a crash of the NameNode took it: list again.


async def _chain(writer: Writer, known: _Known, tip: Tip | None) -> Chain:
    """The chain behind `tip`, or one that starts anew where log and commit allow it."""
    start, end = await surely(writer.patience, writer.log.bounds)
    committed = known.commit.offset if known.commit else 0
    if committed > end:
        raise Refused("commit_beyond_log", f"{committed} is beyond the log's end {end}")
    if tip is not None:
        await _check_topic(writer, tip, start, end)
    after = tip.says.end + 1 if tip else 0
    begin = max(after, committed, start)
    if tip is not None and not await _jumps(writer, after, begin):
        return Chain(known.staging, tip.says.end, after)
    missing = max(after, committed) if known.is_elsewhere else after
    reason = "retention" if begin == start else "skipped_by_commit"
    gap = Gap(missing, begin, reason) if missing < begin else None
    return Chain(known.staging, None, begin, gap)


async def _check_topic(writer: Writer, tip: Tip, start: int, end: int) -> None:
    """Refuse a topic that was made anew or lost its tail: its offsets mean other records."""
    if tip.says.end >= end:
        raise Refused("log_ends_before_chain", f"{tip.path} is past the log's end {end}")
    if tip.says.end < start:
        return
    try:
        record = await surely(writer.patience, lambda: writer.log.first_from(tip.says.end))
    except OffsetOutOfRange:
        return  # retention took it in this very moment
    if record is None or _fingerprint(record) != _last_of(tip.says):
        raise Refused("topic_changed", f"the last record of {tip.path} is another in the log")


def _fingerprint(record: Record) -> tuple[int, int, int]:
    return record.offset, record.timestamp, crc32c(record.value or b"")


def _last_of(says: FileAttribute) -> tuple[int, int, int]:
    return says.end, says.last_timestamp, says.last_crc32c


async def _jumps(writer: Writer, after: int, begin: int) -> bool:
    """Whether a record lies, or may have lain, between the chain's end and `begin`."""
    if begin == after:
        return False
    try:
        record = await surely(writer.patience, lambda: writer.log.first_from(after))
    except OffsetOutOfRange:
        return True
    return record is not None and record.offset < begin
