"""`cointicker doctor`: everything that has to be well, a line each with the remedy."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cointicker.cli.options import (
    DEFAULT_TOPICS_FILE,
    AsJson,
    BootstrapServers,
    CollectorUrl,
    GroupId,
    Namenode,
    TopicPrefix,
    WebPort,
    examples,
    run,
    settings_of,
)
from cointicker.cli.output import is_coloured, write_json
from cointicker.doctor.checks import examine
from cointicker.doctor.finding import Finding, Outcome
from cointicker.doctor.settings import DoctorSettings

_WORDS: dict[Outcome, str] = {
    "ok": "ok",
    "warn": "warn",
    "failed": "FAILED",
    "not_looked_at": "-",
}
_COLOURS: dict[Outcome, str] = {
    "ok": typer.colors.GREEN,
    "warn": typer.colors.YELLOW,
    "failed": typer.colors.RED,
    "not_looked_at": typer.colors.BRIGHT_BLACK,
}

Zookeeper = Annotated[
    str | None,
    typer.Option(
        "--zookeeper",
        envvar="ZOOKEEPER_CONNECT",
        help="ZooKeeper, host:port, by comma",
        show_default="localhost:2181",
    ),
]
ProcessorUrl = Annotated[
    str | None,
    typer.Option(
        "--processor-url",
        envvar="PROCESSOR_URL",
        help="Where the processor answers",
        show_default="http://localhost:8002",
    ),
]
SinkUrl = Annotated[
    str | None,
    typer.Option(
        "--hdfs-sink-url",
        envvar="HDFS_SINK_URL",
        help="Where hdfs-sink answers",
        show_default="http://localhost:8003",
    ),
]
InsightsUrl = Annotated[
    str | None,
    typer.Option(
        "--insights-url",
        envvar="INSIGHTS_URL",
        help="Where insights answers",
        show_default="http://localhost:8000",
    ),
]
Topics = Annotated[
    Path | None,
    typer.Option(
        "--file", help="The list of declared topics", show_default=str(DEFAULT_TOPICS_FILE)
    ),
]
MostSinkLag = Annotated[
    float | None,
    typer.Option(
        "--most-sink-lag-seconds",
        help="A record that hdfs-sink has not committed for longer is a failure",
        show_default="twice ROTATE_AGE_SECONDS, 600",
    ),
]
Deadline = Annotated[
    float | None,
    typer.Option("--deadline-seconds", help="How long to wait for each answer", show_default="5"),
]


EPILOG = examples(
    "cointicker doctor",
    "cointicker doctor --json",
    "cointicker doctor --most-sink-lag-seconds 900",
)


def doctor(  # noqa: PLR0913 (its flags)
    *,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    group_id: GroupId = None,
    zookeeper: Zookeeper = None,
    hdfs_namenode: Namenode = None,
    hdfs_web_port: WebPort = None,
    collector_url: CollectorUrl = None,
    processor_url: ProcessorUrl = None,
    hdfs_sink_url: SinkUrl = None,
    insights_url: InsightsUrl = None,
    file: Topics = None,
    most_sink_lag_seconds: MostSinkLag = None,
    deadline_seconds: Deadline = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything that has to be well: a line each, with the remedy where it is not.

    Ends with status 0 only if nothing failed; a warning is none.
    """
    settings = settings_of(
        DoctorSettings,
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=prefix,
        kafka_group_id=group_id,
        zookeeper_connect=zookeeper,
        hdfs_namenode=hdfs_namenode,
        hdfs_web_port=hdfs_web_port,
        collector_url=collector_url,
        processor_url=processor_url,
        hdfs_sink_url=hdfs_sink_url,
        insights_url=insights_url,
        most_sink_lag_seconds=most_sink_lag_seconds,
        deadline_seconds=deadline_seconds,
    )
    usual = DEFAULT_TOPICS_FILE if DEFAULT_TOPICS_FILE.exists() else None
    findings = run(examine(settings, file or usual))
    is_well = not any(each.outcome == "failed" for each in findings)
    if as_json:
        write_json({"well": is_well, "findings": [asdict(each) for each in findings]})
    else:
        write_findings(findings)
    if not is_well:
        raise typer.Exit(1)


def write_findings(findings: Iterable[Finding]) -> None:
    """Write a line each; coloured on a terminal only."""
    shown = list(findings)
    width = max(len(each.name) for each in shown)
    for each in shown:
        word = f"{_WORDS[each.outcome]:<6}"
        if is_coloured():
            word = typer.style(word, fg=_COLOURS[each.outcome])
        remedy = f" -> {each.remedy}" if each.remedy else ""
        typer.echo(f"{word}  {each.name:<{width}}  {each.found}{remedy}")
