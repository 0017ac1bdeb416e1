"""Topics as the broker has them: listed, compared with the declared ones, and created."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from cointicker.errors import TransientError
from cointicker.topics import Topic


@dataclass(frozen=True, slots=True)
class BrokerTopic:
    """A topic on the broker."""

    name: str
    partitions: int
    replication_factor: int


class Admin:
    """The few administrative calls we make, each with a deadline. Raises TransientError."""

    def __init__(self, client: AIOKafkaAdminClient, timeout_seconds: float) -> None:
        self._client = client
        self._timeout = timeout_seconds

    async def topics(self) -> list[BrokerTopic]:
        """Every topic but Kafka's own, by name."""
        with _translated("cannot list topics"):
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
        with _translated("cannot create topics"):
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


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Turn Kafka's errors and a missed deadline into ours."""
    try:
        yield
    except (KafkaError, TimeoutError, OSError) as error:
        raise TransientError(f"{what}: {error!r}") from error


@asynccontextmanager
async def open_admin(servers: Sequence[str], timeout_seconds: float = 10) -> AsyncIterator[Admin]:
    """A connected admin client. Raises TransientError if no broker answers in time."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=list(servers), request_timeout_ms=int(timeout_seconds * 1000)
    )
    try:
        with _translated(f"cannot reach a broker at {','.join(servers)}"):
            async with asyncio.timeout(timeout_seconds):
                await client.start()
        yield Admin(client, timeout_seconds)
    finally:
        await client.close()
