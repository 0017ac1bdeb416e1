"""`cointicker tail`: what comes into topics, as it comes."""

import select
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Annotated

import typer

from cointicker.cli.options import (
    WRONG_USAGE,
    BootstrapServers,
    examples,
    fail,
    kafka_settings,
    run,
)
from cointicker.cli.output import is_coloured, terminal_width
from cointicker.cli.record_text import json_line, pretty, safe_text
from cointicker.cli.wanted_since import Since, since_moment
from cointicker.kafka.admin import open_admin
from cointicker.kafka.choice import choose_topics
from cointicker.kafka.follower import Feed, Follower, open_follower
from cointicker.kafka.records import Partition, Record
from cointicker.kafka.tailing import FROM_BEGINNING_MS, FROM_NOW_MS, Tail
from cointicker.settings import ClientSettings
from cointicker.times import to_ms

Topics = Annotated[
    list[str], typer.Argument(metavar="TOPIC|PATTERN...", help="Names, and globs in quotes")
]
FromBeginning = Annotated[
    bool, typer.Option("--from-beginning", help="All that is kept, not from now on")
]
Key = Annotated[str | None, typer.Option("--key", "-k", help="Only records with exactly this key")]
Raw = Annotated[bool, typer.Option("--raw", help="The values as they are, each on a line")]
MaxMessages = Annotated[
    int | None, typer.Option("--max-messages", "-n", min=1, help="End after so many records")
]
AsLines = Annotated[bool, typer.Option("--json", help="A JSON object a line, for scripts")]
Exit = Annotated[
    bool,
    typer.Option("--exit", "-e", help="End where the topics end now, rather than wait for more"),
]

EXAMPLES = examples(
    "cointicker tail cointicker.raw.upbit_trends",
    "cointicker tail 'cointicker.insights.*' --since 10m",
    "cointicker tail cointicker.processed.market --key KRW-BTC --max-messages 5",
    "cointicker tail cointicker.raw.test --from-beginning --exit --raw",
    "cointicker tail 'cointicker.raw.*' --since 1h --exit --json | head -3",
)

Show = Callable[[Partition, Record], bytes]


@dataclass(slots=True)
class Shown:
    """Writes the records of a key, if one is given, until there is enough of them."""

    show: Show
    key: bytes | None = None
    most: int | None = None
    count: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether as many were written as are wanted."""
        return self.count == self.most

    def write(self, portion: Sequence[tuple[Partition, Record]]) -> None:
        """Write what is wanted of these. Raises BrokenPipeError."""
        wanted = [each for each in portion if self.key is None or each[1].key == self.key]
        if self.most is not None:
            wanted = wanted[: self.most - self.count]
        self.count += len(wanted)
        if wanted:
            sys.stdout.buffer.write(b"".join(self.show(*each) + b"\n" for each in wanted))
            sys.stdout.buffer.flush()


def tail(  # noqa: PLR0913 (one argument is one option)
    topics: Topics,
    *,
    from_beginning: FromBeginning = False,
    since: Since = None,
    key: Key = None,
    max_messages: MaxMessages = None,
    to_end: Exit = False,
    raw: Raw = False,
    as_json: AsLines = False,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Show the records of topics as they come: committed ones, of all partitions, in no group.

    From now on and until Ctrl-C (status 130), unless told otherwise. Records of one partition are
    in order. A broker that goes away is waited for, which is said once on stderr.
    """
    if raw and as_json:
        fail("--raw and --json: one of them", WRONG_USAGE)
    if to_end and not from_beginning and since is None:
        fail("--exit: from where? Add --from-beginning or --since", WRONG_USAGE)
    since_ms = _begin(from_beginning=from_beginning, since=since)
    show = _raw if raw else _json if as_json else _pretty()
    shown = Shown(show, None if key is None else key.encode(), max_messages)
    run(_tail(kafka_settings(bootstrap_servers), topics, since_ms, shown, to_end=to_end))


def _begin(*, from_beginning: bool, since: str | None) -> int:
    if from_beginning and since is not None:
        fail("--from-beginning and --since: one of them", WRONG_USAGE)
    moment = since_moment(since)
    if moment is None:
        return FROM_BEGINNING_MS if from_beginning else FROM_NOW_MS
    return to_ms(moment)


async def _tail(
    settings: ClientSettings, wanted: Sequence[str], since_ms: int, shown: Shown, *, to_end: bool
) -> None:
    seconds = settings.kafka_request_timeout_seconds
    async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
        topics = choose_topics(wanted, [each.name for each in await admin.topics()])

    def open_feed(
        since_ms: int, positions: Mapping[Partition, int]
    ) -> AbstractAsyncContextManager[Feed]:
        feed = Follower(settings.kafka_bootstrap_servers, topics, request_seconds=seconds)
        return open_follower(feed, since_ms, positions)

    tail = Tail(open_feed, since_ms, _say, to_end=to_end)
    async with aclosing(tail.portions()) as portions:
        async for portion in portions:
            shown.write(portion)
            if shown.is_enough or _nobody_reads():
                return


def _say(what: str) -> None:
    typer.echo(f"cointicker: {what}", err=True)


def _nobody_reads() -> bool:
    """Whether stdout is a pipe that its reader closed: `head` has enough before we write again."""
    try:
        stdout = sys.stdout.fileno()
    except (OSError, ValueError):  # it is no file
        return False
    watch = select.poll()
    watch.register(stdout, 0)
    return any(event & select.POLLERR for _, event in watch.poll(0))


def _pretty() -> Show:
    width, colours = terminal_width(), is_coloured()

    def show(partition: Partition, record: Record) -> bytes:
        text = pretty(partition, record, width=width, colours=colours)
        return text.encode(errors="backslashreplace")

    return show


def _json(partition: Partition, record: Record) -> bytes:
    return json_line(partition, record)


def _raw(_: Partition, record: Record) -> bytes:
    value = record.value or b""
    return safe_text(value).encode() if sys.stdout.isatty() else value
