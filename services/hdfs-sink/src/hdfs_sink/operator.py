"""An operator's look at the chains: with the sink's own rules, from outside of its group."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from cointicker.archive import Layout, published_files
from cointicker.concurrency import task_group
from cointicker.errors import ConfigError, ContractViolation, TransientError
from cointicker.files import Files
from cointicker.kafka.admin import Admin, open_admin
from cointicker.kafka.patterns import is_meant
from cointicker.kafka.reader import Reader, open_reader
from cointicker.kafka.records import Commit, NotOwned, Partition, Record
from cointicker.webhdfs import Timeouts, open_webhdfs
from hdfs_sink.accept import accept
from hdfs_sink.config import SinkSettings
from hdfs_sink.protocol import Gap, Place, Refused
from hdfs_sink.recovery import find_chain
from hdfs_sink.writer import Writer

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """A partition that no sink goes on with before an operator has decided."""

    topic: str
    partition: int
    reason: str
    detail: str


class Impatient:
    """`Patience` of somebody who waits for the answer: the first failure is told."""

    async def wait(self, error: TransientError) -> None:
        """Give up."""
        raise error


class OperatorLog:
    """The protocol's `Log`, to be looked at: whoever is in no group commits nothing for it."""

    def __init__(self, partition: Partition, admin: Admin, reader: Reader, group: str) -> None:
        self._partition = partition
        self._admin = admin
        self._reader = reader
        self._group = group

    async def bounds(self) -> tuple[int, int]:
        """As `Log`."""
        return await self._reader.bounds(self._partition)

    async def first_from(self, offset: int) -> Record | None:
        """As `Log`."""
        return await self._reader.first_from(self._partition, offset)

    async def committed(self) -> Commit | None:
        """As `Log`."""
        return (await self._admin.commits(self._group)).get(self._partition)

    async def commit(self, commit: Commit) -> None:
        """Never ours to do."""
        raise NotOwned(f"{self._partition} is not ours: {commit}")

    async def record_gap(self, gap: Gap) -> None:
        """Never ours to do."""
        raise ContractViolation(f"{self._partition}: an operator's look records no gap: {gap}")


class Operator:
    """Says what is refused, and accepts it. Raises TransientError."""

    def __init__(self, settings: SinkSettings, files: Files, admin: Admin, reader: Reader) -> None:
        self._settings = settings
        self._files = files
        self._admin = admin
        self._reader = reader
        self._layout = Layout.of(settings.hdfs_root, settings.kafka_topic_prefix)

    async def partitions(self) -> list[Partition]:
        """Every partition of the topics that the sink takes."""
        return [
            Partition(topic.name, number)
            for topic in await self._admin.topics()
            if is_meant(topic.name, self._settings.kafka_topics)
            for number in range(topic.partitions)
        ]

    async def refusals(self, partitions: Sequence[Partition]) -> list[Refusal]:
        """Those of them that are refused."""
        a_few = asyncio.Semaphore(_AT_ONCE)

        async def look(partition: Partition) -> Refusal | None:
            async with a_few:
                return await self.refusal(partition)

        async with task_group() as tasks:
            looking = [tasks.create_task(look(each)) for each in partitions]
        return [refusal for each in looking if (refusal := each.result())]

    async def refusal(self, partition: Partition) -> Refusal | None:
        """Why a partition is refused, None if it is not: as the sink will find when it looks."""
        writer = self._writer(partition)
        try:
            # Nothing is made at that place: it is only where the chain would go on.
            await find_chain(writer, writer.place.staging / "operator")
        except Refused as refused:
            return Refusal(*partition, refused.reason, refused.detail)
        return None

    async def files_of(self, partition: Partition) -> int:
        """How many files of it are in the archive."""
        found = await published_files(self._files, self._layout, *partition)
        return len(found)

    async def accept(self, shown: Refusal, date: str) -> list[str]:
        """Set its files aside under `date`, and void its commit; where the files are now.

        Raises ConfigError if it is not refused any more, or for another reason than was shown.
        """
        partition = Partition(shown.topic, shown.partition)
        check_still_so(shown, await self.refusal(partition))
        return [str(each) for each in await accept(self._writer(partition), date)]

    def _writer(self, partition: Partition) -> Writer:
        settings = self._settings
        place = Place(self._layout, *partition, new_root=settings.new_root)
        log = OperatorLog(partition, self._admin, self._reader, settings.kafka_group_id)
        return Writer(place, self._files, log, Impatient(), lambda: f"operator-{uuid4().hex}")


def check_still_so(shown: Refusal, found: Refusal | None) -> None:
    """Raises ConfigError unless what is found now is what somebody was shown and agreed to."""
    if found is not None and found.reason == shown.reason:
        return
    now = "not refused any more" if found is None else f"refused, {found.reason}: {found.detail}"
    name = Partition(shown.topic, shown.partition)
    raise ConfigError([f"{name} is {now}: nothing was set aside (cointicker sink list)"])


@asynccontextmanager
async def open_operator(settings: SinkSettings) -> AsyncIterator[Operator]:
    """Connected to Kafka and HDFS while the context is open. Raises TransientError."""
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with (
        open_admin(servers, seconds) as admin,
        open_reader(servers, seconds) as reader,
        open_webhdfs(
            settings.namenodes(),
            settings.hdfs_user,
            timeouts=Timeouts(call_seconds=settings.hdfs_timeout_seconds),
        ) as files,
    ):
        yield Operator(settings, files, admin, reader)
