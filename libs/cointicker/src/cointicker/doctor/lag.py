"""How old the oldest record is that hdfs-sink has not committed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from cointicker.doctor.finding import ASK_LONGER, Finding, failed, ok, some, warn
from cointicker.kafka.admin import Admin
from cointicker.kafka.group_lag import Lag, group_offsets, lags
from cointicker.kafka.offsets import Offsets
from cointicker.kafka.patterns import is_meant
from cointicker.kafka.reader import Reader
from cointicker.kafka.records import Partition

NAME = "sink lag"
_DECIDING = ("PreparingRebalance", "CompletingRebalance")
_SCALE = (
    "see the lines of hdfs-sink and the NameNode; if both are well it reads again after a replay, "
    "which takes its time, or does not keep up: docker compose up --wait --scale hdfs-sink=2"
)


@dataclass(frozen=True, slots=True)
class SinkLag:
    """What waits in the partitions of the sink's group, and what nobody takes, in records.

    While the group `is_deciding` who has which partition, what nobody takes may be about to be.
    """

    lags: Sequence[Lag]
    not_taken: Mapping[Partition, int]
    is_deciding: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """The clients that this is asked through."""

    admin: Admin
    offsets: Offsets
    reader: Reader


async def look(
    cluster: Cluster, group: str, topics: Sequence[str], now: float, within_seconds: float
) -> SinkLag:
    """The lag of the group on the topics, names and globs, that it is to take.

    What could not be read by the end of that time is told as not read. Raises TransientError.
    """
    until = asyncio.get_running_loop().time() + within_seconds
    [found] = await group_offsets(
        cluster.admin, cluster.offsets, [await cluster.admin.group(group)]
    )
    taken = set(found.partitions())
    others = [
        Partition(topic.name, number)
        for topic in await cluster.admin.topics()
        if is_meant(topic.name, topics)
        for number in range(topic.partitions)
    ]
    left = [each for each in others if each not in taken]
    bounds = await cluster.offsets.bounds(left) if left else {}
    not_taken = {each: kept.end - kept.start for each, kept in bounds.items()}
    left_seconds = max(0.0, until - asyncio.get_running_loop().time())
    return SinkLag(
        await lags(found, cluster.reader, now, left_seconds),
        {each: records for each, records in not_taken.items() if records},
        is_deciding=found.group.state in _DECIDING,
    )


def judge(seen: SinkLag, most_seconds: float) -> Finding:
    """Fails if a record has waited for longer than a file is open, or waits for nobody."""
    if seen.not_taken and seen.is_deciding:
        return warn(NAME, "the group decides who has which partition", "ask again in a minute")
    if seen.not_taken:
        first = min(seen.not_taken)
        return failed(
            NAME,
            f"nobody in the group takes {len(seen.not_taken)} partitions with records, "
            f"the first is {first} with {seen.not_taken[first]}",
            "start hdfs-sink; if it has another group: --group-id",
        )
    known = [(each.lag_seconds, each) for each in seen.lags if each.lag_seconds is not None]
    seconds, worst = max(known, key=itemgetter(0), default=(0.0, None))
    unread = [each for each in seen.lags if each.lag and each.lag_seconds is None]
    found = "0 s: hdfs-sink has committed every record" + (" that was looked at" if unread else "")
    if worst is not None and seconds:
        waiting = sum(each.lag or 0 for each in seen.lags)
        found = (
            f"{seconds:.0f} s: the oldest record that hdfs-sink has not committed, "
            f"in {worst.partition}, of {waiting} that wait"
        )
    if seconds > most_seconds:
        return failed(NAME, f"{found}; more than {most_seconds:g} s", _SCALE)
    if unread:
        names = some(f"{each.partition} with {each.lag} that wait" for each in unread)
        return warn(NAME, f"{found}; not read in time: {names}", ASK_LONGER)
    return ok(NAME, found)
