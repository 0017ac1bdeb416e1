"""What is asked of a cluster as a whole: its topics, the offsets of its groups, its id."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from cointicker.errors import TransientError
from cointicker.kafka.failures import translated
from cointicker.kafka.records import Partition
from cointicker.topics import Topic

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerTopic:
    """A topic on the broker."""

    name: str
    partitions: int
    replication_factor: int


class Admin:
    """The few administrative calls we make, each with a deadline.

    Raises TransientError, and ContractViolation where waiting cannot help.
    """

    def __init__(self, client: AIOKafkaAdminClient, timeout_seconds: float) -> None:
        self._client = client
        self._timeout = timeout_seconds

    async def topics(self) -> list[BrokerTopic]:
        """Every topic but Kafka's own, by name."""
        with translated("cannot list topics"):
            async with asyncio.timeout(self._timeout):
                described = await self._client.describe_topics()
        return sorted(
            (
                BrokerTopic(
                    each["topic"],
                    len(each["partitions"]),
                    len(each["partitions"][0]["replicas"]) if each["partitions"] else 0,
                )
                for each in described
                if not each["is_internal"]
            ),
            key=lambda topic: topic.name,
        )

    async def create(self, topics: Iterable[Topic], replication_factor: int) -> list[str]:
        """Create the topics that are missing; the names of those that were."""
        wanted = {
            topic.name: NewTopic(
                topic.name, topic.partitions, replication_factor, topic_configs=topic.config
            )
            for topic in topics
        }
        with translated("cannot create topics"):
            async with asyncio.timeout(self._timeout):
                response = await self._client.create_topics(list(wanted.values()))
        created = []
        for name, code, *message in response.topic_errors:
            error = for_code(code)
            if code == 0:
                created.append(name)
            elif error is not TopicAlreadyExistsError:
                raise TransientError(f"cannot create {name}: {error.__name__} {message}")
        return created

    async def committed(self, group: str) -> dict[Partition, int]:
        """The offsets that a group committed, by partition where it has."""
        with translated(f"cannot read the offsets of group {group}"):
            async with asyncio.timeout(self._timeout):
                offsets = await self._client.list_consumer_group_offsets(group)
        return {
            Partition(*each): found.offset for each, found in offsets.items() if found.offset >= 0
        }

    async def cluster_id(self) -> str:
        """The id that the cluster gave itself when it was made."""
        with translated("cannot ask for the cluster's id"):
            async with asyncio.timeout(self._timeout):
                described = await self._client.describe_cluster()
        return str(described["cluster_id"])


@asynccontextmanager
async def open_admin(servers: Sequence[str], timeout_seconds: float = 10) -> AsyncIterator[Admin]:
    """A connected admin client. Raises as `Admin` does."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=list(servers), request_timeout_ms=int(timeout_seconds * 1000)
    )
    try:
        with translated(f"cannot reach a broker at {','.join(servers)}"):
            async with asyncio.timeout(timeout_seconds):
                await client.start()
        yield Admin(client, timeout_seconds)
    finally:
        await _close(client, timeout_seconds)


async def _close(client: AIOKafkaAdminClient, timeout_seconds: float) -> None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await client.close()
    except (KafkaError, TimeoutError) as error:
        logger.warning("a Kafka admin client did not close in order: %r", error)
