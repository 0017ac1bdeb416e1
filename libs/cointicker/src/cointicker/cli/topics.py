"""`cointicker topics`: list and create."""

from dataclasses import asdict

import typer

from cointicker.cli.options import (
    DEFAULT_TOPICS_FILE,
    AsJson,
    BootstrapServers,
    TopicPrefix,
    TopicsFile,
    examples,
    kafka_settings,
    run,
)
from cointicker.cli.output import write_json, write_table
from cointicker.errors import ConfigError
from cointicker.kafka.admin import BrokerTopic, open_admin
from cointicker.settings import ClientSettings
from cointicker.topics import Topic, load_topics

app = typer.Typer(help="The topics: as declared, and as the broker has them.", no_args_is_help=True)


@app.command("list", epilog=examples("cointicker topics list", "cointicker topics list --json"))
def list_topics(bootstrap_servers: BootstrapServers = None, *, as_json: AsJson = False) -> None:
    """List the topics on the broker."""
    topics = run(_topics(kafka_settings(bootstrap_servers)))
    if as_json:
        write_json([asdict(each) for each in topics])
        return
    write_table(
        ["topic", "partitions", "replication factor"],
        [(each.name, each.partitions, each.replication_factor) for each in topics],
        numbers={"partitions", "replication factor"},
    )


@app.command("create", epilog=examples("cointicker topics create"))
def create_topics(
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    file: TopicsFile = DEFAULT_TOPICS_FILE,
    replication_factor: int = typer.Option(1, min=1, envvar="KAFKA_REPLICATION_FACTOR"),
    min_insync_replicas: int = typer.Option(1, min=1, envvar="KAFKA_MIN_INSYNC_REPLICAS"),
) -> None:
    """Create the declared topics that are missing; nothing that exists is altered.

    Ends with status 1 if a topic exists with another number of partitions.
    """
    settings = kafka_settings(bootstrap_servers, prefix)
    created = run(_create(settings, file, replication_factor, min_insync_replicas))
    for name in created:
        typer.echo(f"created {name}")


async def _topics(settings: ClientSettings) -> list[BrokerTopic]:
    async with open_admin(settings.kafka_bootstrap_servers) as admin:
        return await admin.topics()


async def _create(
    settings: ClientSettings, file: TopicsFile, replicas: int, min_insync: int
) -> list[str]:
    declared = [
        Topic(each.name, each.partitions, {**each.config, "min.insync.replicas": str(min_insync)})
        for each in load_topics(file, settings.kafka_topic_prefix)
    ]
    async with open_admin(settings.kafka_bootstrap_servers) as admin:
        existing = {each.name: each for each in await admin.topics()}
        created = await admin.create(
            (each for each in declared if each.name not in existing), replicas
        )
    different = [
        f"{each.name}: declared with {each.partitions} partitions, the broker has "
        f"{existing[each.name].partitions}"
        for each in declared
        if each.name in existing and existing[each.name].partitions != each.partitions
    ]
    if different:
        raise ConfigError(different)
    return created
