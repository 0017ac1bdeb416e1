"""The archive for code that waits: scripts and notebooks."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from anyio.from_thread import BlockingPortal

from cointicker.archive.reader import AsyncArchive, arrow_form
from cointicker.archive.reading import Reading
from cointicker.archive.records import to_records
from cointicker.archive.span import LATENESS, Span

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


class Archive:
    """`AsyncArchive`, call by call, over an event loop in a thread of its own."""

    def __init__(self, portal: BlockingPortal, archive: AsyncArchive) -> None:
        self._portal = portal
        self._archive = archive
        self._closed = False

    def close(self) -> None:
        """End every pass that is still open."""
        self._closed = True
        self._portal.call(self._archive.close)

    def sources(self) -> list[str]:
        """What there is to read: the sources, and the other topics by their whole names."""
        return self._call(self._archive.sources)

    def hours(
        self, source: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[datetime]:
        """The hours in which files of a source begin, each by its start, in UTC."""
        return self._call(lambda: self._archive.hours(source, start, end))

    def records(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> Iterator[dict[str, Any]]:
        """Each record as a dict: its own fields, and where it was in Kafka (docs/archive.md)."""
        span = Span.of(start, end, lateness)
        chunks = self._all(self._archive.reading(source, span, to_records))
        return (record for chunk in chunks for record in chunk)

    def record_batches(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> "Iterator[pa.RecordBatch]":
        """The same records as batches of Arrow. Raises ImportError without `cointicker[arrow]`."""
        span = Span.of(start, end, lateness)
        return self._all(self._archive.reading(source, span, arrow_form()))

    def table(
        self,
        source: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        lateness: timedelta = LATENESS,
    ) -> "pa.Table":
        """The same records as one table. Raises ImportError without `cointicker[arrow]`."""
        return self._call(lambda: self._archive.table(source, start, end, lateness=lateness))

    def _all(self, reading: Reading[T]) -> Iterator[T]:
        try:
            while (formed := self._call(reading.next)) is not None:
                yield formed
        finally:
            if not self._closed:
                self._portal.call(reading.close)

    def _call(self, ask: Callable[[], Awaitable[T]]) -> T:
        if self._closed:
            raise RuntimeError("the archive was closed")
        asked = self._portal.start_task_soon(ask)
        try:
            return asked.result()
        finally:
            asked.cancel()  # what an interrupt left under way
