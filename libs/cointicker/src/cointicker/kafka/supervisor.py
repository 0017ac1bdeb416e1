"""A consumer that no longer moves is given up, and a new one made from the full list of servers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from prometheus_client import Counter

from cointicker.backoff import Backoff
from cointicker.concurrency import until
from cointicker.errors import ContractViolation, TransientError
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.records import MembershipEnded, Stalled

logger = logging.getLogger(__name__)

DEPENDENCY = "kafka"

# Each rebuild is a client that was stuck: a few after a broker's restart are usual.
REBUILDS = Counter("cointicker_consumer_rebuilds_total", "Kafka consumers given up and made anew.")


class Supervisor:
    """Opens consumers one after the other, for as long as they are of use.

    A broker that cannot be reached is waited for. A consumer that stalls `most_rebuilds` times in a
    row without a record in between ends the service: a new process may find what we cannot. One
    whose membership ended says nothing of that: it fails at once, and for as long as brokers start.
    """

    def __init__(
        self,
        open_one: Callable[[], AbstractAsyncContextManager[Consumer]],
        health: Health,
        *,
        most_rebuilds: int = 5,
        backoff: Backoff | None = None,
    ) -> None:
        self._open = open_one
        self._health = health
        self._most_rebuilds = most_rebuilds
        self._backoff = backoff or Backoff()
        health.dependency(DEPENDENCY)

    async def run(
        self, use: Callable[[Consumer, asyncio.Event], Awaitable[None]], stop: asyncio.Event
    ) -> None:
        """Let `use` have a consumer until it returns; a new one whenever it raises Transient."""
        rebuilds = 0
        while not stop.is_set():
            consumer: Consumer | None = None
            try:
                async with self._open() as consumer:
                    self._backoff.reset()
                    await use(consumer, stop)
                    return
            except TransientError as error:
                if stop.is_set():
                    return
                self._health.down(DEPENDENCY, str(error))
                logger.warning("gave up a Kafka consumer: %s", error)
                if not isinstance(error, MembershipEnded):
                    stuck = consumer is not None and consumer.handed_out == 0
                    rebuilds = rebuilds + 1 if stuck and isinstance(error, Stalled) else 0
                if rebuilds > self._most_rebuilds:
                    raise ContractViolation(f"{rebuilds} consumers in a row stalled") from error
                REBUILDS.inc()
            self._health.progressed()
            await until(stop, self._backoff.next_seconds())
