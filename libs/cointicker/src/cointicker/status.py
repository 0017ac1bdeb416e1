"""A service's own report, every few seconds, on the status topic."""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cointicker.concurrency import until
from cointicker.kafka.producer import Message, Producer
from cointicker.messages import Status
from cointicker.times import to_ms, utc_now

INTERVAL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a service counts of itself: totals since start, and what it holds now."""

    processed: int
    errors: int
    topics: list[str]
    partitions: list[str]
    lag: int | None = None


class StatusReporter:
    """Publishes the figures of one process; a report that is not delivered is simply the last's."""

    def __init__(
        self,
        producer: Producer,
        *,
        service: str,
        group: str | None,
        topic: str,
        figures: Callable[[], Figures],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._producer = producer
        self._service = service
        self._group = group
        self._topic = topic
        self._figures = figures
        self._clock = clock
        self._started_at = self._reported_at = clock()
        self._processed = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Report until `stop`, and a last time then."""
        while not stop.is_set():
            await self._producer.publish([self.report()])
            await until(stop, INTERVAL_SECONDS)
        await self._producer.publish([self.report()])

    def report(self) -> Message:
        """The message of now; `rate` is records/s since the last one."""
        now, figures = self._clock(), self._figures()
        seconds = (now - self._reported_at).total_seconds()
        status = Status(
            service=self._service,
            group=self._group,
            host=socket.gethostname(),
            pid=os.getpid(),
            topics=figures.topics,
            partitions=figures.partitions,
            processed=figures.processed,
            errors=figures.errors,
            rate=(figures.processed - self._processed) / seconds if seconds > 0 else 0.0,
            lag=figures.lag,
            uptime_seconds=(now - self._started_at).total_seconds(),
            at=now,
        )
        self._reported_at, self._processed = now, figures.processed
        key = f"{status.service},{status.host},{status.pid}"
        return Message(self._topic, key.encode(), status.encode(), to_ms(now))
