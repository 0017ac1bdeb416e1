"""The archive in HDFS as it is read: what there is, and its records in order, each once."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cointicker.archive.layout import Layout
from cointicker.archive.listing import list_hours, list_settled, list_topics, start_of
from cointicker.archive.merge import Ahead, Merged
from cointicker.archive.reading import Reading, naming
from cointicker.archive.records import to_records
from cointicker.archive.span import LATENESS, Span
from cointicker.archive.stored import Kept, PartitionFiles
from cointicker.errors import CoinTickerError
from cointicker.files import Files

if TYPE_CHECKING:
    import pyarrow as pa

Form = TypeVar("Form")

logger = logging.getLogger(__name__)


class UnknownSource(CoinTickerError):
    """Nothing of a source is in the archive; `known` are the sources of which there is."""

    def __init__(self, source: str, known: Sequence[str]) -> None:
        there_is = ", ".join(known) or "nothing at all"
        super().__init__(f"nothing of {source!r} is in the archive; there is: {there_is}")
        self.known = list(known)


class AsyncArchive:
    """What hdfs-sink wrote below one root of an HDFS. It is only read: nothing is marked or moved.

    `source` is a source's name (`upbit_trends`) or the whole name of a topic; `start` is included,
    `end` is not, both by Kafka's timestamp, None without a bound. A record that is up to `lateness`
    older than one before it in its partition is still found. Wrong arguments raise ValueError or
    TypeError at once; reading raises UnknownSource, DamagedFile, ForeignFile, and TransientError
    where HDFS does not answer.
    """

    def __init__(self, files: Files, layout: Layout, address: str) -> None:
        self._files = files
        self._layout = layout
        self._address = address
        self._readings: list[Reading[Any]] = []

    async def close(self) -> None:
        """End every pass that is still open."""
        for reading in self._readings:
            await reading.close()

    async def sources(self) -> list[str]:
        """What there is to read: the sources, and the other topics by their whole names."""
        with naming(self._address):
            return list(await list_topics(self._files, self._layout))

    async def hours(
        self, source: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[datetime]:
        """The hours in which files of a source begin, each by its start, in UTC."""
        hours = Span.of(start, end, timedelta(0)).hours()
        with naming(self._address):
            topic = await self._topic(source)
            listed = await list_hours(self._files, self._layout, topic, hours)
        return [start_of(hour) for hour in sorted(listed.hours())]

    def records(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Each record as a dict: its own fields, and where it was in Kafka (docs/archive.md)."""
        return _one_by_one(self.reading(source, Span.of(start, end, lateness), to_records).all())

    def record_batches(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> "AsyncGenerator[pa.RecordBatch, None]":
        """The same records as batches of Arrow. Raises ImportError without `cointicker[arrow]`."""
        return self.reading(source, Span.of(start, end, lateness), arrow_form()).all()

    async def table(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> "pa.Table":
        """The same records as one table. Raises ImportError without `cointicker[arrow]`."""
        span = Span.of(start, end, lateness)
        batches = [each async for each in self.reading(source, span, arrow_form()).all()]
        return arrow_table(batches)

    def reading(
        self, source: str, span: Span, form: Callable[[str, Sequence[Kept]], Form]
    ) -> Reading[Form]:
        """A pass over the records of a span, in a form of one's own. The caller closes it."""
        reading = Reading(partial(self._begin, source, span), form, self._address)
        self._readings = [each for each in self._readings if not each.closed] + [reading]
        return reading

    async def _begin(self, source: str, span: Span) -> tuple[str, Merged]:
        topic = await self._topic(source)
        listed = await list_settled(self._files, self._layout, topic, span.hours())
        for path in listed.strange:
            logger.warning("skipped %s: its name is not that of a published file", path)
        partitions = [
            PartitionFiles(self._files, self._layout, topic, number, found)
            for number, found in sorted(listed.files.items())
        ]
        return topic, Merged([Ahead(each.lines(span)) for each in partitions])

    async def _topic(self, source: str) -> str:
        topics = await list_topics(self._files, self._layout)
        if source in topics:
            return topics[source]
        if source in topics.values():
            return source
        raise UnknownSource(source, list(topics))


async def _one_by_one(
    chunks: AsyncGenerator[list[dict[str, Any]], None],
) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async for chunk in chunks:
            for record in chunk:
                yield record
    finally:
        await chunks.aclose()


def arrow_form() -> "Callable[[str, Sequence[Kept]], pa.RecordBatch]":
    """What makes batches of Arrow. Raises ImportError."""
    from cointicker.archive.arrow import to_batch  # noqa: PLC0415 (pyarrow may not be there)

    return to_batch


def arrow_table(batches: "Sequence[pa.RecordBatch]") -> "pa.Table":
    """One table of them, of the one schema there is."""
    from cointicker.archive.arrow import to_table  # noqa: PLC0415

    return to_table(batches)
