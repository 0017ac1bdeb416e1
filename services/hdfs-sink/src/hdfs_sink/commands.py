"""`cointicker sink`: the partitions that are refused, and an operator's word on one of them."""

from dataclasses import asdict
from typing import Annotated

import typer

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
    fail,
    run,
    settings_of,
)
from cointicker.cli.output import write_json, write_table
from cointicker.kafka.records import Partition
from cointicker.times import utc_now
from hdfs_sink.config import SinkSettings
from hdfs_sink.operator import Refusal, open_operator

app = typer.Typer(
    help="hdfs-sink: partitions that it refuses, and what is to become of them.",
    no_args_is_help=True,
)


@app.command("list", epilog=examples("cointicker sink list", "cointicker sink list --json"))
def list_refused(  # noqa: PLR0913 (its flags)
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
    """List the partitions that are refused: Kafka and HDFS contradict each other there.

    Kafka and HDFS are looked at with the sink's own rule, so it does not matter how many sinks run,
    or whether one does. A sink says the same when it looks the next time: at an assignment, at an
    offset that is not in the log, or REFUSED_RETRY_SECONDS after it refused. A sink that does not
    start (exit 2) refuses nothing: its log says why.
    HDFS must take writes (no safe mode): the look sets an attribute on files that are there, and so
    knows that what it sees is durable.
    """
    settings = settings_of(
        SinkSettings,
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=prefix,
        kafka_group_id=group_id,
        hdfs_namenode=hdfs_namenode,
        hdfs_web_port=hdfs_web_port,
        hdfs_root=hdfs_root,
        hdfs_user=hdfs_user,
    )
    partitions, refused = run(_refused(settings))
    if as_json:
        write_json([asdict(each) for each in refused])
    elif refused:
        write_table(
            ["topic", "partition", "reason", "what was found"],
            [(each.topic, each.partition, each.reason, each.detail) for each in refused],
            numbers={"partition"},
        )
    else:
        typer.echo(f"none of {partitions} partitions is refused")


@app.command(
    "accept",
    epilog=examples(
        "cointicker sink accept cointicker.raw.test 0",
        "cointicker sink accept cointicker.raw.test 0 --yes",
    ),
)
def accept(  # noqa: PLR0913 (its flags)
    topic: Annotated[str, typer.Argument(help="Its topic, as `cointicker sink list` has it")],
    partition: Annotated[int, typer.Argument(min=0, help="Its number")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")] = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    group_id: GroupId = None,
    hdfs_namenode: Namenode = None,
    hdfs_web_port: WebPort = None,
    hdfs_root: Root = None,
    hdfs_user: User = None,
    as_json: AsJson = False,
) -> None:
    """Say of a refused partition that Kafka is right: the sink begins anew with what Kafka has.

    What HDFS has of it is moved to <root>/_accepted under today's date, and nothing is deleted. The
    sink goes on by itself within REFUSED_RETRY_SECONDS. If HDFS is right, restore Kafka instead.
    """
    settings = settings_of(
        SinkSettings,
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=prefix,
        kafka_group_id=group_id,
        hdfs_namenode=hdfs_namenode,
        hdfs_web_port=hdfs_web_port,
        hdfs_root=hdfs_root,
        hdfs_user=hdfs_user,
    )
    named = Partition(topic, partition)
    refusal, files = run(_look(settings, named))
    typer.echo(f"{named} is refused, {refusal.reason}: {refusal.detail}", err=as_json)
    if not yes:
        question = f"Set its {files} files aside, and begin anew with what Kafka has?"
        typer.confirm(question, abort=True, err=as_json)
    date = f"{utc_now():%Y%m%dT%H%M%SZ}"
    moved = run(_accept(settings, refusal, date))
    aside = f"{settings.hdfs_root}/_accepted/{named}/{date}"
    if as_json:
        write_json({**asdict(refusal), "set_aside": aside, "files": moved})
        return
    typer.echo(f"set aside {len(moved)} files under {aside}")
    typer.echo(
        "hdfs-sink goes on with the first record that Kafka has, within "
        f"{settings.refused_retry_seconds:g} s (REFUSED_RETRY_SECONDS)"
    )


async def _refused(settings: SinkSettings) -> tuple[int, list[Refusal]]:
    async with open_operator(settings) as operator:
        partitions = await operator.partitions()
        return len(partitions), await operator.refusals(partitions)


async def _look(settings: SinkSettings, partition: Partition) -> tuple[Refusal, int]:
    async with open_operator(settings) as operator:
        if partition not in await operator.partitions():
            fail(f"{partition} is no partition that hdfs-sink takes (cointicker topics list)")
        refusal = await operator.refusal(partition)
        if refusal is None:
            fail(f"{partition} is not refused, there is nothing to accept (cointicker sink list)")
        return refusal, await operator.files_of(partition)


async def _accept(settings: SinkSettings, shown: Refusal, date: str) -> list[str]:
    async with open_operator(settings) as operator:
        return await operator.accept(shown, date)
