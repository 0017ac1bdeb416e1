"""What several commands take, and how each of them ends."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from cointicker.errors import CoinTickerError, ConfigError, TransientError
from cointicker.settings import ClientSettings

T = TypeVar("T")
Settings = TypeVar("Settings", bound=ClientSettings)

# The exit status of a command that was typed, or set, in a way that cannot work.
WRONG_USAGE = 2
_INTERRUPTED = 130

BootstrapServers = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "--bootstrap-server",
        "-b",
        envvar="KAFKA_BOOTSTRAP_SERVERS",
        help="Brokers, host:port, by comma",
        show_default="localhost:9092",
    ),
]
TopicPrefix = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        envvar="KAFKA_TOPIC_PREFIX",
        help="What topic names begin with",
        show_default="cointicker",
    ),
]
GroupId = Annotated[
    str | None,
    typer.Option(
        "--group-id",
        envvar="KAFKA_GROUP_ID",
        help="The group that hdfs-sink is in",
        show_default="hdfs-sink",
    ),
]
Namenode = Annotated[
    str | None,
    typer.Option(
        "--hdfs-namenode",
        envvar="HDFS_NAMENODE",
        help="hdfs://host:9000 or http://host:9870, a standby pair by comma",
        show_default="hdfs://localhost:9000",
    ),
]
WebPort = Annotated[
    int | None,
    typer.Option(
        "--hdfs-web-port",
        envvar="HDFS_WEB_PORT",
        help="Where WebHDFS is, for hdfs:// addresses",
        show_default="9870",
    ),
]
Root = Annotated[
    str | None,
    typer.Option(
        "--hdfs-root", envvar="HDFS_ROOT", help="The archive's root", show_default="/cointicker"
    ),
]
User = Annotated[
    str | None,
    typer.Option(
        "--hdfs-user",
        envvar="HDFS_USER",
        help="Who reads and writes it",
        show_default="cointicker",
    ),
]
CollectorUrl = Annotated[
    str | None,
    typer.Option(
        "--collector-url",
        envvar="COLLECTOR_URL",
        help="Where the collector answers",
        show_default="http://localhost:8001",
    ),
]
TopicsFile = Annotated[Path, typer.Option("--file", help="The list of declared topics")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]

DEFAULT_TOPICS_FILE = Path("kafka/topics.yaml")


def settings_of(kind: type[Settings], **given: str | float | None) -> Settings:
    """What is given by the names of the settings, over the environment over the operators' file."""
    try:
        return kind.read(**given)
    except ConfigError as error:
        fail(str(error), WRONG_USAGE)


def kafka_settings(bootstrap_servers: str | None, prefix: str | None = None) -> ClientSettings:
    """How Kafka is reached."""
    return settings_of(
        ClientSettings, kafka_bootstrap_servers=bootstrap_servers, kafka_topic_prefix=prefix
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do a command's work; a failure we know becomes one clear line and exit status 1."""
    try:
        return asyncio.run(work)
    except TransientError as error:
        fail(f"{error} (what is wrong, and what to do: cointicker doctor)")
    except CoinTickerError as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read us has enough. Nothing may be written at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def fail(why: str, status: int = 1) -> NoReturn:
    """End the command with a line for each thing that is wrong."""
    for line in why.splitlines():
        typer.echo(f"cointicker: {line}", err=True)
    raise typer.Exit(status)


def examples(*lines: str) -> str:
    """The end of a command's help: lines that can be typed as they stand."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
