"""Send what a crawl left unsent: `python -m cointicker.scrapy.resend upbit_trends.unsent.ndjson`.

Each record keeps its key and its time. The file is removed once all is acknowledged; sending what
was sent before is harmless, as the processor knows an item by its id and content.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from cointicker.errors import CoinTickerError, TransientError
from cointicker.health import Health
from cointicker.kafka.producer import Message, open_producer
from cointicker.scrapy.batches import Publisher
from cointicker.scrapy.unsent import read_unsent
from cointicker.settings import ClientSettings

_BATCH = 500


async def resend(messages: Iterable[Message], publisher: Publisher) -> int:
    """How many were sent: all of them, in their order. Raises TransientError if one was not."""
    left = iter(messages)
    sent = 0
    while batch := list(islice(left, _BATCH)):
        delivery = await publisher.publish(batch)
        for message, why in delivery.refused:
            raise TransientError(f"{message.topic}, key {message.key!r}: {why}")
        if delivery.unacknowledged:
            raise TransientError(f"{sent} were sent, of the next {len(batch)} not all")
        sent += len(batch)
    return sent


def main(argv: Sequence[str]) -> int:
    """The exit status: 1 if not everything was sent, the file then being as it was."""
    parser = argparse.ArgumentParser("python -m cointicker.scrapy.resend", allow_abbrev=False)
    parser.add_argument("file", type=Path, help="what a crawl left: <spider>.unsent.ndjson")
    parser.add_argument("--bootstrap-servers", help="brokers, host:port, by comma")
    given = parser.parse_args(argv)
    try:
        settings = ClientSettings.read(kafka_bootstrap_servers=given.bootstrap_servers)
        size = given.file.stat().st_size
        sent = asyncio.run(_resend(given.file, settings))
    except (CoinTickerError, OSError) as error:
        sys.stderr.write(f"resend: {error}\n")
        return 1
    if given.file.stat().st_size != size:
        sys.stderr.write(f"resend: {given.file} has grown meanwhile; run it again\n")
        return 1
    given.file.unlink()
    sys.stdout.write(f"resend: {sent} records are acknowledged; {given.file} is removed\n")
    return 0


async def _resend(file: Path, settings: ClientSettings) -> int:
    health = Health()
    async with open_producer(settings, health) as producer:
        try:
            return await resend(read_unsent(file), producer)
        except TransientError as error:
            raise TransientError(f"{error}; kafka: {health.dependencies()['kafka']}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
