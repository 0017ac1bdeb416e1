"""From what there is of a task to its state: look, decide, replay."""

import asyncio
from dataclasses import dataclass

from cointicker.errors import InvalidMessage, TransientError
from cointicker.kafka.records import OffsetOutOfRange, Partition
from cointicker.tasks.plan import Found, Plan, Refusal, decide, rebuilt
from cointicker.tasks.seams import TaskLog
from cointicker.tasks.terms import Standing, Terms
from cointicker.work import Work

# A broker that has just become a partition's leader may show an end that is behind, for a moment:
# of the input, or of the topic with the snapshots.
_MAY_PASS = ("beyond_end", "state_lost")
_LOOKS = 5


class Refused(Exception):
    """A task cannot begin unless an operator decides so."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a task stands, and how it came to it."""

    standing: Standing
    plan: Plan
    replayed: int


class Interrupted(TransientError):
    """The task was told to end before its state was restored."""


async def restore(
    partition: Partition, log: TaskLog, terms: Terms, ending: asyncio.Event
) -> Restored:
    """The state of all records below the commit.

    Raises Refused, TransientError, NotOwned, and Interrupted soon after `ending` is set.
    """
    found, plan = await _look(partition, log, terms)
    try:
        work = terms.make_work(partition, plan.state.state if plan.state else None)
    except InvalidMessage as error:
        plan = _without_state(found, error, rebuild=terms.rebuild)
        work = terms.make_work(partition, None)
    replayed = await _replay(work, log, plan, ending)
    standing = Standing(
        partition=partition,
        partitions=found.partitions,
        work=work,
        offset=plan.offset,
        began=plan.began,
        snapshot=plan.state.offset if plan.state else None,
        snapshot_at=terms.clock(),
    )
    return Restored(standing, plan, replayed)


async def _look(partition: Partition, log: TaskLog, terms: Terms) -> tuple[Found, Plan]:
    for look in range(1, _LOOKS + 1):
        found = await _find(partition, log, terms)
        plan = decide(found)
        if isinstance(plan, Plan):
            return found, plan
        if plan.reason in _MAY_PASS and look < _LOOKS:
            await asyncio.sleep(terms.look_again_seconds)
        elif terms.rebuild:
            return found, rebuilt(found, plan.reason)
        else:
            raise Refused(plan)
    raise AssertionError("the last look ends it")


async def _find(partition: Partition, log: TaskLog, terms: Terms) -> Found:
    commit = await log.committed()
    try:
        snapshot = await log.newest_snapshot()
    except InvalidMessage as error:
        if not terms.rebuild:
            raise Refused(_foreign(partition, error)) from error
        snapshot = None
    start, end = await log.bounds()
    return Found(partition, await log.partitions(), start, end, commit, snapshot)


async def _replay(work: Work, log: TaskLog, plan: Plan, ending: asyncio.Event) -> int:
    """Give the records their effect on the state; their output is there already."""
    replayed = 0
    try:
        async for records in log.replay(plan.replay, plan.offset):
            work.take(records)
            replayed += len(records)
            if ending.is_set():
                raise Interrupted(f"after {replayed} replayed records")
    except OffsetOutOfRange as error:  # retention was faster: the next look shows it
        raise TransientError(str(error)) from error
    return replayed


def _without_state(found: Found, error: InvalidMessage, *, rebuild: bool) -> Plan:
    if not rebuild:
        raise Refused(_foreign(found.partition, error)) from error
    return rebuilt(found, "foreign_state")


def _foreign(partition: Partition, error: InvalidMessage) -> Refusal:
    return Refusal("foreign_state", f"the snapshot of {partition} cannot be read: {error}")
