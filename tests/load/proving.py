"""Whether anything was lost or doubled under load, by the project's own audit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cointicker.archive import Layout
from cointicker.audit import AuditResult, audit
from cointicker.errors import TransientError
from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.records import Partition, Record
from cointicker.webhdfs import open_webhdfs
from local.flow import read_topics, until_level
from local.proof import Processing, add_up
from tests.load.figures import ratio
from tests.load.result import Section
from tests.load.sampling import PROCESSED, READS
from tests.load.site import PREFIX, Site
from tests.load.writing import RAW

_MOST_TOLD = 10
_TITLE, _COLUMNS = "exactly once", ["records", "missing", "double or altered"]


@dataclass(slots=True)
class Proof:
    """What was found, and what speaks against it, a line each."""

    rows: dict[str, list[float | None]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    bytes_per_record: float | None = None

    @property
    def section(self) -> Section:
        """The figures as a table."""
        return Section(_TITLE, _COLUMNS, self.rows)


async def until_worked_off(site: Site, group: str, timeout_seconds: float) -> None:
    """Wait until a group has committed everything there is for it. Raises TransientError."""
    async with open_group_log(site.servers, group) as log:
        await until_level(log, [READS[group]], timeout_seconds)


async def work_off(site: Site, timeout_seconds: float) -> list[str]:
    """Wait for every group; what is not done in time is a problem, not the end of the report."""
    problems = []
    for group in READS:
        try:
            await until_worked_off(site, group, timeout_seconds)
        except TransientError as error:
            problems.append(f"{group}: {error}")
    return problems


async def count_fetched(
    site: Site, topic: str, numbers: Iterable[int], run: tuple[float, float]
) -> int:
    """How many records of these partitions were fetched between two moments. TransientError."""
    count = 0
    begin_ms, end_ms = run[0] * 1000, run[1] * 1000
    async with open_group_log(site.servers, "load-test") as log:
        for number in numbers:
            partition = Partition(topic, number)
            async for records in log.records(partition, *await log.bounds(partition)):
                count += sum(begin_ms <= each.timestamp < end_ms for each in records)
    return count


async def prove_archive(site: Site, proof: Proof) -> None:
    """Read every file back from HDFS, and compare it with Kafka."""
    async with (
        open_webhdfs([site.namenode_url], PREFIX) as files,
        open_group_log(site.servers, "hdfs-sink") as log,
    ):
        audited = await audit(files, log, [RAW], Layout.of(f"/{PREFIX}", PREFIX))
    parts = audited.partitions
    wrong = sum(each.double + each.altered + each.unknown for each in parts)
    missing = sum(each.missing + each.waiting for each in parts)
    kept = sum(each.records for each in parts)
    proof.rows["raw records in HDFS"] = [kept, missing, wrong]
    proof.bytes_per_record = ratio(sum(each.bytes for each in parts), kept)
    proof.problems += list(_problems(audited))[:_MOST_TOLD]


def _problems(audited: AuditResult) -> Iterator[str]:
    for path in audited.foreign:
        yield f"not a file of ours: {path}"
    for each in audited.partitions:
        yield from each.problems
        if not each.clean or each.waiting:
            yield (
                f"{each.name}: {each.missing} missing, {each.double} double, "
                f"{each.unknown} unknown, {each.altered} altered, {each.waiting} waiting"
            )


async def prove_processing(site: Site, proof: Proof) -> None:
    """Find what became of each raw record, a partition at a time."""
    whole = Processing()
    async with open_group_log(site.servers, "processor") as log:
        letters = [each for _, each in await read_topics(log, [f"{PREFIX}.dead_letter"])]
        for number in range(await log.partitions(RAW)):
            found = add_up(
                [(Partition(RAW, number), each) for each in await _read(log, RAW, number)],
                await _read(log, PROCESSED, number),
                letters,
            )
            whole.raw += found.raw
            whole.processed += found.processed
            whole.repeated += found.repeated
            whole.dead += found.dead
            whole.problems += found.problems
    missing = whole.raw - whole.processed - whole.repeated - whole.dead
    twice = sum(each.startswith(("made twice", "processed again")) for each in whole.problems)
    proof.rows["raw records processed"] = [whole.processed, missing, twice]
    proof.rows["repeated raw records"] = [whole.repeated, None, None]
    proof.rows["dead letters"] = [whole.dead, None, None]
    proof.problems += whole.problems[:_MOST_TOLD]


async def _read(log: GroupLog, topic: str, number: int) -> list[Record]:
    partition = Partition(topic, number)
    start, end = await log.bounds(partition)
    found: list[Record] = []
    async for records in log.records(partition, start, end):
        found += records
    return found
