"""The processor: reads its settings, and works on the raw topics until it is told to stop."""

import asyncio
import sys
from functools import partial

from cointicker.health import Health
from cointicker.service import run
from cointicker.tasks import TaskOptions, run_tasks
from processor.config import ProcessorSettings
from processor.making import SOURCES, make_work
from processor.metrics import report
from processor.options import SERVICE


async def serve(settings: ProcessorSettings, stop: asyncio.Event, health: Health) -> None:
    """A task for each partition of each raw topic, its state on the topic of its source."""
    options = settings.options()
    tasks = TaskOptions(
        service=SERVICE,
        inputs={options.raw_topic(each): options.state_topic(each) for each in SOURCES},
        make_work=partial(make_work, options=options, report=report),
    )
    await run_tasks(settings, tasks, stop, health)


def main() -> None:
    """The command."""
    sys.exit(run(SERVICE, ProcessorSettings, serve))


if __name__ == "__main__":
    main()
