"""Which mode runs on which stack."""

import asyncio
from collections.abc import Callable

from tests.load.settings import LoadSettings
from tests.load.site import SINK_AGE_SECONDS, SOURCE, LocalStack, local_stack
from tests.load.sources_mode import Findings, run_sources
from tests.load.sources_mode import Progress as Draw

__all__ = ["Draw", "run"]

Report = Callable[[str], None]
_SINK = {"ROTATE_AGE_SECONDS": str(SINK_AGE_SECONDS), "ROTATE_IDLE_SECONDS": "2"}


def run(settings: LoadSettings, report: Report, draw: Draw) -> Findings:
    """Run the mode that is set. Raises StackError, CoinTickerError."""
    with local_stack(report) as local:
        return _local_sources(local, settings, draw)


def _local_sources(local: LocalStack, settings: LoadSettings, draw: Draw) -> Findings:
    for name, environment in (("hdfs-sink", _SINK), ("processor", {}), ("insights", {})):
        local.start(name, environment)
    # Last: its clock runs.
    local.start_source(settings)
    local.start_collector(settings)

    async def end_load() -> None:
        await asyncio.to_thread(local.stack.stop, "collector")
        await asyncio.to_thread(local.stack.stop, SOURCE)

    return asyncio.run(run_sources(local.site(), local.source_url, settings, end_load, draw))
