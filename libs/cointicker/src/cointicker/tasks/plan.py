"""What a task does with what it finds at its start: go on, begin, or refuse. Values only."""

from dataclasses import dataclass
from typing import Literal

from cointicker.kafka.records import Commit, Partition
from cointicker.snapshots import Mark, Snapshot, decode_mark

Reason = Literal[
    "partition_count",
    "no_commit",
    "foreign_commit",
    "ahead_of_commit",
    "state_lost",
    "beyond_end",
    "below_start",
    "too_old",
    "foreign_state",
    "contract",
]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a task: its commit, its newest snapshot, its input's log."""

    partition: Partition
    partitions: int
    start: int
    end: int
    commit: Commit | None
    snapshot: Snapshot | None

    @property
    def mark(self) -> Mark | None:
        """What a task said beside its offset."""
        return decode_mark(self.commit.metadata) if self.commit else None


@dataclass(frozen=True, slots=True)
class Lost:
    """What the state of a rebuilt task lacks: offsets from `start`, `end` not included."""

    start: int
    end: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """Take `state`, replay from `replay` up to `offset` without output, go on from there."""

    replay: int
    offset: int
    began: int
    state: Snapshot | None = None
    lost: Lost | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a task does not begin; `text` names topic, partition and the numbers."""

    reason: Reason
    text: str


def decide(found: Found) -> Plan | Refusal:
    """How a task begins, or why it does not."""
    return _objection(found) or _go_on(found)


def rebuilt(found: Found, reason: Reason) -> Plan:
    """Without the state: it is made anew of what the input still has, up to the commit.

    What is lacking is recorded as lost.
    """
    offset, mark = found.start, found.mark
    lost_from = mark.began if mark else 0
    if found.commit is not None and found.commit.offset <= found.end:
        offset = max(found.start, found.commit.offset)
        if found.commit.offset < found.start:
            lost_from = found.commit.offset
    lost = Lost(min(lost_from, found.start), found.start, reason)
    return Plan(found.start, offset, found.start, lost=lost)


def _go_on(found: Found) -> Plan:
    if found.commit is None:
        return Plan(found.start, found.start, found.start)
    if found.snapshot is not None:
        snapshot = found.snapshot
        return Plan(snapshot.offset, found.commit.offset, snapshot.began, snapshot)
    assert found.mark is not None
    return Plan(found.mark.began, found.commit.offset, found.mark.began)


def _objection(found: Found) -> Refusal | None:
    counted = found.snapshot or found.mark
    if counted is not None and counted.partitions != found.partitions:
        return Refusal(
            "partition_count",
            f"{found.partition.topic} has {found.partitions} partitions, and the state of "
            f"{found.partition} was made with {counted.partitions}",
        )
    if found.commit is None:
        return _without_commit(found)
    return _against_log(found, found.commit.offset) or _against_commit(found, found.commit.offset)


def _without_commit(found: Found) -> Refusal | None:
    if found.snapshot is None:
        return None
    return Refusal(
        "no_commit",
        f"{found.partition} has a snapshot at {found.snapshot.offset} and no committed offset",
    )


def _against_log(found: Found, offset: int) -> Refusal | None:
    if offset > found.end:
        return Refusal(
            "beyond_end", f"{found.partition} ends at {found.end}, the commit is {offset}"
        )
    if offset < found.start:
        return Refusal(
            "below_start",
            f"{found.partition} is kept from {found.start} on, the commit is {offset}",
        )
    return None


def _against_commit(found: Found, offset: int) -> Refusal | None:
    where, mark, snapshot = found.partition, found.mark, found.snapshot
    if mark is None:
        return Refusal("foreign_commit", f"the commit {offset} of {where} was made by no task")
    if snapshot is not None and snapshot.offset > offset:
        return Refusal(
            "ahead_of_commit",
            f"the snapshot of {where} is at {snapshot.offset}, the commit behind it at {offset}",
        )
    held = None if snapshot is None else snapshot.offset
    if held != mark.snapshot:
        return Refusal(
            "state_lost",
            f"the commit {offset} of {where} was made with a snapshot at {mark.snapshot}, "
            f"and the newest one is at {held}",
        )
    replay = mark.began if held is None else held
    if replay < found.start:
        return Refusal(
            "too_old",
            f"the state of {where} needs its input from {replay} on, "
            f"which is kept from {found.start} on",
        )
    return None
