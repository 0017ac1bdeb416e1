"""Which mode runs on which stack."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from tests.load.ceiling_mode import run_ceiling, run_processor
from tests.load.local_site import SOURCE, LocalStack, local_stack
from tests.load.reporting import Draw
from tests.load.saturation_mode import run_saturation
from tests.load.settings import LoadSettings
from tests.load.site import SINK_AGE_SECONDS
from tests.load.sources_mode import Findings, run_sources

Report = Callable[[str], None]
# A lag is judged by its feet, and the sink's has one with each file: of these a step needs several.
_SHORT_AGE_SECONDS = 2


def run(settings: LoadSettings, report: Report, draw: Draw) -> Findings:
    """Run the mode that is set. Raises StackError, CoinTickerError."""
    with local_stack(report) as local:
        if settings.mode == "sources":
            return _local_sources(local, settings, draw)
        if settings.mode == "saturation":
            _start_consumers(local, _SHORT_AGE_SECONDS)
        mode = {
            "ceiling": run_ceiling,
            "processor": run_processor,
            "saturation": run_saturation,
        }[settings.mode]
        return _finished(mode(local, settings, draw))


def _start_consumers(local: LocalStack, sink_age_seconds: int) -> None:
    sink = {"ROTATE_AGE_SECONDS": str(sink_age_seconds), "ROTATE_IDLE_SECONDS": "2"}
    local.start("hdfs-sink", sink)
    local.start("processor", {})
    local.start("insights", {})


def _local_sources(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    _start_consumers(local, SINK_AGE_SECONDS)
    # Last: its clock runs.
    local.start_source(settings)
    local.start_collector(settings)

    async def end_load() -> None:
        await asyncio.to_thread(local.stack.stop, "collector")
        await asyncio.to_thread(local.stack.stop, SOURCE)

    return _finished(run_sources(local.site(), local.source_url, settings, end_load, draw))


def _finished(running: Coroutine[Any, Any, Findings]) -> Findings:
    """Run it on the loop that the services run on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(running)
