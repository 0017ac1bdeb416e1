"""Records on their way from a group to a script: bounded, in order, each with its assignment."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from cointicker.concurrency import until
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.first_offsets import FirstOffsets
from cointicker.kafka.message import Message, received
from cointicker.kafka.records import NotOwned, OffsetOutOfRange, Polled
from cointicker.kafka.supervisor import Supervisor

_POLL_SECONDS = 0.2
_CHECK_SECONDS = 2.0
# To pause drops what was fetched ahead: not for a script that is only a little slower.
_FULL_SECONDS = 1.0
_MOST_BYTES = 8 * 1_048_576


class Intake:
    """Keeps a member in the group, and what it reads until it is taken.

    An offset that is not in the log ends the reading, not the membership: what was handled can
    still be committed.

    While there is no room its partitions are paused, and it stays a member. A consumer that no
    longer moves is made anew. What came with an earlier assignment is dropped: whoever owns the
    partition now is given it again, from the committed offset on.
    """

    def __init__(
        self,
        open_one: Callable[[], AbstractAsyncContextManager[Consumer]],
        first: FirstOffsets,
        *,
        most_records: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._supervisor = Supervisor(open_one, Health())
        self._first = first
        self._clock = clock
        self._held: deque[Message] = deque()
        self._held_bytes = 0
        self._clients = 0
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._paused = False
        self._failure: OffsetOutOfRange | None = None
        self.consumer: Consumer | None = None
        self.most_records = most_records
        self._joined = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop. Raises what waiting cannot help with."""
        await self._supervisor.run(self._read, stop)

    def current(self) -> tuple[int, int] | None:
        """The assignment that is in force; None while there is no client."""
        consumer = self.consumer
        return None if consumer is None else (self._clients, consumer.generation)

    async def joined(self) -> None:
        """Return once the group has decided what is ours for the first time."""
        await self._joined.wait()

    def has(self, count: int) -> bool:
        """Whether so many messages can be taken, or as many as there will ever be."""
        self._drop_what_is_not_ours()
        ends = self._failure is not None and bool(self._held)
        return len(self._held) >= count or self._is_full() or ends

    async def arrived(self, count: int) -> None:
        """Return once `has` holds. Raises OffsetOutOfRange once nothing will come any more."""
        while not self.has(count):
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()

    def take(self, most: int) -> list[Message]:
        """The oldest messages, at most so many."""
        self._drop_what_is_not_ours()
        taken = [self._held.popleft() for _ in range(min(most, len(self._held)))]
        self._held_bytes -= sum(map(_size, taken))
        self._note_room()
        return taken

    async def _read(self, consumer: Consumer, stop: asyncio.Event) -> None:
        self._clients += 1
        self.consumer = consumer
        begun, check_at = -1, self._clock() + _CHECK_SECONDS
        try:
            while not stop.is_set():
                if begun != consumer.generation:
                    begun = await self._begin(consumer, begun)
                await self._poll(consumer)
                if self._clock() >= check_at:
                    await consumer.check()
                    check_at = self._clock() + _CHECK_SECONDS
        except OffsetOutOfRange as error:
            self._failure = error
            self._changed.set()
            await stop.wait()
        finally:
            self.consumer = None

    async def _begin(self, consumer: Consumer, begun: int) -> int:
        """Begin a new assignment; the generation that was begun last."""
        generation, self._paused = consumer.generation, False
        try:
            for partition in sorted(consumer.assignment()):
                offset = await self._first.of(consumer, partition)
                if consumer.generation != generation:
                    return begun
                consumer.seek(partition, offset)
                consumer.resume(partition)
        except NotOwned:
            return begun
        if consumer.is_member:
            self._joined.set()
        return generation

    async def _poll(self, consumer: Consumer) -> None:
        try:
            await self._poll_or_reset(consumer)
        except NotOwned:
            return  # the next look at the generation tells the rest

    async def _poll_or_reset(self, consumer: Consumer) -> None:
        generation = consumer.generation
        try:
            if not self._room.is_set() and not self._paused:
                await until(self._room, _FULL_SECONDS)
            self._pause(consumer, not self._room.is_set())
            assignment = self.current()
            # Polled paused, a member that is busy for long is not taken for a dead one.
            polled = await consumer.poll(_POLL_SECONDS, max(1, self.most_records - len(self._held)))
        except OffsetOutOfRange as error:
            offset = await self._first.instead(consumer, error)
            if consumer.generation == generation:  # else it begins anew, where it is committed
                consumer.seek(error.partition, offset)
        else:
            if assignment is not None and assignment == self.current():
                self._hold(polled, assignment)

    def _pause(self, consumer: Consumer, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            for partition in consumer.assignment():
                (consumer.pause if paused else consumer.resume)(partition)

    def _hold(self, polled: Sequence[Polled], assignment: tuple[int, int]) -> None:
        for each in polled:
            messages = [received(each.partition, record, assignment) for record in each.records]
            self._held.extend(messages)
            self._held_bytes += sum(map(_size, messages))
        if polled:
            self._changed.set()
        if self._is_full():
            self._room.clear()

    def _is_full(self) -> bool:
        return len(self._held) >= self.most_records or self._held_bytes >= _MOST_BYTES

    def _drop_what_is_not_ours(self) -> None:
        assignment = self.current()
        if self._held and self._held[0].assignment != assignment:
            kept = [each for each in self._held if each.assignment == assignment]
            self._held = deque(kept)
            self._held_bytes = sum(map(_size, kept))
            self._note_room()

    def _note_room(self) -> None:
        if len(self._held) <= self.most_records // 2 and self._held_bytes <= _MOST_BYTES // 2:
            self._room.set()


def _size(message: Message) -> int:
    return len(message.raw or b"") + len(message.key or b"")
