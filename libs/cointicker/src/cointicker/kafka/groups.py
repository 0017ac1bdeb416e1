"""Consumer groups as the broker tells of them, and commits from outside of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import (
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.commit import OffsetCommitRequest

from cointicker.errors import CoinTickerError
from cointicker.kafka.records import Partition

_NO_GROUP = "Dead"
_WITH_MEMBERS = (IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)


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
