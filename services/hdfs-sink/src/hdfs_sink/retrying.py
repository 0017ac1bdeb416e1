"""Waiting for Kafka and HDFS to come back, and saying so while it lasts."""

import asyncio
import logging

from cointicker.backoff import Backoff
from cointicker.errors import TransientError
from cointicker.health import Health
from hdfs_sink.metrics import RETRIES

logger = logging.getLogger(__name__)


class Retrying:
    """`Patience` of one partition: waits longer from try to try; a success starts it anew.

    While it waits /readyz names the partition, and what it waits for.
    """

    def __init__(self, name: str, health: Health, backoff: Backoff) -> None:
        self._name = name
        self._health = health
        self._backoff = backoff
        self._is_waiting = False

    async def wait(self, error: TransientError) -> None:
        """Sleep until the next try is due."""
        RETRIES.inc()
        self._health.down(self._name, str(error))
        if not self._is_waiting:
            logger.warning("%s waits: %s", self._name, error)
        self._is_waiting = True
        await asyncio.sleep(self._backoff.next_seconds())

    def succeeded(self) -> None:
        """It went on."""
        if self._is_waiting:
            logger.info("%s goes on", self._name)
            self._health.gone(self._name)
        self._is_waiting = False
        self._backoff.reset()
