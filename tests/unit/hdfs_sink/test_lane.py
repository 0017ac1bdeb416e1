"""One partition's way from Kafka to HDFS."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import PurePosixPath

import pytest
from prometheus_client import REGISTRY

from cointicker.backoff import Backoff
from cointicker.health import Health
from cointicker.kafka.records import Partition, Polled, Record
from hdfs_sink.batch import Rotation
from hdfs_sink.lane import Lane, Terms
from hdfs_sink.protocol import Patience, Refused
from hdfs_sink.report import LaneReport
from hdfs_sink.retrying import Retrying
from hdfs_sink.writer import Writer
from tests.unit.hdfs_sink.archives import Archive, archived
from tests.unit.hdfs_sink.world import TOPIC

PARTITION = Partition(TOPIC, 0)
NEVER = Rotation(body_bytes=10**9, records=10**9, age_seconds=10**6, idle_seconds=10**6)


class Fetch:
    """Remembers where the lane wants to read, and whether."""

    def __init__(self) -> None:
        self.seeks: list[int] = []
        self.is_paused = True
        self.sought = asyncio.Event()

    def seek(self, partition: Partition, offset: int) -> None:  # noqa: ARG002
        self.seeks.append(offset)
        self.sought.set()

    def pause(self, partition: Partition) -> None:  # noqa: ARG002
        self.is_paused = True

    def resume(self, partition: Partition) -> None:  # noqa: ARG002
        self.is_paused = False

    async def next_seek(self) -> int:
        await self.sought.wait()
        self.sought.clear()
        return self.seeks[-1]


@pytest.fixture(scope="module")
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


class Bench:
    """A lane over an archive in memory."""

    def __init__(self, archive: Archive, workers: ThreadPoolExecutor, **terms: object) -> None:
        self.archive = archive
        self.fetch = Fetch()
        self.health = Health()
        plain = archive.writer()
        patience = Retrying("it", self.health, Backoff(0.001, 0.001))
        writer = Writer(plain.place, plain.files, plain.log, patience, plain.new_id)
        given: dict[str, object] = {
            "rotation": NEVER,
            "pledge": _kept,
            "refused_retry_seconds": 0.001,
            "inbox_records": 4,
            "inbox_bytes": 10**6,
            "workers": workers,
            "moved": lambda: None,
            "clock": lambda: 0.0,
            **terms,
        }
        report = LaneReport(PARTITION, self.health)
        self.lane = Lane(
            PARTITION,
            self.fetch,
            writer,
            patience,
            report,
            Terms(**given),  # type: ignore[arg-type]
        )

    @asynccontextmanager
    async def running(self):  # type: ignore[no-untyped-def]
        running = asyncio.ensure_future(self.lane.run())
        try:
            yield running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def offer(self, *records: Record, since: int | None = None) -> None:
        first = records[0].offset if since is None else since
        self.lane.offer(Polled(PARTITION, first, records))

    def files(self) -> list[PurePosixPath]:
        return [path for path in self.archive.files.paths() if "raw" in path.parts]


async def _kept(topic: str, patience: Patience) -> None:
    pass


async def test_what_came_is_published_and_committed_at_the_end(workers: ThreadPoolExecutor) -> None:
    archive = Archive()
    records = archive.produce(0, 1)
    bench = Bench(archive, workers)
    async with bench.running() as running:
        assert await bench.fetch.next_seek() == 0
        assert not bench.fetch.is_paused
        bench.offer(*records)
        assert bench.lane.finish()
        await running
    assert len(bench.files()) == 1
    assert archive.partition.commit is not None
    assert archive.partition.commit.offset == 2


async def test_what_was_polled_before_a_seek_is_not_taken(workers: ThreadPoolExecutor) -> None:
    archive = Archive()
    records = archive.produce(0, 1)
    bench = Bench(archive, workers)
    async with bench.running() as running:
        await bench.fetch.next_seek()
        bench.offer(records[1], since=1)
        bench.offer(records[0], records[1])
        bench.lane.finish()
        await running
    assert archive.partition.commit is not None
    assert archive.partition.commit.offset == 2


async def test_a_full_inbox_stops_the_fetching(workers: ThreadPoolExecutor) -> None:
    archive = Archive()
    records = archive.produce(0, 1, 2, 3)
    bench = Bench(archive, workers)
    async with bench.running():
        await bench.fetch.next_seek()
        bench.offer(*records)
        assert bench.fetch.is_paused
        assert bench.lane.is_paused


async def test_a_file_that_is_there_already_is_moved_past(workers: ThreadPoolExecutor) -> None:
    archive = await archived(0, 1)
    before = archive.partition.commit
    records = archive.produce(2, 3, 4)
    await archive.publish(await archive.recovered(), records[:2])
    archive.partition.commit = before
    bench = Bench(archive, workers)
    async with bench.running() as running:
        assert await bench.fetch.next_seek() == 2
        bench.offer(*records)
        assert await bench.fetch.next_seek() == 4
        bench.offer(records[2])
        bench.lane.finish()
        await running
    assert len(bench.files()) == 3


async def test_a_lost_race_goes_on_behind_the_winner(workers: ThreadPoolExecutor) -> None:
    archive = await archived(0)
    records = archive.produce(1, 2, 3)
    bench = Bench(archive, workers, rotation=Rotation(10**9, 2, 10**6, 10**6))
    async with bench.running() as running:
        assert await bench.fetch.next_seek() == 1
        bench.offer(records[0])
        await until(lambda: bench.lane.body_records > 0)
        await archive.publish(await archive.recovered(), records[:2])
        bench.offer(records[1])
        assert await bench.fetch.next_seek() == 3
        bench.offer(records[2])
        bench.lane.finish()
        await running
    assert len(bench.files()) == 3


async def test_a_fenced_lane_drops_all_and_recovers(workers: ThreadPoolExecutor) -> None:
    archive = await archived(0)
    records = archive.produce(1)
    bench = Bench(archive, workers, rotation=Rotation(10**9, 1, 10**6, 10**6))
    staging = PurePosixPath(f"/cointicker/_staging/{TOPIC}-0")
    async with bench.running() as running:
        assert await bench.fetch.next_seek() == 1
        for each in await archive.files.list_directory(staging):
            await archive.files.delete(staging / each.name)
        bench.offer(*records)
        assert await bench.fetch.next_seek() == 1
        bench.offer(*records)
        bench.lane.finish()
        await running
    assert len(bench.files()) == 2


async def test_at_a_gap_the_open_file_is_published_first(workers: ThreadPoolExecutor) -> None:
    archive = Archive()
    records = archive.produce(0, 1, 2, 3)
    bench = Bench(archive, workers)
    async with bench.running() as running:
        await bench.fetch.next_seek()
        bench.offer(records[0])
        await until(lambda: bench.lane.body_records > 0)
        archive.retain_from(3)
        bench.lane.jump()
        assert await bench.fetch.next_seek() == 3
        bench.offer(records[3])
        bench.lane.finish()
        await running
    assert [(gap.start, gap.end) for gap in archive.partition.gaps] == [(1, 3)]
    assert len(bench.files()) == 2


async def test_a_refused_partition_is_named_until_it_is_accepted(
    workers: ThreadPoolExecutor,
) -> None:
    refusals = iter([Refused("other_settings", "why")] * 2)
    health = asyncio.Event()

    async def pledge(topic: str, patience: Patience) -> None:  # noqa: ARG001
        refusal = next(refusals, None)
        if refusal is not None:
            raise refusal
        health.set()

    bench = Bench(Archive(), workers, pledge=pledge)
    async with bench.running():
        await until(lambda: "refused" in bench.health.dependencies().get(str(PARTITION), ""))
        assert is_shown_as_refused()
        await bench.fetch.next_seek()
        assert str(PARTITION) not in bench.health.dependencies()
        assert not is_shown_as_refused()


async def test_a_partition_that_is_not_ours_any_more_is_not_shown_as_refused(
    workers: ThreadPoolExecutor,
) -> None:
    async def pledge(topic: str, patience: Patience) -> None:  # noqa: ARG001
        raise Refused("other_settings", "why")

    bench = Bench(Archive(), workers, pledge=pledge, refused_retry_seconds=60)
    async with bench.running():
        await until(is_shown_as_refused)
    assert not is_shown_as_refused()


async def test_a_record_waits_from_its_timestamp_until_its_file_is_committed(
    workers: ThreadPoolExecutor,
) -> None:
    archive = Archive()
    records = archive.produce(0, 1)
    bench = Bench(archive, workers, wall=lambda: 60.0)
    async with bench.running() as running:
        await bench.fetch.next_seek()
        assert bench.lane.lag_seconds() == 0
        bench.offer(*records)
        assert bench.lane.lag_seconds() == 60
        assert bench.lane.finish()
        await running
    assert bench.lane.lag_seconds() == 0


def is_shown_as_refused() -> bool:
    labels = {"partition": str(PARTITION), "reason": "other_settings"}
    return REGISTRY.get_sample_value("cointicker_hdfs_sink_refused", labels) == 1


async def test_a_partition_that_went_to_another_ends_the_lane(workers: ThreadPoolExecutor) -> None:
    archive = Archive()
    records = archive.produce(0)
    bench = Bench(archive, workers, rotation=Rotation(10**9, 1, 10**6, 10**6))
    async with bench.running() as running:
        await bench.fetch.next_seek()
        archive.partition.owner = "another"
        bench.offer(*records)
        await running
    assert archive.partition.commit is None


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0)
