"""A small world for the sink's protocol, driven by hand, one call at a time.

Writers run the real protocol over one NameNode and one partition in memory. Before each of its
calls a writer yields to the driver, which says what becomes of the call; between two calls anything
else may happen: another writer's call, a crash, retention, a lost commit.
"""

import itertools
from collections.abc import Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from crc32c import crc32c

from cointicker.archive import ATTRIBUTE, FileAttribute, FileName, Layout
from cointicker.errors import TransientError
from cointicker.files import FilesError
from cointicker.kafka.records import Commit, NotOwned, OffsetOutOfRange, Record
from hdfs_sink.fence import remove_others
from hdfs_sink.protocol import Chain, Fenced, Place, Refused, surely
from hdfs_sink.publish import Content, publish
from hdfs_sink.recovery import recover, settle
from hdfs_sink.writer import Writer
from tests.fakes.memory_files import MemoryFiles
from tests.fakes.memory_partition import MemberLog, MemoryPartition, MemoryRecord

HOUR_MS = 3_600_000
LAYOUT = Layout.of("/cointicker", "cointicker")
TOPIC = "cointicker.raw.test"

# What becomes of a call: answered; done, but not answered; not done, not answered; done later.
Fate = Literal["answered", "unanswered", "lost", "late"]
FATES: tuple[Fate, ...] = ("answered", "unanswered", "lost", "late")


@dataclass(frozen=True)
class Call:
    """What a writer is about to do: a call of Files or Log, or a choice of its own."""

    name: str
    arguments: tuple[Any, ...] = ()

    def __await__(self) -> Generator["Call", Fate, Fate]:
        fate = yield self
        return fate


def finish(call: Awaitable[Any]) -> Any:
    """The result of a coroutine of the fakes, which never wait."""
    try:
        call.__await__().send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("a fake waited")


class Wire:
    """Files or Log behind a network: the driver decides what becomes of each call."""

    def __init__(self, world: "World", target: Any) -> None:
        self._world = world
        self._target = target

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **options: Any) -> Any:
            fate = await Call(name, arguments)

            def run() -> Any:
                return finish(getattr(self._target, name)(*arguments, **options))

            if fate == "answered":
                return run()
            if fate == "unanswered":
                self._world.unanswered(run)
            elif fate == "late":
                self._world.late.append(run)
            raise TransientError("no answer")

        return call


class YieldingPatience:
    """Waits until the driver goes on with the writer."""

    async def wait(self, error: TransientError) -> None:  # noqa: ARG002
        await Call("wait")


@dataclass(frozen=True)
class Rules:
    """The protocol under test: a test that breaks a rule puts something else in its place."""

    recover: Callable[[Writer], Awaitable[Chain]] = recover
    files: Callable[[MemoryFiles], Any] = lambda files: files
    compact: Callable[["World"], None] = lambda world: None  # noqa: ARG005


@dataclass
class Life:
    """One writer, from its start to its crash."""

    run: Generator[Call, Fate, None]
    next: Call | None = None


