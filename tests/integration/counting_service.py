"""A service in tasks whose work is to count, as a process that tests may kill."""

import asyncio
import sys
from functools import partial

from pydantic import Field

from cointicker.health import Health
from cointicker.service import run
from cointicker.tasks import TaskOptions, TaskSettings, run_tasks
from tests.fakes.counting_work import CountingWork


class CountingSettings(TaskSettings):
    """Counts `<prefix>.in` under a name of its own, onto `<prefix>.out.<name>`."""

    name: str = Field("counting", description="service, group and output topic")
    state: str = Field("counting", description="its state's topic")


async def serve(settings: CountingSettings, stop: asyncio.Event, health: Health) -> None:
    """Count until `stop`."""
    prefix, name = settings.kafka_topic_prefix, settings.name
    options = TaskOptions(
        service=name,
        inputs={f"{prefix}.in": f"{prefix}.state.{settings.state}"},
        make_work=partial(CountingWork, output=f"{prefix}.out.{name}"),
    )
    await run_tasks(settings, options, stop, health)


if __name__ == "__main__":
    sys.exit(run("counting", CountingSettings, serve))
