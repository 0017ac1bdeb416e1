"""`cointicker topics`: list, create and describe."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cointicker.cli.options import (
    DEFAULT_TOPICS_FILE,
    AsJson,
    BootstrapServers,
    TopicPrefix,
    TopicsFile,
    examples,
    fail,
    kafka_settings,
    run,
)
from cointicker.cli.output import write_json, write_table
from cointicker.errors import ConfigError
from cointicker.kafka.admin import BrokerTopic, open_admin
from cointicker.kafka.choice import choose_topics
from cointicker.kafka.offsets import open_offsets
from cointicker.kafka.topic_details import (
    TopicDetails,
    differences,
    topic_details,
    under_replicated,
)
from cointicker.settings import ClientSettings
from cointicker.topics import Topic, load_topics

# At least: a broker that has just started makes dozens of topics at once, on a busy machine for
# long.
_CREATE_SECONDS = 60.0

app = typer.Typer(help="The topics: as declared, and as the broker has them.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[TOPIC|GLOB]...", help="Names and globs; or all")
]
Wanted = Annotated[list[str], typer.Argument(metavar="TOPIC|GLOB...", help="Names and globs")]


@app.command(
    "list", epilog=examples("cointicker topics list", "cointicker topics list '*.raw.*' --json")
)
def list_topics(
    topics: Names = None, *, bootstrap_servers: BootstrapServers = None, as_json: AsJson = False
) -> None:
    """List the topics on the broker."""
    found = run(_topics(kafka_settings(bootstrap_servers), topics or []))
    if as_json:
        write_json([asdict(each) for each in found])
        return
    write_table(
        ["topic", "partitions", "replication factor"],
        [(each.name, each.partitions, each.replication_factor) for each in found],
        numbers={"partitions", "replication factor"},
    )


@app.command("create", epilog=examples("cointicker topics create"))
def create_topics(  # noqa: PLR0913 (one argument is one option)
    topics: Names = None,
    *,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    file: TopicsFile = DEFAULT_TOPICS_FILE,
    replication_factor: int = typer.Option(1, min=1, envvar="KAFKA_REPLICATION_FACTOR"),
    min_insync_replicas: int = typer.Option(1, min=1, envvar="KAFKA_MIN_INSYNC_REPLICAS"),
    as_json: AsJson = False,
) -> None:
    """Create the declared topics that are missing; nothing that exists is altered.

    Ends with status 1 if a topic exists with another number of partitions.
    """
    settings = kafka_settings(bootstrap_servers, prefix)
    declared = _declared(file, settings, topics or [], min_insync_replicas)
    created, problems = run(_create(settings, declared, replication_factor))
    if as_json:
        write_json({"created": created})
    else:
        for name in created:
            typer.echo(f"created {name}")
    if problems:
        fail("\n".join(problems))


@app.command(
    "describe",
    epilog=examples(
        "cointicker topics describe cointicker.raw.upbit_trends",
        "cointicker topics describe 'cointicker.insights.*' --json",
    ),
)
def describe_topics(
    topics: Wanted,
    *,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    file: TopicsFile = DEFAULT_TOPICS_FILE,
    as_json: AsJson = False,
) -> None:
    """Show partitions, offsets and configuration of topics, and whether they are as declared."""
    settings = kafka_settings(bootstrap_servers, prefix)
    declared = _known(file, settings)
    found = run(_details(settings, topics))
    if as_json:
        write_json([_document(each, declared) for each in found])
        return
    for number, each in enumerate(found):
        if number:
            typer.echo()
        _write_topic(each, declared)


def _write_topic(topic: TopicDetails, declared: dict[str, Topic] | None) -> None:
    typer.echo(f"topic       {topic.name}")
    _write_lines("as declared", _as_declared(topic, declared) or ["yes"])
    _write_lines("set", [f"{key}={value}" for key, value in sorted(topic.config.items())])
    _write_lines("not in sync", [str(each) for each in under_replicated(topic)])
    rows = [
        (
            each.partition,
            each.replicas.leader,
            ",".join(map(str, each.replicas.replicas)),
            ",".join(map(str, each.replicas.isr)),
            each.bounds and each.bounds.start,
            each.bounds and each.bounds.end,
        )
        for each in topic.partitions
    ]
    columns = ["partition", "leader", "replicas", "isr", "first offset", "end offset"]
    write_table(columns, rows, numbers={"partition", "leader", "first offset", "end offset"})


def _write_lines(name: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        typer.echo(f"{'' if number else name:<11} {line}")


def _as_declared(topic: TopicDetails, declared: dict[str, Topic] | None) -> list[str]:
    """Why it is not; nothing if it is."""
    if declared is None:
        return [f"not compared: there is no {DEFAULT_TOPICS_FILE} here (--file names it)"]
    if topic.name not in declared:
        return ["not declared"]
    return differences(declared[topic.name], len(topic.partitions), topic.config)


def _document(topic: TopicDetails, declared: dict[str, Topic] | None) -> dict[str, object]:
    partitions = [
        {
            "partition": each.partition,
            **asdict(each.replicas),
            "first_offset": each.bounds and each.bounds.start,
            "end_offset": each.bounds and each.bounds.end,
        }
        for each in topic.partitions
    ]
    remarks = _as_declared(topic, declared)
    return {
        "name": topic.name,
        "partitions": partitions,
        "config": topic.config,
        "as_declared": None if declared is None else not remarks,
        "differences": [] if declared is None else remarks,
    }


def _known(file: Path, settings: ClientSettings) -> dict[str, Topic] | None:
    """The declared topics by name; None if nobody named the list and it is not here."""
    if file == DEFAULT_TOPICS_FILE and not file.exists():
        return None
    return _load(file, settings)


def _load(file: Path, settings: ClientSettings) -> dict[str, Topic]:
    try:
        return {each.name: each for each in load_topics(file, settings.kafka_topic_prefix)}
    except ConfigError as error:
        fail(str(error))


def _declared(
    file: Path, settings: ClientSettings, wanted: Sequence[str], min_insync: int
) -> list[Topic]:
    topics = _load(file, settings)
    try:
        chosen = choose_topics(wanted, list(topics)) if wanted else list(topics)
    except ConfigError as error:
        fail("\n".join(f"{file}: {each}" for each in error.problems))
    return [
        Topic(each.name, each.partitions, {**each.config, "min.insync.replicas": str(min_insync)})
        for each in topics.values()
        if each.name in chosen
    ]


async def _topics(settings: ClientSettings, wanted: Sequence[str]) -> list[BrokerTopic]:
    seconds = settings.kafka_request_timeout_seconds
    async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
        topics = {each.name: each for each in await admin.topics()}
    return [topics[name] for name in (choose_topics(wanted, list(topics)) if wanted else topics)]


async def _details(settings: ClientSettings, wanted: Sequence[str]) -> list[TopicDetails]:
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with (
        open_admin(servers, seconds) as admin,
        open_offsets(servers, seconds) as offsets,
    ):
        names = choose_topics(wanted, [each.name for each in await admin.topics()])
        return await topic_details(admin, offsets, names)


async def _create(
    settings: ClientSettings, declared: Sequence[Topic], replicas: int
) -> tuple[list[str], list[str]]:
    """The topics that were made, and those that are there and different."""
    seconds = max(_CREATE_SECONDS, settings.kafka_request_timeout_seconds)
    async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
        existing = {each.name: each.partitions for each in await admin.topics()}
        created = await admin.create(
            (each for each in declared if each.name not in existing), replicas
        )
    different = [
        f"{each.name}: declared with {each.partitions} partitions, the broker has "
        f"{existing[each.name]}"
        for each in declared
        if existing.get(each.name, each.partitions) != each.partitions
    ]
    return created, different