@dataclass
class World:
    """Everything there is."""

    rules: Rules = field(default_factory=Rules)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    partition: MemoryPartition = field(default_factory=MemoryPartition)
    lives: dict[str, Life] = field(default_factory=dict)
    late: list[Callable[[], Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)
    offsets: set[int] = field(default_factory=set)
    ids: int = 0

    def writer(self, name: str) -> Writer:
        def new_id() -> str:
            self.ids += 1
            return f"{name}{self.ids}"

        files = Wire(self, self.rules.files(self.files))
        log = Wire(self, MemberLog(self.partition, name))
        return Writer(
            Place(LAYOUT, TOPIC, 0),
            files,  # type: ignore[arg-type]
            log,  # type: ignore[arg-type]
            YieldingPatience(),
            new_id,
        )

    # What can happen.

    def assign(self, name: str) -> None:
        """The group gives the partition to `name`, who starts; a former owner is not told."""
        self.partition.owner = name
        self.crash(name)
        life = Life(self._live(self.writer(name)).__await__())
        self.lives[name] = life
        life.next = next(life.run)

    def crash(self, name: str) -> None:
        life = self.lives.pop(name, None)
        if life is not None:
            life.run.close()

    def step(self, name: str, fate: Fate = "answered") -> None:
        """Let a writer make its next call."""
        life = self.lives[name]
        try:
            life.next = life.run.send(fate)
        except StopIteration:
            del self.lives[name]

    def run(self, name: str, until: str, *, records: int = 1) -> None:
        """Let a writer go on until its next call is `until`, or it waits; its files hold `records`.

        The call it is stopped at already is passed.
        """
        taken = 1
        for _ in range(200):
            call = self.upcoming(name)
            if call is None:
                return
            if call.name == "create":
                taken = 1
            more = call.name == "choose" and taken < records
            taken += more
            self.step(name, "answered" if more or call.name != "choose" else "lost")
            call = self.upcoming(name)
            if call is None or call.name in (until, "wait"):
                return

    def upcoming(self, name: str) -> Call | None:
        life = self.lives.get(name)
        return life.next if life else None

    def crash_namenode(self) -> None:
        """It loses what it showed and did not answer for."""
        self.files.crash()

    def retain_from(self, start: int) -> None:
        self.partition.start = min(max(start, self.partition.start), self.partition.end)
        self.partition.records = [r for r in self.partition.records if r.offset >= start]

    def lose_commit(self) -> None:
        self.partition.commit = None

    def skip_to(self, offset: int) -> None:
        """An operator commits by hand."""
        self.skipped |= {each for each in self.offsets if each < offset}
        self.partition.commit = Commit(offset, "")

    def produce(self, *records: Record) -> None:
        self.partition.append(*records)
        self.offsets.update(record.offset for record in records)

    def arrive_late(self, index: int = 0) -> None:
        """A request that was given up is carried out now."""
        try:
            self.late.pop(index)()
        except (FilesError, NotOwned, OffsetOutOfRange):
            return

    def unanswered(self, run: Callable[[], Any]) -> None:
        """Done, and not answered: visible, and not durable before something else is answered."""
        durable = self.files._durable
        try:
            run()
        except (FilesError, NotOwned, OffsetOutOfRange):
            return
        self.files._durable = durable

    # What must hold.

    def published(self, tree: dict[PurePosixPath, Any]) -> list[tuple[int, FileAttribute]]:
        found = []
        for path, file in tree.items():
            inside = file is not None and path.is_relative_to(LAYOUT.topic_directory(TOPIC))
            if inside and (name := FileName.parse(path.name.split("!")[0])):
                found.append((name.first, FileAttribute.decode(file.attributes[ATTRIBUTE])))
        return sorted(found, key=lambda each: each[0])

    def fault(self) -> str | None:
        """What is wrong now, if anything is."""
        files = self.published(self.files._tree)
        durable = self.published(self.files._durable)
        held = [each for first, says in files for each in self.within(first, says.end + 1)]
        gaps = {each for gap in self.partition.gaps for each in self.within(gap.start, gap.end)}
        committed = self.partition.commit.offset if self.partition.commit else 0
        if len(held) != len(set(held)):
            return f"a record is in two files: {files}"
        missing = self.within(0, committed) - set(held) - gaps - self.skipped
        if missing:
            return f"committed, and not in HDFS: {sorted(missing)}"
        last = max((says.end for _, says in durable), default=-1)
        if self.within(0, last) - set(held) - gaps:
            return f"a hole before a file: {files}"
        return self._broken_link(files)

    def _broken_link(self, files: list[tuple[int, FileAttribute]]) -> str | None:
        for (_, before), (first, says) in itertools.pairwise(files):
            if says.previous is not None and says.previous != before.end:
                return f"the file of {first} stands behind {says.previous}, not {before.end}"
        return None

    def within(self, start: int, end: int) -> set[int]:
        return {each for each in self.offsets if start <= each < end}

    # What a sink does with the protocol, one partition's worth.

    async def _live(self, writer: Writer) -> None:
        while True:
            try:
                chain = await self.rules.recover(writer)
                while True:
                    chain = await self._one_file(writer, chain)
            except (Fenced, OffsetOutOfRange, NotOwned):
                continue
            except Refused as refusal:
                self.refused.append(refusal)
                return

    async def _one_file(self, writer: Writer, chain: Chain) -> Chain:
        first = await self._record_from(writer, chain.next)
        settled = await settle(writer, chain, first)
        if settled is not chain:
            return settled
        records = [first]
        # "answered": one more; anything else: publish what there is.
        while await Call("choose") == "answered":
            try:
                more = await self._read(writer, records[-1].offset + 1)
            except OffsetOutOfRange:
                break
            if more is not None:
                records.append(more)
        published = await publish(writer, chain, content(records))
        assert published.chain.previous is not None
        await writer.commit(published.path, published.chain.previous)
        if published.won:  # and committed: the group says that the partition is ours
            await remove_others(writer, chain.staging)
        return published.chain

    async def _record_from(self, writer: Writer, offset: int) -> Record:
        while (record := await self._read(writer, offset)) is None:
            await Call("wait")
        return record

    async def _read(self, writer: Writer, offset: int) -> Record | None:
        return await surely(writer.patience, lambda: writer.log.first_from(offset))


def content(records: Iterable[Record]) -> Content:
    kept = list(records)
    return Content(
        body=b"".join(b"%d\n" % record.offset for record in kept),
        first=kept[0].offset,
        end=kept[-1].offset,
        count=len(kept),
        sha256="",
        first_timestamp=kept[0].timestamp,
        last_timestamp=kept[-1].timestamp,
        last_crc32c=crc32c(kept[-1].value or b""),
    )


def record(offset: int, hour: int = 0) -> MemoryRecord:
    return MemoryRecord(offset, hour * HOUR_MS + offset, value=b"%d" % offset)
