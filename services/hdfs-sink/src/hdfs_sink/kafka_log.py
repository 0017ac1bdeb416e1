"""The protocol's `Log` over Kafka: the group's consumer, a reader outside of it, and a producer."""

from collections.abc import Callable
from datetime import datetime

from cointicker import messages
from cointicker.errors import ContractViolation, TransientError
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.producer import Message, Producer
from cointicker.kafka.reader import Reader
from cointicker.kafka.records import Commit, Partition, Record
from cointicker.times import to_ms, utc_now
from hdfs_sink.protocol import Gap


class KafkaLog:
    """One partition, for as long as it is assigned to us."""

    def __init__(
        self,
        partition: Partition,
        consumer: Consumer,
        reader: Reader,
        producer: Producer,
        gaps_topic: str,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._partition = partition
        self._consumer = consumer
        self._reader = reader
        self._producer = producer
        self._gaps_topic = gaps_topic
        self._now = now

    async def bounds(self) -> tuple[int, int]:
        """As `Log`."""
        return await self._reader.bounds(self._partition)

    async def first_from(self, offset: int) -> Record | None:
        """As `Log`."""
        return await self._reader.first_from(self._partition, offset)

    async def committed(self) -> Commit | None:
        """As `Log`."""
        return await self._consumer.committed(self._partition)

    async def commit(self, commit: Commit) -> None:
        """As `Log`."""
        await self._consumer.commit({self._partition: commit})

    async def record_gap(self, gap: Gap) -> None:
        """As `Log`: acknowledged on the gaps topic."""
        now = self._now()
        lost = messages.Gap(
            service="hdfs-sink",
            subject=self._partition.topic,
            partition=self._partition.number,
            start=gap.start,
            end=gap.end,
            reason=gap.reason,
            at=now,
        )
        key = str(self._partition).encode()
        message = Message(self._gaps_topic, key, lost.encode(), to_ms(now))
        delivery = await self._producer.publish([message])
        if delivery.refused:
            raise ContractViolation(f"the gap was refused: {delivery.refused}")
        if delivery.unacknowledged:
            raise TransientError(f"the gap was not acknowledged on {self._gaps_topic}")
