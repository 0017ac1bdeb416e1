"""One topic as the broker has it, and whether that is what was declared."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from cointicker.kafka.admin import Admin, Replicas
from cointicker.kafka.offsets import Bounds, Offsets
from cointicker.kafka.records import Partition
from cointicker.topics import Topic

# What `topics create` sets beside what is in the list of topics.
_NOT_DECLARED = {"min.insync.replicas"}


@dataclass(frozen=True, slots=True)
class PartitionDetails:
    """One partition: the brokers that keep it, and the bounds of its log.

    The bounds are None while it has no leader to ask.
    """

    partition: int
    replicas: Replicas
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class TopicDetails:
    """A topic; `config` is what was set for it, the rest is as the brokers have it."""

    name: str
    partitions: list[PartitionDetails]
    config: dict[str, str]


async def topic_details(
    admin: Admin, offsets: Offsets, names: Collection[str]
) -> list[TopicDetails]:
    """These topics, which must exist, by name. Raises TransientError."""
    replicas, config = await asyncio.gather(admin.replicas(names), admin.topic_config(names))
    bounds = await offsets.bounds(
        [each for each, where in replicas.items() if where.leader is not None]
    )
    return [
        TopicDetails(
            name,
            [
                PartitionDetails(each.number, where, bounds.get(each))
                for each, where in replicas.items()
                if each.topic == name
            ],
            config[name],
        )
        for name in sorted(names)
    ]


def differences(declared: Topic, partitions: int, config: dict[str, str]) -> list[str]:
    """In what a topic is not as declared, one line each; none if it is."""
    found = []
    if partitions != declared.partitions:
        found.append(f"declared with {declared.partitions} partitions, the broker has {partitions}")
    for key, value in sorted(declared.config.items()):
        if config.get(key) != value:
            has = config.get(key, "its default")
            found.append(f"declared with {key}={value}, the broker has {has}")
    found.extend(
        f"{key}={value} is set on the broker and not declared"
        for key, value in sorted(config.items())
        if key not in declared.config and key not in _NOT_DECLARED
    )
    return found


def under_replicated(details: TopicDetails) -> list[Partition]:
    """The partitions that lack a leader, or have a replica that is behind."""
    return [
        Partition(details.name, each.partition)
        for each in details.partitions
        if each.replicas.leader is None or len(each.replicas.isr) < len(each.replicas.replicas)
    ]
