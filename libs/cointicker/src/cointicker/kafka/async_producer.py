"""Sending from asyncio: nothing is returned before every in-sync replica has it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from cointicker.errors import InvalidMessage
from cointicker.health import Health
from cointicker.kafka import producer
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.existing import existing_topics
from cointicker.kafka.message import NotConnected, NotDelivered, RecordMetadata, TooLarge
from cointicker.kafka.outgoing import Headers, Outgoing, encode
from cointicker.settings import ClientSettings
from cointicker.times import from_ms, utc_now

# So many are acknowledged within one deadline; more are sent one after the other.
_AT_ONCE = 5_000


class AsyncProducer:
    """Sends JSON to topics that exist, each record acknowledged by all in-sync replicas.

    What is not given is read from the environment, `config/kafka_config.yaml`, the defaults:
    `bootstrap_servers` (host:port, a list or by comma), `timeout` (seconds that a call to a broker
    may take), `delivery_timeout` (seconds after which what is not acknowledged counts as not
    delivered). Raises ConfigError if they cannot work.

    It may be used by several tasks at a time; what one of them sends stays in order.
    """

    def __init__(
        self,
        *,
        bootstrap_servers: str | Sequence[str] | None = None,
        timeout: float | None = None,
        delivery_timeout: float | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = ClientSettings.read(
            kafka_bootstrap_servers=bootstrap_servers,
            kafka_request_timeout_seconds=timeout,
            kafka_delivery_timeout_seconds=delivery_timeout,
        )
        self._health = Health()
        self._producer = producer.Producer(self._settings, self._health)
        self._topics: set[str] = set()
        self._is_connected = False
        self._clock = clock

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Make sure that a broker answers. Raises TransientError within `timeout` seconds.

        One that was closed connects again.
        """
        await self._learn_topics(set())
        self._is_connected = True

    async def close(self) -> None:
        """Disconnect; all that `send` returned from is delivered. A second call does nothing."""
        self._is_connected = False
        await self._producer.close()

    async def send(
        self,
        topic: str,
        value: Any,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        timestamp: datetime | None = None,
    ) -> RecordMetadata:
        """Send one record (the fields are those of `Outgoing`); return where it is.

        Raises as `send_many` does.
        """
        [place] = await self.send_many([Outgoing(topic, value, key, headers, timestamp)])
        return place

    async def send_many(self, messages: Sequence[Outgoing]) -> list[RecordMetadata]:
        """Send records in order, without a wait in between; return where each is.

        InvalidMessage: one can never be sent, as the topic does not exist or JSON cannot express
        the value; it names the message and field, and nothing was sent. TooLarge (an
        InvalidMessage): the broker refused some, the others are delivered. NotDelivered (a
        TransientError): it is not known of some whether they are in their topic.
        TransientError: no broker answered, and nothing was sent. NotConnected: likewise.
        """
        self._need_connection()
        now = self._clock()
        encoded = [_encode(number, each, now) for number, each in enumerate(messages)]
        await self._need_topics({each.topic for each in messages})
        self._need_connection()
        places: dict[int, RecordMetadata] = {}
        refused: dict[int, str] = {}
        for first in range(0, len(encoded), _AT_ONCE):
            batch = encoded[first : first + _AT_ONCE]
            numbers = {id(each): first + index for index, each in enumerate(batch)}
            delivery = await self._publish(batch)
            places |= {numbers[id(each)]: _place(each, at) for each, at in delivery.acknowledged}
            refused |= {numbers[id(each)]: why for each, why in delivery.refused}
            if delivery.unacknowledged:
                unknown = [numbers[id(each)] for each in delivery.unacknowledged]
                unknown.extend(range(first + len(batch), len(encoded)))
                raise NotDelivered(self._why(len(unknown), len(encoded)), unknown, places, refused)
        if refused:
            raise TooLarge(refused, places)
        return list(places.values())

    async def _publish(self, batch: Sequence[producer.Message]) -> producer.Delivery:
        try:
            return await self._producer.publish(batch)
        finally:
            if not self._is_connected:  # closed meanwhile: no client may be left behind
                await self._producer.close()

    def _need_connection(self) -> None:
        if not self._is_connected:
            raise NotConnected("connect() first")

    def _why(self, unknown: int, all_of_them: int) -> str:
        seconds = self._settings.kafka_delivery_timeout_seconds
        return (
            f"{unknown} of {all_of_them} not acknowledged within {seconds:g} s, each may be in its "
            f"topic or not: kafka {self._health.dependencies()['kafka']}"
        )

    async def _learn_topics(self, named: set[str]) -> None:
        settings = self._settings
        self._topics = await existing_topics(
            settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds, named
        )

    async def _need_topics(self, topics: set[str]) -> None:
        if topics - self._topics:
            await self._learn_topics(topics)  # it may have been made since
        for topic in sorted(topics - self._topics):
            why = unknown_topic(topic, sorted(self._topics))
            raise InvalidMessage("unknown_topic", f"{why}; nothing was sent")


def _encode(number: int, outgoing: Outgoing, now: datetime) -> producer.Message:
    try:
        return encode(outgoing, now)
    except InvalidMessage as error:
        detail = f"message {number}, for {outgoing.topic}: {error.detail}"
        raise InvalidMessage(error.reason, detail) from error


def _place(message: producer.Message, place: producer.Place) -> RecordMetadata:
    at = from_ms(place.timestamp_ms)
    return RecordMetadata(message.topic, place.partition, place.offset, at)
