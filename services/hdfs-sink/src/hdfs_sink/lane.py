"""One partition's way from Kafka to HDFS: recover, then fill a file while the last is published."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from cointicker.concurrency import task_group
from cointicker.kafka.backlog import Backlog
from cointicker.kafka.records import NotOwned, OffsetOutOfRange, Partition, Polled, Record
from hdfs_sink.batch import Batch, Reason, Rotation
from hdfs_sink.fence import remove_others
from hdfs_sink.inbox import Inbox
from hdfs_sink.protocol import Chain, Fenced, Patience, Refused
from hdfs_sink.publish import Content, Published, publish
from hdfs_sink.recovery import recover, settle
from hdfs_sink.report import LaneReport
from hdfs_sink.retrying import Retrying
from hdfs_sink.writer import Writer

logger = logging.getLogger(__name__)

# Splicing so many takes some milliseconds of the event loop. A thread of its own would only fight
# for Python's lock with it; compression does not need the lock, unless it is less than this.
_SLICE_RECORDS = 1_000
_SMALL_BYTES = 65_536


class Fetching(Protocol):
    """What a lane asks of the consumer. Each call may raise NotOwned."""

    def seek(self, partition: Partition, offset: int) -> None:
        """Continue with the first record at or after `offset`."""
        ...

    def pause(self, partition: Partition) -> None:
        """Fetch nothing of it until it is resumed."""
        ...

    def resume(self, partition: Partition) -> None:
        """Fetch it again."""
        ...


class LostRace(Exception):
    """Another published the file: what we have of it is dropped, and `chain` goes on behind it."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(f"another published up to {chain.previous}")
        self.chain = chain


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every partition."""

    rotation: Rotation
    pledge: Callable[[str, Patience], Awaitable[None]]
    refused_retry_seconds: float
    inbox_records: int
    inbox_bytes: int
    workers: Executor
    moved: Callable[[], None]
    clock: Callable[[], float]
    wall: Callable[[], float] = time.time


class Lane:
    """One assigned partition. `run` ends when the lane was told to finish, or owns nothing more."""

    def __init__(
        self,
        partition: Partition,
        consumer: Fetching,
        writer: Writer,
        patience: Retrying,
        report: LaneReport,
        terms: Terms,
    ) -> None:
        self.partition = partition
        self._consumer = consumer
        self._writer = writer
        self._patience = patience
        self._report = report
        self._terms = terms
        self._inbox = Inbox(terms.inbox_records, terms.inbox_bytes)
        self._batch = Batch(terms.rotation)
        self._backlog = Backlog(terms.wall())
        self._waiting_bytes = 0
        self._expected: int | None = None
        self._closing: Reason | None = None
        self._is_held = False
        self._was_paused = True
        self._is_filling = False
        self._is_finishing = False

    # What the poll loop tells it.

    def offer(self, polled: Polled) -> None:
        """Take what was polled, if it goes on where we are."""
        if polled.since != self._expected:
            return  # polled before a seek: it comes again
        self._expected = polled.records[-1].offset + 1
        self._inbox.put(polled.records)
        self._backlog.took(polled.records)
        self._regulate()

    def left(self, unread: int) -> None:
        """So many records are in the log that were not offered."""
        self._backlog.left(unread, self._terms.wall())

    def jump(self) -> None:
        """What is to come next is not in the log: publish what there is, then recover."""
        self._end_file("gap")
        self._regulate()  # until then it is not asked for again, at the cost of the others

    def rotate(self) -> None:
        """Close the file now, to make room."""
        if self._closing is None and self._batch.count:
            self._end_file("memory")

    def hold(self, is_held: bool) -> None:
        """Fetch nothing while memory is short."""
        self._is_held = is_held
        self._regulate()

    def finish(self) -> bool:
        """Publish what there is, and end; False if there is nothing that could be published."""
        self._is_finishing = True
        self._end_file("shutdown")
        return self._expected is not None

    def lag_seconds(self) -> float:
        """How long the oldest record has waited that is not in HDFS; 0 if there is none."""
        return self._backlog.age(self._terms.wall())

    @property
    def body_bytes(self) -> int:
        """Of the file that is being filled."""
        return self._batch.body_bytes

    @property
    def body_records(self) -> int:
        """In the file that is being filled."""
        return self._batch.count

    @property
    def held_bytes(self) -> int:
        """All that waits in memory."""
        return self._batch.body_bytes + self._waiting_bytes + self._inbox.bytes

    @property
    def is_behind(self) -> bool:
        """Whether it is busy with more than it has to be given: it pays to wait for it.

        One that waits for HDFS is not: it is paused, and the others go on.
        """
        return self._is_filling and self._inbox.records > self._terms.inbox_records // 2

    @property
    def is_paused(self) -> bool:
        """Whether it is not fetched."""
        is_over = self._expected is None or self._closing == "gap"
        return is_over or self._is_held or self._inbox.is_full

    # Its life.

    async def run(self) -> None:
        """Recover and write until finished. Raises what no partition can cope with."""
        chain: Chain | None = None
        try:
            while not self._is_finishing:
                chain = await self._write(chain)
        except NotOwned:
            logger.info("%s is not ours any more", self.partition)
        finally:
            self._report.gone()

    async def _write(self, chain: Chain | None) -> Chain | None:
        """Write until the chain ends for us; where it goes on, if that is known."""
        try:
            if chain is None:
                await self._terms.pledge(self.partition.topic, self._patience)
                chain = await recover(self._writer)
                self._report.recovered(chain)
            await self._write_chain(chain)
        except LostRace as lost:
            return lost.chain
        except Fenced as error:
            self._report.fenced(error)
        except OffsetOutOfRange as error:
            logger.warning("%s: %s", self.partition, error)
        except Refused as refusal:
            self._report.refused(refusal)
            await asyncio.sleep(self._terms.refused_retry_seconds)
        finally:
            self._expected = None
            self._is_filling = False
            self._drop()
            self._regulate()
            self._terms.moved()
        return None

    async def _write_chain(self, chain: Chain) -> None:
        self._patience.succeeded()
        self._seek(chain)
        settled = await self._settled(chain)
        if settled is None:
            return
        closed: asyncio.Queue[Content | None] = asyncio.Queue(maxsize=1)
        async with task_group() as tasks:
            tasks.create_task(self._fill(closed))
            tasks.create_task(self._publish(settled, closed))

    async def _settled(self, chain: Chain) -> Chain | None:
        """The chain past every file that is there already; None if there is nothing to write."""
        while True:
            records = await self._inbox.take(None, self._terms.clock)
            if not records:
                if self._closing:
                    return None
                continue
            moved = await settle(self._writer, chain, records[0])
            if moved is chain:
                self._inbox.put_back(records)
                return chain
            chain = moved
            self._seek(chain)

    async def _fill(self, closed: "asyncio.Queue[Content | None]") -> None:
        """Fill one file after the other, until told to end."""
        clock = self._terms.clock
        self._is_filling = True
        while True:
            until = clock() if self._closing else self._batch.closes_at()
            records = await self._inbox.take(until, clock)
            self._inbox.put_back(await self._add(records))
            self._regulate()
            self._terms.moved()
            reason = self._reason(clock())
            if reason is None:
                continue
            if self._batch.count:
                await self._close(closed, reason)
            if reason in ("gap", "shutdown"):
                await closed.put(None)
                return

    def _reason(self, now: float) -> Reason | None:
        due = self._batch.closes(now)
        if due is not None or self._inbox.records:
            return due
        return self._closing

    async def _add(self, records: Sequence[Record]) -> Sequence[Record]:
        """Put records into the file, a few milliseconds at a time; what belongs in the next."""
        now = self._terms.clock()
        for start in range(0, len(records), _SLICE_RECORDS):
            end = start + _SLICE_RECORDS
            lines, rest = self._batch.splice(records[start:end], now)
            await self._compress(lines)
            if rest:
                return [*rest, *records[end:]]
        return ()

    async def _compress(self, lines: bytes) -> None:
        if len(lines) < _SMALL_BYTES:
            self._batch.compress(lines)
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._terms.workers, self._batch.compress, lines)

    async def _close(self, closed: "asyncio.Queue[Content | None]", reason: Reason) -> None:
        batch, self._batch = self._batch, Batch(self._terms.rotation)
        if self._closing == "memory":
            self._closing = None
        size = batch.body_bytes
        self._waiting_bytes += size
        loop = asyncio.get_running_loop()
        content = await loop.run_in_executor(self._terms.workers, batch.finish)
        self._waiting_bytes += len(content.body) - size
        self._report.closed(reason)
        self._is_filling = not closed.full()
        self._terms.moved()
        await closed.put(content)
        self._is_filling = True

    async def _publish(self, chain: Chain, closed: "asyncio.Queue[Content | None]") -> None:
        """Publish and commit one file after the other."""
        is_alone = False
        while (content := await closed.get()) is not None:
            began = self._terms.clock()
            published = await publish(self._writer, chain, content)
            self._report.published(chain, content, published, self._terms.clock() - began)
            await self._commit(published)
            if not published.won:
                raise LostRace(published.chain)
            self._waiting_bytes -= len(content.body)
            if not is_alone:  # the group took our commit: the others' directories are left over
                await remove_others(self._writer, chain.staging)
                is_alone = True
            chain = published.chain
            self._patience.succeeded()

    async def _commit(self, published: Published) -> None:
        end = published.chain.previous
        assert end is not None
        await self._writer.commit(published.path, end)
        self._backlog.done(end)
        self._report.committed()

    def _end_file(self, reason: Reason) -> None:
        self._closing = reason
        self._inbox.wake()

    def _seek(self, chain: Chain) -> None:
        self._drop()
        self._consumer.seek(self.partition, chain.next)
        self._expected = chain.next
        self._regulate()

    def _drop(self) -> None:
        self._inbox.clear()
        self._backlog.dropped()
        self._batch = Batch(self._terms.rotation)
        self._waiting_bytes = 0
        if self._closing in ("gap", "memory"):
            self._closing = None

    def _regulate(self) -> None:
        """Fetch or do not fetch, as memory and state have it."""
        if self.is_paused == self._was_paused:
            return
        self._was_paused = self.is_paused
        with suppress(NotOwned):  # the poll loop is about to drop this lane
            if self._was_paused:
                self._consumer.pause(self.partition)
            else:
                self._consumer.resume(self.partition)
