"""One source, for ever: fetch, parse, validate, drop what is known, publish; and wait."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.kafka.producer import Message
from collector.clock import Clock, unless
from collector.description import SourceDescription, text_of
from collector.haul import Haul
from collector.http import Trouble
from collector.ledger import Ledger
from collector.paging import fetch_pages
from collector.politeness import PoliteHttp
from collector.report import Report
from collector.source import Source
from collector.spool import SpoolFull
from collector.state import SourceState, State

logger = logging.getLogger(__name__)

_LONGEST_BACKOFF_SECONDS = 60.0
_FIRST_BLOCK_SECONDS = 60.0
_LONGEST_BLOCK_SECONDS = 3600.0
_LOOK_AGAIN_SECONDS = 1.0
# On top of its deadlines: waiting for its budget, for Kafka and for the disk.
_ALLOWANCE_SECONDS = 60.0


class Taker(Protocol):
    """What takes messages for good."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more would be taken."""
        ...

    async def accept(self, messages: Sequence[Message]) -> None:
        """Take messages, in order; SpoolFull or TransientError says that they were not taken."""
        ...


class Poller:
    """Polls one source at its interval. Whatever the source does, it is only this one's trouble."""

    def __init__(
        self,
        source: Source,
        http: PoliteHttp,
        outbox: Taker,
        ledger: Ledger,
        clock: Clock,
        is_needed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.source = source
        self.ledger = ledger
        self.state = SourceState(source.name)
        self.errors = 0
        self._http = http
        self._outbox = outbox
        self._clock = clock
        self._is_needed = is_needed
        first = source.first_retry_seconds
        self._retry = Backoff(first, max(_LONGEST_BACKOFF_SECONDS, source.interval_seconds))
        self._block = Backoff(_FIRST_BLOCK_SECONDS, _LONGEST_BLOCK_SECONDS)
        self._why_missed = "not_running"
        self._report = Report(source.name, source.interval_seconds)
        self._due_by = float("inf")
        self._next_at: float | None = None
        self._succeeded_at = ledger.progress.collected_at if ledger.progress else None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`."""
        if why := self.source.why_disabled():
            self.state.become("disabled", why)
            return
        wait = self.ledger.seconds_to_first(self._clock.utc())
        allowed = self.source.deadline_seconds * self.source.max_pages + _ALLOWANCE_SECONDS
        while not stop.is_set():
            self._next_at = self._clock.monotonic() + wait
            self._due_by = self._next_at + allowed
            await unless(stop, self._clock.sleep(wait))
            if not stop.is_set():
                wait = await self.turn(stop)

    def is_overdue(self) -> bool:
        """Whether its last turn should long be over."""
        return self._clock.monotonic() > self._due_by

    def describe(self) -> SourceDescription:
        """How it is now."""
        progress = self.ledger.progress
        # One that stands by looks whether it is needed: that is no poll.
        next_at = None if self.state.now == "standby" else self._next_at
        until_next = None if next_at is None else max(0.0, next_at - self._clock.monotonic())
        return SourceDescription(
            name=self.source.name,
            state=self.state.now,
            why=self.state.why,
            stands_in_for=self.source.stands_in_for,
            interval_seconds=self.source.interval_seconds,
            last_success_at=text_of(self._succeeded_at),
            newest_event_at=text_of(progress.newest_event_at if progress else None),
            next_poll_in_seconds=until_next,
            budget=self._http.budget(),
        )

    async def turn(self, stop: asyncio.Event) -> float:
        """One poll, if one is needed and has a place to go; the seconds until the next is due."""
        if not self._is_needed():
            self.state.become("standby")
            return min(self.source.interval_seconds, _LOOK_AGAIN_SECONDS)
        if self._outbox.is_full:
            return self._paused("spool_full")
        started = self._clock.monotonic()
        fetching = fetch_pages(self.source, self._http, self.ledger.reaches_back, self._clock)
        try:
            haul = await unless(stop, fetching)
        except Trouble as trouble:
            return self._failed(trouble)
        if haul is None:
            return 0.0
        self._report.fetched(self._clock.monotonic() - started)
        return await self._deliver(haul, started)

    async def _deliver(self, haul: Haul, started: float) -> float:
        now = self._clock.utc()
        harvest = self.ledger.harvest(haul, now, self._why_missed)
        try:
            await self._outbox.accept(harvest.messages)
        except TransientError as error:
            self._http.rejected()
            logger.warning("could not keep what %s sent: %s", self.source.name, error)
            return max(self._not_taken(error), self._retry.next_seconds())
        self.ledger.accept(haul, harvest, now)
        self.errors += len(haul.invalid())
        self._report.accepted(haul, harvest, now)
        if haul.trouble:
            # Its first page is to come in full again, to page back from.
            self._http.rejected()
            return self._failed(haul.trouble)
        self._http.accepted()
        self._why_missed = "not_polled"
        return self._succeeded(haul, started)

    def _succeeded(self, haul: Haul, started: float) -> float:
        self._retry.reset()
        self._block.reset()
        self._succeeded_at = self._clock.utc()
        self._report.polled("ok" if haul.pages else "unchanged")
        self.state.become("ok")
        due = started + self.source.interval_seconds
        return max(0.0, due - self._clock.monotonic())

    def _failed(self, trouble: Trouble) -> float:
        self.errors += 1
        self._why_missed = trouble.reason
        self._report.polled(trouble.reason)
        state: State = "blocked" if trouble.is_blocked else "backing_off"
        self.state.become(state, trouble.reason, str(trouble))
        backoff = self._block if trouble.is_blocked else self._retry
        return max(backoff.next_seconds(), trouble.wait_seconds)

    def _not_taken(self, error: TransientError) -> float:
        if isinstance(error, SpoolFull):
            return self._paused("spool_full")
        self.errors += 1
        return self._paused("disk_failed")

    def _paused(self, why: str) -> float:
        self._why_missed = why
        self._report.polled(why)
        self.state.become("paused", why)
        return _LOOK_AGAIN_SECONDS
