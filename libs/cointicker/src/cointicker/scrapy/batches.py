"""Records to Kafka, one batch at a time: whoever hands one in waits until it is acknowledged."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from cointicker.backoff import Backoff
from cointicker.errors import CoinTickerError
from cointicker.kafka.producer import Delivery, Message


class Publisher(Protocol):
    """What takes messages to Kafka."""

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        """Send all in order, and say what was not acknowledged before a deadline."""
        ...


class Unsent(Protocol):
    """What keeps the records that Kafka did not take."""

    async def keep(self, messages: Sequence[Message], why: str) -> None:
        """Keep them for good, and say which they are."""
        ...


class Undelivered(CoinTickerError):
    """It was not acknowledged and is kept elsewhere; `is_refused`: it never would be."""

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why)
        self.is_refused = is_refused


class Batches:
    """A batch is what was handed in while the one before it was under way, up to a size.

    What waits is bounded by those who wait. Once a batch was not acknowledged after all its
    retries, nothing more is sent: what came later would overtake it.
    """

    def __init__(
        self,
        publisher: Publisher,
        unsent: Unsent,
        *,
        size: int,
        retries: int,
        why: Callable[[], str],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._publisher = publisher
        self._unsent = unsent
        self._size = size
        self._retries = retries
        self._why = why
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._waiting: deque[tuple[Message, asyncio.Future[None]]] = deque()
        self._gave_up: str | None = None

    async def deliver(self, message: Message) -> None:
        """Return once it is acknowledged. Raises Undelivered once it is kept instead."""
        outcome = asyncio.get_running_loop().create_future()
        self._waiting.append((message, outcome))
        async with self._turn:
            while not outcome.done():
                await self._settle_next()
        await outcome

    async def _settle_next(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]
        try:
            failures = await self._attempt([message for message, _ in batch])
        except BaseException:
            # Nobody knows what became of it: the next one in turn sends it again.
            self._waiting.extendleft(reversed(batch))
            raise
        for message, outcome in batch:
            failure = failures.get(id(message))
            if outcome.cancelled():
                continue
            if failure is None:
                outcome.set_result(None)
            else:
                outcome.set_exception(failure)

    async def _attempt(self, messages: Sequence[Message]) -> dict[int, Undelivered]:
        """Send them or keep them; what failed, by the identity of the message."""
        left, refused = list(messages), list[tuple[Message, str]]()
        if self._gave_up is None:
            left, refused = await self._publish(left)
        for message, reason in refused:
            await self._unsent.keep([message], reason)
        failures = {id(each): Undelivered(why, is_refused=True) for each, why in refused}
        if left:
            self._gave_up = self._gave_up or self._why()
            await self._unsent.keep(left, self._gave_up)
            failures |= {id(each): Undelivered(self._gave_up) for each in left}
        return failures

    async def _publish(
        self, left: list[Message]
    ) -> tuple[list[Message], list[tuple[Message, str]]]:
        backoff = Backoff()
        refused: list[tuple[Message, str]] = []
        for retries_left in range(self._retries, -1, -1):
            delivery = await self._publisher.publish(left)
            left = delivery.unacknowledged
            refused += delivery.refused
            if not left or not retries_left:
                break
            await self._sleep(backoff.next_seconds())
        return left, refused
