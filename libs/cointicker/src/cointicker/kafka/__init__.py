"""Kafka: clients for scripts (docs/clients.md), and as the services use it.

The one package that imports aiokafka.
"""

from cointicker.kafka.async_producer import AsyncProducer
from cointicker.kafka.message import Message, NotDelivered, RecordMetadata, TooLarge
from cointicker.kafka.outgoing import Outgoing

__all__ = [
    "AsyncProducer",
    "Message",
    "NotDelivered",
    "Outgoing",
    "RecordMetadata",
    "TooLarge",
]
