"""`cointicker topics`: list and create."""

import typer
from rich.console import Console
from rich.table import Table

from cointicker.cli.options import (
    DEFAULT_PREFIX,
    DEFAULT_SERVERS,
    DEFAULT_TOPICS_FILE,
    AsJson,
    BootstrapServers,
    TopicPrefix,
    TopicsFile,
    run,
    write_json,
)
from cointicker.errors import ConfigError
from cointicker.kafka.admin import BrokerTopic, open_admin
from cointicker.topics import Topic, load_topics

app = typer.Typer(help="The topics: as declared, and as the broker has them.", no_args_is_help=True)


@app.command("list")
def list_topics(
    bootstrap_servers: BootstrapServers = DEFAULT_SERVERS, *, as_json: AsJson = False
) -> None:
    """List the topics on the broker."""
    topics = run(_topics(bootstrap_servers))
    if as_json:
        write_json([{name: getattr(each, name) for name in each.__slots__} for each in topics])
        return
    table = Table("topic", "partitions", "replication factor", box=None)
    for each in topics:
        table.add_row(each.name, str(each.partitions), str(each.replication_factor))
    Console().print(table)


@app.command("create")
def create_topics(
    bootstrap_servers: BootstrapServers = DEFAULT_SERVERS,
    prefix: TopicPrefix = DEFAULT_PREFIX,
    file: TopicsFile = DEFAULT_TOPICS_FILE,
    replication_factor: int = typer.Option(1, min=1, envvar="KAFKA_REPLICATION_FACTOR"),
    min_insync_replicas: int = typer.Option(1, min=1, envvar="KAFKA_MIN_INSYNC_REPLICAS"),
) -> None:
    """Create the declared topics that are missing; nothing that exists is altered.

    Ends with status 1 if a topic exists with another number of partitions.
    """
    created = run(_create(bootstrap_servers, prefix, file, replication_factor, min_insync_replicas))
    for name in created:
        typer.echo(f"created {name}")


async def _topics(servers: str) -> list[BrokerTopic]:
    async with open_admin(servers.split(",")) as admin:
        return await admin.topics()


async def _create(
    servers: str, prefix: str, file: TopicsFile, replicas: int, min_insync: int
) -> list[str]:
    declared = [
        Topic(each.name, each.partitions, {**each.config, "min.insync.replicas": str(min_insync)})
        for each in load_topics(file, prefix)
    ]
    async with open_admin(servers.split(",")) as admin:
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
