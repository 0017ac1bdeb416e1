"""What stops one task alone, until an operator decides."""

import orjson

from cointicker.kafka.records import Partition
from cointicker.snapshots import Snapshot, encode_snapshot
from tests.fakes.memory_kafka import MemoryBroker
from tests.unit.cointicker.task_member import (
    INPUT,
    OTHER,
    Member,
    commit_of,
    refused,
    until,
    working,
)


async def test_a_broken_promise_stops_one_task_and_the_others_go_on() -> None:
    broker = MemoryBroker(partitions=2)
    broker.produce(INPUT, b"a")
    async with working(Member(broker), INPUT, OTHER) as member:
        await until(lambda: len(broker.values("out")) == 1)
        broker.produce(INPUT, b"b", b"stop")
        await until(lambda: refused(INPUT, "contract") == 1)
        broker.produce(OTHER, b"x")
        await until(lambda: broker.values("out", 1) == [b"x 1 1"])
        assert "too many invalid" in member.health.dependencies()["in-0"]
        assert not member.group.is_fetched(INPUT)
        assert not member.health.is_ready()
        assert member.health.is_alive()
    assert broker.values("out") == [b"a 1 1"]
    assert commit_of(broker).offset == 1
    assert refused(INPUT, "contract") is None


async def test_a_state_that_no_snapshot_holds_stops_the_task() -> None:
    broker = MemoryBroker(largest=40)
    broker.produce(INPUT, b"a")
    async with working(Member(broker, snapshot_seconds=0.000_001)):
        await until(lambda: refused(INPUT, "contract") == 1)
    assert broker.values("out") == []


async def test_what_retention_took_before_it_was_read_is_refused_with_both_numbers() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Member(broker)) as member:
        await until(lambda: len(broker.values("out")) == 1)
        broker.logs[INPUT].append([(None, b"b", 1)] * 8)
        broker.logs[INPUT].delete_before(7)
        broker.changed.set()
        await until(lambda: refused(INPUT, "below_start") == 1)
        why = member.health.dependencies()["in-0"]
        assert "7" in why
        assert "1" in why


async def test_a_rebuild_goes_on_and_records_what_it_lacks() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, *[b"a"] * 10)
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 10)
    broker.logs[Partition("state", 0)].records.clear()
    broker.logs[INPUT].delete_before(4)
    async with working(Member(broker)):
        await until(lambda: refused(INPUT, "state_lost") == 1)
    async with working(Member(broker, rebuild=True)):
        await until(lambda: len(broker.values("gaps")) == 1)
        broker.produce(INPUT, b"a")
        await until(lambda: len(broker.values("out")) == 11)
    gap = orjson.loads(broker.values("gaps")[0])
    assert (gap["subject"], gap["partition"], gap["from"], gap["to"]) == ("in", 0, 0, 4)
    assert broker.values("out")[-1] == b"a 7 7"
    async with working(Member(broker)) as member:  # its snapshot is the state from now on
        await until(member.health.is_ready)
    assert len(broker.values("gaps")) == 1


async def test_a_snapshot_that_the_work_does_not_know_is_refused() -> None:
    broker = MemoryBroker()
    broker.produce(INPUT, b"a")
    async with working(Member(broker)):
        await until(lambda: len(broker.values("out")) == 1)
    foreign = encode_snapshot(Snapshot(INPUT, 1, 0, 1, b"foreign"))
    broker.produce(Partition("state", 0), foreign)
    async with working(Member(broker)):
        await until(lambda: refused(INPUT, "foreign_state") == 1)
