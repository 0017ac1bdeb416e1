"""Watching topics as they grow, while brokers come and go, or up to where they end now."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.kafka.follower import Follower, open_follower
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled, Record

# Before any record that is: nothing has this time, so a partition begins at its end.
FROM_NOW_MS = 2**63 - 1
FROM_BEGINNING_MS = 0
_WAIT_SECONDS = 0.5
_MOST_RECORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TailOptions:
    """`to_end`: only up to where each partition ends at the start."""

    servers: Sequence[str]
    topics: Sequence[str]
    since_ms: int
    to_end: bool = False
    request_seconds: float = 10.0


class Tail:
    """The committed records of topics, partition by partition in order.

    A broker that goes away is waited for, which `say` is told once, and reading goes on where it
    was. Only who cannot begin, or wants no more than what is there, gets the TransientError.
    """

    def __init__(
        self, options: TailOptions, say: Callable[[str], None], backoff: Backoff | None = None
    ) -> None:
        self._options = options
        self._say = say
        self._backoff = backoff or Backoff(cap_seconds=5)
        self._since_ms = options.since_ms
        self._positions: dict[Partition, int] = {}
        self._is_away = False

    async def portions(self) -> AsyncGenerator[list[tuple[Partition, Record]], None]:
        """What has come, every half second at least, and be it nothing."""
        is_done = False
        while not is_done:
            try:
                async for portion in self._while_reachable():
                    yield portion
                is_done = True
            except OffsetOutOfRange as error:
                self._skip(error)
            except TransientError as error:
                if self._options.to_end or not self._positions:
                    raise
                await self._wait(error)

    async def _while_reachable(self) -> AsyncGenerator[list[tuple[Partition, Record]], None]:
        options = self._options
        follower = Follower(
            options.servers, options.topics, request_seconds=options.request_seconds
        )
        async with open_follower(follower, self._since_ms, self._positions):
            self._positions = dict(follower.positions())
            while True:
                polled = await follower.poll(_WAIT_SECONDS, _MOST_RECORDS)
                self._found()
                self._positions = dict(follower.positions())
                yield self._wanted(polled, follower)
                if options.to_end and not follower.behind():
                    return

    def _wanted(
        self, polled: Sequence[Polled], follower: Follower
    ) -> list[tuple[Partition, Record]]:
        goals = follower.goals()
        return [
            (each.partition, record)
            for each in polled
            for record in each.records
            if not self._options.to_end or record.offset < goals[each.partition]
        ]

    def _skip(self, error: OffsetOutOfRange) -> None:
        """Its records were deleted before they could be read: go on with what is kept."""
        self._say(f"{error.partition}: from offset {error.offset} on, records were deleted unread")
        self._positions.pop(error.partition, None)
        self._since_ms = FROM_BEGINNING_MS  # of all that has no position: this partition

    async def _wait(self, error: TransientError) -> None:
        if not self._is_away:
            self._is_away = True
            self._say(f"{error}; waiting for it")
        await asyncio.sleep(self._backoff.next_seconds())

    def _found(self) -> None:
        self._backoff.reset()
        if self._is_away:
            self._is_away = False
            self._say("it is back")
