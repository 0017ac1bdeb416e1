"""What is asked of a cluster as a whole: its topics, its groups and their offsets, its id."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from cointicker.errors import TransientError
from cointicker.kafka.failures import translated
from cointicker.kafka.groups import Group, commit_outside, committed_by, described, patiently
from cointicker.kafka.records import Commit, Partition
from cointicker.topics import Topic

logger = logging.getLogger(__name__)

# Of the broker's codes for where a value comes from: it was set for this topic.
_SET_ON_THE_TOPIC = 1
_GROUPS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class BrokerTopic:
    """A topic on the broker."""

    name: str
    partitions: int
    replication_factor: int


@dataclass(frozen=True, slots=True)
class Replicas:
    """Where one partition is kept: broker ids; `leader` is None while it has none."""

    leader: int | None
    replicas: list[int]
    isr: list[int]


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

    async def replicas(self, topics: Collection[str]) -> dict[Partition, Replicas]:
        """Where each partition of these topics is kept; nothing of a topic that is not there."""
        with translated("cannot describe topics"):
            async with asyncio.timeout(self._timeout):
                described = await self._client.describe_topics()
        return {
            Partition(topic["topic"], each["partition"]): Replicas(
                None if each["leader"] < 0 else each["leader"], each["replicas"], each["isr"]
            )
            for topic in described
            if topic["topic"] in topics
            for each in sorted(topic["partitions"], key=lambda one: int(one["partition"]))
        }

    async def topic_config(self, topics: Iterable[str]) -> dict[str, dict[str, str]]:
        """What was set for each of these topics: the rest is as the brokers have it."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
        with translated("cannot read the configuration of topics"):
            async with asyncio.timeout(self._timeout):
                responses = await self._client.describe_configs(asked)
        found = {}
        for code, message, _, name, entries in (
            each for response in responses for each in response.resources
        ):
            if code:
                error = for_code(code).__name__
                raise TransientError(f"cannot read the configuration of {name}: {error} {message}")
            found[name] = {
                key: value for key, value, _, source, *_ in entries if source == _SET_ON_THE_TOPIC
            }
        return found

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
        return {each: commit.offset for each, commit in (await self.commits(group)).items()}

    async def commits(self, group: str) -> dict[Partition, Commit]:
        """The same, with the text that was committed with each."""
        with translated(f"cannot read the offsets of group {group}"):
            async with asyncio.timeout(self._timeout):
                return await patiently(lambda: committed_by(self._client, group))

    async def groups(self) -> list[Group]:
        """Every consumer group, by name."""
        with translated("cannot list the groups"):
            async with asyncio.timeout(self._timeout):
                listed = await self._client.list_consumer_groups()
        a_few = asyncio.Semaphore(_GROUPS_AT_ONCE)

        async def look(name: str) -> Group:
            async with a_few:
                return await self.group(name)

        return await asyncio.gather(*(look(name) for name in sorted({n for n, *_ in listed})))

    async def group(self, name: str) -> Group:
        """One group, its members and what they own. Not `exists`: the broker knows of none."""
        with translated(f"cannot describe group {name}"):
            async with asyncio.timeout(self._timeout):
                return await patiently(lambda: described(self._client, name))

    async def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Commit for a group that nobody is in. Raises HasMembers if somebody is: nothing moved."""
        with translated(f"cannot commit for group {group}"):
            async with asyncio.timeout(self._timeout):
                await patiently(lambda: commit_outside(self._client, group, offsets))

    async def cluster_id(self) -> str:
        """The id that the cluster gave itself when it was made."""
        with translated("cannot ask for the cluster's id"):
            async with asyncio.timeout(self._timeout):
                described = await self._client.describe_cluster()
        return str(described["cluster_id"])


@asynccontextmanager
async def open_admin(servers: Sequence[str], timeout_seconds: float) -> AsyncIterator[Admin]:
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
