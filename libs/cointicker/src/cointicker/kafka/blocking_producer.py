"""Sending from a script or a notebook: each call returns when it is done, or raises."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from anyio.from_thread import BlockingPortal

from cointicker.kafka.async_producer import AsyncProducer
from cointicker.kafka.blocking import called_at_exit, open_portal
from cointicker.kafka.message import NotConnected, RecordMetadata
from cointicker.kafka.outgoing import Headers, Outgoing


class KafkaProducerClient:
    """Sends JSON to topics that exist; the arguments are those of `AsyncProducer`.

    As a context manager it is connected inside. It may be used from several threads.
    """

    def __init__(
        self,
        bootstrap_servers: str | Sequence[str] | None = None,
        *,
        timeout: float | None = None,
        delivery_timeout: float | None = None,
    ) -> None:
        self._servers = bootstrap_servers
        self._timeout = timeout
        self._delivery_timeout = delivery_timeout
        self._opened = ExitStack()
        self._connected: tuple[BlockingPortal, AsyncProducer] | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def connect(self) -> None:
        """Make sure that a broker answers. Raises TransientError within `timeout` seconds.

        One that is connected stays so; one that was closed connects again.
        """
        if self._connected is not None:
            return
        with ExitStack() as opening:
            portal = opening.enter_context(open_portal())
            producer = self._make()
            opening.callback(portal.call, producer.close)
            portal.call(producer.connect)
            opening.enter_context(called_at_exit(self.close))
            self._opened = opening.pop_all()
        self._connected = portal, producer

    def close(self) -> None:
        """Disconnect; all that `send` returned from is delivered. A second call does nothing."""
        self._connected = None
        opened, self._opened = self._opened, ExitStack()
        opened.close()

    def send(
        self,
        topic: str,
        value: Any,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        timestamp: datetime | None = None,
    ) -> RecordMetadata:
        """Send one record, wait until every in-sync replica has it, and return where it is.

        The fields are those of `Outgoing`. Raises as `send_many` does.
        """
        portal, producer = self._need_connection()
        [place] = portal.call(producer.send_many, [Outgoing(topic, value, key, headers, timestamp)])
        return place

    def send_many(self, messages: Sequence[Outgoing]) -> list[RecordMetadata]:
        """Send records in order, without a wait in between; return where each is.

        Raises as `AsyncProducer.send_many` does, which says what was not delivered:
        InvalidMessage, TooLarge, NotDelivered, TransientError.
        """
        portal, producer = self._need_connection()
        return portal.call(producer.send_many, messages)

    def _make(self) -> AsyncProducer:
        return AsyncProducer(
            bootstrap_servers=self._servers,
            timeout=self._timeout,
            delivery_timeout=self._delivery_timeout,
        )

    def _need_connection(self) -> tuple[BlockingPortal, AsyncProducer]:
        if self._connected is None:
            raise NotConnected("connect() first")
        return self._connected
