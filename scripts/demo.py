"""`make demo`: five sources to HDFS and to insights on real parts, shown live, and then proven.

Ends with 0 only if every record that Kafka acknowledged is in HDFS exactly once, all five sources
are there, every raw record was processed once, and the planted events gave their insights.
"""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from cointicker.archive import Layout
from cointicker.audit import AuditResult, audit
from cointicker.errors import CoinTickerError
from cointicker.kafka.group_log import open_group_log
from cointicker.kafka.reader import open_reader
from cointicker.kafka.records import Partition
from cointicker.topics import Topic, load_topics
from cointicker.webhdfs import open_webhdfs
from local.cluster import ROOT
from local.errors import StackError
from local.flow import Flow, fetch_json, read_topics, seen_of, stored, until_level
from local.ownership import owner
from local.proof import add_up, judge
from local.runner import interrupt_on_sigterm
from local.screen import Look, open_screen
from local.services import (
    collector,
    hdfs_sink,
    insights,
    processor,
    simulated_sources,
    simulator,
)
from local.stack import Stack

USUAL_DIRECTORY = ROOT / ".stack" / "demo"
SOURCES = ("upbit_trends", "coinness", "saveticker", "perplexity", "cnn_fear_greed")
PREFIX = "cointicker"
# One record a market and minute: too many to be told one by one.
KEPT = "candles"
NEWEST = "/api/insights?limit=20"
CONSUMERS = ("hdfs-sink", "processor", "insights")
# What each group is to have read to its end, in the order of the flow.
READS = {
    "hdfs-sink": [f"raw.{source}" for source in SOURCES],
    "processor": [f"raw.{source}" for source in SOURCES],
    "insights": [
        *(f"processed.{kind}" for kind in ("market", "news", "fear_greed", "analysis")),
        "state.market",
    ],
}
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
    for part in (hdfs_sink(stack, SINK), processor(stack, {}), insights(stack, {})):
        stack.add(part)
    for name in CONSUMERS:
        stack.wait_ready(name)
    # Last: its clock runs, and nothing of its market is to be missed.
    stack.add(simulator(stack, SIMULATOR))
    stack.wait_ready("simulator")
    stack.add(collector(stack, simulated_sources(stack, POLL_SECONDS)))
    stack.wait_ready("collector")


async def _demonstrate(stack: Stack, console: Console, seconds: float) -> int:
    topics = load_topics(ROOT / "kafka" / "topics.yaml", PREFIX)
    await _show(stack, console, [each for each in topics if _is_shown(each.name)], seconds)
    console.print("stopping the collector, and waiting until all that came is worked on")
    await asyncio.to_thread(stack.stop, "collector")
    for group, read in READS.items():
        async with open_group_log([stack.bootstrap_servers], group, 10) as log:
            await until_level(log, [f"{PREFIX}.{name}" for name in read], CATCH_UP_SECONDS)
    for name in CONSUMERS:
        await asyncio.to_thread(stack.stop, name)
    found = await _prove(stack, console, [each.name for each in topics])
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
                kept = await asyncio.to_thread(stored, stack.ports.namenode_http, f"/{PREFIX}/raw")
                if kept.files and first_file is None:
                    first_file = elapsed
                newest = await asyncio.to_thread(fetch_json, stack.ports.insights, NEWEST)
                draw(Look(elapsed, await flow.look(), kept, newest.get("insights", [])))
                await asyncio.sleep(LOOK_SECONDS)
    if first_file is not None:
        console.print(f"the first file was in HDFS {first_file:.0f} s after everything was ready")


async def _prove(stack: Stack, console: Console, topics: Sequence[str]) -> list[str]:
    """Compare HDFS with Kafka, processed records with raw ones, insights with planted events."""
    raw = [f"{PREFIX}.raw.{source}" for source in SOURCES]
    async with (
        open_webhdfs([stack.namenode_url], PREFIX) as files,
        open_group_log([stack.bootstrap_servers], "hdfs-sink", 10) as log,
    ):
        console.print("reading every file back from HDFS, and comparing it with Kafka")
        audited = await audit(files, log, raw, Layout.of(f"/{PREFIX}", PREFIX))
        console.print(_summary(audited))
        records = await read_topics(log, raw)
        processing = add_up(
            records,
            [record for _, record in await read_topics(log, _of(topics, "processed."))],
            [record for _, record in await read_topics(log, [f"{PREFIX}.dead_letter"])],
        )
        told = await read_topics(
            log, [each for each in _of(topics, "insights.") if KEPT not in each]
        )
    console.print(
        f"{processing.raw:,} raw records: {processing.processed:,} processed, "
        f"{processing.repeated:,} repeated, {processing.dead:,} dead letters"
    )
    verdicts = judge(
        fetch_json(stack.ports.simulator, "/admin/events")["events"],
        [orjson.loads(record.value or b"") for _, record in told],
        seen_of(record for partition, record in records if partition.topic == raw[0]),
        [each.rpartition(".")[2] for each in _of(topics, "insights.")],
    )
    for verdict in verdicts:
        came = verdict.came[0] if verdict.came else "nothing came"
        line = f"planted {verdict.event}: {came}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    wrong = [f"{each.event}: {each.problem}" for each in verdicts if each.problem]
    return [*problems(audited, raw), *processing.problems[:10], *wrong]


def _is_shown(topic: str) -> bool:
    name = topic.removeprefix(f"{PREFIX}.")
    return name.startswith(("processed.", "insights.")) or name.removeprefix("raw.") in SOURCES


def _of(topics: Sequence[str], kind: str) -> list[str]:
    return [each for each in topics if each.startswith(f"{PREFIX}.{kind}")]


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
