"""All sources at once, each on its own; the outbox behind them."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from cointicker.concurrency import task_group
from cointicker.health import Health
from cointicker.status import Figures
from collector.outbox import Outbox
from collector.poller import Poller
from collector.progress import Progress

logger = logging.getLogger(__name__)

_STORE_SECONDS = 5.0

Store = Callable[[Mapping[str, Progress]], None]


class Collector:
    """Runs every poller until it is told to stop, and then empties its hands.

    `store` keeps how far each source was collected, for the next start.
    """

    def __init__(
        self, pollers: Sequence[Poller], outbox: Outbox, health: Health, store: Store
    ) -> None:
        self._pollers = pollers
        self._outbox = outbox
        self._health = health
        self._store = store

    async def run(self, stop: asyncio.Event) -> None:
        """Collect until `stop`: every poll ends, what it brought is safe, progress is stored."""
        all_polled = asyncio.Event()
        async with task_group() as tasks:
            tasks.create_task(self._outbox.run(all_polled))
            tasks.create_task(self._keep_progress(stop))
            async with task_group() as polling:
                for poller in self._pollers:
                    polling.create_task(poller.run(stop), name=poller.source.name)
            await stop.wait()
            all_polled.set()
        await self._store_progress()

    def figures(self) -> Figures:
        """What the status report says of this process."""
        return Figures(
            processed=self._outbox.published,
            errors=sum(poller.errors for poller in self._pollers),
            topics=sorted({poller.ledger.topic for poller in self._pollers}),
            partitions=[],
        )

    async def _keep_progress(self, stop: asyncio.Event) -> None:
        """Store how far we are, and say that we live unless a poller hangs."""
        while not stop.is_set():
            await self._store_progress()
            if not any(poller.is_overdue() for poller in self._pollers):
                self._health.progressed()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STORE_SECONDS):
                    await stop.wait()

    async def _store_progress(self) -> None:
        progress = {
            poller.source.name: poller.ledger.progress
            for poller in self._pollers
            if poller.ledger.progress
        }
        try:
            await asyncio.to_thread(self._store, progress)
        except OSError as error:
            logger.warning("could not store the progress of the sources: %s", error)
