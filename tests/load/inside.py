"""The load test from among the containers: what the container `load` runs."""

import asyncio
import os
import sys
from datetime import UTC, datetime

import aiohttp
import uvloop
from aiohttp import ClientError
from aiokafka.errors import KafkaError
from rich.console import Console

from cointicker.errors import CoinTickerError
from local.ports import Ports
from tests.load.reporting import progress_bar, report
from tests.load.settings import read_settings
from tests.load.site import SOURCE_URL, Site, pages
from tests.load.sources_mode import run_sources


def main() -> int:
    """Measure, and report; the settings were checked outside."""
    console = Console()
    now = datetime.now(UTC)
    settings = read_settings(os.environ, now)
    try:
        with (
            progress_bar(console) as draw,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            findings = runner.run(run_sources(_site(), SOURCE_URL, settings, _end_source, draw))
    except (CoinTickerError, KafkaError, ClientError) as error:
        sys.stderr.write(f"load-test: {error}\n")
        return 1
    return report(settings, now, findings, console)


def _site() -> Site:
    """The containers' addresses on their own network."""
    ports = Ports()
    return Site(
        servers=["kafka:9092"],
        namenode_url="http://namenode:9870",
        insights_url=f"http://insights:{ports.insights}",
        pages=pages(ports, lambda name: name),
    )


async def _end_source() -> None:
    """Let the load's source end: nothing more is to come."""
    async with aiohttp.ClientSession() as session, session.post(f"{SOURCE_URL}/end") as answer:
        answer.raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
