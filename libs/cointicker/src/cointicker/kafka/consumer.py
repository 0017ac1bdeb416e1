"""Reading as a member of a group: nothing is committed, skipped or reset unless we say so."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import aiokafka
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from cointicker.errors import CoinTickerError, ContractViolation, TransientError
from cointicker.kafka.clients import ConsumerOptions, group_client, stop_client
from cointicker.kafka.failures import translated
from cointicker.kafka.patterns import topics_pattern
from cointicker.kafka.progress import ProgressWatch
from cointicker.kafka.records import (
    Commit,
    MembershipEnded,
    NotOwned,
    OffsetOutOfRange,
    Partition,
    Polled,
    Record,
    Stalled,
)
from cointicker.kafka.stable import fetch_stable

Batches = Mapping[TopicPartition, Sequence[Record]]


class Assignments(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group decided. It is called inside aiokafka, which swallows what it raises."""

    def __init__(self, client: aiokafka.AIOKafkaConsumer, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self.generation = 0
        self.undecided_since: float | None = clock()
        self.positions: dict[Partition, int] = {}
        self.error: Exception | None = None

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """The group decides anew: nothing is ours until it has."""
        self.generation += 1
        self.undecided_since = self._clock()
        self.positions = {}

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group has decided. Paused, and with a position, nothing is fetched of its own."""
        self.generation += 1
        self.undecided_since = None
        try:
            for each in assigned:
                self._client.pause(each)
                self._client.seek(each, 0)
                self.positions[Partition(*each)] = 0
        except Exception as error:  # noqa: BLE001 (aiokafka would log it and go on)
            self.error = error


class Consumer:
    """A member of a group. Partitions arrive paused: `seek`, then `resume`.

    `generation` changes with every revocation and every assignment: what was known of a partition
    before counts for nothing after. Calls about a partition that is not ours raise NotOwned.
    """

    def __init__(
        self, options: ConsumerOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._clock = clock
        self._client = group_client(options)
        self._assignments = Assignments(self._client, clock)
        self._watch = ProgressWatch(options.stalled_seconds)
        self._ends: dict[Partition, int] = {}
        self._reached: dict[Partition, int] = {}
        self._polling: asyncio.Future[list[Polled]] | None = None
        self._forgotten_since: float | None = None
        self._stopped = False
        self.handed_out = 0

    @property
    def generation(self) -> int:
        """Counts revocations and assignments."""
        return self._assignments.generation

    @property
    def is_member(self) -> bool:
        """Whether the group has decided what is ours, be it nothing."""
        return self._assignments.undecided_since is None

    def assignment(self) -> frozenset[Partition]:
        """The partitions that are ours now; none while the group decides."""
        return frozenset(self._assignments.positions)

    async def start(self, stop: asyncio.Event) -> None:
        """Join the group. Raises TransientError if that takes too long, or we are to stop."""
        pattern = topics_pattern(self._options.topics)
        self._client.subscribe(pattern=pattern, listener=self._assignments)
        starting = asyncio.ensure_future(self._client.start())
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait(
                {starting, stopping},
                timeout=self._options.session_seconds + 10,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopping.cancel()
            if not starting.done():
                starting.cancel()
        with translated(f"cannot join at {','.join(self._options.servers)}"):
            if not starting.done():
                raise TimeoutError("gave up joining the group")
            starting.result()

    async def stop(self) -> None:
        """Leave the group, at once if it answers."""
        self._stopped = True
        await stop_client(self._client, self._options.request_seconds)
        if self._polling is not None:  # last on purpose: the client is stopped, nothing can break
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    async def poll(
        self, wait_seconds: float, max_records: int, only: Collection[Partition] = ()
    ) -> list[Polled]:
        """What has come, at most `max_records` in all; waits a while if there is nothing.

        With `only`, of these partitions; what was fetched of the others is kept for a later call.
        After an error (OffsetOutOfRange, TransientError) the same records are given again; after
        Stalled this client gives no more.
        """
        if self._assignments.error is not None:
            raise ContractViolation("a new assignment failed") from self._assignments.error
        if self._polling is None:
            # Never cancelled: that breaks aiokafka's fetcher. While the group decides it outlasts
            # its own timeout, and the next poll goes on with it.
            self._polling = asyncio.ensure_future(self._drain(wait_seconds, max_records, only))
        await asyncio.wait({self._polling}, timeout=wait_seconds + 1)
        if not self._polling.done():
            return []
        polling, self._polling = self._polling, None
        return polling.result()

    def seek(self, partition: Partition, offset: int) -> None:
        """Continue with the first record at or after `offset`."""
        self._need(partition)
        self._client.seek(TopicPartition(*partition), offset)
        self._assignments.positions[partition] = offset

    def pause(self, partition: Partition) -> None:
        """Fetch nothing of it until it is resumed; what was fetched ahead is fetched again."""
        self._need(partition)
        self._client.pause(TopicPartition(*partition))

    def resume(self, partition: Partition) -> None:
        """Fetch it again."""
        self._need(partition)
        self._client.resume(TopicPartition(*partition))

    def position(self, partition: Partition) -> int:
        """The offset after the last record that was handed out."""
        self._need(partition)
        return self._assignments.positions[partition]

    @property
    def servers(self) -> Sequence[str]:
        """Where a client begins."""
        return self._options.servers

    def partitions(self, topic: str) -> int:
        """How many partitions a topic that we read has. Raises TransientError."""
        known = self._client.partitions_for_topic(topic)
        if not known:
            raise TransientError(f"nothing is known of {topic} yet")
        return len(known)

    async def reached(self, partition: Partition) -> int:
        """The offset up to which all was handed out, past what is in the log and no record."""
        self._need(partition)
        with translated(f"cannot tell the position in {partition}"):
            async with asyncio.timeout(self._options.request_seconds):
                fetched: int = await self._client.position(TopicPartition(*partition))
        return max(self.position(partition), fetched)

    async def committed(self, partition: Partition) -> Commit | None:
        """What the group committed last, with its metadata; in force, with nothing pending."""
        with translated(f"cannot read the committed offset of {partition}"):
            async with asyncio.timeout(self._options.request_seconds):
                # The public `committed` drops the metadata.
                coordinator = self._client._coordinator  # noqa: SLF001
                found = await fetch_stable(coordinator, TopicPartition(*partition))
        return Commit(found.offset, found.metadata) if found else None

    async def commit(self, commits: Mapping[Partition, Commit]) -> None:
        """Commit for the group. NotOwned: nothing of it is ours to commit any more."""
        for partition in commits:
            self._need(partition)
        offsets = {
            TopicPartition(*partition): OffsetAndMetadata(commit.offset, commit.metadata)
            for partition, commit in commits.items()
        }
        with translated(f"cannot commit {sorted(commits)}"):
            async with asyncio.timeout(self._options.request_seconds):
                await self._client.commit(offsets)

    async def end_offsets(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The end of each partition as a `read_committed` reader sees it."""
        with translated("cannot read the end offsets"):
            try:
                async with asyncio.timeout(self._options.request_seconds):
                    ends = await self._client.end_offsets(
                        [TopicPartition(*each) for each in partitions]
                    )
            finally:
                self._look_at_all_topics()
        return {Partition(*each): end for each, end in ends.items()}

    async def check(self) -> None:
        """Refresh the lags. Raises Stalled if there is something to read and nothing moves."""
        self._check_membership()
        ours = self.assignment()
        self._ends = await self.end_offsets(ours) if ours else {}
        try:
            # Not the position: behind the last record the end of a transaction may be in the log.
            self._reached = {each: await self.reached(each) for each in ours}
        except NotOwned:
            return  # the group decides anew in this very moment
        paused = {Partition(*each) for each in self._client.paused()}
        positions = {
            partition: reached
            for partition, reached in self._reached.items()
            if partition not in paused
        }
        standing = self._watch.observe(positions, self._ends, self._clock())
        if standing:
            raise Stalled(f"nothing came of {', '.join(map(str, standing))}")

    def _check_membership(self) -> None:
        """Tell a member from one that is none any more and will not be one again by itself."""
        self._check_coordination()
        now, since = self._clock(), self._assignments.undecided_since
        if all(self._owns(each) for each in self.assignment()):
            self._forgotten_since = None
        else:
            if self._forgotten_since is None:
                self._forgotten_since = now
            since = self._forgotten_since
        if since is not None and now - since > self._options.stalled_seconds:
            raise Stalled("the group has not assigned anything for too long")

    def _check_coordination(self) -> None:
        """Raise MembershipEnded if it has ended: after a broker's restart, for one, when the first
        metadata has none of our topics. Whatever is polled after that fails, for ever.
        """
        try:
            with translated("the group's coordination ended"):
                self._client._coordinator.check_errors()  # noqa: SLF001
        except TransientError as error:
            raise MembershipEnded(str(error)) from error

    def lags(self) -> dict[Partition, int]:
        """Records not handed out yet, at the last check."""
        positions = self._assignments.positions
        return {
            partition: max(0, end - max(positions[partition], self._reached.get(partition, 0)))
            for partition, end in self._ends.items()
            if partition in positions
        }

    def _look_at_all_topics(self) -> None:
        """Undo what aiokafka does when it asks for the end of a partition without a leader.

        From then on its metadata is of that topic alone, and our pattern would match no other.
        """
        client = self._client._client  # noqa: SLF001
        if client._topics:  # noqa: SLF001
            client.set_topics([])

    async def _drain(
        self, wait_seconds: float, max_records: int, only: Collection[Partition]
    ) -> list[Polled]:
        try:
            with translated("cannot poll"):
                batches: Batches = await self._client.getmany(
                    *(TopicPartition(*each) for each in only),
                    timeout_ms=int(wait_seconds * 1000),
                    max_records=max_records,
                )
        except CoinTickerError as error:
            self._check_coordination()
            self._rewind()
            cause = error.__cause__
            if isinstance(cause, OffsetOutOfRangeError):
                [(each, offset)] = cast("dict[TopicPartition, int]", cause.args[0]).items()
                raise OffsetOutOfRange(Partition(*each), offset) from error
            if isinstance(cause, NoOffsetForPartitionError):
                return []
            raise
        # Nothing is awaited since the records were taken out: no seek can have come in between.
        return [self._hand_out(Partition(*each), records) for each, records in batches.items()]

    def _rewind(self) -> None:
        """Give again what an error may have swallowed on its way to us."""
        for partition, position in self._assignments.positions.items():
            if self._owns(partition):
                self._client.seek(TopicPartition(*partition), position)

    def _hand_out(self, partition: Partition, records: Sequence[Record]) -> Polled:
        since = self._assignments.positions.get(partition, records[0].offset)
        self._assignments.positions[partition] = records[-1].offset + 1
        self.handed_out += len(records)
        return Polled(partition, since, records)

    def _need(self, partition: Partition) -> None:
        if self._stopped or not self._owns(partition):
            raise NotOwned(f"{partition} is not ours any more")

    def _owns(self, partition: Partition) -> bool:
        # aiokafka forgets an assignment as soon as the topics change, long before it says so.
        positions = self._assignments.positions
        return partition in positions and partition in self._client.assignment()


@asynccontextmanager
async def open_consumer(
    options: ConsumerOptions, stop: asyncio.Event | None = None
) -> AsyncIterator[Consumer]:
    """A member of the group while the context is open. Raises TransientError.

    `stop` ends the joining, which can take as long as a session.
    """
    consumer = Consumer(options)
    try:
        await consumer.start(stop or asyncio.Event())
        yield consumer
    finally:
        await consumer.stop()
