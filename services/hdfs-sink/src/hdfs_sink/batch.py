"""One file in the making: lines are compressed as they come, so its size in memory is its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crc32c import crc32c

from cointicker.archive import GzipBody, hour_of, sha256_of
from cointicker.kafka.records import Record
from cointicker.lines import join_lines
from hdfs_sink.publish import Content

Reason = Literal["bytes", "records", "age", "hour", "idle", "memory", "gap", "shutdown"]


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a file is closed, whichever comes first. `body_bytes` is its compressed size."""

    body_bytes: int
    records: int
    age_seconds: float
    idle_seconds: float


class Batch:
    """Neighbouring records of one partition that will be one file. It belongs to one UTC hour."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._body = GzipBody()
        self._first: Record | None = None
        self._last: Record | None = None
        self._began = self._grew = 0.0
        self._hour_is_over = False
        self.count = 0

    @property
    def body_bytes(self) -> int:
        """Its compressed size so far."""
        return len(self._body)

    def add(self, records: Sequence[Record], now: float) -> Sequence[Record]:
        """Take what belongs in this file; the rest is given back, and begins the next."""
        lines, rest = self.splice(records, now)
        self.compress(lines)
        return rest

    def splice(self, records: Sequence[Record], now: float) -> tuple[bytes, Sequence[Record]]:
        """The lines of what belongs in this file, to be compressed next; and the rest."""
        if not records:
            return b"", records
        if self._first is None:
            self._first, self._began = records[0], now
        taken = self._belonging(records, hour_of(self._first.timestamp))
        if taken:
            self._last, self._grew = taken[-1], now
            self.count += len(taken)
        return join_lines(taken), records[len(taken) :]

    def compress(self, lines: bytes) -> None:
        """Append lines: the part that can be done in a thread, as it holds no lock of Python's."""
        self._body.add(lines)

    def closes(self, now: float) -> Reason | None:
        """Why the file is to be closed now; None if it may grow."""
        rotation = self._rotation
        if self.count == 0:
            return None
        reasons: list[tuple[bool, Reason]] = [
            (self._hour_is_over, "hour"),
            (self.body_bytes >= rotation.body_bytes, "bytes"),
            (self.count >= rotation.records, "records"),
            (now >= self._began + rotation.age_seconds, "age"),
            (now >= self._grew + rotation.idle_seconds, "idle"),
        ]
        return next((reason for due, reason in reasons if due), None)

    def closes_at(self) -> float | None:
        """When it closes if nothing more comes; None while it is empty."""
        if self.count == 0:
            return None
        return min(
            self._began + self._rotation.age_seconds, self._grew + self._rotation.idle_seconds
        )

    def finish(self) -> Content:
        """The file. Nothing can be added after."""
        first, last = self._first, self._last
        assert first is not None and last is not None  # noqa: PT018 (an empty one never closes)
        body = self._body.finish()
        return Content(
            body=body,
            first=first.offset,
            end=last.offset,
            count=self.count,
            sha256=sha256_of(body),
            first_timestamp=first.timestamp,
            last_timestamp=last.timestamp,
            last_crc32c=crc32c(last.value or b""),
        )

    def _belonging(self, records: Sequence[Record], hour: int) -> Sequence[Record]:
        """The records up to the first of a later hour, and no more than the file may hold."""
        room = self._rotation.records - self.count
        if len(records) > room:
            records = records[:room]
        if hour_of(max(record.timestamp for record in records)) <= hour:
            return records
        later = next(i for i, each in enumerate(records) if hour_of(each.timestamp) > hour)
        self._hour_is_over = True
        return records[:later]
