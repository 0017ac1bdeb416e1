"""The hdfs-sink: reads its settings, opens what it needs, and runs until it is told to stop."""

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from cointicker.concurrency import task_group
from cointicker.health import Health
from cointicker.kafka.consumer import open_consumer
from cointicker.kafka.producer import open_producer
from cointicker.kafka.supervisor import Supervisor
from cointicker.service import run
from cointicker.status import StatusReporter
from cointicker.webhdfs import Timeouts, open_webhdfs
from hdfs_sink.assembly import HDFS, Assembly
from hdfs_sink.config import SinkSettings

NAME = "hdfs-sink"
_COMPRESSORS = 2


async def serve(settings: SinkSettings, stop: asyncio.Event, health: Health) -> None:
    """Open outermost first, run inside, close in reverse."""
    # Records come by the hundred thousand and make no cycles: to look for some costs a tenth.
    gc.set_threshold(50_000, 20, 50)
    health.dependency(HDFS)
    async with AsyncExitStack() as opened:
        workers = opened.enter_context(ThreadPoolExecutor(_COMPRESSORS, "compress"))
        files = await opened.enter_async_context(
            open_webhdfs(
                settings.namenodes(),
                settings.hdfs_user,
                threads=settings.hdfs_threads,
                timeouts=Timeouts(call_seconds=settings.hdfs_timeout_seconds),
            )
        )
        producer = await opened.enter_async_context(open_producer(settings, health))
        assembly = Assembly(settings, files, producer, workers, health)
        supervisor = Supervisor(
            lambda: open_consumer(settings.consumer(), stop),
            health,
            most_rebuilds=settings.kafka_rebuilds,
        )
        reporter = StatusReporter(
            producer,
            service=NAME,
            group=settings.kafka_group_id,
            topic=f"{settings.kafka_topic_prefix}.consumer.status",
            figures=assembly.sink.figures,
        )
        async with task_group() as tasks:
            tasks.create_task(assembly.watch_hdfs(stop))
            tasks.create_task(reporter.run(stop))
            await assembly.run(supervisor, stop)


def main() -> None:
    """The command."""
    sys.exit(run(NAME, SinkSettings, serve))


if __name__ == "__main__":
    main()
