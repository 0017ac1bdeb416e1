"""Which mode runs on which stack."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import uvloop

from tests.load.ceiling_mode import run_ceiling, run_processor
from tests.load.local_site import SOURCE, LocalStack, local_stack
from tests.load.result import Draw
from tests.load.saturation_mode import STEPS_ROTATION, run_saturation
from tests.load.settings import LoadSettings
from tests.load.site import ROTATIONS
from tests.load.sources_mode import Findings, run_sources

Report = Callable[[str], None]


def run(settings: LoadSettings, report: Report, draw: Draw) -> Findings:
    """Run the mode that is set. Raises StackError, CoinTickerError."""
    with local_stack(report) as local:
        if settings.mode == "sources":
            return _local_sources(local, settings, draw)
        if settings.mode == "saturation":
            _start_consumers(local, STEPS_ROTATION)
        mode = {
            "ceiling": run_ceiling,
            "processor": run_processor,
            "saturation": run_saturation,
        }[settings.mode]
        return _finished(mode(local, settings, draw))


def _start_consumers(local: LocalStack, rotation: Mapping[str, str]) -> None:
    local.start("hdfs-sink", rotation)
    local.start("processor", {})
    local.start("insights", {})


def _local_sources(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    _start_consumers(local, ROTATIONS[settings.rotation])
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
