"""`cointicker produce`: lines of JSON from stdin into a topic, acknowledged by all its replicas."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BufferedReader
from typing import Annotated, Any, Protocol, cast

import typer

from cointicker.cli.options import (
    WRONG_USAGE,
    BootstrapServers,
    examples,
    fail,
    kafka_settings,
    run,
)
from cointicker.cli.output import write_json
from cointicker.errors import ConfigError
from cointicker.health import Health
from cointicker.json_lines import Keying, Lines, read_line
from cointicker.kafka.admin import open_admin
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.producer import MAX_MESSAGE_BYTES, Delivery, Message, Producer
from cointicker.settings import ClientSettings
from cointicker.times import to_ms, utc_now

EXAMPLES = examples(
    """echo '{"price": 1}' | cointicker produce cointicker.raw.test""",
    """echo '{"market": "KRW-BTC", "price": 1}' | cointicker produce cointicker.raw.test """
    "--key-field market",
    "cointicker tail cointicker.processed.market -n 10 --raw | cointicker produce "
    "cointicker.raw.test --key copy",
)

_INTERRUPTED = 130
_PORTION_BYTES = 262_144

Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="An existing topic")]
Key = Annotated[str | None, typer.Option("--key", "-k", help="The key of every record")]
KeyField = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The key is this field of the line; without it: refused"),
]
AsSummary = Annotated[bool, typer.Option("--json", help="What became of them as JSON on stdout")]


class Publisher(Protocol):
    """What takes messages to Kafka."""

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        """Send all in order, and say what was not acknowledged before a deadline."""
        ...


class Portions(Protocol):
    """What is read from as it comes: stdin."""

    def read1(self, size: int, /) -> bytes:
        """What is there, at least a byte; nothing at its end."""
        ...


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    topic: str
    acknowledged: int = 0
    refused: int = 0
    unacknowledged: int = 0
    first_unacknowledged_line: int | None = None
    why: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether every line was acknowledged."""
        return not self.refused and not self.unacknowledged

    def text(self) -> str:
        """The same in words."""
        counts = f"{self.acknowledged} acknowledged, {self.refused} refused"
        if self.first_unacknowledged_line is None:
            return counts
        if not self.unacknowledged:
            return f"{counts}, {self.why}: go on from line {self.first_unacknowledged_line}"
        return (
            f"{counts}, {self.unacknowledged} not acknowledged: go on from line "
            f"{self.first_unacknowledged_line} (it, and lines after it, may be in the topic all "
            f"the same): {self.why}"
        )


class Sending:
    """Takes numbered lines, and sends those that are JSON."""

    def __init__(self, topic: str, keying: Keying, publisher: Publisher, health: Health) -> None:
        self.tally = Tally(topic)
        self.next_line = 1
        self._keying = keying
        self._publisher = publisher
        self._health = health

    async def send(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Send, and wait for the acks. What is refused is named on stderr."""
        numbered = list(self._messages(lines))
        numbers = {id(message): number for number, message in numbered}
        # Until the answer is there: an interruption leaves it at that.
        self._lost([number for number, _ in numbered], "interrupted")
        delivery = await self._publisher.publish([message for _, message in numbered])
        self._lost([numbers[id(each)] for each in delivery.unacknowledged], self._why_down())
        for message, reason in delivery.refused:
            self.refuse(numbers[id(message)], reason)
        lost = len(delivery.unacknowledged) + len(delivery.refused)
        self.tally.acknowledged += len(numbered) - lost

    def interrupted(self) -> None:
        """Say where to go on, unless that is a line that was under way."""
        if not self.tally.unacknowledged:
            self.tally.first_unacknowledged_line, self.tally.why = self.next_line, "interrupted"

    def refuse(self, number: int, why: str) -> None:
        """Name a line that is not sent."""
        self.tally.refused += 1
        typer.echo(f"cointicker: line {number}: {why}", err=True)

    def _messages(self, lines: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, Message]]:
        now_ms = to_ms(utc_now())
        for number, line in lines:
            try:
                key, value = read_line(line, self._keying)
            except ValueError as error:
                self.refuse(number, str(error))
            else:
                yield number, Message(self.tally.topic, key, value, now_ms)

    def _lost(self, numbers: Sequence[int], why: str) -> None:
        self.tally.unacknowledged = len(numbers)
        self.tally.first_unacknowledged_line = min(numbers, default=None)
        self.tally.why = why if numbers else None

    def _why_down(self) -> str:
        return "; ".join(each for each in self._health.dependencies().values() if each != "ok")


def produce(
    topic: Topic,
    *,
    key: Key = None,
    key_field: KeyField = None,
    as_json: AsSummary = False,
    bootstrap_servers: BootstrapServers = None,
) -> None:
    """Send each line of stdin, which has to be JSON in UTF-8, as the value of a record.

    Blank lines are passed over. A line that is refused is named by its number on stderr; the others
    are sent. Status 1 if any was refused, or not acknowledged: then with the line to go on from.
    """
    if key is not None and key_field is not None:
        fail("--key and --key-field: one of them", WRONG_USAGE)
    settings = kafka_settings(bootstrap_servers)
    run(_check(settings, topic))
    health = Health()
    keying = Keying(None if key is None else key.encode(), key_field)
    producer = Producer(settings, health)
    sending = Sending(topic, keying, producer, health)
    stdin = cast("BufferedReader", sys.stdin.buffer)
    interrupted = send_all(sending, stdin, producer.close)
    typer.echo(f"cointicker: {sending.tally.text()}", err=True)
    if as_json:
        write_json(asdict(sending.tally))
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if not sending.tally.is_clean:
        raise typer.Exit(1)


async def _check(settings: ClientSettings, topic: str) -> None:
    seconds = settings.kafka_request_timeout_seconds
    async with open_admin(settings.kafka_bootstrap_servers, seconds) as admin:
        existing = [each.name for each in await admin.topics()]
    if topic not in existing:
        raise ConfigError([unknown_topic(topic, existing)])


def send_all(
    sending: Sending, stdin: Portions, close: Callable[[], Coroutine[Any, Any, None]]
) -> bool:
    """Send until stdin ends or Kafka does not answer; whether Ctrl-C ended it.

    Reading waits outside of the event loop: a thread that reads could not be stopped.
    """
    lines = Lines(MAX_MESSAGE_BYTES)
    with asyncio.Runner() as runner:
        try:
            while portion := stdin.read1(_PORTION_BYTES):
                runner.run(_send(sending, lines, list(lines.feed(portion))))
                if sending.tally.unacknowledged:
                    return False
            runner.run(_send(sending, lines, list(lines.close())))
        except KeyboardInterrupt:
            sending.interrupted()
            return True
        finally:
            runner.run(close())
    return False


async def _send(sending: Sending, lines: Lines, read: Sequence[tuple[int, bytes]]) -> None:
    for number in lines.too_long:
        sending.refuse(number, f"longer than {MAX_MESSAGE_BYTES} bytes")
    lines.too_long.clear()
    await sending.send(read)
    sending.next_line = lines.next_number
