"""What several commands take, and how each of them ends."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer

from cointicker.errors import CoinTickerError

T = TypeVar("T")

BootstrapServers = Annotated[
    str,
    typer.Option(
        "--bootstrap-servers", envvar="KAFKA_BOOTSTRAP_SERVERS", help="Brokers, host:port, by comma"
    ),
]
TopicPrefix = Annotated[
    str, typer.Option("--prefix", envvar="KAFKA_TOPIC_PREFIX", help="What topic names begin with")
]
TopicsFile = Annotated[Path, typer.Option("--file", help="The list of declared topics")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of a table")]

DEFAULT_SERVERS = "localhost:9092"
DEFAULT_PREFIX = "cointicker"
DEFAULT_TOPICS_FILE = Path("kafka/topics.yaml")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do a command's work; a failure we know becomes one clear line and exit status 1."""
    try:
        return asyncio.run(work)
    except CoinTickerError as error:
        fail(str(error))


def fail(why: str) -> NoReturn:
    """End the command with one line that says why."""
    typer.echo(f"cointicker: {why}", err=True)
    raise typer.Exit(1)


def write_json(document: object) -> None:
    """Write one JSON document to stdout."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def terminal_width() -> int | None:
    """Columns of the terminal, None where there is none: then lines are not folded."""
    return os.get_terminal_size().columns if sys.stdout.isatty() else None
