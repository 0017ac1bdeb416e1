"""insights: reads its settings, opens what it needs, and runs until it is told to stop.

Two things run side by side and meet only in Kafka: the tasks, which turn processed records into
insights, and the view, which reads what was committed and shows it.
"""

import asyncio
import logging
import secrets
import sys

from cointicker.backoff import Backoff
from cointicker.concurrency import task_group, until
from cointicker.errors import TransientError
from cointicker.health import Health, health_app
from cointicker.kafka.admin import open_admin
from cointicker.kafka.follower import Follower, open_follower
from cointicker.kafka.supervisor import DEPENDENCY
from cointicker.service import run, serve_health
from cointicker.tasks import TaskOptions, run_tasks
from insights.api import Api, StreamTimes
from insights.api_answers import KINDS
from insights.config import InsightsSettings
from insights.metrics import PrometheusTally
from insights.outlet import SERVICE
from insights.stages import Stages, inputs
from insights.stream import Broadcast
from insights.tone import Lexicon
from insights.view import View
from insights.view_reader import Scope, ViewReader

logger = logging.getLogger(__name__)


async def serve(settings: InsightsSettings, stop: asyncio.Event, health: Health) -> None:
    """Open outermost first, run inside, close in reverse."""
    view = View(settings.view_most_insights, settings.view_most_candles)
    broadcast = Broadcast(
        epoch=secrets.token_hex(3),
        most_clients=settings.stream_most_clients,
        most_waiting=settings.stream_most_waiting,
    )
    times = StreamTimes(settings.stream_heartbeat_seconds, settings.stream_write_seconds)
    app = Api(view, broadcast, times).add_to(health_app(health))
    reader = view_reader(settings, view, broadcast, health)
    async with serve_health(settings, app), task_group() as tasks:
        tasks.create_task(reader.run(stop))
        tasks.create_task(end_streams(broadcast, stop))
        await work(settings, stop, health)


def view_reader(
    settings: InsightsSettings, view: View, broadcast: Broadcast, health: Health
) -> ViewReader:
    """What keeps the view up to date."""
    prefix = f"{settings.kafka_topic_prefix}.insights"
    topics = [f"{prefix}.{name}" for name in ("candles", *KINDS)]

    def follower() -> Follower:
        return Follower(
            settings.kafka_bootstrap_servers,
            topics,
            request_seconds=settings.kafka_request_timeout_seconds,
            stalled_seconds=settings.kafka_consumer_stalled_seconds,
        )

    return ViewReader(
        lambda since_ms, positions: open_follower(follower(), since_ms, positions),
        view,
        broadcast,
        health,
        Scope(f"{prefix}.candles", settings.view_hours),
    )


async def end_streams(broadcast: Broadcast, stop: asyncio.Event) -> None:
    """Let no client hold up the end."""
    await stop.wait()
    broadcast.close()


async def work(settings: InsightsSettings, stop: asyncio.Event, health: Health) -> None:
    """Both stages: a task for each partition of each processed topic, and of the whole market."""
    prefix = settings.kafka_topic_prefix
    partitions = await market_partitions(settings, stop, health)
    if partitions is None:
        return
    lexicon = await asyncio.to_thread(Lexicon.load)
    stages = Stages(prefix, partitions, lexicon, PrometheusTally())
    options = TaskOptions(service=SERVICE, inputs=inputs(prefix), make_work=stages)
    await run_tasks(settings, options, stop, health)


async def market_partitions(
    settings: InsightsSettings, stop: asyncio.Event, health: Health
) -> int | None:
    """How many partitions the markets have, as soon as Kafka says; None if we are to stop."""
    topic = f"{settings.kafka_topic_prefix}.processed.market"
    backoff = Backoff()
    health.dependency(DEPENDENCY)
    while not stop.is_set():
        try:
            seconds = settings.kafka_request_timeout_seconds
            async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
                found = {each.name: each.partitions for each in await admin.topics()}
            if topic in found:
                return found[topic]
            why = f"no such topic: {topic}"
        except TransientError as error:
            why = str(error)
        health.down(DEPENDENCY, why)
        health.progressed()
        logger.warning("waiting for Kafka: %s", why)
        await until(stop, backoff.next_seconds())
    return None


def main() -> None:
    """The command."""
    sys.exit(run(SERVICE, InsightsSettings, serve, serves_http=True))


if __name__ == "__main__":
    main()
