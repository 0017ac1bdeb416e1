"""Kafka: clients for scripts (docs/clients.md), and as the services use it.

The one package that imports aiokafka.
"""

from cointicker.kafka.async_consumer import AsyncConsumer
from cointicker.kafka.async_producer import AsyncProducer
from cointicker.kafka.blocking_consumer import KafkaConsumerClient
from cointicker.kafka.blocking_producer import KafkaProducerClient
from cointicker.kafka.message import Message, NotConnected, NotDelivered, RecordMetadata, TooLarge
from cointicker.kafka.outgoing import Outgoing
from cointicker.kafka.records import NotOwned, OffsetOutOfRange

__all__ = [
    "AsyncConsumer",
    "AsyncProducer",
    "KafkaConsumerClient",
    "KafkaProducerClient",
    "Message",
    "NotConnected",
    "NotDelivered",
    "NotOwned",
    "OffsetOutOfRange",
    "Outgoing",
    "RecordMetadata",
    "TooLarge",
]
