"""Reading as a member of a group, from asyncio: explicit commits, bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Self

from cointicker.errors import ConfigError, TransientError
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.clients import ConsumerOptions
from cointicker.kafka.consumer import open_consumer
from cointicker.kafka.existing import existing_topics
from cointicker.kafka.first_offsets import FirstOffsets, need_no_services_group
from cointicker.kafka.intake import Intake
from cointicker.kafka.message import Message, NotConnected
from cointicker.kafka.records import Commit, NotOwned, Partition
from cointicker.kafka.script_settings import OffsetReset, ScriptConsumerSettings


class AsyncConsumer:
    """A member of a group: `async for message in consumer`, or `consumer.batches()`.

    `topics` are names, which must exist, and globs, whose topics may come later. What is not given
    is read from the environment, `config/kafka_config.yaml`, the defaults: `bootstrap_servers`
    (host:port, a list or by comma), `group_id` (no default, not in the file), `auto_offset_reset`,
    `timeout` (seconds that a call to a broker may take). Raises ConfigError if they cannot work.

    A group begins with the earliest record, later with its committed offset. If that is not in the
    log any more, OffsetOutOfRange is raised, unless `auto_offset_reset` says to go on with the
    `earliest` or the `latest`; it also says where a group begins. `none` always raises.

    Nothing is committed but by `commit`, and the place where a group begins with the `latest`. What
    was handed out and not committed is given again, here or to another member, after a restart and
    after a rebalance. No more is fetched while 1,000 records (or as many as were asked for at a
    time, if more) or 8 MiB wait here; the fetch that reaches the 8 MiB is kept whole. The member
    stays in its group however long they wait.
    """

    def __init__(
        self,
        topics: str | Iterable[str],
        *,
        bootstrap_servers: str | Sequence[str] | None = None,
        group_id: str | None = None,
        auto_offset_reset: OffsetReset | None = None,
        timeout: float | None = None,
    ) -> None:
        self._settings = settings = ScriptConsumerSettings.read(
            kafka_bootstrap_servers=bootstrap_servers,
            kafka_group_id=group_id,
            kafka_auto_offset_reset=auto_offset_reset,
            kafka_request_timeout_seconds=timeout,
        )
        self._topics = [topics] if isinstance(topics, str) else list(topics)
        if not self._topics:
            raise ConfigError(["topics: name at least one"])
        self._stop = asyncio.Event()
        first = FirstOffsets(
            settings.kafka_group_id,
            settings.kafka_auto_offset_reset,
            settings.kafka_request_timeout_seconds,
        )
        options = self._options()
        self._intake = Intake(lambda: open_consumer(options, self._stop), first)
        self._running: asyncio.Future[None] | None = None
        self._handed_out: dict[Partition, Message] = {}

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Join the group; return once it has decided what is ours. Once: it cannot join again.

        Raises TransientError within `timeout` seconds if no broker answers, ConfigError if a topic
        does not exist or the group is a service's. A member that died without leaving delays this
        by its session, 10 s.
        """
        if self._stop.is_set():
            raise NotConnected("it was closed: make a new one")
        if self._running is not None:
            return
        await self._need_topics()
        await need_no_services_group(
            self._settings.kafka_bootstrap_servers,
            self._settings.kafka_group_id,
            self._settings.kafka_request_timeout_seconds,
        )
        self._running = asyncio.ensure_future(self._intake.run(self._stop))
        try:
            await self._join()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Leave the group, without a commit. A second call does nothing."""
        self._stop.set()
        running, self._running = self._running, None
        if running is not None:
            # By its event, never cancelled. What it failed with was raised to whoever waited.
            await asyncio.wait({running})
            if not running.cancelled():
                running.exception()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        """The next message; waits for it. Raises OffsetOutOfRange, and what waiting cannot help."""
        while True:
            for message in await self.take(1):
                return message

    async def batches(
        self, max_records: int = 500, wait: float = 1.0
    ) -> AsyncIterator[list[Message]]:
        """Lists of messages, never empty: as soon as there are `max_records`, or `wait` seconds
        after the first came.
        """
        while True:
            if batch := await self.take(max_records, wait_for_more=wait):
                yield batch

    async def take(
        self, most: int, wait_seconds: float | None = None, *, wait_for_more: float = 0.0
    ) -> list[Message]:
        """At most so many messages; none if none comes within `wait_seconds` (None: for ever).

        Raises as `async for` does.
        """
        self._intake.most_records = max(self._intake.most_records, most)
        if await self._arrived(1, wait_seconds) and wait_for_more:
            await self._arrived(most, wait_for_more)
        messages = self._intake.take(most)
        for each in messages:
            self._handed_out[_partition(each)] = each
        return messages

    async def commit(self, messages: Iterable[Message] | None = None) -> None:
        """Commit these messages and all before them in their partitions; by default, what was
        handed out so far, the current message of an `async for` included.

        NotOwned: the group has decided anew since these messages came. The others are committed;
        these will be given again, here or to another member: handle the exception, and go on.
        TransientError: it is not known whether they are committed; commit again.
        """
        if self._running is None:
            raise NotConnected("connect() first")
        last = self._handed_out if messages is None else _last(messages)
        assignment = self._intake.current()
        ours = {each: message for each, message in last.items() if message.assignment == assignment}
        lost = sorted(last.keys() - ours.keys())
        for partition in lost:
            self._handed_out.pop(partition, None)
        consumer = self._intake.consumer
        if ours and consumer is not None:
            await consumer.commit(
                {each: Commit(message.offset + 1, "") for each, message in ours.items()}
            )
        for partition, message in ours.items():
            if self._handed_out.get(partition) is message:
                del self._handed_out[partition]
        if lost:
            names = ", ".join(map(str, lost))
            raise NotOwned(f"the group has decided anew: {names} will be given again")

    def is_current(self, message: Message) -> bool:
        """Whether nothing was decided anew since it came: else it is given again. Thread-safe."""
        return message.assignment == self._intake.current()

    async def _join(self) -> None:
        seconds = self._settings.kafka_session_seconds + 10
        joining = asyncio.ensure_future(self._intake.joined())
        if not await self._done_within(joining, seconds):
            group = self._settings.kafka_group_id
            raise TransientError(f"group {group} did not take us in within {seconds:g} s")

    async def _arrived(self, count: int, wait_seconds: float | None) -> bool:
        if self._intake.has(count):
            return True
        arriving = asyncio.ensure_future(self._intake.arrived(count))
        return await self._done_within(arriving, wait_seconds)

    async def _done_within(self, waiting: asyncio.Future[None], seconds: float | None) -> bool:
        """Whether it is done by then; if the reading has ended, raise what it ended with."""
        running = self._running
        if running is None:
            waiting.cancel()
            raise NotConnected("connect() first")
        try:
            await asyncio.wait(
                {waiting, running}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not waiting.done() and running.done():
                running.result()
                raise NotConnected("it was closed")
            if waiting.done():
                waiting.result()
            return waiting.done()
        finally:
            waiting.cancel()

    async def _need_topics(self) -> None:
        settings = self._settings
        named = [each for each in self._topics if not set(each) & set("*?[")]
        names = await existing_topics(
            settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds, named
        )
        problems = [unknown_topic(each, sorted(names)) for each in named if each not in names]
        if problems:
            raise ConfigError(problems)

    def _options(self) -> ConsumerOptions:
        settings = self._settings
        return ConsumerOptions(
            servers=settings.kafka_bootstrap_servers,
            group=settings.kafka_group_id,
            topics=self._topics,
            session_seconds=settings.kafka_session_seconds,
            request_seconds=settings.kafka_request_timeout_seconds,
        )


def _partition(message: Message) -> Partition:
    return Partition(message.topic, message.partition)


def _last(messages: Iterable[Message]) -> dict[Partition, Message]:
    """The furthest message of each partition."""
    last: dict[Partition, Message] = {}
    for each in messages:
        partition = _partition(each)
        before = last.get(partition, each)
        if (before.assignment, before.offset) <= (each.assignment, each.offset):
            last[partition] = each
    return last
