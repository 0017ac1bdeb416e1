"""Whether anything was lost or doubled under load, by the project's own audit."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field

from cointicker.archive import Layout
from cointicker.audit import AuditResult, audit
from cointicker.errors import TransientError
from cointicker.kafka.group_log import GroupLog, open_group_log
from cointicker.kafka.records import Partition, Record
from cointicker.webhdfs import open_webhdfs
from local.flow import until_level
from tests.load.accounting import Account
from tests.load.figures import ratio
from tests.load.result import Section
from tests.load.sampling import PROCESSED, READS
from tests.load.site import PREFIX, Site
from tests.load.writing import RAW

DEAD = f"{PREFIX}.dead_letter"
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
    async with open_group_log(site.servers, group, 10) as log:
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
    async with open_group_log(site.servers, "load-test", 10) as log:
        for number in numbers:
            async for record in _records(log, topic, number):
                count += begin_ms <= record.timestamp < end_ms
    return count


async def prove_archive(site: Site, proof: Proof) -> None:
    """Read every file back from HDFS, and compare it with Kafka."""
    async with (
        open_webhdfs([site.namenode_url], PREFIX) as files,
        open_group_log(site.servers, "hdfs-sink", 10) as log,
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
    async with open_group_log(site.servers, "processor", 10) as log:
        accounts = [await _settled(log, number) for number in range(await log.partitions(RAW))]
    processed = sum(each.processed for each in accounts)
    missing = sum(each.missing for each in accounts)
    proof.rows["raw records processed"] = [
        processed,
        missing,
        sum(each.twice for each in accounts),
    ]
    proof.rows["repeated raw records"] = [sum(each.repeated for each in accounts), None, None]
    proof.rows["dead letters"] = [sum(each.dead for each in accounts), None, None]
    if not any(each.raw for each in accounts):
        proof.problems.append("there is no raw record: nothing was measured")
    proof.problems += [problem for each in accounts for problem in each.problems][:_MOST_TOLD]


async def _settled(log: GroupLog, number: int) -> Account:
    account = Account(RAW, number)
    async for letter in _records(log, DEAD, 0):
        account.was_refused(letter.value)
    async for record in _records(log, PROCESSED, number):
        account.was_made(record.value)
    async for record in _records(log, RAW, number):
        account.was_raw(record.offset, record.value)
    account.close()
    return account


async def _records(log: GroupLog, topic: str, number: int) -> AsyncIterator[Record]:
    partition = Partition(topic, number)
    async for records in log.records(partition, *await log.bounds(partition)):
        for record in records:
            yield record
