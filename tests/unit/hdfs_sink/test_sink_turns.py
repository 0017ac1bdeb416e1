"""The poll loop: who gets what was polled, and what becomes of lanes when the group decides."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from prometheus_client import REGISTRY

from cointicker.errors import TransientError
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled
from hdfs_sink.budget import Budget
from hdfs_sink.lane import Lane
from hdfs_sink.sink import Sink
from tests.unit.hdfs_sink.world import record

A, B = Partition("a", 0), Partition("a", 1)


class Group:
    """A consumer whose group does what a test says, turn by turn."""

    def __init__(self, *turns: Callable[["Group"], list[Polled]]) -> None:
        self._turns = list(turns)
        self.generation = 1
        self.owned = {A, B}
        self.stop = asyncio.Event()
        self.is_member = True

    def assignment(self) -> frozenset[Partition]:
        return frozenset(self.owned)

    async def poll(self, wait_seconds: float, max_records: int) -> list[Polled]:  # noqa: ARG002
        await asyncio.sleep(0)
        if not self._turns:
            self.stop.set()
            return []
        return self._turns.pop(0)(self)

    async def check(self) -> None:
        pass

    def lags(self) -> dict[Partition, int]:
        return dict.fromkeys(self.owned, 3)

    def decide(self, *owned: Partition) -> list[Polled]:
        self.generation += 2
        self.owned = set(owned)
        return []


class FakeLane:
    """Remembers what it was told."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.heard: list[str] = []
        self.held_bytes = self.body_bytes = self.unread = 0
        self.is_paused = self.is_behind = False
        self._end = asyncio.Event()

    async def run(self) -> None:
        try:
            await self._end.wait()
        except asyncio.CancelledError:
            self.heard.append("dropped")
            raise

    def offer(self, polled: Polled) -> None:
        self.heard.append(f"offered {polled.since}")

    def left(self, unread: int) -> None:
        self.unread = unread

    def lag_seconds(self) -> float:
        return 7.0

    def jump(self) -> None:
        self.heard.append("jump")

    def hold(self, is_held: bool) -> None:
        pass

    def rotate(self) -> None:
        self.heard.append("rotate")

    def lose(self) -> None:
        self._end.set()

    def finish(self) -> bool:
        self.heard.append("finish")
        self._end.set()
        return True


class Bench:
    """A sink with lanes that only remember."""

    def __init__(self) -> None:
        self.lanes: list[FakeLane] = []
        self.health = Health()
        self.now = 0.0
        self.sink = Sink(
            Budget(100),
            self.health,
            moved=asyncio.Event(),
            poll_records=10,
            stalled_seconds=60,
            clock=lambda: self.now,
        )

    async def run(self, group: Group) -> None:
        await self.sink.run(cast("Consumer", group), self._lane, group.stop)

    def _lane(self, partition: Partition) -> Lane:
        lane = FakeLane(partition)
        self.lanes.append(lane)
        return cast("Lane", lane)

    def heard(self, partition: Partition) -> list[list[str]]:
        return [lane.heard for lane in self.lanes if lane.partition == partition]


def polled(partition: Partition, since: int) -> Polled:
    return Polled(partition, since, [record(since)])


async def test_each_lane_gets_its_own_and_finishes_at_the_end() -> None:
    bench = Bench()
    await bench.run(Group(lambda _: [polled(A, 1), polled(B, 2)], lambda _: [polled(A, 3)]))
    assert bench.heard(A) == [["offered 1", "offered 3", "finish"]]
    assert bench.heard(B) == [["offered 2", "finish"]]


async def test_what_is_revoked_is_dropped_and_what_is_assigned_begins() -> None:
    bench = Bench()
    await bench.run(Group(lambda _: [], lambda group: group.decide(B), lambda _: []))
    assert bench.heard(A) == [["dropped"]]
    assert bench.heard(B) == [["dropped"], ["finish"]]


async def test_a_partition_that_is_out_of_range_is_told_and_the_others_go_on() -> None:
    def out_of_range(_: Group) -> list[Polled]:
        raise OffsetOutOfRange(A, 5)

    bench = Bench()
    await bench.run(Group(out_of_range, lambda _: [polled(B, 1)]))
    assert bench.heard(A) == [["jump", "finish"]]
    assert bench.heard(B) == [["offered 1", "finish"]]


async def test_a_lane_that_ended_without_a_new_decision_begins_anew() -> None:
    bench = Bench()

    def lose(_: Group) -> list[Polled]:
        bench.lanes[0].lose()
        bench.now = 10
        return []

    def later(_: Group) -> list[Polled]:
        bench.now = 20
        return []

    await bench.run(Group(lambda _: [], lose, later, lambda _: []))
    assert bench.heard(A) == [[], ["finish"]]


async def test_at_the_budget_the_largest_closes() -> None:
    bench = Bench()

    def grow(_: Group) -> list[Polled]:
        bench.lanes[1].held_bytes = bench.lanes[1].body_bytes = 100
        return []

    await bench.run(Group(lambda _: [], grow))
    assert "rotate" in bench.heard(B)[0]
    assert "rotate" not in bench.heard(A)[0]


async def test_the_lag_is_reported() -> None:
    bench = Bench()
    seen = []

    def look(_: Group) -> list[Polled]:
        seen.append(bench.sink.figures())
        return []

    await bench.run(Group(lambda _: [], look))
    assert seen[0].lag == 6
    assert seen[0].partitions == ["a-0", "a-1"]


def spoken_of(partition: Partition) -> dict[str, float]:
    """The series of this partition, without the word that they begin with."""
    return {
        sample.name.removeprefix("cointicker_hdfs_sink_"): sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("partition") == str(partition)
    }


async def test_the_series_of_a_revoked_partition_disappear() -> None:
    bench = Bench()
    seen = []

    def look(_: Group) -> list[Polled]:
        seen.append((spoken_of(A), spoken_of(B)))
        return []

    def revoke(group: Group) -> list[Polled]:
        bench.now = 10
        return group.decide(B)

    await bench.run(Group(lambda _: [], look, revoke, look))
    series = {"lag_records": 3.0, "lag_seconds": 7.0}
    assert seen == [(series, series), ({}, series)]
    assert bench.lanes[0].unread == 3
    assert spoken_of(B) == {}


async def test_kafka_away_for_too_long_needs_a_new_consumer() -> None:
    bench = Bench()

    def away(_: Group) -> list[Polled]:
        bench.now = 61
        raise TransientError("nobody there")

    group = Group(lambda _: [], away)
    with pytest.raises(TransientError, match="nobody there"):
        await bench.run(group)
    assert bench.heard(A) == [["dropped"]]
