"""Where records go: to Kafka at once, or to the disk first while Kafka is away or slow.

Once anything is on disk, everything queues behind it: the order of a key holds. A record whose
acknowledgement did not come may be sent twice; the next stage knows it by its id and hash.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.kafka.producer import Delivery, Message
from cointicker.messages import DeadLetter
from cointicker.times import from_ms, to_ms
from collector import metrics
from collector.clock import Clock, unless
from collector.spool import Spool, Spooled

logger = logging.getLogger(__name__)

_DRAIN_RECORDS = 500
_DRAIN_BYTES = 1_048_576
# Of a record that is too large for Kafka this much is kept as a dead letter.
_KEPT_BYTES = 65_536


class Publisher(Protocol):
    """What takes messages to Kafka."""

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        """Send all in order, and say what was not acknowledged before a deadline."""
        ...


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a publish: `left` is still to be delivered.

    Each of `letters` is to be delivered instead of the refused message that comes with it.
    """

    left: list[Message]
    letters: list[tuple[Message, Message]]

    def rest(self) -> list[Message]:
        """All that is still to be delivered."""
        return self.left + [letter for _, letter in self.letters]


class Outbox:
    """Takes messages for good: acknowledged by Kafka, or durable on disk and sent later."""

    def __init__(
        self,
        publisher: Publisher,
        spool: Spool,
        *,
        dead_letter_topic: str,
        patience_seconds: float,
        clock: Clock,
    ) -> None:
        self._publisher = publisher
        self._spool = spool
        self._dead_letter_topic = dead_letter_topic
        self._patience = patience_seconds
        self._clock = clock
        self._in_flight: set[asyncio.Task[_Outcome]] = set()
        self._late: dict[asyncio.Task[_Outcome], list[Spooled]] = {}
        self._sent: list[int] = []
        self._work = asyncio.Event()
        self.published = 0
        metrics.SPOOL_OLDEST.set_function(self._oldest_age)
        metrics.SPOOL_RECORDS.set_function(lambda: spool.records)
        metrics.SPOOL_BYTES.set_function(lambda: spool.bytes)
        metrics.SPOOL_FULL.set_function(lambda: spool.is_full)

    @property
    def is_full(self) -> bool:
        """Whether more would not be taken: wait until some was sent."""
        return self._spool.is_full

    async def accept(self, messages: Sequence[Message]) -> None:
        """Take messages, in order. Raises SpoolFull or TransientError if they were not taken.

        One caller's messages keep their order if it awaits each call.
        """
        if not messages:
            return
        if not self._spool.is_empty:
            await self._keep(messages)
            return
        publishing = asyncio.ensure_future(self._publish(messages))
        self._in_flight.add(publishing)
        publishing.add_done_callback(self._in_flight.discard)
        await asyncio.wait({publishing}, timeout=self._patience)
        if not publishing.done():
            await self._keep_late(publishing, messages)
        else:
            outcome = publishing.result()
            await self._keep(outcome.rest())

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is on disk, in order, until `stop`; what is left then stays there."""
        backoff = Backoff(0.5, 10)
        if not self._spool.is_empty:
            self._work.set()
        while not stop.is_set():
            await unless(stop, self._work.wait())
            self._work.clear()
            while not self._spool.is_empty and not stop.is_set():
                if await self._drain():
                    backoff.reset()
                else:
                    await unless(stop, self._clock.sleep(backoff.next_seconds()))
        await self._settle()

    async def _keep(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._spool.append(messages)
            self._work.set()

    async def _keep_late(
        self, publishing: asyncio.Task[_Outcome], messages: Sequence[Message]
    ) -> None:
        """Put on disk what Kafka is slow to take; what it takes after all is removed again."""
        try:
            positions = await self._spool.append(messages)
        except TransientError:
            outcome = await publishing
            await self._keep(outcome.rest())
        else:
            self._late[publishing] = list(map(Spooled, positions, messages))
            self._work.set()

    async def _drain(self) -> bool:
        """Send the first records on disk; whether all of them are off it."""
        try:
            await self._settle()
            await self._forget()
            if self._spool.is_empty:
                return True
            first = self._each_key_once(await self._first())
            outcome = await self._publish([each.message for each in first])
            await self._note(first, outcome)
        except TransientError as error:
            logger.warning("could not empty the spool: %s", error)
            return False
        return not outcome.left

    async def _first(self) -> list[Spooled]:
        """What is next on disk. Raises TransientError if there is nothing, though there should."""
        first = await self._spool.first(_DRAIN_RECORDS, _DRAIN_BYTES)
        if not first:
            raise TransientError("records are counted, but none is found on disk")
        return first

    def _each_key_once(self, first: Sequence[Spooled]) -> Sequence[Spooled]:
        """The records up to the first one whose key came before.

        Kafka may take one part of a publish and not another: a key's next record waits until the
        one before it has arrived. The order of dead letters means nothing.
        """
        seen: set[tuple[str, bytes | None]] = set()
        for count, each in enumerate(first):
            name = (each.message.topic, each.message.key)
            if name in seen and each.message.topic != self._dead_letter_topic:
                return first[:count]
            seen.add(name)
        return first

    async def _settle(self) -> None:
        """Wait for what was sent before; take off the disk what arrived of it."""
        if self._in_flight:
            await asyncio.wait(self._in_flight)
        for publishing, kept in list(self._late.items()):
            await self._note(kept, publishing.result())
            del self._late[publishing]

    async def _note(self, kept: Sequence[Spooled], outcome: _Outcome) -> None:
        """Take off the disk what needs to be sent no more; a refused record leaves its letter.

        Should that fail, it may be done again: what arrived is already known not to be sent.
        """
        letters = {id(refused): letter for refused, letter in outcome.letters}
        stays = letters.keys() | set(map(id, outcome.left))
        self._sent += [each.position for each in kept if id(each.message) not in stays]
        await self._forget()
        refused = [each for each in kept if id(each.message) in letters]
        if refused:
            await self._spool.replace(
                {each.position: letters[id(each.message)] for each in refused}
            )

    async def _forget(self) -> None:
        """Take what was sent off the disk; should that fail, it is still not sent again."""
        if self._sent:
            await self._spool.remove(self._sent)
            self._sent = []

    async def _publish(self, messages: Sequence[Message]) -> _Outcome:
        delivery = await self._publisher.publish(messages)
        missing = set(map(id, delivery.unacknowledged))
        missing.update(id(message) for message, _ in delivery.refused)
        self._count([each for each in messages if id(each) not in missing])
        letters = [(message, self._letter(message, why)) for message, why in delivery.refused]
        return _Outcome(delivery.unacknowledged, [(each, to) for each, to in letters if to])

    def _count(self, acknowledged: Sequence[Message]) -> None:
        if not acknowledged:
            return
        self.published += len(acknowledged)
        for topic, count in Counter(each.topic for each in acknowledged).items():
            metrics.PUBLISHED.labels(topic).inc(count)
        oldest = min(each.timestamp_ms for each in acknowledged)
        metrics.FETCH_TO_ACK.observe(max(0.0, self._age(oldest)))

    def _letter(self, message: Message, reason: str) -> Message | None:
        """The dead letter of what Kafka will never take; None if it was one itself."""
        metrics.REFUSED.labels(message.topic).inc()
        logger.error("Kafka refused a record of %s: %s", message.topic, reason)
        if message.topic == self._dead_letter_topic:
            return None
        value = message.value or b""
        letter = DeadLetter(
            service="collector",
            reason="refused",
            detail=reason,
            topic=message.topic,
            origin={"key": (message.key or b"").decode(errors="replace"), "size": len(value)},
            value=value[:_KEPT_BYTES],
            at=from_ms(message.timestamp_ms),
        )
        now = to_ms(self._clock.utc())
        return Message(self._dead_letter_topic, message.topic.encode(), letter.encode(), now)

    def _oldest_age(self) -> float:
        oldest = self._spool.oldest_ms
        return 0.0 if oldest is None else max(0.0, self._age(oldest))

    def _age(self, timestamp_ms: int) -> float:
        return (self._clock.utc() - from_ms(timestamp_ms)).total_seconds()
