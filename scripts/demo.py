"""`make demo`: five sources through Kafka to HDFS on real parts, shown live, and then proven.

Ends with 0 only if every record that Kafka acknowledged is in HDFS exactly once and all five
sources are there.
"""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cointicker.archive import Layout
from cointicker.audit import AuditResult, audit
from cointicker.errors import CoinTickerError, TransientError
from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition
from cointicker.topics import Topic, load_topics
from cointicker.webhdfs import open_webhdfs
from local.cluster import ROOT
from local.errors import StackError
from local.flow import Flow, stored
from local.ownership import owner
from local.runner import interrupt_on_sigterm
from local.screen import open_screen
from local.services import SERVICES, collector, hdfs_sink, simulated_sources, simulator
from local.stack import Stack

USUAL_DIRECTORY = ROOT / ".stack" / "demo"
SOURCES = ("upbit_trends", "coinness", "saveticker", "perplexity", "cnn_fear_greed")
GROUP = "hdfs-sink"
# Two hours of market in a minute.
SIMULATOR = {"SIMULATOR_SPEED": "120", "SIMULATOR_LEAD_SECONDS": "7200"}
POLL_SECONDS = {
    "UPBIT_TRENDS": 0.25,
    "COINNESS": 1,
    "SAVETICKER": 1,
    "PERPLEXITY": 10,
    "CNN_FEAR_GREED": 5,
}
SINK = {"ROTATE_AGE_SECONDS": "5", "ROTATE_IDLE_SECONDS": "2"}
CATCH_UP_SECONDS = 60
LOOK_SECONDS = 1
LONGEST_SECONDS = 86_400
LAYOUT = Layout.of("/cointicker", "cointicker")


def main(directory: Path = USUAL_DIRECTORY) -> int:
    """Run the demonstration on a stack in `directory`; the process's exit status."""
    console = Console()
    interrupt_on_sigterm()
    try:
        seconds = _seconds()
        _begin_anew(directory)
        started = time.monotonic()
        with Stack(directory, report=console.print) as stack:
            _start_services(stack)
            console.print(f"everything is ready after {time.monotonic() - started:.0f} s")
            return asyncio.run(_demonstrate(stack, console, seconds))
    except (StackError, CoinTickerError) as error:
        console.print(f"demo: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return 130


def _begin_anew(directory: Path) -> None:
    if owner(directory) is not None:
        raise StackError("a demo is running already; wait for its end")
    shutil.rmtree(directory, ignore_errors=True)


def _seconds() -> float:
    given = os.environ.get("DEMO_SECONDS", "60")
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_SECONDS:
        raise StackError(f"DEMO_SECONDS: must be 1 to {LONGEST_SECONDS} (got {given!r})")
    return seconds


def _start_services(stack: Stack) -> None:
    stack.add(simulator(stack, SIMULATOR))
    stack.add(collector(stack, simulated_sources(stack, POLL_SECONDS)))
    stack.add(hdfs_sink(stack, SINK))
    for name in SERVICES:
        stack.wait_ready(name)


async def _demonstrate(stack: Stack, console: Console, seconds: float) -> int:
    topics = [
        topic
        for topic in load_topics(ROOT / "kafka" / "topics.yaml", "cointicker")
        if topic.name.removeprefix("cointicker.raw.") in SOURCES
    ]
    await _show(stack, console, topics, seconds)
    async with (
        open_webhdfs([stack.namenode_url], "cointicker") as files,
        open_group_log([stack.bootstrap_servers], GROUP) as log,
    ):
        console.print("stopping the collector, and waiting for the sink to be level with Kafka")
        await asyncio.to_thread(stack.stop, "collector")
        await _until_level(log, topics)
        await asyncio.to_thread(stack.stop, "hdfs-sink")
        console.print("reading every file back from HDFS, and comparing it with Kafka")
        result = await audit(files, log, [each.name for each in topics], LAYOUT)
    console.print(_summary(result))
    found = list(problems(result, [each.name for each in topics]))
    for problem in found:
        console.print(problem, markup=False)
    if not found:
        console.print("all five sources are in HDFS: nothing lost, nothing double")
    return 1 if found else 0


async def _show(stack: Stack, console: Console, topics: Sequence[Topic], seconds: float) -> None:
    partitions = [Partition(each.name, n) for each in topics for n in range(each.partitions)]
    started = time.monotonic()
    first_file: float | None = None
    async with open_reader([stack.bootstrap_servers], 10) as reader:
        flow = Flow(reader, partitions)
        with open_screen(console) as draw:
            while (elapsed := time.monotonic() - started) < seconds:
                kept = stored(stack.ports.namenode_http, "/cointicker/raw")
                if kept.files and first_file is None:
                    first_file = elapsed
                draw(await flow.look(), kept, elapsed)
                await asyncio.sleep(LOOK_SECONDS)
    if first_file is not None:
        console.print(f"the first file was in HDFS {first_file:.0f} s after everything was ready")


async def _until_level(log: GroupLog, topics: Sequence[Topic]) -> None:
    """Wait until the sink has committed all there is. Raises TransientError if it does not."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while behind := [each.name for each in topics if not await _is_level(log, each)]:
        if time.monotonic() > deadline:
            raise TransientError(f"the sink is not level after {CATCH_UP_SECONDS} s: {behind}")
        await asyncio.sleep(LOOK_SECONDS)


async def _is_level(log: GroupLog, topic: Topic) -> bool:
    committed = await log.committed(topic.name)
    bounds = [await log.bounds(Partition(topic.name, n)) for n in range(topic.partitions)]
    return all(committed.get(n, start) >= end for n, (start, end) in enumerate(bounds))


def _summary(result: AuditResult) -> Table:
    table = Table(box=None)
    table.add_column("source")
    for heading in ("in Kafka", "in HDFS", "files", "bytes", "missing", "double"):
        table.add_column(heading, justify="right")
    for topic in sorted({each.topic for each in result.partitions}):
        parts = [each for each in result.partitions if each.topic == topic]
        figures = [
            sum(getattr(each, name) for each in parts)
            for name in ("compared", "records", "files", "bytes", "missing", "double")
        ]
        source = topic.rpartition(".")[2]
        table.add_row(source, *(f"{figure:,}" for figure in figures))
    return table


def problems(result: AuditResult, topics: Sequence[str]) -> Iterator[str]:
    """What speaks against success, a line each."""
    for path in result.foreign:
        yield f"not a file of ours: {path}"
    for each in result.partitions:
        yield from each.problems
        if not each.clean or each.waiting:
            yield (
                f"{each.topic}-{each.partition}: {each.missing} missing, {each.double} double, "
                f"{each.unknown} unknown, {each.altered} altered, {each.waiting} waiting"
            )
    for topic in topics:
        if not any(each.records for each in result.partitions if each.topic == topic):
            yield f"{topic}: nothing of this source is in HDFS"


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
