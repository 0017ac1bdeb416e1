"""The collector: reads its settings, opens what it needs, and runs until it is told to stop."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from cointicker.concurrency import task_group
from cointicker.health import Health, health_app
from cointicker.kafka.producer import open_producer
from cointicker.service import run, serve_health
from cointicker.status import StatusReporter
from collector.aiohttp_client import open_client
from collector.budget import Budget
from collector.clock import Clock, SystemClock
from collector.collector import Collector
from collector.config import CollectorSettings
from collector.description import document
from collector.haul import Wire
from collector.ledger import Ledger
from collector.outbox import Outbox
from collector.politeness import PoliteHttp
from collector.poller import Poller
from collector.progress import Progress, load_progress, store_progress
from collector.source import Source
from collector.spool import open_spool

NAME = "collector"


async def serve(settings: CollectorSettings, stop: asyncio.Event, health: Health) -> None:
    """Open outermost first, run inside, close in reverse."""
    clock = SystemClock()
    prefix = settings.kafka_topic_prefix
    pollers: list[Poller] = []
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(
            serve_health(
                settings, health_app(health, {"/sources": partial(describe, pollers, clock)})
            )
        )
        spool = await asyncio.to_thread(
            open_spool, settings.spool_directory, settings.spool_max_bytes, clock.utc()
        )
        opened.push_async_callback(spool.close)
        producer = await opened.enter_async_context(open_producer(settings, health))
        outbox = Outbox(
            producer,
            spool,
            dead_letter_topic=f"{prefix}.dead_letter",
            patience_seconds=settings.spool_patience_seconds,
            clock=clock,
        )
        pollers += await open_pollers(settings, outbox, opened)
        collector = Collector(
            pollers, outbox, health, partial(store_progress, settings.spool_directory)
        )
        reporter = StatusReporter(
            producer,
            service=NAME,
            group=None,
            topic=f"{prefix}.consumer.status",
            figures=collector.figures,
        )
        async with task_group() as tasks:
            tasks.create_task(collector.run(stop))
            tasks.create_task(reporter.run(stop))


def describe(pollers: Sequence[Poller], clock: Clock) -> dict[str, object]:
    """What /sources shows."""
    return document((each.describe() for each in pollers), clock.utc())


async def open_pollers(
    settings: CollectorSettings, outbox: Outbox, opened: AsyncExitStack
) -> list[Poller]:
    """A poller for every source, with connections of its own."""
    progress = await asyncio.to_thread(load_progress, settings.spool_directory)
    pollers: dict[str, Poller] = {}
    for source in settings.sources():
        http = await _open_http(source, opened)
        ledger = _ledger(source, settings, progress.get(source.name))
        primary = pollers.get(source.stands_in_for or "")
        is_needed = (lambda: True) if primary is None else partial(_is_in_trouble, primary)
        pollers[source.name] = Poller(source, http, outbox, ledger, SystemClock(), is_needed)
    return list(pollers.values())


async def _open_http(source: Source, opened: AsyncExitStack) -> PoliteHttp:
    client = await opened.enter_async_context(
        open_client(deadline_seconds=source.deadline_seconds, max_body_bytes=source.max_body_bytes)
    )
    clock = SystemClock()
    budget = Budget(
        per_second=source.requests_per_second, burst=source.burst, now=clock.monotonic()
    )
    return PoliteHttp(client, budget, clock, source.name)


def _ledger(source: Source, settings: CollectorSettings, progress: Progress | None) -> Ledger:
    prefix = settings.kafka_topic_prefix
    wire = Wire(
        source=source.topic,
        topic=f"{prefix}.raw.{source.topic}",
        dead_letter_topic=f"{prefix}.dead_letter",
        gaps_topic=f"{prefix}.gaps",
        question=source.asks(),
    )
    return Ledger(source, wire, progress, settings.remembered_items)


def _is_in_trouble(primary: Poller) -> bool:
    return primary.state.is_in_trouble


def main() -> None:
    """The command."""
    sys.exit(run(NAME, CollectorSettings, serve, serves_http=True))


if __name__ == "__main__":
    main()
