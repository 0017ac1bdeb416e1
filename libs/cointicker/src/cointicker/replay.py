"""Moving a group's committed offsets: what is asked for, and what it comes to. Values only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cointicker.errors import ConfigError
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.offsets import Bounds
from cointicker.kafka.patterns import is_meant
from cointicker.kafka.records import Partition


@dataclass(frozen=True, slots=True)
class ToEarliest:
    """To the first record that is kept."""


@dataclass(frozen=True, slots=True)
class ToLatest:
    """To the end: all that waits is skipped."""


@dataclass(frozen=True, slots=True)
class ToOffset:
    """To this very offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class ToMoment:
    """To the first record that is not older; to the end where there is none."""

    moment_ms: int


Target = ToEarliest | ToLatest | ToOffset | ToMoment


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's commit, from where it is (None: there is none) to where it shall be."""

    partition: Partition
    before: int | None
    after: int

    @property
    def difference(self) -> int | None:
        """Offsets that are read again (negative), or skipped."""
        return None if self.before is None else self.after - self.before


def choose(
    wanted: Sequence[str], committed: Collection[Partition], topics: Mapping[str, int]
) -> list[Partition]:
    """The partitions that are meant: `T` or `T:P`, T a name or a glob; or all with a commit.

    `topics` are those that exist, with their number of partitions; commits for others are left as
    they are. Raises ConfigError with a line for each that means nothing.
    """
    there = [Partition(topic, each) for topic, count in topics.items() for each in range(count)]
    if not wanted:
        return sorted(each for each in there if each in committed)
    chosen: set[Partition] = set()
    problems = []
    for each in wanted:
        meant = [partition for partition in there if _is_meant(partition, each)]
        chosen.update(meant)
        if not meant:
            problems.append(_unknown(each, topics))
    if problems:
        raise ConfigError(problems)
    return sorted(chosen)


def plan(
    target: Target,
    bounds: Mapping[Partition, Bounds],
    committed: Mapping[Partition, int],
    at: Mapping[Partition, int],
) -> list[Move]:
    """A move for each partition in `bounds`; `at` is the offset of the moment that is meant.

    Raises ConfigError with a line for each partition whose log does not hold the offset.
    """
    if isinstance(target, ToOffset):
        problems = [
            f"offset {target.offset} is not in {each}: its log is from {log.start} to {log.end}"
            for each, log in sorted(bounds.items())
            if not log.start <= target.offset <= log.end
        ]
        if problems:
            raise ConfigError(problems)
    return [
        Move(each, committed.get(each), _offset(target, log, at.get(each)))
        for each, log in sorted(bounds.items())
    ]


def _offset(target: Target, log: Bounds, at: int | None) -> int:
    match target:
        case ToEarliest():
            return log.start
        case ToLatest():
            return log.end
        case ToOffset(offset):
            return offset
        case ToMoment():
            return log.end if at is None else min(at, log.end)


def _is_meant(partition: Partition, wanted: str) -> bool:
    topic, _, number = wanted.partition(":")
    return is_meant(partition.topic, [topic]) and number in ("", str(partition.number))


def _unknown(wanted: str, topics: Mapping[str, int]) -> str:
    topic, _, number = wanted.partition(":")
    if topic in topics:
        return f"{topic} has no partition {number}: they are 0 to {topics[topic] - 1}"
    return unknown_topic(topic, list(topics))
