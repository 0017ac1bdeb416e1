"""Publishing: idempotent, acknowledged by all, bounded, and rebuilt when it fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata
from prometheus_client import Counter

from cointicker.health import Health
from cointicker.kafka.failures import said
from cointicker.settings import ClientSettings

logger = logging.getLogger(__name__)

# A message is refused above this: what the broker takes by default, less its own framing.
MAX_MESSAGE_BYTES = 1_048_576
_DEPENDENCY = "kafka"

# Each rebuild is a delivery that failed: more than a few an hour means a broker to look at.
REBUILDS = Counter("cointicker_producer_rebuilds_total", "Kafka producers given up and made anew.")


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be published; `timestamp_ms` is ms since 1970 UTC."""

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Place(NamedTuple):
    """Where an acknowledged message is; `timestamp_ms` as the topic keeps it."""

    partition: int
    offset: int
    timestamp_ms: int


@dataclass(slots=True)
class Delivery:
    """What became of a publish: each message is in one of the lists.

    `unacknowledged` is in the order given, and may or may not be in the topic.
    `refused` can never be delivered, each with the reason. `acknowledged` is in the order given.
    """

    unacknowledged: list[Message] = field(default_factory=list)
    refused: list[tuple[Message, str]] = field(default_factory=list)
    acknowledged: list[tuple[Message, Place]] = field(default_factory=list)


class Producer:
    """Sends in order, waits for the acks, and makes a new client after a failure."""

    def __init__(self, settings: ClientSettings, health: Health) -> None:
        self._settings = settings
        self._health = health
        self._client: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        health.dependency(_DEPENDENCY)

    async def publish(self, messages: Sequence[Message]) -> Delivery:
        """Send all in order and wait for their acks, at most the delivery deadline."""
        if not messages:
            return Delivery()
        try:
            async with asyncio.timeout(self._settings.kafka_delivery_timeout_seconds):
                client = await self._started()
        except (KafkaError, TimeoutError) as error:
            self._health.down(_DEPENDENCY, f"cannot connect: {said(error)}")
            return Delivery(unacknowledged=list(messages))
        delivery = await self._deliver(client, messages)
        if delivery.unacknowledged:
            await self._give_up(client)
        else:
            self._health.up(_DEPENDENCY)
        return delivery

    async def close(self) -> None:
        """Stop the client; what is still in it was reported as unacknowledged."""
        client, self._client = self._client, None
        if client is not None:
            await stop_producer(client)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._client is None:
                client = self._make_client()
                try:
                    await client.start()
                except BaseException:
                    await stop_producer(client)
                    raise
                self._client = client
            return self._client

    def _make_client(self) -> AIOKafkaProducer:
        settings = self._settings
        return AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            linger_ms=5,
            max_batch_size=262_144,
            max_request_size=MAX_MESSAGE_BYTES,
            request_timeout_ms=int(settings.kafka_request_timeout_seconds * 1000),
            retry_backoff_ms=100,
        )

    async def _deliver(self, client: AIOKafkaProducer, messages: Sequence[Message]) -> Delivery:
        delivery = Delivery()
        sent: list[tuple[Message, asyncio.Future[RecordMetadata]]] = []
        try:
            async with asyncio.timeout(self._settings.kafka_delivery_timeout_seconds):
                await _send_all(client, messages, sent, delivery)
                if sent:
                    await asyncio.wait([future for _, future in sent])
        except (KafkaError, TimeoutError) as error:
            logger.info("not everything was sent: %r", error)
        why = _sort_out(messages, sent, delivery)
        if delivery.unacknowledged:
            self._health.down(
                _DEPENDENCY, f"did not acknowledge: {said(why or KafkaTimeoutError())}"
            )
        return delivery

    async def _give_up(self, client: AIOKafkaProducer) -> None:
        """Discard a client with an unknown outcome, so that nothing of it is sent later."""
        if self._client is client:
            self._client = None
            REBUILDS.inc()
            logger.warning("gave up a Kafka producer: %s", self._health.dependencies())
            await stop_producer(client)


@asynccontextmanager
async def open_producer(settings: ClientSettings, health: Health) -> AsyncIterator[Producer]:
    """A producer that reports to `health` as `kafka`; it connects at the first publish."""
    producer = Producer(settings, health)
    try:
        yield producer
    finally:
        await producer.close()


async def _send_all(
    client: AIOKafkaProducer,
    messages: Sequence[Message],
    sent: list[tuple[Message, asyncio.Future[RecordMetadata]]],
    delivery: Delivery,
) -> None:
    for message in messages:
        try:
            future = await client.send(
                message.topic,
                value=message.value,
                key=message.key,
                timestamp_ms=message.timestamp_ms,
                headers=list(message.headers),
            )
        except MessageSizeTooLargeError as error:
            delivery.refused.append((message, str(error)))
        else:
            sent.append((message, future))


def _sort_out(
    messages: Sequence[Message],
    sent: list[tuple[Message, asyncio.Future[RecordMetadata]]],
    delivery: Delivery,
) -> BaseException | None:
    """Say what became of each message; the first error of those that were not acknowledged."""
    never_sent = messages[len(sent) + len(delivery.refused) :]
    why: BaseException | None = KafkaTimeoutError() if never_sent else None
    for message, future in sent:
        # One that still waits is cancelled: nobody will ask for its outcome any more.
        error = KafkaTimeoutError() if future.cancel() else future.exception()
        if isinstance(error, MessageSizeTooLargeError):
            delivery.refused.append((message, str(error)))
        elif error is not None:
            why = why or error
            delivery.unacknowledged.append(message)
        else:
            delivery.acknowledged.append((message, _place(message, future.result())))
    delivery.unacknowledged.extend(never_sent)
    return why


def _place(message: Message, found: RecordMetadata) -> Place:
    timestamp_ms = message.timestamp_ms if found.timestamp is None else found.timestamp
    return Place(found.partition, found.offset, timestamp_ms)


async def stop_producer(client: AIOKafkaProducer) -> None:
    """Stop a producer; one that does not within a while is left behind."""
    # A client with batches in it waits for its brokers for ever when it stops: end its sender
    # first, then empty it. In the other order a batch under way is put back into what is gone.
    try:
        async with asyncio.timeout(5):
            await client._sender.close()  # noqa: SLF001
            client._message_accumulator.fail_all(KafkaTimeoutError())  # noqa: SLF001
            await client.stop()
    except (KafkaError, TimeoutError) as error:
        logger.warning("a Kafka producer did not stop in order: %r", error)
        await _cut_off(client)


async def _cut_off(client: AIOKafkaProducer) -> None:
    """Close the connections of a producer at least; what still waits in it fails by that."""
    client._closed = True  # noqa: SLF001
    client._message_accumulator.fail_all(KafkaTimeoutError())  # noqa: SLF001
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(2):
            await client.client.close()
