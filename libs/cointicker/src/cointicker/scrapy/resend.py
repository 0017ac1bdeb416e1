"""Send what a crawl left unsent: `python -m cointicker.scrapy.resend upbit_trends.unsent.ndjson`.

Each record keeps its key and its time. The file is removed once all is acknowledged; what Kafka
refuses stays in it, alone. Sending what was sent before is harmless, as the processor knows an item
by its id and content.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cointicker.errors import CoinTickerError, TransientError
from cointicker.health import Health
from cointicker.kafka.producer import Message, open_producer
from cointicker.scrapy.batches import Publisher
from cointicker.scrapy.unsent import id_of, keep_only, read_unsent
from cointicker.settings import ClientSettings

_BATCH = 500


@dataclass(slots=True)
class Resent:
    """How many are acknowledged, and which can never be, each with the reason."""

    sent: int = 0
    refused: list[tuple[Message, str]] = field(default_factory=list)


async def resend(messages: Iterable[Message], publisher: Publisher) -> Resent:
    """Send all in their order, past what is refused. Raises TransientError if one may yet go."""
    left = iter(messages)
    done = Resent()
    while batch := list(islice(left, _BATCH)):
        delivery = await publisher.publish(batch)
        if delivery.unacknowledged:
            raise TransientError(f"{done.sent} were sent, of the next {len(batch)} not all")
        done.refused += delivery.refused
        done.sent += len(batch) - len(delivery.refused)
    return done


def settle(file: Path, done: Resent) -> int:
    """Leave in the file what was refused, or no file; the exit status. Raises OSError."""
    if not done.refused:
        file.unlink()
        sys.stdout.write(f"resend: {done.sent} records are acknowledged; {file} is removed\n")
        return 0
    keep_only(file, [message for message, _ in done.refused])
    sys.stdout.write(f"resend: {done.sent} records are acknowledged\n")
    for message, why in done.refused:
        key = (message.key or b"").decode()
        sys.stderr.write(f"resend: refused: {id_of(message)}, key {key}, {message.topic}: {why}\n")
    sys.stderr.write(f"resend: {file} now holds only what was refused\n")
    return 1


def main(argv: Sequence[str]) -> int:
    """The exit status: 1 if not everything was sent; what was not is still in the file."""
    parser = argparse.ArgumentParser("python -m cointicker.scrapy.resend", allow_abbrev=False)
    parser.add_argument("file", type=Path, help="what a crawl left: <spider>.unsent.ndjson")
    parser.add_argument("--bootstrap-servers", help="brokers, host:port, by comma")
    given = parser.parse_args(argv)
    try:
        settings = ClientSettings.read(kafka_bootstrap_servers=given.bootstrap_servers)
        size = given.file.stat().st_size
        done = asyncio.run(_resend(given.file, settings))
        if given.file.stat().st_size == size:
            return settle(given.file, done)
    except (CoinTickerError, OSError) as error:
        sys.stderr.write(f"resend: {error}\n")
        return 1
    sys.stderr.write(f"resend: {given.file} has grown meanwhile; run it again\n")
    return 1


async def _resend(file: Path, settings: ClientSettings) -> Resent:
    health = Health()
    async with open_producer(settings, health) as producer:
        try:
            return await resend(read_unsent(file), producer)
        except TransientError as error:
            raise TransientError(f"{error}; kafka: {health.dependencies()['kafka']}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
