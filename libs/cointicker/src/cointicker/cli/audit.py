"""`cointicker audit`: is every record of Kafka in HDFS exactly once, and as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cointicker.archive import Layout
from cointicker.audit import AuditResult, PartitionResult
from cointicker.audit import audit as audit_files
from cointicker.cli.options import (
    AsJson,
    BootstrapServers,
    GroupId,
    Namenode,
    Root,
    TopicPrefix,
    User,
    WebPort,
    examples,
    run,
    settings_of,
)
from cointicker.cli.output import terminal_width, write_json
from cointicker.files import Files, NotFound
from cointicker.kafka.choice import choose_topics
from cointicker.kafka.group_log import open_group_log
from cointicker.settings import ArchiveSettings
from cointicker.webhdfs import open_webhdfs

EPILOG = examples(
    "cointicker audit",
    "cointicker audit cointicker.raw.upbit_trends --json",
)

_COLUMNS = ("files", "records", "bytes", "offsets", "waiting", "missing", "double", "wrong", "gaps")
_ONLY_IF_WIDE = {"bytes", "offsets"}
_WIDE = 100

Topics = Annotated[
    list[str] | None, typer.Argument(help="Names and globs of topics; without any, all raw topics")
]


def audit(  # noqa: PLR0913 (one argument is one option)
    topics: Topics = None,
    *,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    group_id: GroupId = None,
    hdfs_namenode: Namenode = None,
    hdfs_web_port: WebPort = None,
    hdfs_root: Root = None,
    hdfs_user: User = None,
    as_json: AsJson = False,
) -> None:
    """Read every file in HDFS, and compare it with its attribute, its neighbours and Kafka.

    Ends with status 0 only if nothing is missing, double, altered or damaged.
    """
    settings = settings_of(
        ArchiveSettings,
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=prefix,
        kafka_group_id=group_id,
        hdfs_namenode=hdfs_namenode,
        hdfs_web_port=hdfs_web_port,
        hdfs_root=hdfs_root,
        hdfs_user=hdfs_user,
    )
    result = run(_audit(settings, topics or [f"{settings.kafka_topic_prefix}.raw.*"]))
    if as_json:
        write_json({"clean": result.clean, **asdict(result)})
    else:
        write_result(result, terminal_width())
    if not result.clean:
        raise typer.Exit(1)


async def _audit(settings: ArchiveSettings, wanted: list[str]) -> AuditResult:
    layout = Layout.of(settings.hdfs_root, settings.kafka_topic_prefix)
    async with (
        open_group_log(
            settings.kafka_bootstrap_servers,
            settings.kafka_group_id,
            settings.kafka_request_timeout_seconds,
        ) as log,
        open_webhdfs(settings.namenodes(), settings.hdfs_user) as files,
    ):
        existing = await log.topics()
        # A topic that is named outright is audited even if Kafka does not have it any more.
        gone = [each for each in wanted if each not in existing]
        kept = {each for each in gone if await _keeps(files, layout, each)}
        chosen = choose_topics([each for each in wanted if each not in kept], existing)
        return await audit_files(files, log, sorted({*chosen, *kept}), layout)


async def _keeps(files: Files, layout: Layout, topic: str) -> bool:
    try:
        await files.list_directory(layout.topic_directory(topic))
    except NotFound:
        return False
    return True


def write_result(result: AuditResult, width: int | None) -> None:
    """Write a table as wide as the terminal, or, without a terminal, a line per partition."""
    if width is None:
        for each in result.partitions:
            pairs = (f"{name}={cell}" for name, cell in _cells(each).items())
            typer.echo(f"{each.name} {' '.join(pairs)}")
    else:
        Console(width=width).print(_table(result.partitions, width))
    for line in _remarks(result):
        typer.echo(line)


def _table(partitions: Sequence[PartitionResult], width: int) -> Table:
    shown = [name for name in _COLUMNS if width >= _WIDE or name not in _ONLY_IF_WIDE]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("partition", overflow="fold")
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for each in partitions:
        cells = _cells(each)
        table.add_row(each.name, *(cells[name] for name in shown))
    return table


def _cells(found: PartitionResult) -> dict[str, str]:
    cells = {
        "files": found.files,
        "records": found.records,
        "bytes": found.bytes,
        "offsets": "-" if found.first is None else f"{found.first}..{found.end}",
        "waiting": found.waiting,
        "missing": found.missing,
        "double": found.double,
        "wrong": found.unknown + found.altered + found.problem_count,
        "gaps": len(found.gaps),
    }
    return {name: str(cells[name]) for name in _COLUMNS}


def _remarks(result: AuditResult) -> Iterator[str]:
    for each in result.partitions:
        yield from _remarks_on(each)
    for path in result.foreign:
        yield f"{path}: none of our files"
    records = sum(each.records for each in result.partitions)
    compared = sum(each.compared for each in result.partitions)
    verdict = "clean" if result.clean else "NOT clean"
    yield f"{verdict}: {records} records in HDFS, {compared} of Kafka's compared with them"


def _remarks_on(found: PartitionResult) -> Iterator[str]:
    for before, after in found.gaps:
        yield f"{found.name}: recorded gap between offsets {before} and {after}"
    for first, last in found.missing_ranges:
        yield f"{found.name}: missing {first}..{last}"
    if found.unknown:
        yield f"{found.name}: {found.unknown} records that Kafka does not have"
    if found.altered:
        yield f"{found.name}: {found.altered} records that differ from Kafka's"
    yield from found.problems
    if found.problem_count > len(found.problems):
        yield f"{found.name}: … and {found.problem_count - len(found.problems)} more"
