"""Consumer groups as the broker tells of them, and commits from outside of one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    IllegalGenerationError,
    NotCoordinatorForGroupError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetFetchRequest

from cointicker.errors import CoinTickerError
from cointicker.kafka.records import Commit, Partition

T = TypeVar("T")

_NO_GROUP = "Dead"
_WITH_MEMBERS = (IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
# A broker that has just started, or a cluster that never had a group: soon there is a coordinator.
_SOON = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
_RETRY_SECONDS = 0.1


class HasMembers(CoinTickerError):
    """Somebody is in the group: only its members commit for it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One client in a group, and the partitions that it owns now."""

    id: str
    client_id: str
    host: str
    partitions: list[Partition]


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `state` in Kafka's words: Empty, PreparingRebalance, CompletingRebalance, Stable."""

    name: str
    state: str
    members: list[Member]

    @property
    def exists(self) -> bool:
        """Whether the broker knows of it: of members, or of offsets."""
        return self.state != _NO_GROUP

    def owner(self, partition: Partition) -> Member | None:
        """The member that owns a partition."""
        return next((each for each in self.members if partition in each.partitions), None)


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """The answer, once the group has a coordinator that gives one. Give it a deadline."""
    while True:
        try:
            return await call()
        except _SOON:
            await asyncio.sleep(_RETRY_SECONDS)


async def described(client: AIOKafkaAdminClient, name: str) -> Group:
    """Ask for one group. Raises KafkaError."""
    # One at a time: aiokafka misreads the answer about several.
    [answer] = await client.describe_consumer_groups([name])
    return decode_group(answer)


def decode_group(answer: Any) -> Group:
    """The one group in a DescribeGroups response. Raises KafkaError."""
    [(code, name, state, kind, _, members, *_)] = answer.groups
    if code:
        raise for_code(code)(f"group {name}")
    is_ours = kind == "consumer"
    return Group(
        name,
        state,
        [
            Member(id_, client, host.removeprefix("/"), _partitions(owned) if is_ours else [])
            for id_, client, host, _, owned in sorted(members, key=lambda each: each[:3])
        ],
    )


async def committed_by(client: AIOKafkaAdminClient, group: str) -> dict[Partition, Commit]:
    """All that a group committed. Raises KafkaError."""
    coordinator = await client.find_coordinator(group)
    # aiokafka's own call takes a coordinator that cannot answer yet for a group without commits.
    answer = await client._client.send(coordinator, OffsetFetchRequest(group, None))  # noqa: SLF001
    return decode_commits(answer)


def decode_commits(answer: Any) -> dict[Partition, Commit]:
    """The commits in an OffsetFetch response for all partitions. Raises KafkaError."""
    if answer.error_code:
        raise for_code(answer.error_code)("no answer about any partition")
    commits = {}
    for topic, partitions in answer.topics:
        for number, offset, metadata, code in partitions:
            if code:
                raise for_code(code)(f"{topic}-{number}")
            if offset >= 0:
                commits[Partition(topic, number)] = Commit(offset, metadata)
    return commits


async def commit_outside(
    client: AIOKafkaAdminClient, group: str, offsets: Mapping[Partition, int]
) -> None:
    """Commit as nobody's member, which a coordinator takes only of an empty group.

    Raises HasMembers, KafkaError.
    """
    topics = [
        (topic, [(each.number, offsets[each], "") for each in partitions])
        for topic, partitions in groupby(sorted(offsets), key=lambda each: each.topic)
    ]
    request = OffsetCommitRequest(
        group,
        OffsetCommitRequest.DEFAULT_GENERATION_ID,
        "",
        OffsetCommitRequest.DEFAULT_RETENTION_TIME,
        topics,
    )
    coordinator = await client.find_coordinator(group)
    # There is no public call for this in aiokafka's admin client.
    answer = await client._client.send(coordinator, request)  # noqa: SLF001
    for topic, partitions in answer.topics:
        for number, code in partitions:
            error = for_code(code)
            if error in _WITH_MEMBERS:
                raise HasMembers(f"group {group} has members: only they commit for it")
            if code:
                raise error(f"{topic}-{number}")


def _partitions(assignment: bytes) -> list[Partition]:
    # Nothing yet, while the group decides.
    if not assignment:
        return []
    decoded = ConsumerProtocolMemberAssignment.decode(assignment)
    return sorted(Partition(*each) for each in decoded.partitions())
