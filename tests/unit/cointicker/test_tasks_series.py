"""What a service's tasks say of a partition, for as long as it is theirs and no longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import REGISTRY

from cointicker.errors import TransientError
from cointicker.kafka.records import Partition
from cointicker.tasks.report import count_late
from tests.fakes.memory_kafka import Kept, MemoryBroker, MemoryTaskLog
from tests.unit.cointicker.task_member import (
    INPUT,
    OTHER,
    Member,
    commit_of_or_zero,
    until,
    working,
)


def spoken_of(partition: Partition) -> set[str]:
    """The metrics that have a series of this partition."""
    return {
        metric.name.removeprefix("cointicker_tasks_test_")
        for metric in REGISTRY.collect()
        if metric.name.startswith("cointicker_tasks_test_")
        for sample in metric.samples
        if sample.labels.get("partition") == str(partition)
    }


def lag_seconds(partition: Partition) -> float | None:
    labels = {"partition": str(partition)}
    return REGISTRY.get_sample_value("cointicker_tasks_test_lag_seconds", labels)


async def test_the_series_of_a_revoked_partition_disappear() -> None:
    broker = MemoryBroker()
    async with working(Member(broker, snapshot_seconds=0), INPUT, OTHER) as member:
        broker.produce(INPUT, b"a")
        await until(lambda: spoken_of(INPUT) >= {"lag_records", "lag_seconds", "snapshot_bytes"})
        member.group.assign(OTHER)
        await until(lambda: not spoken_of(INPUT))
        assert "lag_seconds" in spoken_of(OTHER)
    assert not spoken_of(OTHER)


async def test_the_lag_in_seconds_grows_while_nothing_is_read_and_ends_with_the_commit() -> None:
    broker = MemoryBroker()
    async with working(Member(broker)) as member:
        await until(lambda: lag_seconds(INPUT) == 0)
        member.group.is_away = True
        broker.produce(INPUT, b"a", timestamp=1)
        member.tasks._held.tasks[INPUT][0].left(1)
        before = lag_seconds(INPUT)
        assert before is not None
        await until(lambda: (lag_seconds(INPUT) or 0) > before)
        member.group.is_away = False
        await until(lambda: commit_of_or_zero(broker) == 1)
        await until(lambda: lag_seconds(INPUT) == 0)


def count(name: str) -> float:
    return (
        REGISTRY.get_sample_value(f"cointicker_tasks_test_{name}_total", {"topic": INPUT.topic})
        or 0.0
    )


async def test_every_record_of_a_transaction_that_is_late_is_counted() -> None:
    broker = MemoryBroker()
    for value in (b"a", b"b", b"c"):
        broker.produce(INPUT, value, timestamp=1)
    broker.produce(INPUT, b"d", timestamp=2**60)
    late, records = count("records_late"), count("records_in")
    async with working(Member(broker)):
        await until(lambda: commit_of_or_zero(broker) == 4)
        await until(lambda: count("records_in") == records + 4)
        await until(lambda: count("records_late") == late + 3)


def test_a_record_of_exactly_a_second_is_not_late() -> None:
    stamps = (8_999, 9_000, 9_001)
    records = [Kept(offset, stamp, None, b"v") for offset, stamp in enumerate(stamps)]
    assert count_late(records, 10) == 1


class Shut(Member):
    """One that cannot begin with its partitions."""

    @asynccontextmanager
    async def _open_log(self, partition: Partition) -> AsyncIterator[MemoryTaskLog]:
        raise TransientError(f"nothing answers of {partition}")
        yield


async def test_what_a_task_that_cannot_begin_has_before_it_waits() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Shut(broker)):
        await until(lambda: (lag_seconds(INPUT) or 0) > 0)
