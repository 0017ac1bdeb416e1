"""The life of one task: fence, read the commit, restore, go on; then one transaction after another.

A task owns one input partition. In this order, each time it begins:

1. its publisher starts, which fences an earlier owner and aborts what that one left open;
2. only then the committed offset is read, and the newest snapshot beside it;
3. the state is restored: the snapshot, and the input from there up to the commit, without output;
4. the partition is fetched from the commit on.

From then on the output of the records that came, dead letters among it, the offset and now and
then a snapshot are one transaction. After an error whose outcome is unknown the publisher and all
memory are dropped, and it begins anew. Fenced: another owns the task, it ends. Refused: it ends
and says why; the other tasks go on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from cointicker.backoff import Backoff
from cointicker.concurrency import until
from cointicker.errors import ContractViolation, TransientError
from cointicker.kafka.backlog import Backlog
from cointicker.kafka.records import NotOwned, Partition, Polled, Record
from cointicker.kafka.transactions import Fenced
from cointicker.messages import Gap
from cointicker.snapshots import encode_snapshot
from cointicker.tasks.plan import Lost, Refusal
from cointicker.tasks.report import TaskReport
from cointicker.tasks.restore import Interrupted, Refused, restore
from cointicker.tasks.seams import Publisher
from cointicker.tasks.terms import Standing, Terms
from cointicker.times import from_ms
from cointicker.work import Output


@dataclass(slots=True)
class _Asked:
    """What the loop has left for the task."""

    records: list[Record] = field(default_factory=list)
    idle_at: int | None = None
    finish: bool = False
    drop: bool = False


class Task:
    """`run` is its life; the loop offers records, and tells it to `finish` or to `drop` all."""

    def __init__(
        self,
        partition: Partition,
        terms: Terms,
        report: TaskReport,
        backoff: Backoff | None = None,
    ) -> None:
        self.partition = partition
        self.fenced: Fenced | None = None
        self.is_refused = False
        self._terms = terms
        self._report = report
        self._backoff = backoff or Backoff(first_seconds=0.1, cap_seconds=10)
        self._asked = _Asked()
        self._woken = asyncio.Event()
        self._ending = asyncio.Event()
        self._backlog = Backlog(terms.wall())
        self._expects: int | None = None
        self._is_busy = False

    @property
    def expects(self) -> int | None:
        """The offset after the last record that was taken; None while there is no state."""
        return self._expects

    @property
    def has_room(self) -> bool:
        """Whether it takes records: beside a transaction under way, those of the next can wait."""
        return self._expects is not None and len(self._asked.records) < self._terms.most_waiting

    @property
    def is_quiet(self) -> bool:
        """Whether it has nothing to do."""
        return self._expects is not None and not self._is_busy and not self._asked.records

    def offer(self, polled: Polled) -> bool:
        """Take neighbouring records; not those that do not follow on the last ones."""
        if polled.since != self._expects:
            return False
        self._asked.records.extend(polled.records)
        self._backlog.took(polled.records)
        self._asked.idle_at = None
        self._expects = polled.records[-1].offset + 1
        self._woken.set()
        return True

    def left(self, unread: int) -> None:
        """So many records are in the log that were not offered."""
        self._backlog.left(unread, self._terms.wall())

    def lag_seconds(self) -> float:
        """How long the oldest record has waited that is not committed; 0 if there is none."""
        return self._backlog.age(self._terms.wall())

    def say_idle(self, reached: int) -> None:
        """There is nothing more to read: every record below `reached` was taken."""
        self._asked.idle_at = reached
        self._woken.set()

    def jump(self) -> None:
        """The log does not have what comes next: drop all memory, and look at it anew."""
        self._expects = None
        self._woken.set()

    def finish(self) -> None:
        """End in order: commit what was taken, and the state."""
        self._asked.finish = True
        self._end()

    def drop(self) -> None:
        """End as soon as what is under way has ended: the partition is not ours any more."""
        self._asked.drop = True
        self._end()

    def gone(self) -> None:
        """Nothing is said of this task from now on."""
        self._report.gone()

    async def run(self) -> None:
        """Live until dropped, finished, refused or fenced."""
        try:
            while not self._ending.is_set():
                await self._live_once()
                await until(self._ending, self._backoff.next_seconds())
        except NotOwned:
            return  # the loop will see it, and drop us
        except Fenced as error:
            self._report.fenced(error)
            self.fenced = error
        except Refused as error:
            self._refuse(error.refusal)
        except ContractViolation as error:
            self._refuse(Refusal("contract", f"{self.partition}: {error}"))
        finally:
            self._terms.moved()

    async def _live_once(self) -> None:
        """Begin, and work until something is not answered."""
        try:
            async with self._terms.open_publisher(self.partition) as publisher:
                standing = await self._begin(publisher)
                await self._work(standing, publisher)
        except Fenced:
            raise
        except Interrupted:
            return
        except TransientError as error:
            self._report.failed(error)
        finally:
            self._expects = None
            self._is_busy = False
            self._asked.records.clear()
            self._backlog.dropped()

    async def _begin(self, publisher: Publisher) -> Standing:
        """Restore the state, and let records come."""
        terms, before = self._terms, self._terms.clock()
        async with terms.restoring, terms.open_log(self.partition) as log:
            restored = await restore(self.partition, log, terms, self._ending)
            standing, plan = restored.standing, restored.plan
            if plan.lost:
                # With a snapshot of its own, so that the rebuilt state is the state from now on.
                await self._commit(standing, publisher, [self._gap(plan.lost)], keep=True)
            self._expects = plan.offset
            log.go_on(plan.offset)
        self._backoff.reset()
        self._report.begun(plan, restored.replayed, terms.clock() - before)
        self._terms.moved()
        return standing

    async def _work(self, standing: Standing, publisher: Publisher) -> None:
        """One step after the other, for as long as the memory is good."""
        while self._expects is not None and not self._asked.drop:
            self._woken.clear()
            self._is_busy = True
            moved = await self._step(standing, publisher)
            self._is_busy = False
            if moved:
                self._terms.moved()
            elif self._asked.finish:
                return
            else:
                await self._rest(standing)

    async def _step(self, standing: Standing, publisher: Publisher) -> bool:
        """Do what there is to do, if anything."""
        asked = self._asked
        if asked.records:
            records, asked.records = asked.records, []
            outputs = standing.work.take(records)
            standing.offset = records[-1].offset + 1
            await self._commit(standing, publisher, outputs, records)
            return True
        if asked.idle_at is not None:
            reached = asked.idle_at
            await self._speak(standing.work.idle(), publisher)
            # After it was said: what failed is said again when the task has begun anew.
            if asked.idle_at == reached:
                asked.idle_at = None
            standing.offset = max(standing.offset, reached)
            return True
        if standing.has_moved and (asked.finish or self._is_due(standing)):
            await self._commit(standing, publisher, [], keep=True)
            return True
        return False

    async def _commit(
        self,
        standing: Standing,
        publisher: Publisher,
        outputs: Sequence[Output],
        records: Sequence[Record] = (),
        *,
        keep: bool = False,
    ) -> None:
        """One transaction: the outputs, the offset, and the state if it is time for it."""
        terms = self._terms
        if keep or self._is_due(standing):
            outputs = [*outputs, await self._snapshot(standing)]
        before = terms.clock()
        await publisher.commit(outputs, (self.partition, standing.commit()))
        self._report.committed(len(records), outputs, terms.clock() - before)
        if records:
            self._backlog.done(records[-1].offset)
            self._report.visible(records, terms.wall())

    async def _speak(self, outputs: Sequence[Output], publisher: Publisher) -> None:
        """A transaction that moves no offset."""
        if outputs:
            before = self._terms.clock()
            await publisher.commit(outputs)
            self._report.committed(0, outputs, self._terms.clock() - before)

    async def _snapshot(self, standing: Standing) -> Output:
        terms = self._terms
        before = terms.clock()
        value = await asyncio.to_thread(encode_snapshot, standing.take_snapshot(before))
        self._report.snapshot(len(value), terms.clock() - before)
        topic, number = terms.state_topics[self.partition.topic], self.partition.number
        return Output(topic, number, str(self.partition).encode(), value, self._now_ms())

    def _gap(self, lost: Lost) -> Output:
        gap = Gap(
            service=self._terms.service,
            subject=self.partition.topic,
            partition=self.partition.number,
            start=lost.start,
            end=lost.end,
            reason=f"rebuilt: {lost.reason}",
            at=from_ms(self._now_ms()),
        )
        key = self.partition.topic.encode()
        return Output(self._terms.gaps_topic, 0, key, gap.encode(), self._now_ms())

    def _is_due(self, standing: Standing) -> bool:
        return self._terms.clock() - standing.snapshot_at >= self._terms.snapshot_seconds

    async def _rest(self, standing: Standing) -> None:
        """Wait for the loop, or for the time of the next snapshot."""
        left = None
        if standing.has_moved:
            due = standing.snapshot_at + self._terms.snapshot_seconds
            left = max(0.0, due - self._terms.clock())
        try:
            async with asyncio.timeout(left):
                await self._woken.wait()
        except TimeoutError:
            return

    def _refuse(self, refusal: Refusal) -> None:
        self.is_refused = True
        self._report.refused(refusal)

    def _end(self) -> None:
        self._ending.set()
        self._woken.set()

    def _now_ms(self) -> int:
        return int(self._terms.wall() * 1000)
