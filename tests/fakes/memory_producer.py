"""A Kafka producer in memory: what it delivers, refuses, is slow with, or cannot deliver at all."""

import asyncio
from collections.abc import Callable, Sequence

from cointicker.kafka.producer import Delivery, Message, Place


class MemoryProducer:
    """Keeps what is published in `messages`, in order.

    `is_away`: nothing is acknowledged. `refuses`: says why a message can never be taken. While
    `gate` is clear, a publish waits for it first. `loses`: what arrives without being acknowledged.
    `drops`: what does not arrive, while the rest of a publish does.
    """

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.messages: list[Message] = []
        self.was_called = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.refuses: Callable[[Message], str | None] = lambda _: None
        self.loses: Callable[[Message], bool] = lambda _: False
        self.drops: Callable[[Message], bool] = lambda _: False
        self._changed = asyncio.Condition()

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        """Take all that can be taken."""
        self.was_called.set()
        await self.gate.wait()
        delivery = Delivery()
        if self.is_away:
            delivery.unacknowledged = list(messages)
            return delivery
        for message in messages:
            if why := self.refuses(message):
                delivery.refused.append((message, why))
                continue
            if self.drops(message):
                delivery.unacknowledged.append(message)
                continue
            self.messages.append(message)
            if self.loses(message):
                delivery.unacknowledged.append(message)
            else:
                place = Place(0, self._offset(message.topic), message.timestamp_ms)
                delivery.acknowledged.append((message, place))
        async with self._changed:
            self._changed.notify_all()
        return delivery

    def _offset(self, topic: str) -> int:
        """Of the last message: each topic has one partition."""
        return sum(each.topic == topic for each in self.messages) - 1

    async def until(self, done: Callable[[Sequence[Message]], bool]) -> None:
        """Wait until what was published is enough."""
        async with self._changed:
            await self._changed.wait_for(lambda: done(self.messages))

    def on(self, topic: str) -> list[Message]:
        """What was published on a topic, named without its prefix."""
        return [each for each in self.messages if each.topic.endswith(f".{topic}")]
