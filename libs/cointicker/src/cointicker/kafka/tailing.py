"""Watching topics as they grow, while brokers come and go, or up to where they end now."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.kafka.follower import Feed
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled, Record

# After any record that is: nothing has this time, so a partition begins at its end.
FROM_NOW_MS = 2**63 - 1
FROM_BEGINNING_MS = 0
_WAIT_SECONDS = 0.5
_MOST_RECORDS = 500


# Opens a feed of what came since then, or from these positions on.
OpenFeed = Callable[[int, Mapping[Partition, int]], AbstractAsyncContextManager[Feed]]


class Tail:
    """The committed records of topics, partition by partition in order.

    With `to_end` only up to where each partition ends at the start.

    A broker that goes away is waited for, which `say` is told once, and reading goes on where it
    was. Only who cannot begin, or wants no more than what is there, gets the TransientError.
    """

    def __init__(
        self,
        open_feed: OpenFeed,
        since_ms: int,
        say: Callable[[str], None],
        *,
        to_end: bool = False,
        backoff: Backoff | None = None,
    ) -> None:
        self._open = open_feed
        self._since_ms = since_ms
        self._say = say
        self._to_end = to_end
        self._backoff = backoff or Backoff(cap_seconds=5)
        self._positions: dict[Partition, int] = {}
        self._is_away = False
        self._is_done = False

    async def portions(self) -> AsyncGenerator[list[tuple[Partition, Record]], None]:
        """What has come, every half second at least, and be it nothing."""
        while not self._is_done:
            async with aclosing(self._until_away()) as portions:
                async for portion in portions:
                    yield portion

    async def _until_away(self) -> AsyncGenerator[list[tuple[Partition, Record]], None]:
        try:
            async with self._open(self._since_ms, self._positions) as feed:
                self._positions = dict(feed.positions())
                while not self._is_done:
                    yield await self._portion(feed)
        except OffsetOutOfRange as error:
            self._skip(error)
        except TransientError as error:
            if self._to_end or not self._positions:
                raise
            await self._wait(error)

    async def _portion(self, feed: Feed) -> list[tuple[Partition, Record]]:
        polled = await feed.poll(_WAIT_SECONDS, _MOST_RECORDS)
        self._found()
        self._positions = dict(feed.positions())
        self._is_done = self._to_end and not feed.behind()
        return self._wanted(polled, feed)

    def _wanted(self, polled: Sequence[Polled], feed: Feed) -> list[tuple[Partition, Record]]:
        goals = feed.goals()
        return [
            (each.partition, record)
            for each in polled
            for record in each.records
            if not self._to_end or record.offset < goals[each.partition]
        ]

    def _skip(self, error: OffsetOutOfRange) -> None:
        """Its records were deleted before they could be read: go on with what is kept."""
        self._say(f"{error.partition}: from offset {error.offset} on, records were deleted unread")
        self._positions.pop(error.partition, None)
        self._since_ms = FROM_BEGINNING_MS  # of all that has no position: this partition

    async def _wait(self, error: TransientError) -> None:
        if not self._is_away:
            self._is_away = True
            self._say(f"{error}: the broker is away; this goes on when it is back")
        await asyncio.sleep(self._backoff.next_seconds())

    def _found(self) -> None:
        self._backoff.reset()
        if self._is_away:
            self._is_away = False
            self._say("the broker is back")
